/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from strings to pointers that keeps insertion order. Keys are copied. */
#ifndef ONGGI_BASE_MAP_H
#define ONGGI_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct map_entry {
	char *key;
	void *value;
	unsigned hash;
};

struct map {
	struct map_entry *entries; /* in insertion order; key NULL: deleted */
	size_t n_entries;	   /* with deleted ones */
	size_t count;		   /* live ones */
	unsigned *slots;	   /* index into entries + 1; 0: free */
	size_t n_slots;
	void (*free_value)(void *); /* NULL: values are borrowed */
};

#define MAP_INIT                                                                                   \
	{                                                                                          \
		.entries = NULL                                                                    \
	}
#define MAP_INIT_OWN(fn)                                                                           \
	{                                                                                          \
		.free_value = (fn)                                                                 \
	}
#define map_foreach(e, m)                                                                          \
	for (struct map_entry *e = (m)->entries; e && e < (m)->entries + (m)->n_entries; e++)      \
		if (e->key)

/* Release keys, and values where free_value is set. */
void map_done(struct map *m);
DEFINE_CLEANUP_VALUE(map, map_done)
/* Value of key, NULL where absent. */
void *map_get(const struct map *m, const char *key);
/* Is there such a key? */
bool map_has(const struct map *m, const char *key);
/* Set key to value, releasing an earlier value. */
void map_set(struct map *m, const char *key, void *value);
/* Remove key; returns whether it was there. */
bool map_remove(struct map *m, const char *key);

#endif
