/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting images into the store: load (docker-archive, oci-archive, oci:DIR), import (a root file
 * system's tar) and the image embedded in the binary.
 *
 * The pipeline of one layer: read → (hash of the blob) → inflate → (hash of the tar) → entries →
 * files, as threads over bounded rings, several layers in parallel. Nothing gets its name before
 * digests and sizes match. Rootless, the whole work runs in a child inside the user's namespace
 * (store_run_mapped()).
 */
#ifndef ONGGI_IMAGE_IMAGE_H
#define ONGGI_IMAGE_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/progress.h"
#include "cli/value.h"
#include "codec/stream.h"
#include "oci/platform.h"
#include "registry/registry.h"
#include "store/images.h"

/* Names of what was loaded; owned strings: full references, or "sha256:…" where there is no name.
 */
struct image_loaded {
	char **names;
	char **ids; /* "sha256:…" of each image's config, parallel to names */
};
/* Release both vectors. */
void image_loaded_done(struct image_loaded *l);
DEFINE_CLEANUP_VALUE(image_loaded, image_loaded_done)

struct image_load_request {
	const char *input; /* path of an archive or of an OCI layout ("oci:DIR[:NAME]"); NULL: fd */
	int fd;		   /* archive to read, seekable or not, when input is NULL */
	const struct platform
		*platform;	   /* which image of a multi-platform index; NULL: this machine's */
	struct progress *progress; /* may be NULL */
};
/*
 * Load every image of an archive or layout, compressed (gzip, zstd, xz, bzip2) or not.
 * Errors: ERR_INVALID for something that is no image archive (naming what it is), ERR_CORRUPT for
 * digests and sizes that differ, naming image, layer and entry; ERR_LIMIT.
 */
int image_load(struct store *s, const struct image_load_request *req, struct image_loaded *ret,
	       struct err *err);

struct image_import_request {
	const char *input; /* path of a tar, compressed or not; NULL: fd */
	int fd;
	const struct reference *name; /* NULL: no name */
	const char *message;	      /* of the history entry; NULL: none */
	char *const *changes; /* Dockerfile instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER,
				 VOLUME, WORKDIR, STOPSIGNAL; NULL: none */
	const struct platform *platform; /* NULL: this machine's */
	struct progress *progress;
};
/* Make an image of one layer from a root file system. ret_id: digest of its config. */
int image_import(struct store *s, const struct image_import_request *req, struct digest *ret_id,
		 struct err *err);

#define IMAGE_PULL_RETRIES 5 /* of one request, where nobody says otherwise */

enum image_pull_policy {
	IMAGE_PULL_MISSING, /* only when the store has no such image */
	IMAGE_PULL_ALWAYS,
	IMAGE_PULL_NEWER, /* when the registry's is another; without a registry, what is there */
	IMAGE_PULL_NEVER,
};

/* The words of --pull and --policy, NULL-terminated, in the order of the enum. */
extern const char *const image_pull_policies[];
/* The policy that a word names, one of image_pull_policies; NULL: fallback. */
enum image_pull_policy image_pull_policy_of(const char *word, enum image_pull_policy fallback);

struct image_pull_request {
	const struct reference *name; /* tag, digest or both (the digest wins, the tag is kept) */
	const struct platform *platform; /* NULL: this machine's */
	enum image_pull_policy policy;
	const struct registry_options *registry; /* NULL: the defaults */
	struct progress *progress;
};

struct image_pulled {
	struct digest id;	/* of the config */
	struct digest manifest; /* of the manifest that fits the platform */
	struct digest index;	/* what the tag points to: an index, or the manifest again */
	bool fresh;		/* the name points to something else than before */
};
/*
 * Pull an image into the store. What was verified before an error or a signal stays there and is
 * not fetched again the next time. The name of the embedded image never leads to a registry.
 * Errors: those of registry.h and of image_load(); ERR_NOT_FOUND with IMAGE_PULL_NEVER, and for a
 * platform that there is not; ERR_UNSUPPORTED for foreign layers; ERR_CANCELLED.
 */
int image_pull(struct store *s, const struct image_pull_request *req, struct image_pulled *ret,
	       struct err *err);

/* All tags that the registry has of a repository; strv. o: NULL: the defaults. */
int image_pull_tags(const struct reference *name, const struct registry_options *o, char ***ret,
		    struct err *err);

enum image_save_format {
	IMAGE_SAVE_DOCKER_ARCHIVE,
	IMAGE_SAVE_OCI_ARCHIVE,
	IMAGE_SAVE_OCI_DIR,
};

struct image_save_request {
	char *const *images; /* strv: names, ids, unique prefixes of ids; not empty */
	enum image_save_format format;
	const char *output; /* path; NULL: fd (not for a directory) */
	int fd;
	const struct platform *platform; /* that images must be for; NULL: any */
	bool recompress; /* layers in `compression`; false: the blobs as they are, and in a
			    docker-archive plain tar as docker's */
	enum compression compression;
	struct progress *progress;
	const atomic_bool *cancel; /* set by a signal handler: ends soon with ERR_CANCELLED; NULL:
				      never. Borrowed */
};
/*
 * Write images into an archive or a layout. Ids are kept: what is loaded elsewhere is the same
 * image. An output file appears by rename, complete or not at all; a layout directory may exist and
 * gains the images. Equal images give equal bytes. Errors: those of store_image_find(), of writing;
 * ERR_CORRUPT for a blob that is damaged, ERR_CANCELLED.
 */
int image_save(struct store *s, const struct image_save_request *req, struct err *err);

/*
 * What `image inspect` shows: docker's field names and shapes. a: owns the value.
 * names, n_names  all references of the image
 */
struct value *image_inspect(struct store *s, const struct store_image *img, char *const *names,
			    size_t n_names, struct arena *a);
/* History entries, newest first, docker's field names: a list of structs. */
struct value *image_history(struct store *s, const struct store_image *img, struct arena *a);

/* Is this name the embedded image's ("onggi/hello", docker.io/onggi/hello:latest)? */
bool image_is_embedded(const struct reference *name);
/* Put the embedded image into the store. */
int image_load_embedded(struct store *s, struct err *err);

/*
 * Make sure that every layer of an image is unpacked (a layout written by another tool has blobs
 * only). Cheap when they are: one open each, which the caller gets.
 *
 * ret_fds  O_PATH directories, top layer first, n = img->config.n_diff_ids; the caller closes and
 * frees
 */
int image_layers_open(struct store *s, const struct store_image *img, int **ret_fds,
		      struct err *err);

#endif
