/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images on their way into the store: what the formats (load_docker.c, load_oci.c) find in an input
 * and load.c stores. Private to image.
 */
#ifndef ONGGI_IMAGE_LOAD_H
#define ONGGI_IMAGE_LOAD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "image/image.h"
#include "image/input.h"
#include "image/pipeline.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

#define LOAD_IMAGES_MAX	   1000
#define LOAD_LAYERS_MAX	   ((size_t)20000)     /* of all images, shared ones counted each time */
#define LOAD_DOCUMENTS_MAX ((size_t)64 << 20)  /* bytes of manifests and configs, each once */
#define LOAD_PARSED_MAX	   ((size_t)256 << 20) /* the same, as often as they are used */

struct load_layer {
	struct digest diff_id;
	struct digest chain; /* of the stack up to it */
	struct digest blob;  /* unset in docker archives, where it is found out */
	uint64_t size;	     /* of the blob; UINT64_MAX: found out */
	char *media_type;    /* of the blob; NULL in docker archives */
	char *member;	     /* file of the input; NULL: it is known by blob and size */
	ssize_t job;	     /* index into the jobs, -1: nothing to do */
	enum compression compression;
};

/* A manifest, index or config. */
struct load_document {
	struct buf text;
};

struct load_documents {
	struct map members; /* name in the input to struct load_document */
	size_t kept, parsed;
};

struct load_image {
	char *label;			      /* for messages */
	const struct load_document *manifest; /* NULL: made by load.c */
	struct digest manifest_digest;	      /* its, verified */
	char *manifest_type;		      /* its media type */
	const struct load_document *config;
	struct digest id;	   /* of config, verified */
	struct digest repo_digest; /* what the registry's tag points to; unset: the manifest */
	struct load_layer *layers;
	size_t n_layers;
	struct reference *names;
	size_t n_names;
};

struct load {
	struct arena arena; /* owns all of the above but the documents */
	struct load_documents documents;
	struct store *store;
	struct image_input *input;
	const struct platform *platform;
	const char *only; /* the NAME of oci:DIR:NAME; NULL: all */
	bool keep;	  /* each layer at once when it is verified, whatever fails later */
	struct load_image *images;
	size_t n_images;
	size_t n_layers; /* of all images */
};

/* An empty set; of struct load this alone needs to be made ready. */
void load_documents_init(struct load_documents *d);
/* Release. */
void load_documents_done(struct load_documents *d);
/*
 * Read a document of the input, which keeps belonging to `l`. max: bytes. Errors: those of
 * image_input_read(), ERR_LIMIT where one of the two budgets is used up.
 */
int load_read(struct load *l, const char *name, size_t max, struct load_document **ret,
	      struct err *err);
/*
 * The same for a document that a descriptor names; size and digest are verified. Errors: those of
 * image_input_content(), ERR_LIMIT as above, ERR_CORRUPT.
 */
int load_read_content(struct load *l, const struct descriptor *d, size_t max,
		      struct load_document **ret, struct err *err);

/* Append an image and return it. Errors: NULL and ERR_LIMIT. */
struct load_image *load_add(struct load *l, struct err *err);
/* Set a verified config, and from it the layers' diff ids. n_layers: how many there must be. */
int load_set_config(struct load *l, struct load_image *image, const struct load_document *config,
		    size_t n_layers, struct err *err);
/* Append a name to an image, unless it has it. */
void load_add_name(struct load *l, struct load_image *image, const struct reference *name);

/* Find the images of manifest.json (Docker Image Specification v1.2). */
int load_docker(struct load *l, struct err *err);
/* Find the images of index.json (image-spec, image-layout.md). */
int load_oci(struct load *l, struct err *err);
/*
 * Add the image of one entry of such an index, of a manifest or of a further index, of which the
 * manifest for our platform is taken. Its annotations say the image's names.
 */
int load_oci_entry(struct load *l, const struct descriptor *entry, struct err *err);

/*
 * Store the images that were found: layers, blobs, names.
 * jobs run in this process, which must be able to set owners (store_run_mapped()).
 */
int load_store(struct load *l, struct progress *progress, struct err *err);
/* Release. */
void load_done(struct load *l);
DEFINE_CLEANUP_VALUE(load, load_done)

#endif
