/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. */
#include "store/pair_set.h"

#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_SLOTS 256 /* a power of two */

void pair_set_done(struct pair_set *s)
{
	free(s->slots);
	*s = (struct pair_set){.slots = NULL};
}

/* Mixes both numbers into all bits (the finaliser of SplitMix64). */
static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b;

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* The slot that holds the pair, or the free one where it belongs. */
static struct pair_slot *find(const struct pair_set *s, uint64_t a, uint64_t b)
{
	size_t i = (size_t)mix(a, b) & (s->n_slots - 1);

	while (s->slots[i].used && (s->slots[i].a != a || s->slots[i].b != b))
		i = (i + 1) & (s->n_slots - 1);
	return &s->slots[i];
}

static void grow(struct pair_set *s)
{
	struct pair_set bigger = {.n_slots = s->n_slots ? s->n_slots * 2 : FIRST_SLOTS, .n = s->n};

	bigger.slots = xcalloc(bigger.n_slots, sizeof(*bigger.slots));
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].used)
			*find(&bigger, s->slots[i].a, s->slots[i].b) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

bool pair_set_add(struct pair_set *s, uint64_t a, uint64_t b)
{
	struct pair_slot *slot;

	if (s->n * 2 >= s->n_slots)
		grow(s);
	slot = find(s, a, b);
	if (slot->used)
		return false;
	*slot = (struct pair_slot){.a = a, .b = b, .used = true};
	s->n++;
	return true;
}

bool pair_set_has(const struct pair_set *s, uint64_t a, uint64_t b)
{
	return s->n_slots && find(s, a, b)->used;
}

uint64_t pair_set_text(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}
