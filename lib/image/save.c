/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_save(): layers first, then manifests and configs, then what lists them; whoever is stopped
 * on the way leaves nothing that a reader would take for an image.
 */
#include "image/save.h"

#include <errno.h>

static int save_layers(struct save *sv, struct save_target *t, struct err *err)
{
	struct progress *p = sv->req->progress;

	for (size_t i = 0; i < sv->n_layers; i++)
		progress_report(p, PROGRESS_WAIT, sv->layers[i].label, 0, sv->layers[i].blob_size);
	for (size_t i = 0; i < sv->n_layers; i++) {
		struct save_layer *l = &sv->layers[i];

		if (t->layer(t, l, err) < 0)
			return err_ctx(err, "%s", l->label);
		progress_report(p, l->begun ? PROGRESS_END : PROGRESS_HAVE, l->label, l->blob_size,
				l->blob_size);
	}
	return 0;
}

static int save_images(struct save *sv, struct save_target *t, struct err *err)
{
	if (save_layers(sv, t, err) < 0)
		return -1;
	for (size_t i = 0; i < sv->n_images; i++) {
		struct save_image *si = &sv->images[i];

		if (save_make_manifest(sv, si, err) < 0 ||
		    t->blob(t, &si->image.id, &si->config, err) < 0 ||
		    t->blob(t, &si->described.digest, &si->manifest, err) < 0)
			return -1;
	}
	return t->finish(t, err);
}

int image_save(struct store *s, const struct image_save_request *req, struct err *err)
{
	_cleanup_(save) struct save sv = {.store = s, .req = req};
	struct save_target *t = NULL;
	struct err cause = ERR_INIT;
	int r;

	if (save_plan(&sv, err) < 0)
		return -1;
	if (req->format == IMAGE_SAVE_OCI_DIR)
		r = save_layout_open(&sv, &t, err);
	else
		r = save_archive_open(&sv, &t, err);
	if (r < 0)
		return -1;
	r = save_images(&sv, t, &cause);
	t->close(t);
	if (r == 0)
		return 0;
	if (cause.sys == ENOSPC || cause.sys == EDQUOT)
		err_hint(&cause, "free space there, or give a file on another file system with -o");
	if (err)
		*err = cause;
	return err_ctx(err, "save to '%s'", req->output ? req->output : "standard output");
}
