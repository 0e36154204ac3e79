/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the image layout: the index, finding an image by name or id, and loading its documents.
 */
#include "store/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/strv.h"
#include "os/fd.h"
#include "store/dirs.h"
#include "store/images_private.h"

#define INDEX_FILE    "index.json"
#define ID_PREFIX_MIN 4

void store_image_done(struct store_image *i)
{
	manifest_done(&i->manifest);
	image_config_done(&i->config);
	*i = (struct store_image){0};
}

/* Returns 1 with its text, 0 where there is none. */
static int index_text(struct store *s, struct buf *ret, struct err *err)
{
	struct err cause = ERR_INIT;
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0)
		return -1;
	if (images < 0)
		return 0;
	if (file_read_all(images, INDEX_FILE, INDEX_MAX_SIZE, ret, &cause) == 0)
		return 1;
	if (cause.sys == ENOENT)
		return 0;
	if (err)
		*err = cause;
	return err_ctx(err, "image index in '%s/images'", s->data_path);
}

int store_index_read(struct store *s, struct image_index *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	int r = index_text(s, &text, err);

	if (r <= 0) {
		if (r == 0)
			*ret = (struct image_index){.schema_version = 2};
		return r;
	}
	return image_index_parse(text.data, text.len, "image index", ret, err);
}

int store_index_write(struct store *s, const struct image_index *index, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(INDEX_MAX_SIZE);
	int images;

	if (store_images_dir(s, &images, err) < 0)
		return -1;
	image_index_write(index, &text);
	if (buf_check(&text, "image index", err) < 0)
		return -1;
	return atomic_write(images, INDEX_FILE, &text, 0644, s->durable ? DURABLE_YES : DURABLE_NO,
			    err);
}

const char *store_entry_name(const struct descriptor *d)
{
	return descriptor_annotation(d, ANNOTATION_REF_NAME);
}

void store_entry_repo_digest(const struct descriptor *d, struct digest *ret)
{
	const char *known = descriptor_annotation(d, ANNOTATION_REPO_DIGEST);

	if (!known || digest_parse(known, ret, NULL) < 0)
		*ret = d->digest;
}

/* An entry that carries our annotation came in through us, verified. */
static bool entry_is_ours(const struct descriptor *d)
{
	return descriptor_annotation(d, ANNOTATION_IMAGE_ID) != NULL;
}

int store_entry_id(struct store *s, const struct descriptor *d, struct digest *ret, struct err *err)
{
	const char *known = descriptor_annotation(d, ANNOTATION_IMAGE_ID);
	_cleanup_(store_image) struct store_image img = {0};

	if (known)
		return digest_parse(known, ret, err);
	if (store_image_load(s, d, &img, err) < 0)
		return -1;
	*ret = img.id;
	return 0;
}

/* ---- documents ---- */

/* Descend from an index to the manifest of this machine's platform. */
static int select_manifest(struct store *s, const struct descriptor *d, struct arena *a,
			   struct descriptor *ret, struct err *err)
{
	struct platform host;
	const struct descriptor *picked;

	descriptor_copy(a, ret, d);
	platform_host(&host);
	for (unsigned depth = 0; media_kind(ret->media_type, NULL) == MEDIA_INDEX; depth++) {
		_cleanup_(buf) struct buf text = BUF_INIT;
		_cleanup_(image_index) struct image_index index = {0};

		if (depth == INDEX_MAX_DEPTH)
			return err_set(err, ERR_LIMIT,
				       "index %.12s: more than %d indexes below one another",
				       d->digest.hex, INDEX_MAX_DEPTH);
		if (store_blob_get(s, ret, INDEX_MAX_SIZE, true, &text, err) < 0 ||
		    image_index_parse(text.data, text.len, "image index", &index, err) < 0 ||
		    image_index_select(&index, &host, &picked, err) < 0)
			return err_ctx(err, "index %.12s", ret->digest.hex);
		descriptor_copy(a, ret, picked);
		/* What the index says comes from outside: it can't speak in the name of an entry.
		 */
		ret->n_annotations = 0;
	}
	return 0;
}

static int load_documents(struct store *s, const struct descriptor *d, bool verify,
			  struct store_image *img, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (store_blob_get(s, d, MANIFEST_MAX_SIZE, verify, &text, err) < 0 ||
	    manifest_parse(text.data, text.len, "manifest", &img->manifest, err) < 0)
		return err_ctx(err, "manifest %.12s", d->digest.hex);
	buf_reset(&text);
	img->id = img->manifest.config.digest;
	if (store_blob_get(s, &img->manifest.config, IMAGE_CONFIG_MAX_SIZE, verify, &text, err) <
		    0 ||
	    image_config_parse(text.data, text.len, "image config", &img->config, err) < 0)
		return err_ctx(err, "config %.12s", img->id.hex);
	if (img->config.n_diff_ids != img->manifest.n_layers)
		return err_set(err, ERR_CORRUPT,
			       "image %.12s: the config names %zu layers, the manifest %zu",
			       img->id.hex, img->config.n_diff_ids, img->manifest.n_layers);
	return 0;
}

int store_image_load(struct store *s, const struct descriptor *d, struct store_image *ret,
		     struct err *err)
{
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(arena) struct arena scratch = ARENA_INIT;
	struct descriptor chosen = {0};
	const char *name = store_entry_name(d);

	if (select_manifest(s, d, &scratch, &chosen, err) < 0 ||
	    load_documents(s, &chosen, !entry_is_ours(d), &img, err) < 0)
		return -1;
	descriptor_copy(&img.manifest.arena, &img.descriptor, &chosen);
	/* A name that another tool wrote may be any text; then the image goes by its id. */
	if (name && reference_parse(name, &img.name, NULL) < 0)
		img.name = (struct reference){.domain = ""};
	*ret = img;
	img = (struct store_image){0};
	return 0;
}

/* ---- layers ---- */

const char *store_layer_pair(const struct digest *blob, const struct digest *diff_id, char *buf)
{
	char a[DIGEST_STR_MAX], b[DIGEST_STR_MAX];

	snprintf(buf, STORE_LAYER_PAIR_MAX, "%s %s", digest_str(blob, a), digest_str(diff_id, b));
	return buf;
}

int store_layer_pairs(struct store *s, struct map *ret, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	char pair[STORE_LAYER_PAIR_MAX];

	if (store_index_read(s, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		_cleanup_(store_image) struct store_image img = {0};

		/* Nobody has compared the layers of what another tool wrote. */
		if (!entry_is_ours(&index.manifests[i]) ||
		    store_image_load(s, &index.manifests[i], &img, NULL) < 0)
			continue;
		for (size_t k = 0; k < img.manifest.n_layers; k++)
			map_set(ret,
				store_layer_pair(&img.manifest.layers[k].digest,
						 &img.config.diff_ids[k], pair),
				ret);
	}
	return 0;
}

/* ---- lookup ---- */

/* repository@digest means any entry of that repository with that manifest, or pulled as that index.
 */
static bool matches_digest(const struct reference *want, const struct descriptor *d)
{
	struct reference have;
	struct digest pulled;
	const char *name = store_entry_name(d);

	store_entry_repo_digest(d, &pulled);
	return name &&
	       (digest_eq(&want->digest, &d->digest) || digest_eq(&want->digest, &pulled)) &&
	       reference_parse(name, &have, NULL) == 0 && strcmp(have.domain, want->domain) == 0 &&
	       strcmp(have.path, want->path) == 0;
}

static const struct descriptor *find_by_name(const struct image_index *index, const char *name)
{
	struct reference ref;
	char full[REFERENCE_STR_MAX];
	bool parsed = reference_parse(name, &ref, NULL) == 0;

	if (parsed)
		reference_str(&ref, full);
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *have = store_entry_name(d);

		if (have && (strcmp(have, name) == 0 || (parsed && strcmp(have, full) == 0)))
			return d;
	}
	/* Behind the very name: who removes repository@digest means no tag of it. */
	for (size_t i = 0; parsed && digest_is_set(&ref.digest) && i < index->n_manifests; i++) {
		if (matches_digest(&ref, &index->manifests[i]))
			return &index->manifests[i];
	}
	return NULL;
}

static int find_by_id(struct store *s, const struct image_index *index, const char *name,
		      const struct descriptor **ret, struct err *err)
{
	const char *hex = name;
	const struct descriptor *found = NULL;
	struct digest found_id = {0};
	size_t len;

	str_prefix(name, "sha256:", &hex);
	len = strlen(hex);
	if (len < ID_PREFIX_MIN || len > ID_LEN || !hex_valid(hex, len))
		return 0;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		struct digest id;

		/* An entry that can't be read is not the one; naming it shows its error. */
		if (store_entry_id(s, d, &id, NULL) < 0)
			continue;
		if (strncmp(id.hex, hex, len) != 0 && strcmp(d->digest.hex, hex) != 0)
			continue;
		if (found && !digest_eq(&found_id, &id))
			return err_set(err, ERR_INVALID,
				       "image id '%s' is ambiguous: %.12s and %.12s begin with it",
				       name, found_id.hex, id.hex);
		if (!found) {
			found = d;
			found_id = id;
		}
	}
	*ret = found;
	return 0;
}

static int no_such_image(const struct image_index *index, const char *name, struct err *err)
{
	_cleanup_strv_ char **known = NULL;
	const char *nearest = NULL;

	if (!*name) {
		err_set(err, ERR_NOT_FOUND, "the name of an image is empty");
		return err_hint(err, "`onggi images` lists what is there");
	}
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *full = store_entry_name(&index->manifests[i]);
		char text[REFERENCE_STR_MAX];
		struct reference ref;

		if (!full || reference_parse(full, &ref, NULL) < 0)
			continue;
		strv_add(&known, reference_familiar(&ref, true, text));
		if (strcmp(ref.tag, "latest") == 0)
			strv_add(&known, reference_familiar(&ref, false, text));
	}
	nearest = str_nearest(name, (const char *const *)known, strv_len(known));
	err_set(err, ERR_NOT_FOUND, "no such image: %s", name);
	if (nearest)
		return err_hint(err, "did you mean '%s'? `onggi images` lists what is there",
				nearest);
	return err_hint(err, "`onggi images` lists what is here; `onggi pull %s` asks its registry",
			name);
}

int store_index_lookup(struct store *s, const struct image_index *index, const char *name,
		       const struct descriptor **ret, bool *ret_by_id, struct err *err)
{
	const struct descriptor *d = find_by_name(index, name);
	bool by_id = !d;

	if (!d && find_by_id(s, index, name, &d, err) < 0)
		return -1;
	if (!d)
		return no_such_image(index, name, err);
	*ret = d;
	if (ret_by_id)
		*ret_by_id = by_id;
	return 0;
}

int store_image_find_in(struct store *s, const struct image_index *index, const char *name,
			struct store_image *ret, struct err *err)
{
	const struct descriptor *d;

	if (store_index_lookup(s, index, name, &d, NULL, err) < 0)
		return -1;
	if (store_image_load(s, d, ret, err) < 0)
		return err_ctx(err, "image '%s'", name);
	return 0;
}

/* Does an entry hold one of the names (NULL: no name), or a text that may be one, in escapes? */
static bool mentions(const char *entry, size_t len, const void *data)
{
	const char *const *names = data;

	return memchr(entry, '\\', len) || memmem(entry, len, names[0], strlen(names[0])) ||
	       (names[1] && memmem(entry, len, names[1], strlen(names[1])));
}

/*
 * The entry of a name, without parsing those of all other images, on which a run would spend more
 * than on its container. Returns NULL where the whole index must tell: for ids, digests and errors.
 */
static const struct descriptor *find_mentioned(const struct buf *text, const char *name,
					       struct image_index *ret)
{
	_cleanup_(buf) struct buf few = BUF_INIT;
	char full[REFERENCE_STR_MAX];
	const char *names[] = {name, NULL};
	struct reference ref;

	if (!*name || strchr(name, '@'))
		return NULL;
	if (reference_parse(name, &ref, NULL) == 0)
		names[1] = reference_str(&ref, full);
	if (!json_filter(text->data, text->len, "manifests", mentions, names, &few) ||
	    image_index_parse(few.data, few.len, "image index", ret, NULL) < 0)
		return NULL;
	return find_by_name(ret, name);
}

int store_image_find(struct store *s, const char *name, struct store_image *ret, struct err *err)
{
	_cleanup_(image_index) struct image_index few = {0}, index = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	const struct descriptor *d;
	int r = index_text(s, &text, err);

	if (r < 0)
		return -1;
	d = r ? find_mentioned(&text, name, &few) : NULL;
	if (!d && r && image_index_parse(text.data, text.len, "image index", &index, err) < 0)
		return -1;
	if (!d && store_index_lookup(s, &index, name, &d, NULL, err) < 0)
		return -1;
	if (store_image_load(s, d, ret, err) < 0)
		return err_ctx(err, "image '%s'", name);
	return 0;
}
