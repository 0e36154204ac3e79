/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that implement store/images.h share. Private to store. */
#ifndef ONGGI_STORE_IMAGES_PRIVATE_H
#define ONGGI_STORE_IMAGES_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/images.h"

#define BLOB_PATH_MAX (sizeof("blobs/sha512/") + HASH_MAX_SIZE * 2)

/* "blobs/sha256/<hex>" in buf (at least BLOB_PATH_MAX). Returns buf. */
const char *store_blob_path(const struct digest *d, char *buf);
/* Is there such a blob? */
bool store_blob_exists(struct store *s, const struct digest *d);
/*
 * Read a small blob whole; its size is compared with the descriptor's, its digest too when verify
 * is set. Blobs that entered through us were verified then, and hashing would cost `run` a library.
 */
int store_blob_get(struct store *s, const struct descriptor *d, size_t max, bool verify,
		   struct buf *out, struct err *err);

/* Names (annotation) of an index entry; NULL where it has none. */
const char *store_entry_name(const struct descriptor *d);
/* Write what lists show of an image into its index entry. */
void store_entry_summarise(struct arena *a, struct descriptor *d, const struct store_summary *sum);
/* The same from an image's documents. */
void store_summary_of(const struct store_image *img, struct store_summary *ret);
/* Take the name from an index entry. */
void store_entry_unname(struct descriptor *d);
/* Image id of an index entry: from our annotation, else from its manifest. */
int store_entry_id(struct store *s, const struct descriptor *d, struct digest *ret,
		   struct err *err);
/*
 * The entry of an index that a name, an id or an id's unique prefix means. ret_by_id (may be NULL):
 * it was found by id. Errors: as store_image_find().
 */
int store_index_lookup(struct store *s, const struct image_index *index, const char *name,
		       const struct descriptor **ret, bool *ret_by_id, struct err *err);
/*
 * Take a name from the entry that has it; the image stays listed, without a name when it was its
 * last. Returns whether that entry had the digest `wanted`.
 */
bool store_index_take_name(struct image_index *index, const char *name,
			   const struct digest *wanted);
/* Drop the entries of a manifest that have no name. */
void store_index_drop_unnamed(struct image_index *index, const struct digest *digest);
/* The entries of an index can't grow in place: move them to a vector with room for more. */
void store_index_make_room(struct image_index *index, size_t more);
/* Replace index.json; the caller holds the exclusive lock. */
int store_index_write(struct store *s, const struct image_index *index, struct err *err);
/*
 * Note in the reflog of a name that it points to this manifest now (NULL: to nothing). Failing to
 * write a note fails nothing else.
 */
void store_reflog_add(struct store *s, const char *name, const struct digest *manifest,
		      const char *action);

#endif
