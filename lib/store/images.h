/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images in the store: a plain OCI image layout (image-spec v1.1, image-layout.md).
 *
 * index.json holds one descriptor for each name (annotation org.opencontainers.image.ref.name is
 * the full normalised reference) and one without a name for each image that lost its last name
 * while a container uses it. Our annotation "dev.onggi.image.id" holds the config's digest, so that
 * listing and looking up by id read one file.
 */
#ifndef ONGGI_STORE_IMAGES_H
#define ONGGI_STORE_IMAGES_H

#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/map.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "os/atomic.h"
#include "store/store.h"

#define ANNOTATION_IMAGE_ID "dev.onggi.image.id"
/* Of a name that was pulled: what it points to in the registry, where that is an index. */
#define ANNOTATION_REPO_DIGEST "dev.onggi.image.repo-digest"
/* What a list of images shows, so that it reads index.json alone. */
#define ANNOTATION_IMAGE_SIZE	 "dev.onggi.image.size"	   /* store_image_size() */
#define ANNOTATION_IMAGE_CREATED "dev.onggi.image.created" /* RFC 3339, "" where unknown */
/*
 * Chain ids of the layers whose trees belong to their stack: digests with commas between, lowest
 * layer first, nothing for a layer with a shared tree. Absent where there are none. They follow
 * from the diff ids, and spare a reader the hashing.
 */
#define ANNOTATION_IMAGE_CHAINS "dev.onggi.image.chains"

/* An image with all that a container needs of it. */
struct store_image {
	struct reference name;	      /* domain "" when it was found by id and has no name */
	struct digest id;	      /* digest of the config: what docker calls the image id */
	struct descriptor descriptor; /* of the manifest; strings in manifest.arena */
	struct manifest manifest;
	struct image_config config;
};
/* Release what it owns; the value is empty afterwards. */
void store_image_done(struct store_image *i);
DEFINE_CLEANUP_VALUE(store_image, store_image_done)

/* Read index.json; an absent store is an empty index. */
int store_index_read(struct store *s, struct image_index *ret, struct err *err);
/*
 * Find an image by reference, id or unique id prefix (4 hex digits and more), as docker does: a
 * name wins over an id. Reads and checks the manifest and the config. Errors: ERR_NOT_FOUND "no
 * such image: NAME" with the hint `onggi pull NAME` or `onggi load`, nearest existing name where
 * there is one; ERR_INVALID for an ambiguous prefix.
 */
int store_image_find(struct store *s, const char *name, struct store_image *ret, struct err *err);
/* The same in an index that was read before. */
int store_image_find_in(struct store *s, const struct image_index *index, const char *name,
			struct store_image *ret, struct err *err);
/* Load the image of an index entry. */
int store_image_load(struct store *s, const struct descriptor *d, struct store_image *ret,
		     struct err *err);

/* What a list shows of an entry. */
struct store_summary {
	struct digest id;
	uint64_t size;		 /* bytes of its layers as they are stored */
	struct timespec created; /* 0: unknown */
};
/*
 * Of an index entry: from our annotations, else from its documents, whose errors come out where
 * they can't be read.
 */
int store_image_summary(struct store *s, const struct descriptor *d, struct store_summary *ret,
			struct err *err);
/* Bytes of all layers as they are stored: compressed where the archive's or registry's were. */
uint64_t store_image_size(const struct manifest *m);

/*
 * What an index entry's name points to in its registry, as `docker images --digests` shows it: the
 * index that was pulled, else the manifest itself.
 */
void store_entry_repo_digest(const struct descriptor *d, struct digest *ret);

/* A blob being written: hashed by the caller, checked on commit. */
struct store_blob {
	struct atomic_file file;
	struct store *store;
	int dirfd; /* where it will be named */
};
#define STORE_BLOB_INIT                                                                            \
	{                                                                                          \
		.file = ATOMIC_FILE_INIT, .dirfd = -1                                              \
	}
/* Start one; its bytes go to file.fd. */
int store_blob_begin(struct store *s, struct store_blob *ret, struct err *err);
/*
 * The caller vouches that the file's content has this digest. An existing blob is kept, unless it
 * has another size: then it is damaged, and replaced.
 */
int store_blob_commit(struct store_blob *b, const struct digest *d, struct err *err);
/* Drop what was not committed. */
void store_blob_done(struct store_blob *b);
DEFINE_CLEANUP_VALUE(store_blob, store_blob_done)
/*
 * Write a small blob whose digest the caller has verified; what is there is replaced unless it has
 * this very content.
 */
int store_blob_put_as(struct store *s, const void *data, size_t len, const struct digest *d,
		      struct err *err);
/* The same with the SHA-256 that is computed. */
int store_blob_put(struct store *s, const void *data, size_t len, struct digest *ret,
		   struct err *err);
/* Open for reading. ret_size may be NULL. Errors: ERR_NOT_FOUND. */
int store_blob_open(struct store *s, const struct digest *d, int *ret_fd, uint64_t *ret_size,
		    struct err *err);

/*
 * Which blob holds which layer, as the images of the index say whose blobs were verified: a set of
 * store_layer_pair() texts. Images that can't be read are passed over.
 */
int store_layer_pairs(struct store *s, struct map *ret, struct err *err);
#define STORE_LAYER_PAIR_MAX (DIGEST_STR_MAX * 2)
/* "blob diff-id" in buf (STORE_LAYER_PAIR_MAX bytes). Returns buf. */
const char *store_layer_pair(const struct digest *blob, const struct digest *diff_id, char *buf);

/*
 * Give names to a manifest whose blobs are in the store: the last step of load and pull, atomic.
 *
 * names, n_names  full references; 0: keep it without a name (by id only)
 * Under the exclusive lock it is checked that config, layers' blobs and unpacked layers are (still)
 * there: ERR_BUSY when a concurrent removal took one, and the caller starts again. A name that
 * pointed elsewhere moves, and the reflog notes it; an image that loses its last name stays listed
 * as untagged.
 */
int store_image_name(struct store *s, const struct descriptor *manifest, const struct digest *id,
		     const struct reference *names, size_t n_names, struct err *err);

/*
 * Give one more name to an image. A name that points elsewhere moves, and the reflog notes it.
 * source: as for store_image_find(). Errors: those of it.
 */
int store_image_tag(struct store *s, const char *source, const struct reference *name,
		    struct err *err);
/*
 * Take names away; the image stays, listed without a name when it was the last one.
 * name: the image; names, n_names: which of its names, 0: all. Errors: ERR_NOT_FOUND.
 */
int store_image_untag(struct store *s, const char *name, const struct reference *names,
		      size_t n_names, struct err *err);

/* What rmi did, in docker's words, one line each ("Untagged: …", "Deleted: sha256:…"); owned
 * strings. */
struct store_removal {
	char **lines;
};
/* Release the lines. */
void store_removal_done(struct store_removal *r);
DEFINE_CLEANUP_VALUE(store_removal, store_removal_done)
/*
 * Remove a name, or with the last one (or given by id) the image: its blobs and layers that no
 * other image uses. Refuses while a container record uses the image (ERR_BUSY naming the container
 * and the mend) unless force, which only removes names then.
 */
int store_image_remove(struct store *s, const char *name, bool force, struct store_removal *ret,
		       struct err *err);

#endif
