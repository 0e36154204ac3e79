/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents that go with layers. The config is never touched: its digest is the image's id. The
 * manifest is kept byte for byte while all layers are, so that the image keeps its digest too; else
 * a new one is made, in OCI's terms.
 *
 * Names. In an OCI layout an entry has the full reference as org.opencontainers.image.ref.name,
 * which podman and skopeo look for, and as io.containerd.image.name, which containerd and docker
 * do. manifest.json of a docker-archive has the full reference too, as podman writes it: docker
 * shortens it, while podman would take a short one for a name of its own machine.
 */
#include "image/save.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"

#define ANNOTATION_CONTAINERD_NAME "io.containerd.image.name"

const char *save_blob_name(const struct digest *d, char *buf)
{
	snprintf(buf, SAVE_NAME_MAX, "blobs/%s/%s", digest_alg(d), d->hex);
	return buf;
}

static bool keeps_layers(const struct save *sv, const struct save_image *si)
{
	for (size_t i = 0; i < si->image.manifest.n_layers; i++) {
		if (si->layers[i] != SIZE_MAX && sv->layers[si->layers[i]].mode != SAVE_COPY)
			return false;
	}
	return true;
}

static const char *layer_type(enum compression c)
{
	if (c == COMPRESSION_GZIP)
		return MEDIA_OCI_LAYER_GZIP;
	return c == COMPRESSION_ZSTD ? MEDIA_OCI_LAYER_ZSTD : MEDIA_OCI_LAYER;
}

static enum compression written_as(const struct save *sv, const struct save_layer *l)
{
	if (l->mode == SAVE_COPY)
		return l->stored;
	return l->mode == SAVE_INFLATE ? COMPRESSION_NONE : sv->req->compression;
}

/* Without a layer's annotations, which may tell of the bytes that it had before. */
static void write_manifest(struct save *sv, struct save_image *si)
{
	const struct manifest *have = &si->image.manifest;
	struct arena *a = &sv->arena;
	struct manifest m = {
		.schema_version = 2,
		.media_type = arena_strdup(a, MEDIA_OCI_MANIFEST),
		.artifact_type = have->artifact_type,
		.config = have->config,
		.layers = arena_calloc(a, have->n_layers, sizeof(*m.layers)),
		.n_layers = have->n_layers,
		.subject = have->subject,
		.annotations = have->annotations,
		.n_annotations = have->n_annotations,
	};

	if (have->config.media_type && strcmp(have->config.media_type, MEDIA_DOCKER_CONFIG) == 0)
		m.config.media_type = arena_strdup(a, MEDIA_OCI_CONFIG);
	for (size_t i = 0; i < m.n_layers; i++) {
		const struct save_layer *l;

		m.layers[i] = have->layers[i];
		if (si->layers[i] == SIZE_MAX)
			continue;
		l = &sv->layers[si->layers[i]];
		m.layers[i] =
			(struct descriptor){.media_type =
						    arena_strdup(a, layer_type(written_as(sv, l))),
					    .digest = l->digest,
					    .size = l->size};
	}
	buf_reset(&si->manifest);
	manifest_write(&m, &si->manifest);
}

int save_make_manifest(struct save *sv, struct save_image *si, struct err *err)
{
	const struct descriptor *have = &si->image.descriptor;

	si->described =
		(struct descriptor){.media_type = arena_strdup(&sv->arena, have->media_type),
				    .digest = have->digest};
	if (!keeps_layers(sv, si)) {
		write_manifest(sv, si);
		if (buf_check(&si->manifest, "manifest", err) < 0 ||
		    digest_of(si->manifest.data, si->manifest.len, &si->described.digest, err) < 0)
			return -1;
		si->described.media_type = arena_strdup(&sv->arena, MEDIA_OCI_MANIFEST);
	}
	si->described.size = si->manifest.len;
	return 0;
}

void save_index_entries(struct save *sv, const struct save_image *si, struct descriptor **list,
			size_t *n)
{
	char name[REFERENCE_STR_MAX];

	for (size_t i = 0; i < si->n_names; i++) {
		struct descriptor *d = arena_push(&sv->arena, *list, *n);

		descriptor_copy(&sv->arena, d, &si->described);
		reference_str(&si->names[i], name);
		descriptor_annotate(&sv->arena, d, ANNOTATION_CONTAINERD_NAME, name);
		descriptor_annotate(&sv->arena, d, ANNOTATION_REF_NAME, name);
	}
	if (!si->n_names)
		descriptor_copy(&sv->arena, arena_push(&sv->arena, *list, *n), &si->described);
}

void save_docker_manifest(const struct save *sv, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);
	char text[REFERENCE_STR_MAX > SAVE_NAME_MAX ? REFERENCE_STR_MAX : SAVE_NAME_MAX];

	json_write_begin(&w, '[');
	for (size_t i = 0; i < sv->n_images; i++) {
		const struct save_image *si = &sv->images[i];

		json_write_begin(&w, '{');
		json_write_key(&w, "Config");
		json_write_string(&w, save_blob_name(&si->image.id, text));
		json_write_key(&w, "RepoTags");
		json_write_begin(&w, '[');
		for (size_t k = 0; k < si->n_names; k++)
			json_write_string(&w, reference_str(&si->names[k], text));
		json_write_end(&w, ']');
		json_write_key(&w, "Layers");
		json_write_begin(&w, '[');
		for (size_t k = 0; k < si->image.manifest.n_layers; k++)
			json_write_string(&w,
					  save_blob_name(&sv->layers[si->layers[k]].digest, text));
		json_write_end(&w, ']');
		json_write_end(&w, '}');
	}
	json_write_end(&w, ']');
}
