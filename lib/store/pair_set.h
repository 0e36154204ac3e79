/* SPDX-License-Identifier: Apache-2.0 */
/* A set of pairs of numbers: which inodes were met. Private to store. */
#ifndef ONGGI_STORE_PAIR_SET_H
#define ONGGI_STORE_PAIR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct pair_set {
	struct pair_slot {
		uint64_t a, b;
		bool used;
	} * slots;
	size_t n, n_slots;
};

/* Release; the set is empty afterwards. */
void pair_set_done(struct pair_set *s);
DEFINE_CLEANUP_VALUE(pair_set, pair_set_done)
/* Add a pair; false when it was there. */
bool pair_set_add(struct pair_set *s, uint64_t a, uint64_t b);
/* Is it there? */
bool pair_set_has(const struct pair_set *s, uint64_t a, uint64_t b);
/* A number for a text: FNV-1a, for names in a directory. */
uint64_t pair_set_text(const char *text);

#endif
