/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images on their way out of the store: what is to be written (save_plan.c), how a layer's bytes
 * come (save_layer.c), the documents (save_documents.c) and where they go: an archive
 * (save_archive.c) or a layout directory (save_layout.c). Private to image.
 */
#ifndef ONGGI_IMAGE_SAVE_H
#define ONGGI_IMAGE_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/map.h"
#include "codec/stream.h"
#include "image/image.h"
#include "oci/manifest.h"
#include "oci/reference.h"

#define SAVE_IMAGES_MAX 1000
#define SAVE_NAME_MAX	(sizeof("blobs/sha512/") + HASH_MAX_SIZE * 2)

enum save_mode {
	SAVE_COPY,     /* the blob as it is */
	SAVE_INFLATE,  /* the plain tar: its digest is the diff id, its size is found out */
	SAVE_COMPRESS, /* compressed anew: digest and size are found out */
};

/* A layer, once however many images have it. */
struct save_layer {
	struct digest diff_id;
	struct digest blob; /* as it is stored */
	uint64_t blob_size;
	int fd; /* of the stored blob: readable even when it is removed meanwhile */
	enum compression stored;
	enum save_mode mode;
	char *label; /* "layer 4bcff63911fc" */
	bool begun;  /* its progress was told of */
	/* As it is written; known before in mode SAVE_COPY. */
	struct digest digest;
	uint64_t size; /* UINT64_MAX: not known yet */
};

struct save_image {
	struct store_image image;
	struct buf config;   /* its text, verified */
	struct buf manifest; /* the text to write, which may be another than the stored one */
	struct descriptor described; /* it; strings in the plan's arena */
	size_t *layers;		 /* index into the plan's; SIZE_MAX: a foreign one, of no bytes */
	struct reference *names; /* with tags, without digests; in the plan's arena */
	size_t n_names;
};

struct save {
	struct arena arena;
	struct store *store;
	const struct image_save_request *req;
	struct save_image *images;
	size_t n_images;
	struct save_layer *layers; /* bottom first, image by image */
	size_t n_layers;
	struct map known; /* what a layer is written as, to its index */
};

/* ---- save_plan.c ---- */

/*
 * Find the images and open their blobs, under the shared lock of the images: a removal that runs at
 * the same time takes nothing from us. Errors: as image_save().
 */
int save_plan(struct save *sv, struct err *err);
/* Release; a zeroed one is accepted. */
void save_done(struct save *sv);
DEFINE_CLEANUP_VALUE(save, save_done)
/* Read a blob whole and compare its digest. */
int save_read_blob(struct store *s, const struct descriptor *d, size_t max, struct buf *out,
		   struct err *err);
/* Word that a blob is not what its name says; cause may be NULL. Returns -1. */
int save_damaged(const struct digest *blob, const char *cause, struct err *err);

/* ---- save_layer.c ---- */

/*
 * Write a layer's bytes to out, which is not finished: verified on the way, so that out has got
 * wrong ones when this fails. Sets digest and size.
 */
int save_layer_write(const struct save *sv, struct save_layer *l, struct sink *out,
		     struct err *err);

/* ---- save_documents.c ---- */

/* "blobs/sha256/<hex>" in buf (SAVE_NAME_MAX bytes). Returns buf. */
const char *save_blob_name(const struct digest *d, char *buf);
/* Make the manifest to write, once digests and sizes of all layers are known. */
int save_make_manifest(struct save *sv, struct save_image *si, struct err *err);
/* The entries of an index for an image: one for each name, or one without. In the arena. */
void save_index_entries(struct save *sv, const struct save_image *si, struct descriptor **list,
			size_t *n);
/* Append manifest.json of a docker-archive. */
void save_docker_manifest(const struct save *sv, struct buf *out);

/* ---- save_archive.c, save_layout.c ---- */

/* Where images are written to. */
struct save_target {
	/* Write a layer, unless it is there. Sets digest and size of l. */
	int (*layer)(struct save_target *t, struct save_layer *l, struct err *err);
	/* Write a manifest or a config, unless it is there. */
	int (*blob)(struct save_target *t, const struct digest *d, const struct buf *text,
		    struct err *err);
	/* Write what lists the images, and make everything visible. */
	int (*finish)(struct save_target *t, struct err *err);
	/* Release; what was not finished is removed. */
	void (*close)(struct save_target *t);
};

/* docker-archive or oci-archive, to req->output or req->fd. */
int save_archive_open(struct save *sv, struct save_target **ret, struct err *err);
/* A layout directory: req->output, made where it is missing. */
int save_layout_open(struct save *sv, struct save_target **ret, struct err *err);

#endif
