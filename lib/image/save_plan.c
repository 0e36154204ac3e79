/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be written: images by what they were asked for, and their layers, each once.
 *
 * Everything is opened under the shared lock of the images and read afterwards: from then on a
 * removal may take names and blobs, but not what our descriptors hold.
 */
#include "image/save.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/strv.h"
#include "os/fd.h"

void save_done(struct save *sv)
{
	for (size_t i = 0; i < sv->n_images; i++) {
		store_image_done(&sv->images[i].image);
		buf_done(&sv->images[i].config);
		buf_done(&sv->images[i].manifest);
	}
	for (size_t i = 0; i < sv->n_layers; i++) {
		if (sv->layers[i].fd >= 0)
			close(sv->layers[i].fd);
	}
	map_done(&sv->known);
	arena_done(&sv->arena);
	*sv = (struct save){.store = NULL};
}

int save_damaged(const struct digest *blob, const char *cause, struct err *err)
{
	err_set(err, ERR_CORRUPT, "blob %s:%.12s is damaged%s%s", digest_alg(blob), blob->hex,
		cause ? ": " : "", cause ? cause : "");
	return err_hint(err, "`onggi system check` lists all that is damaged; load or pull the "
			     "image again to mend it");
}

int save_read_blob(struct store *s, const struct descriptor *d, size_t max, struct buf *out,
		   struct err *err)
{
	_cleanup_fd_ int fd = -1;
	char hex[HASH_MAX_SIZE * 2 + 1];
	char what[64];

	snprintf(what, sizeof(what), "blob %s:%.12s", digest_alg(&d->digest), d->digest.hex);
	if (store_blob_open(s, &d->digest, &fd, NULL, err) < 0 ||
	    fd_read_all(fd, max, what, out, err) < 0 ||
	    hash_bytes_hex(d->digest.alg, buf_str(out), out->len, hex, err) < 0)
		return -1;
	return strcmp(hex, d->digest.hex) == 0
		       ? 0
		       : save_damaged(&d->digest, "its content has another digest", err);
}

/* ---- layers ---- */

static int read_head(int fd, const struct digest *blob, char *head, size_t *ret_len,
		     struct err *err)
{
	ssize_t n;

	do {
		n = pread(fd, head, COMPRESSION_MAGIC_MAX, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "read blob %s:%.12s", digest_alg(blob), blob->hex);
	*ret_len = (size_t)n;
	return 0;
}

static enum save_mode choose_mode(const struct image_save_request *req, enum compression stored)
{
	enum compression wanted = req->compression;

	if (!req->recompress) {
		if (req->format != IMAGE_SAVE_DOCKER_ARCHIVE)
			return SAVE_COPY;
		wanted = COMPRESSION_NONE;
	}
	if (stored == wanted)
		return SAVE_COPY;
	return wanted == COMPRESSION_NONE ? SAVE_INFLATE : SAVE_COMPRESS;
}

static int open_layer(struct save *sv, const struct descriptor *d, const struct digest *diff_id,
		      struct save_layer *l, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	char head[COMPRESSION_MAGIC_MAX];
	size_t len = 0;

	*l = (struct save_layer){.diff_id = *diff_id,
				 .blob = d->digest,
				 .fd = -1,
				 .size = UINT64_MAX};
	if (store_blob_open(sv->store, &d->digest, &fd, &l->blob_size, err) < 0)
		return -1;
	if (l->blob_size != d->size)
		return save_damaged(&d->digest, "it has another size than its manifest says", err);
	if (read_head(fd, &d->digest, head, &len, err) < 0)
		return -1;
	/* A plain tar may begin with any name. */
	if (!digest_eq(&d->digest, diff_id))
		l->stored = compression_detect(head, len);
	l->mode = choose_mode(sv->req, l->stored);
	l->label = arena_printf(&sv->arena, "layer %.12s", diff_id->hex);
	if (l->mode == SAVE_COPY) {
		l->digest = d->digest;
		l->size = l->blob_size;
	} else if (l->mode == SAVE_INFLATE) {
		l->digest = *diff_id;
	}
	l->fd = fd_take(&fd);
	return 0;
}

/*
 * Blobs of one layer that become the same bytes are one layer. What the bytes will be follows from
 * the blob where it is copied, else from the diff id.
 */
static const char *layer_key(const struct save_layer *l, char *buf, size_t size)
{
	char text[DIGEST_STR_MAX];

	snprintf(buf, size, "%s%s", l->mode == SAVE_COMPRESS ? "compressed " : "",
		 digest_str(l->mode == SAVE_COPY ? &l->blob : &l->diff_id, text));
	return buf;
}

static int add_layer(struct save *sv, const struct descriptor *d, const struct digest *diff_id,
		     size_t *ret_index, struct err *err)
{
	struct save_layer l;
	char key[DIGEST_STR_MAX + 16];
	const size_t *known;
	size_t *index;

	if (media_kind(d->media_type, NULL) == MEDIA_LAYER_FOREIGN &&
	    sv->req->format != IMAGE_SAVE_DOCKER_ARCHIVE) {
		*ret_index = SIZE_MAX;
		return 0;
	}
	if (open_layer(sv, d, diff_id, &l, err) < 0)
		return err_ctx(err, "layer %.12s", diff_id->hex);
	known = map_get(&sv->known, layer_key(&l, key, sizeof(key)));
	if (known) {
		close(l.fd);
		*ret_index = *known;
		return 0;
	}
	index = arena_alloc(&sv->arena, sizeof(*index));
	*index = sv->n_layers;
	map_set(&sv->known, key, index);
	*arena_push(&sv->arena, sv->layers, sv->n_layers) = l;
	*ret_index = *index;
	return 0;
}

/* ---- images ---- */

/* An image that was asked for by a name is written with that name, one asked for by id with none.
 */
static void add_name(struct save *sv, struct save_image *si, const char *asked,
		     const struct reference *found)
{
	struct reference ref;

	if (reference_parse(asked, &ref, NULL) < 0 || !ref.tag[0] ||
	    strcmp(ref.domain, found->domain) != 0 || strcmp(ref.path, found->path) != 0 ||
	    (strcmp(ref.tag, found->tag) != 0 && !digest_is_set(&ref.digest)))
		return;
	ref.digest = (struct digest){.hex = ""};
	for (size_t i = 0; i < si->n_names; i++) {
		if (reference_eq(&si->names[i], &ref))
			return;
	}
	*arena_push(&sv->arena, si->names, si->n_names) = ref;
}

static int check_platform(const struct save *sv, const struct image_config *c, struct err *err)
{
	struct platform have;
	char wanted[PLATFORM_STR_MAX], is[PLATFORM_STR_MAX];

	if (!sv->req->platform)
		return 0;
	image_config_platform(c, &have);
	if (platform_match(sv->req->platform, &have) > 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "the store has it for %s, not for %s",
		       platform_str(&have, is), platform_str(sv->req->platform, wanted));
}

static int fill_image(struct save *sv, struct save_image *si, struct err *err)
{
	const struct manifest *m = &si->image.manifest;

	if (check_platform(sv, &si->image.config, err) < 0 ||
	    save_read_blob(sv->store, &si->image.descriptor, MANIFEST_MAX_SIZE, &si->manifest,
			   err) < 0 ||
	    save_read_blob(sv->store, &m->config, IMAGE_CONFIG_MAX_SIZE, &si->config, err) < 0)
		return -1;
	si->layers = arena_calloc(&sv->arena, m->n_layers, sizeof(*si->layers));
	for (size_t i = 0; i < m->n_layers; i++) {
		if (add_layer(sv, &m->layers[i], &si->image.config.diff_ids[i], &si->layers[i],
			      err) < 0)
			return -1;
	}
	return 0;
}

static int add_image(struct save *sv, const char *asked, struct err *err)
{
	_cleanup_(store_image) struct store_image found = {0};
	struct save_image *si;

	if (store_image_find(sv->store, asked, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < sv->n_images; i++) {
		si = &sv->images[i];
		if (digest_eq(&si->image.descriptor.digest, &found.descriptor.digest)) {
			add_name(sv, si, asked, &found.name);
			return 0;
		}
	}
	if (sv->n_images == SAVE_IMAGES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d images are not saved at once",
			       SAVE_IMAGES_MAX);
	si = arena_push(&sv->arena, sv->images, sv->n_images);
	si->image = found;
	found = (struct store_image){0};
	add_name(sv, si, asked, &si->image.name);
	if (fill_image(sv, si, err) < 0)
		return err_ctx(err, "image '%s'", asked);
	return 0;
}

/* Each layer holds a descriptor. */
static void raise_descriptor_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

int save_plan(struct save *sv, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_fd_ int lock = -1;

	raise_descriptor_limit();
	/* An absent or empty store is not made by looking for something in it. */
	if (store_index_read(sv->store, &index, err) < 0 ||
	    (index.n_manifests && store_lock_images(sv->store, false, &lock, err) < 0))
		return -1;
	strv_foreach (name, sv->req->images) {
		if (add_image(sv, *name, err) < 0)
			return -1;
	}
	return 0;
}
