/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "suites.h"

static int released;

static void release(void *p)
{
	released++;
	free(p);
}

START_TEST(set_get_remove)
{
	_cleanup_(map) struct map m = MAP_INIT;
	int a, b;

	ck_assert_ptr_null(map_get(&m, "a"));
	ck_assert(!map_has(&m, "a"));
	ck_assert(!map_remove(&m, "a"));
	map_set(&m, "a", &a);
	map_set(&m, "", &b);
	ck_assert_ptr_eq(map_get(&m, "a"), &a);
	ck_assert_ptr_eq(map_get(&m, ""), &b);
	ck_assert_uint_eq(m.count, 2);
	map_set(&m, "a", NULL);
	ck_assert_ptr_null(map_get(&m, "a"));
	ck_assert(map_has(&m, "a"));
	ck_assert_uint_eq(m.count, 2);
	ck_assert(map_remove(&m, "a"));
	ck_assert(!map_remove(&m, "a"));
	ck_assert(!map_has(&m, "a"));
	ck_assert_uint_eq(m.count, 1);
}
END_TEST

START_TEST(keys_are_copied)
{
	_cleanup_(map) struct map m = MAP_INIT;
	char key[] = "clay";

	map_set(&m, key, key);
	key[0] = 'p';
	ck_assert(map_has(&m, "clay"));
	ck_assert(!map_has(&m, "play"));
}
END_TEST

START_TEST(owned_values_are_released_once)
{
	struct map m = MAP_INIT_OWN(release);
	void *same = xalloc(1);

	map_set(&m, "a", xalloc(1));
	map_set(&m, "b", xalloc(1));
	map_set(&m, "a", xalloc(1));
	ck_assert_int_eq(released, 1);
	map_remove(&m, "b");
	ck_assert_int_eq(released, 2);
	map_set(&m, "c", same);
	map_set(&m, "c", same);
	ck_assert_int_eq(released, 2);
	map_done(&m);
	ck_assert_int_eq(released, 4);
	/* It is empty and still owns. */
	map_set(&m, "d", xalloc(1));
	map_done(&m);
	ck_assert_int_eq(released, 5);
	map_done(NULL);
}
END_TEST

static void check_order(const struct map *m, const int *want, size_t n)
{
	size_t i = 0;

	map_foreach (e, m) {
		ck_assert_uint_lt(i, n);
		ck_assert_int_eq((int)strtol(e->key, NULL, 10), want[i]);
		i++;
	}
	ck_assert_uint_eq(i, n);
	ck_assert_uint_eq(m->count, n);
}

START_TEST(order_is_insertion_order)
{
	_cleanup_(map) struct map m = MAP_INIT;

	check_order(&m, NULL, 0);
	map_set(&m, "3", NULL);
	map_set(&m, "1", NULL);
	map_set(&m, "2", NULL);
	map_set(&m, "3", NULL);
	check_order(&m, (const int[]){3, 1, 2}, 3);
	map_remove(&m, "3");
	check_order(&m, (const int[]){1, 2}, 2);
	map_set(&m, "3", NULL);
	check_order(&m, (const int[]){1, 2, 3}, 3);
}
END_TEST

/* Random changes, compared after each against an array that is searched from end to end. */
START_TEST(agrees_with_a_plain_array)
{
	enum { KEYS = 300, STEPS = 20000 };
	_cleanup_(map) struct map m = MAP_INIT;
	static int order[KEYS];
	static char marks[STEPS];
	void *values[KEYS] = {NULL};
	uint32_t x = (uint32_t)_i * 2654435761u + 1;
	size_t n = 0, at;
	char key[16];

	for (int step = 0; step < STEPS; step++) {
		int k;

		x = x * 1664525u + 1013904223u;
		k = (int)((x >> 8) % KEYS);
		snprintf(key, sizeof(key), "%d", k);
		ck_assert_ptr_eq(map_get(&m, key), values[k]);
		/* Phases of growth and of decline. */
		if ((x >> 24) % 8 < (step / 1000 % 2 ? 2u : 6u)) {
			if (!values[k])
				order[n++] = k;
			values[k] = &marks[step];
			map_set(&m, key, values[k]);
		} else {
			ck_assert(map_remove(&m, key) == (values[k] != NULL));
			for (at = 0; values[k] && order[at] != k; at++)
				;
			if (values[k])
				memmove(order + at, order + at + 1, (--n - at) * sizeof(*order));
			values[k] = NULL;
		}
		if (step % 100 == 0)
			check_order(&m, order, n);
	}
	check_order(&m, order, n);
}
END_TEST

/* Setting and removing over and over must not let the table grow. */
START_TEST(churn_does_not_grow)
{
	_cleanup_(map) struct map m = MAP_INIT;
	char key[16];

	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		map_set(&m, key, NULL);
		ck_assert(map_remove(&m, key));
	}
	ck_assert_uint_eq(m.count, 0);
	ck_assert_uint_le(m.n_slots, 64);
}
END_TEST

START_TEST(removal_during_foreach)
{
	_cleanup_(map) struct map m = MAP_INIT;
	char key[16];
	int seen = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		map_set(&m, key, NULL);
	}
	map_foreach (e, &m) {
		if (seen++ % 2 == 0) {
			snprintf(key, sizeof(key), "%s", e->key);
			map_remove(&m, key);
		}
	}
	ck_assert_int_eq(seen, 100);
	ck_assert_uint_eq(m.count, 50);
	ck_assert(!map_has(&m, "0"));
	ck_assert(map_has(&m, "1"));
}
END_TEST

Suite *suite_map(void)
{
	Suite *s = suite_create("map");
	TCase *t = tcase_create("map");

	tcase_add_test(t, set_get_remove);
	tcase_add_test(t, keys_are_copied);
	tcase_add_test(t, owned_values_are_released_once);
	tcase_add_test(t, order_is_insertion_order);
	tcase_add_loop_test(t, agrees_with_a_plain_array, 0, 5);
	tcase_add_test(t, churn_does_not_grow);
	tcase_add_test(t, removal_during_foreach);
	suite_add_tcase(s, t);
	return s;
}
