/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors, manifests and indexes of OCI images (image-spec v1.1) and Docker schema 2, whose
 * fields are the same under other media types.
 */
#ifndef ONGGI_OCI_MANIFEST_H
#define ONGGI_OCI_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "codec/json.h"
#include "codec/stream.h"
#include "oci/digest.h"
#include "oci/platform.h"

#define MEDIA_OCI_INDEX		"application/vnd.oci.image.index.v1+json"
#define MEDIA_OCI_MANIFEST	"application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_CONFIG	"application/vnd.oci.image.config.v1+json"
#define MEDIA_OCI_LAYER		"application/vnd.oci.image.layer.v1.tar"
#define MEDIA_OCI_LAYER_GZIP	"application/vnd.oci.image.layer.v1.tar+gzip"
#define MEDIA_OCI_LAYER_ZSTD	"application/vnd.oci.image.layer.v1.tar+zstd"
#define MEDIA_DOCKER_LIST	"application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_DOCKER_MANIFEST	"application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_CONFIG	"application/vnd.docker.container.image.v1+json"
#define MEDIA_DOCKER_LAYER	"application/vnd.docker.image.rootfs.diff.tar"
#define MEDIA_DOCKER_LAYER_GZIP "application/vnd.docker.image.rootfs.diff.tar.gzip"

#define ANNOTATION_REF_NAME "org.opencontainers.image.ref.name"
/* A full reference; what containerd and docker write into layouts. */
#define ANNOTATION_CONTAINERD_NAME "io.containerd.image.name"

#define MANIFEST_MAX_SIZE   ((size_t)4 << 20)
#define MANIFEST_MAX_LAYERS 1000
#define INDEX_MAX_SIZE	    ((size_t)16 << 20)
#define INDEX_MAX_DEPTH	    3 /* indexes below one another */
#define INDEX_MAX_MANIFESTS 100000

struct descriptor {
	char *media_type;
	struct digest digest;
	uint64_t size;
	struct json_pair *annotations;
	size_t n_annotations;
	char *artifact_type;
	struct platform *platform; /* NULL where absent */
};

struct manifest {
	struct arena arena; /* owns all strings and arrays */
	int32_t schema_version;
	char *media_type; /* may be NULL in OCI documents */
	char *artifact_type;
	struct descriptor config;
	struct descriptor *layers;
	size_t n_layers;
	struct descriptor *subject;
	struct json_pair *annotations;
	size_t n_annotations;
};

struct image_index {
	struct arena arena;
	int32_t schema_version;
	char *media_type;
	struct descriptor *manifests;
	size_t n_manifests;
	struct json_pair *annotations;
	size_t n_annotations;
};

extern const struct json_table descriptor_table; /* struct descriptor */

/*
 * Parse a manifest or an index: schemaVersion must be 2, media types and digests well-formed,
 * counts within the limits above. what: subject for errors. ret is released by *_done(). Errors:
 * ERR_INVALID, ERR_LIMIT; schema 1 is ERR_UNSUPPORTED by name.
 */
int manifest_parse(const char *text, size_t len, const char *what, struct manifest *ret,
		   struct err *err);
/* Release; NULL and zeroed values are accepted. */
void manifest_done(struct manifest *m);
DEFINE_CLEANUP_VALUE(manifest, manifest_done)
/* The same for an index. */
int image_index_parse(const char *text, size_t len, const char *what, struct image_index *ret,
		      struct err *err);
/* Release; NULL and zeroed values are accepted. */
void image_index_done(struct image_index *i);
DEFINE_CLEANUP_VALUE(image_index, image_index_done)
/* Append the document, as written by us (compact, fixed key order). */
void manifest_write(const struct manifest *m, struct buf *out);
/* The same for an index. */
void image_index_write(const struct image_index *i, struct buf *out);

/* Value of an annotation, NULL where absent. */
const char *descriptor_annotation(const struct descriptor *d, const char *key);
/* Set or replace an annotation (copied into the arena). */
void descriptor_annotate(struct arena *a, struct descriptor *d, const char *key, const char *value);
/* Deep copy into another arena. */
void descriptor_copy(struct arena *a, struct descriptor *dst, const struct descriptor *src);

enum media_kind {
	MEDIA_UNKNOWN,
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_CONFIG,
	MEDIA_LAYER,
	MEDIA_LAYER_FOREIGN, /* nondistributable: bytes live elsewhere */
};
/* What a media type is; ret_c (may be NULL): a layer's compression. */
enum media_kind media_kind(const char *media_type, enum compression *ret_c);
/*
 * The manifest of an index that fits a platform best, else the first that names no platform;
 * attestations are never chosen. ret points into the index. Errors: ERR_NOT_FOUND lists the
 * platforms that exist, with --platform for one of them as hint.
 */
int image_index_select(const struct image_index *i, const struct platform *want,
		       const struct descriptor **ret, struct err *err);

#endif
