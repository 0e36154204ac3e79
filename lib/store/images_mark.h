/* SPDX-License-Identifier: Apache-2.0 */
/* Mark and sweep: what images and containers need of blobs, trees and volumes. Private to store. */
#ifndef ONGGI_STORE_IMAGES_MARK_H
#define ONGGI_STORE_IMAGES_MARK_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/map.h"
#include "oci/manifest.h"
#include "store/containers.h"
#include "store/store.h"

struct store_marks {
	struct map blobs;  /* digests */
	struct map layers; /* names of trees (store_layer_name()) to diff ids */
};
#define STORE_MARKS_INIT                                                                           \
	{                                                                                          \
		.layers = MAP_INIT_OWN(free)                                                       \
	}
/* Release; the marks are empty afterwards. */
void store_marks_done(struct store_marks *m);
DEFINE_CLEANUP_VALUE(store_marks, store_marks_done)

/*
 * Mark everything that an index entry needs. Of an index, those manifests that are in the store.
 * depth: of indexes above it, 0 for an entry of index.json
 */
int store_mark_entry(struct store *s, const struct descriptor *d, unsigned depth,
		     struct store_marks *m, struct err *err);
/*
 * Mark what all entries need. Where one can't be read, nothing may be deleted on a guess: warns and
 * returns false.
 */
bool store_mark_index(struct store *s, const struct image_index *index, struct store_marks *m);
/* Mark the layers that a container's record names. */
int store_mark_record(const struct container_record *r, struct store_marks *m, struct err *err);
/* Delete the blobs that condemn() says to, called with "sha256:…". Errors don't end it. */
void store_blobs_unlink(struct store *s, bool (*condemn)(void *arg, const char *digest), void *arg,
			struct err *err);

/* What containers use. */
struct store_uses {
	struct store_marks marks; /* layers */
	struct map manifests;	  /* "sha256:…" → size_t *, containers that use it */
	struct map volumes;	  /* names, the same */
	bool unknown;		  /* there is a container of which nobody knows what it uses */
};
#define STORE_USES_INIT                                                                            \
	{                                                                                          \
		.marks = STORE_MARKS_INIT, .manifests = MAP_INIT_OWN(free),                        \
		.volumes = MAP_INIT_OWN(free)                                                      \
	}
/* Release; empty afterwards. */
void store_uses_done(struct store_uses *u);
DEFINE_CLEANUP_VALUE(store_uses, store_uses_done)
/*
 * Read what all containers use. A record that can't be read is told, and sets unknown.
 * ignore: ids of containers to pass over; NULL: none
 */
int store_uses_read(struct store *s, const struct map *ignore, struct store_uses *ret,
		    struct err *err);
/* How many containers use a key of these maps. */
size_t store_uses_count(const struct map *m, const char *key);

#endif
