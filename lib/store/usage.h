/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store takes on disk: blocks allocated, files with several names counted once, so that
 * the total is that of `du -s` on $DATA.
 */
#ifndef ONGGI_STORE_USAGE_H
#define ONGGI_STORE_USAGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "store/store.h"

enum store_part {
	STORE_PART_IMAGES,
	STORE_PART_CONTAINERS,
	STORE_PART_VOLUMES,
	STORE_PART_OTHER,
	STORE_PART_COUNT,
};
#define STORE_PARTS_ALL ((1u << STORE_PART_COUNT) - 1)

struct store_usage {
	uint64_t parts[STORE_PART_COUNT]; /* bytes on disk */
	uint64_t total;
	/*
	 * Path relative to $DATA → uint64_t * bytes: "images/blobs/sha256/<hex>",
	 * "layers/sha256/<tree>", "layers/keep-…/<tree>", "containers/<id>",
	 * "containers/<id>/upper", "volumes/<name>", "seccomp-cache/<digest>", and
	 * whatever else lies there. A container's own number is that of all its files.
	 */
	struct map units;
	uint64_t unreadable; /* directories that could not be read */
};
#define STORE_USAGE_INIT                                                                           \
	{                                                                                          \
		.units = MAP_INIT_OWN(free)                                                        \
	}

/* Release what it owns; the value is empty afterwards. */
void store_usage_done(struct store_usage *u);
DEFINE_CLEANUP_VALUE(store_usage, store_usage_done)
/*
 * Measure. parts: bits of enum store_part; the total is that of these. ret: STORE_USAGE_INIT.
 * Trees of subordinate ids are read inside the user's namespace.
 */
int store_usage_measure(struct store *s, unsigned parts, struct store_usage *ret, struct err *err);
/* Bytes of a unit, 0 where there is none. */
uint64_t store_usage_of(const struct store_usage *u, const char *path);

#endif
