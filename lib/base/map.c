/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries stand in an array in insertion order; `slots` is an open-addressed index into it, probed
 * linearly. Removing an entry clears its key and leaves its slot, which then only keeps probes
 * going; both vanish when the index is rebuilt. The index is rebuilt at three quarters full
 * (deleted ones included), and the entries have room for just as many: their capacity follows from
 * n_slots.
 *
 * Keys come from images and requests of strangers, so the hash is keyed: SipHash-1-3 with the
 * random bytes that the kernel gave this process. Nobody can choose keys that collide.
 */
#include "base/map.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/alloc.h"

#define MAP_FIRST ((size_t)16)

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

/* The AT_RANDOM bytes: 16 of them, the same for the whole life of the process. */
static void map_seed(uint64_t ret[2])
{
	const void *random =
		(const void *)getauxval(AT_RANDOM); /* NOLINT: an address by contract */

	memset(ret, 0, 2 * sizeof(ret[0]));
	if (random)
		memcpy(ret, random, 2 * sizeof(ret[0]));
}

/* SipHash-1-3 (Aumasson, Bernstein), folded to an unsigned. */
static unsigned map_hash(const char *key)
{
	size_t len = strlen(key), left = len;
	uint64_t seed[2], v[4], m;

	map_seed(seed);
	v[0] = seed[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = seed[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = seed[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = seed[1] ^ UINT64_C(0x7465646279746573);
	for (; left >= sizeof(m); left -= sizeof(m), key += sizeof(m)) {
		memcpy(&m, key, sizeof(m));
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	m = 0;
	memcpy(&m, key, left);
	m ^= (uint64_t)len << 56;
	v[3] ^= m;
	sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	m = v[0] ^ v[1] ^ v[2] ^ v[3];
	return (unsigned)(m ^ m >> 32);
}

static size_t map_capacity(size_t n_slots)
{
	return n_slots / 4 * 3;
}

/* Put entry i into the first free slot of its probe sequence. */
static void map_link(struct map *m, size_t i)
{
	size_t at = m->entries[i].hash & (m->n_slots - 1);

	while (m->slots[at])
		at = (at + 1) & (m->n_slots - 1);
	m->slots[at] = (unsigned)i + 1;
}

/* Drop deleted entries and make room for at least one more. */
static void map_rebuild(struct map *m)
{
	size_t n_slots = MAP_FIRST, n = 0;
	struct map_entry *entries;

	while (map_capacity(n_slots) < 2 * m->count)
		n_slots *= 2;
	entries = xcalloc(map_capacity(n_slots), sizeof(*entries));
	map_foreach (e, m)
		entries[n++] = *e;
	free(m->entries);
	free(m->slots);
	m->entries = entries;
	m->n_entries = n;
	m->slots = xcalloc(n_slots, sizeof(*m->slots));
	m->n_slots = n_slots;
	for (size_t i = 0; i < n; i++)
		map_link(m, i);
}

static struct map_entry *map_find(const struct map *m, const char *key, unsigned hash)
{
	size_t at;

	if (!m->n_slots)
		return NULL;
	for (at = hash & (m->n_slots - 1); m->slots[at]; at = (at + 1) & (m->n_slots - 1)) {
		struct map_entry *e = &m->entries[m->slots[at] - 1];

		if (e->key && e->hash == hash && strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

void map_done(struct map *m)
{
	if (!m)
		return;
	map_foreach (e, m) {
		free(e->key);
		if (m->free_value)
			m->free_value(e->value);
	}
	free(m->entries);
	free(m->slots);
	*m = (struct map){.free_value = m->free_value};
}

void *map_get(const struct map *m, const char *key)
{
	const struct map_entry *e = m->count ? map_find(m, key, map_hash(key)) : NULL;

	return e ? e->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
	return m->count && map_find(m, key, map_hash(key));
}

void map_set(struct map *m, const char *key, void *value)
{
	unsigned hash = map_hash(key);
	struct map_entry *e = map_find(m, key, hash);

	if (e) {
		if (m->free_value && e->value != value)
			m->free_value(e->value);
		e->value = value;
		return;
	}
	if (m->n_entries == map_capacity(m->n_slots))
		map_rebuild(m);
	m->entries[m->n_entries] =
		(struct map_entry){.key = xstrdup(key), .value = value, .hash = hash};
	map_link(m, m->n_entries);
	m->n_entries++;
	m->count++;
}

bool map_remove(struct map *m, const char *key)
{
	struct map_entry *e = map_find(m, key, map_hash(key));

	if (!e)
		return false;
	free(e->key);
	e->key = NULL;
	if (m->free_value)
		m->free_value(e->value);
	e->value = NULL;
	m->count--;
	return true;
}
