/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI layouts, as directories and archives: each entry of index.json is an image, or an index of
 * which the manifest for our platform is taken. Manifests and configs are kept byte for byte.
 *
 * Names. io.containerd.image.name is a full reference. org.opencontainers.image.ref.name is taken
 * as a reference, as podman does, and completed as docker would ("app" is
 * docker.io/library/app:latest); only "latest" and versions ("1.2", "v3"), which nobody means as a
 * repository, become tags of the file's or directory's own name. An entry with neither is loaded
 * without a name.
 */
#include "image/load.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"

/* ---- names ---- */

/* "latest", "1", "v2.3-slim": a tag, not a repository. */
static bool is_bare_tag(const char *s)
{
	if (strpbrk(s, "/:@"))
		return false;
	if (strcmp(s, "latest") == 0)
		return true;
	if (*s == 'v')
		s++;
	return isdigit((unsigned char)*s) != 0;
}

static void add_bare_tag(struct load *l, struct load_image *image, const char *tag)
{
	const char *stem = image_input_stem(l->input);
	_cleanup_free_ char *lower = xstrdup(stem ? stem : "");
	_cleanup_free_ char *full = NULL;
	struct reference ref;

	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	full = xasprintf("%s:%s", lower, tag);
	if (*lower && reference_parse(full, &ref, NULL) == 0)
		load_add_name(l, image, &ref);
}

static void add_names(struct load *l, struct load_image *image, const struct descriptor *d)
{
	const char *full = descriptor_annotation(d, ANNOTATION_CONTAINERD_NAME);
	const char *name = descriptor_annotation(d, ANNOTATION_REF_NAME);
	struct reference ref;

	/* Where both are there, the second is the first one's tag. */
	if (full && reference_parse(full, &ref, NULL) == 0)
		load_add_name(l, image, &ref);
	else if (name && is_bare_tag(name))
		add_bare_tag(l, image, name);
	else if (name && reference_parse(name, &ref, NULL) == 0)
		load_add_name(l, image, &ref);
}

/* ---- images ---- */

static int add_layers(struct load *l, struct load_image *image, const struct manifest *m,
		      struct err *err)
{
	for (size_t i = 0; i < m->n_layers; i++) {
		const struct descriptor *d = &m->layers[i];
		struct load_layer *layer = &image->layers[i];
		enum media_kind kind = media_kind(d->media_type, &layer->compression);

		if (kind != MEDIA_LAYER && kind != MEDIA_LAYER_FOREIGN)
			return err_set(err, ERR_UNSUPPORTED,
				       "layer %.12s has the media type '%s', expected a tar",
				       d->digest.hex, d->media_type ? d->media_type : "");
		layer->blob = d->digest;
		layer->size = d->size;
		layer->media_type = arena_strdup(&l->arena, d->media_type);
	}
	return 0;
}

/* d: of the manifest; entry: of index.json, which has the names. */
static int add_manifest(struct load *l, const struct descriptor *d, const struct descriptor *entry,
			struct err *err)
{
	_cleanup_(manifest) struct manifest m = {0};
	struct load_document *manifest, *config;
	struct load_image *image = load_add(l, err);
	char name[REFERENCE_STR_MAX];

	if (!image)
		return -1;
	image->label = arena_printf(&l->arena, "sha256:%.12s", d->digest.hex);
	add_names(l, image, entry);
	if (image->n_names)
		image->label =
			arena_strdup(&l->arena, reference_familiar(&image->names[0], true, name));
	if (load_read_content(l, d, MANIFEST_MAX_SIZE, &manifest, err) < 0 ||
	    manifest_parse(manifest->text.data, manifest->text.len, "manifest", &m, err) < 0)
		return err_ctx(err, "image '%s'", image->label);
	image->manifest = manifest;
	image->manifest_digest = d->digest;
	image->manifest_type =
		arena_strdup(&l->arena, m.media_type ? m.media_type : MEDIA_OCI_MANIFEST);
	image->id = m.config.digest;
	if (load_read_content(l, &m.config, IMAGE_CONFIG_MAX_SIZE, &config, err) < 0 ||
	    load_set_config(l, image, config, m.n_layers, err) < 0 ||
	    add_layers(l, image, &m, err) < 0)
		return err_ctx(err, "image '%s'", image->label);
	return 0;
}

int load_oci_entry(struct load *l, const struct descriptor *entry, struct err *err)
{
	_cleanup_(arena) struct arena scratch = ARENA_INIT;
	struct descriptor d = {0};

	descriptor_copy(&scratch, &d, entry);
	for (unsigned depth = 0; media_kind(d.media_type, NULL) == MEDIA_INDEX; depth++) {
		_cleanup_(image_index) struct image_index index = {0};
		const struct descriptor *chosen;
		struct load_document *doc;

		if (depth == INDEX_MAX_DEPTH)
			return err_set(err, ERR_LIMIT, "more than %d indexes below one another",
				       INDEX_MAX_DEPTH);
		if (load_read_content(l, &d, INDEX_MAX_SIZE, &doc, err) < 0 ||
		    image_index_parse(doc->text.data, doc->text.len, "index", &index, err) < 0 ||
		    image_index_select(&index, l->platform, &chosen, err) < 0)
			return err_ctx(err, "index %.12s", d.digest.hex);
		descriptor_copy(&scratch, &d, chosen);
	}
	return add_manifest(l, &d, entry, err);
}

/* ---- entries that differ by platform only are one image: of these the best ---- */

struct best {
	int rank;
	size_t index; /* the first with that rank */
};

/* Both names, as one text to be freed. */
static char *names_key(const struct descriptor *d)
{
	const char *name = descriptor_annotation(d, ANNOTATION_REF_NAME);
	const char *full = descriptor_annotation(d, ANNOTATION_CONTAINERD_NAME);

	return xasprintf("%s%s\n%s%s", name ? "=" : "", name ? name : "", full ? "=" : "",
			 full ? full : "");
}

static void find_best(const struct load *l, const struct image_index *index, struct map *best)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		_cleanup_free_ char *key = d->platform ? names_key(d) : NULL;
		struct best *b = key ? map_get(best, key) : NULL;
		int rank = key ? platform_match(l->platform, d->platform) : 0;

		if (!key || (b && b->rank >= rank))
			continue;
		if (!b) {
			b = xalloc(sizeof(*b));
			map_set(best, key, b);
		}
		*b = (struct best){.rank = rank, .index = i};
	}
}

/* Entries of which none fits are all kept: the error then tells their platform. */
static bool is_outranked(const struct load *l, const struct map *best, const struct descriptor *d,
			 size_t i)
{
	_cleanup_free_ char *key = d->platform ? names_key(d) : NULL;
	const struct best *b = key ? map_get(best, key) : NULL;

	return b && b->index != i &&
	       (b->rank > 0 || b->rank > platform_match(l->platform, d->platform));
}

static bool is_wanted(const struct load *l, const struct descriptor *d)
{
	const char *name = descriptor_annotation(d, ANNOTATION_REF_NAME);
	const char *full = descriptor_annotation(d, ANNOTATION_CONTAINERD_NAME);
	struct reference want, have;

	if (!l->only || str_eq(l->only, name) || str_eq(l->only, full))
		return true;
	if (reference_parse(l->only, &want, NULL) < 0)
		return false;
	return (name && reference_parse(name, &have, NULL) == 0 && reference_eq(&want, &have)) ||
	       (full && reference_parse(full, &have, NULL) == 0 && reference_eq(&want, &have));
}

int load_oci(struct load *l, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(INDEX_MAX_SIZE + 1);
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(map) struct map best = MAP_INIT_OWN(free);

	if (image_input_read(l->input, "index.json", INDEX_MAX_SIZE, &text, err) < 0 ||
	    image_index_parse(text.data, text.len, "index.json", &index, err) < 0)
		return -1;
	find_best(l, &index, &best);
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct descriptor *d = &index.manifests[i];
		enum media_kind kind = media_kind(d->media_type, NULL);

		if ((kind != MEDIA_MANIFEST && kind != MEDIA_INDEX) || d->artifact_type)
			continue;
		if (!is_wanted(l, d) || is_outranked(l, &best, d, i))
			continue;
		if (load_oci_entry(l, d, err) < 0)
			return -1;
	}
	if (l->n_images)
		return 0;
	if (l->only)
		return err_set(err, ERR_NOT_FOUND, "there is no image '%s'", l->only);
	return err_set(err, ERR_INVALID, "index.json lists no image");
}
