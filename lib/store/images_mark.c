/* SPDX-License-Identifier: Apache-2.0 */
#include "store/images_mark.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/dir.h"
#include "store/images.h"
#include "store/images_private.h"
#include "store/layers_private.h"

void store_marks_done(struct store_marks *m)
{
	map_done(&m->blobs);
	map_done(&m->layers);
}

static void mark(struct map *set, const struct digest *d)
{
	char text[DIGEST_STR_MAX];

	map_set(set, digest_str(d, text), set);
}

/* Of the two trees that the layer may have. chain: of the stack below; becomes that with it. */
static int mark_layer(struct store_marks *u, struct digest *chain, const struct digest *diff_id,
		      struct err *err)
{
	char text[DIGEST_STR_MAX];
	char name[STORE_LAYER_NAME_MAX];

	if (digest_chain(chain, diff_id, chain, err) < 0)
		return -1;
	digest_str(diff_id, text);
	map_set(&u->layers, store_layer_name(diff_id, NULL, name), xstrdup(text));
	map_set(&u->layers, store_layer_name(diff_id, chain, name), xstrdup(text));
	return 0;
}

static int mark_manifest(struct store *s, const struct descriptor *d, struct store_marks *u,
			 struct err *err)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct digest chain = {.hex = ""};

	if (store_image_load(s, d, &img, err) < 0)
		return -1;
	mark(&u->blobs, &img.manifest.config.digest);
	for (size_t i = 0; i < img.manifest.n_layers; i++) {
		mark(&u->blobs, &img.manifest.layers[i].digest);
		if (mark_layer(u, &chain, &img.config.diff_ids[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Everything that an index entry needs. Of an index, those manifests that are in the store. */
int store_mark_entry(struct store *s, const struct descriptor *d, unsigned depth,
		     struct store_marks *u, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(image_index) struct image_index index = {0};

	mark(&u->blobs, &d->digest);
	if (media_kind(d->media_type, NULL) != MEDIA_INDEX)
		return mark_manifest(s, d, u, err);
	if (depth == INDEX_MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "index %.12s: too many indexes below one another",
			       d->digest.hex);
	if (store_blob_get(s, d, INDEX_MAX_SIZE, true, &text, err) < 0 ||
	    image_index_parse(text.data, text.len, "image index", &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		if (store_blob_exists(s, &index.manifests[i].digest) &&
		    store_mark_entry(s, &index.manifests[i], depth + 1, u, err) < 0)
			return -1;
	}
	return 0;
}

int store_mark_record(const struct container_record *r, struct store_marks *u, struct err *err)
{
	struct digest chain = {.hex = ""};
	struct digest d;

	for (size_t i = 0; i < r->n_layers; i++) {
		if (digest_parse(r->layers[i], &d, err) < 0 || mark_layer(u, &chain, &d, err) < 0)
			return -1;
	}
	return 0;
}

/* What the entries that stay need. Where one can't be read, nothing may be deleted on a guess. */
bool store_mark_index(struct store *s, const struct image_index *index, struct store_marks *kept)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct err err = ERR_INIT;

		if (store_mark_entry(s, &index->manifests[i], 0, kept, &err) < 0) {
			log_warn("layers and blobs are kept, since another image can't be read: %s",
				 err.text);
			return false;
		}
	}
	return true;
}

static void unlink_blobs_of(struct store *s, const char *alg,
			    bool (*condemn)(void *arg, const char *digest), void *arg,
			    struct err *err)
{
	_cleanup_free_ char *path = path_join("blobs", alg);
	int fd = openat(s->images_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct digest d;

	if (!dir) {
		if (errno != ENOENT)
			err_sys(err, "read '%s/images/%s'", s->data_path, path);
		return;
	}
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		_cleanup_free_ char *text = xasprintf("%s:%s", alg, e->d_name);

		/* What is no blob's name is not ours to delete. */
		if (digest_parse(text, &d, NULL) < 0 || !condemn(arg, text))
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0 && errno != ENOENT)
			err_sys(err, "remove blob %s", text);
	}
	if (errno)
		err_sys(err, "read '%s/images/%s'", s->data_path, path);
}

void store_blobs_unlink(struct store *s, bool (*condemn)(void *arg, const char *digest), void *arg,
			struct err *err)
{
	unlink_blobs_of(s, "sha256", condemn, arg, err);
	unlink_blobs_of(s, "sha512", condemn, arg, err);
}

/* ---- containers ---- */

void store_uses_done(struct store_uses *u)
{
	store_marks_done(&u->marks);
	map_done(&u->manifests);
	map_done(&u->volumes);
}

size_t store_uses_count(const struct map *m, const char *key)
{
	const size_t *n = map_get(m, key);

	return n ? *n : 0;
}

static void count_use(struct map *m, const char *key)
{
	size_t *n = map_get(m, key);

	if (!n) {
		n = xalloc(sizeof(*n));
		map_set(m, key, n);
	}
	++*n;
}

static int read_uses(struct store *s, const char *id, struct store_uses *u, struct err *err)
{
	_cleanup_(container_record) struct container_record r = {0};

	if (store_container_read(s, id, &r, err) < 0 || store_mark_record(&r, &u->marks, err) < 0)
		return -1;
	if (r.manifest)
		count_use(&u->manifests, r.manifest);
	for (size_t i = 0; i < r.n_mounts; i++)
		if (str_eq(r.mounts[i].type, "volume") && r.mounts[i].name)
			count_use(&u->volumes, r.mounts[i].name);
	return 0;
}

int store_uses_read(struct store *s, const struct map *ignore, struct store_uses *ret,
		    struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		struct err cause = ERR_INIT;

		if ((ignore && map_has(ignore, *id)) || read_uses(s, *id, ret, &cause) == 0 ||
		    cause.kind == ERR_NOT_FOUND)
			continue;
		log_warn("what container %.12s uses can't be read: %s", *id, cause.text);
		ret->unknown = true;
	}
	return 0;
}
