/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving names to images.
 *
 * index.json is rewritten under the exclusive lock. Its entries are kept canonical: each name once;
 * an image without a name once, and only while no other entry of the same manifest has one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_private.h"
#include "store/layers.h"

/* ---- reflog: one file for each name, one line for each change ---- */

static int reflog_open(struct store *s, const char *name, struct err *err)
{
	_cleanup_free_ char *path = path_join("reflog", name);
	_cleanup_free_ char *dir = path_dir(path);
	_cleanup_fd_ int dirfd = -1;
	int images;
	int fd;

	if (store_images_dir(s, &images, err) < 0 ||
	    tree_mkdirs(images, dir, store_dir_mode(), &dirfd, err) < 0)
		return -1;
	fd = openat(dirfd, path_base(path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	return fd < 0 ? err_sys(err, "open") : fd;
}

void store_reflog_add(struct store *s, const char *name, const struct digest *manifest,
		      const char *action)
{
	_cleanup_(buf) struct buf line = BUF_INIT;
	_cleanup_fd_ int fd = -1;
	struct err err = ERR_INIT;
	char time[FORMAT_MAX];
	char digest[DIGEST_STR_MAX];
	struct timespec now;

	/* A name that another tool wrote could lead elsewhere. */
	if (path_is_abs(name) || path_has_dotdot(name))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	buf_addf(&line, "%s %s %s\n", format_time(now, time),
		 manifest ? digest_str(manifest, digest) : "-", action);
	fd = reflog_open(s, name, &err);
	if (fd >= 0 && fd_write_full(fd, line.data, line.len) < 0)
		err_sys(&err, "write");
	if (err.kind != ERR_NONE)
		log_debug("reflog of '%s': %s", name, err.text);
}

/* ---- the index ---- */

/* Note the chain id of a layer for ANNOTATION_IMAGE_CHAINS, where its tree belongs to its stack. */
static void note_chain(struct store *s, size_t i, const struct digest *diff_id,
		       const struct digest *chain, struct buf *out, size_t *n)
{
	char text[DIGEST_STR_MAX];

	if (store_layer_exists(s, diff_id, NULL))
		return;
	for (; *n < i; ++*n)
		buf_addc(out, ',');
	buf_adds(out, digest_str(chain, text));
}

/* What a concurrent removal may have taken since the caller saw it. */
static int check_complete(struct store *s, const struct descriptor *manifest,
			  struct store_summary *ret, struct buf *chains, struct err *err)
{
	size_t commas = 0;
	_cleanup_(store_image) struct store_image img = {0};
	struct digest chain = {.hex = ""};
	struct err cause = ERR_INIT;

	if (store_image_load(s, manifest, &img, &cause) < 0) {
		if (cause.kind == ERR_NOT_FOUND)
			return err_set(err, ERR_BUSY, "image was removed meanwhile: %s",
				       cause.text);
		if (err)
			*err = cause;
		return -1;
	}
	for (size_t i = 0; i < img.manifest.n_layers; i++) {
		const struct descriptor *layer = &img.manifest.layers[i];

		if (digest_chain(&chain, &img.config.diff_ids[i], &chain, err) < 0)
			return -1;

		if (media_kind(layer->media_type, NULL) != MEDIA_LAYER_FOREIGN &&
		    !store_blob_exists(s, &layer->digest))
			return err_set(err, ERR_BUSY, "blob %.12s was removed meanwhile",
				       layer->digest.hex);
		if (!store_layer_exists(s, &img.config.diff_ids[i], &chain))
			return err_set(err, ERR_BUSY, "layer %.12s was removed meanwhile",
				       img.config.diff_ids[i].hex);
		note_chain(s, i, &img.config.diff_ids[i], &chain, chains, &commas);
	}
	store_summary_of(&img, ret);
	return 0;
}

static void drop_entry(struct image_index *index, size_t i)
{
	index->n_manifests--;
	memmove(&index->manifests[i], &index->manifests[i + 1],
		(index->n_manifests - i) * sizeof(index->manifests[0]));
}

static bool has_other_entry(const struct image_index *index, size_t i)
{
	for (size_t j = 0; j < index->n_manifests; j++) {
		if (j != i && digest_eq(&index->manifests[j].digest, &index->manifests[i].digest))
			return true;
	}
	return false;
}

void store_entry_unname(struct descriptor *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n_annotations; i++) {
		if (strcmp(d->annotations[i].key, ANNOTATION_REF_NAME) != 0)
			d->annotations[kept++] = d->annotations[i];
	}
	d->n_annotations = kept;
}

bool store_index_take_name(struct image_index *index, const char *name, const struct digest *wanted)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct descriptor *d = &index->manifests[i];
		bool same = digest_eq(&d->digest, wanted);

		if (!str_eq(store_entry_name(d), name))
			continue;
		if (same || has_other_entry(index, i))
			drop_entry(index, i);
		else
			store_entry_unname(d);
		return same;
	}
	return false;
}

void store_index_drop_unnamed(struct image_index *index, const struct digest *digest)
{
	for (size_t i = index->n_manifests; i-- > 0;) {
		if (digest_eq(&index->manifests[i].digest, digest) &&
		    !store_entry_name(&index->manifests[i]))
			drop_entry(index, i);
	}
}

static bool has_digest(const struct image_index *index, const struct digest *digest)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		if (digest_eq(&index->manifests[i].digest, digest))
			return true;
	}
	return false;
}

void store_index_make_room(struct image_index *index, size_t more)
{
	struct descriptor *v = arena_calloc(&index->arena, index->n_manifests + more, sizeof(*v));

	if (index->n_manifests)
		memcpy(v, index->manifests, index->n_manifests * sizeof(*v));
	index->manifests = v;
}

static void add_entry(struct image_index *index, const struct descriptor *manifest,
		      const struct store_summary *sum, const char *chains, const char *name)
{
	struct descriptor *d = &index->manifests[index->n_manifests++];

	descriptor_copy(&index->arena, d, manifest);
	store_entry_summarise(&index->arena, d, sum);
	if (*chains)
		descriptor_annotate(&index->arena, d, ANNOTATION_IMAGE_CHAINS, chains);
	if (name)
		descriptor_annotate(&index->arena, d, ANNOTATION_REF_NAME, name);
	else
		store_entry_unname(d);
}

int store_image_name(struct store *s, const struct descriptor *manifest, const struct digest *id,
		     const struct reference *names, size_t n_names, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_free_ bool *unchanged = xcalloc(n_names, sizeof(*unchanged));
	_cleanup_(buf) struct buf chains = BUF_INIT;
	_cleanup_fd_ int lock = -1;
	struct store_summary sum;
	char name[REFERENCE_STR_MAX];

	if (store_lock_images(s, true, &lock, err) < 0 ||
	    check_complete(s, manifest, &sum, &chains, err) < 0 ||
	    store_index_read(s, &index, err) < 0)
		return -1;
	sum.id = *id;
	store_index_make_room(&index, n_names + 1);
	for (size_t i = 0; i < n_names; i++) {
		reference_str(&names[i], name);
		unchanged[i] = store_index_take_name(&index, name, &manifest->digest);
		add_entry(&index, manifest, &sum, buf_str(&chains), name);
	}
	if (n_names)
		store_index_drop_unnamed(&index, &manifest->digest);
	else if (!has_digest(&index, &manifest->digest))
		add_entry(&index, manifest, &sum, buf_str(&chains), NULL);
	if (store_index_write(s, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < n_names; i++) {
		if (!unchanged[i])
			store_reflog_add(s, reference_str(&names[i], name), &manifest->digest,
					 "name");
	}
	return 0;
}
