/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of an input: each is read once and kept, however many images name it. An archive of
 * a few kB can name the same large config for thousands of images, so two budgets hold: one for
 * what is kept, one for what is parsed again and again.
 */
#include <string.h>

#include "base/alloc.h"
#include "image/load.h"

static void document_free(void *p)
{
	struct load_document *d = p;

	buf_done(&d->text);
	free(d);
}

void load_documents_init(struct load_documents *d)
{
	*d = (struct load_documents){.members = MAP_INIT_OWN(document_free)};
}

void load_documents_done(struct load_documents *d)
{
	map_done(&d->members);
}

static int over_budget(const struct load *l, size_t limit, const char *how, struct err *err)
{
	return err_set(err, ERR_LIMIT, "manifests and configs of '%s' have more than %zu MiB%s",
		       image_input_label(l->input), limit >> 20, how);
}

static struct load_document *read_new(struct load *l, const char *name, size_t max, struct err *err)
{
	struct load_documents *docs = &l->documents;
	size_t left = LOAD_DOCUMENTS_MAX - docs->kept;
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(max + 1);
	struct err cause = ERR_INIT;
	struct load_document *d;

	if (image_input_read(l->input, name, max < left ? max : left, &text, &cause) < 0) {
		if (cause.kind == ERR_LIMIT && left < max)
			over_budget(l, LOAD_DOCUMENTS_MAX, "", &cause);
		if (err)
			*err = cause;
		return NULL;
	}
	docs->kept += text.len;
	d = xalloc(sizeof(*d));
	d->text = text;
	text = (struct buf)BUF_INIT;
	map_set(&docs->members, name, d);
	return d;
}

int load_read(struct load *l, const char *name, size_t max, struct load_document **ret,
	      struct err *err)
{
	struct load_document *d = map_get(&l->documents.members, name);

	if (!d)
		d = read_new(l, name, max, err);
	if (!d)
		return -1;
	if (d->text.len > max)
		return err_set(err, ERR_LIMIT, "'%s' has %zu bytes, at most %zu are accepted", name,
			       d->text.len, max);
	l->documents.parsed += d->text.len;
	if (l->documents.parsed > LOAD_PARSED_MAX)
		return over_budget(l, LOAD_PARSED_MAX, ", counted as often as images use them",
				   err);
	*ret = d;
	return 0;
}
