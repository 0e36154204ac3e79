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

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/progress.h"
#include "oci/platform.h"
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
