/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "container/config.h"
#include "suites.h"

START_TEST(test_root_needs_none)
{
	struct container_userns u;
	struct err err = ERR_INIT;

	ck_assert_int_eq(container_userns_decide(NULL, false, &u, &err), 0);
	ck_assert(!u.separate);
	ck_assert_int_eq(container_userns_decide("host", false, &u, &err), 0);
	ck_assert(!u.separate);
	ck_assert_int_eq(container_userns_decide("keep-id", false, &u, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
}
END_TEST

START_TEST(test_unknown_mode)
{
	struct container_userns u;
	struct err err = ERR_INIT;

	ck_assert_int_eq(container_userns_decide("keepid", false, &u, &err), -1);
	ck_assert_str_eq(err.text, "--userns 'keepid': expected host or keep-id[:uid=N,gid=N]");
	err_clear(&err);
	ck_assert_int_eq(container_userns_decide("keep-id:user=3", true, &u, &err), -1);
	ck_assert_str_eq(
		err.text,
		"--userns 'keep-id:user=3': 'user=3' is not known; accepted are uid=N and gid=N");
}
END_TEST

static uint32_t outside(const struct id_map *m, uint32_t inside)
{
	uint32_t id = UINT32_MAX;

	ck_assert_msg(id_map_to_outside(m, inside, &id), "%u is not mapped", inside);
	return id;
}

/* container 0… → subordinate ids, except the kept one; all ids stay mapped, each once. */
START_TEST(test_keep_id)
{
	struct id_map m = {.ranges = NULL};
	uint64_t before;
	uint32_t id;

	id_map_add(&m, 0, 1000, 1);
	id_map_add(&m, 1, 100000, 1500);
	id_map_add(&m, 1501, 300000, 100);
	before = id_map_size(&m);
	container_userns_keep(&m, 1000);
	ck_assert_uint_eq(outside(&m, 0), 100000);
	ck_assert_uint_eq(outside(&m, 999), 100999);
	ck_assert_uint_eq(outside(&m, 1000), 1000);
	ck_assert_uint_eq(outside(&m, 1001), 101000);
	ck_assert_uint_eq(outside(&m, 1500), 101499);
	ck_assert_uint_eq(outside(&m, 1501), 300000);
	ck_assert_uint_eq(outside(&m, 1600), 300099);
	ck_assert(!id_map_to_outside(&m, 1601, &id));
	ck_assert_uint_eq(id_map_size(&m), before);
	free(m.ranges);
}
END_TEST

START_TEST(test_keep_zero_and_single)
{
	struct id_map m = {.ranges = NULL};

	id_map_add(&m, 0, 1000, 1);
	id_map_add(&m, 1, 100000, 10);
	container_userns_keep(&m, 0);
	ck_assert_uint_eq(outside(&m, 0), 1000);
	ck_assert_uint_eq(outside(&m, 1), 100000);
	free(m.ranges);
	m = (struct id_map){.ranges = NULL};
	id_map_add(&m, 0, 1000, 1);
	container_userns_keep(&m, 1000);
	ck_assert_uint_eq(outside(&m, 1000), 1000);
	ck_assert_uint_eq(id_map_size(&m), 1);
	free(m.ranges);
}
END_TEST

Suite *suite_userns(void)
{
	Suite *s = suite_create("userns");
	TCase *tc = tcase_create("decide");

	tcase_add_test(tc, test_root_needs_none);
	tcase_add_test(tc, test_unknown_mode);
	tcase_add_test(tc, test_keep_id);
	tcase_add_test(tc, test_keep_zero_and_single);
	suite_add_tcase(s, tc);
	return s;
}
