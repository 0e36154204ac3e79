/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "codec/flow.h"
#include "suites.h"

#define MANY (FLOW_BLOCK * FLOW_BLOCKS * 3 + 17) /* more than goes ahead */

START_TEST(the_same_bytes)
{
	_cleanup_free_ char *data = xalloc(MANY);
	_cleanup_(buf) struct buf out = BUF_INIT;

	fill_noise(data, MANY);
	ck_assert_int_eq(read_all(source_ahead(trickle_source(data, MANY, 100000, false)), &out,
				  NULL),
			 0);
	ck_assert_uint_eq(out.len, MANY);
	ck_assert_mem_eq(out.data, data, MANY);
}
END_TEST

START_TEST(an_error_follows_the_data)
{
	_cleanup_(source) struct source *s = source_ahead(trickle_source("abc", 3, 2, true));
	struct err err = ERR_INIT;
	char buf[8];

	/* Of a block that could not be filled nothing is given. */
	ck_assert_int_eq(source_read_full(s, buf, sizeof(buf), &err), -1);
	ck_assert_int_ne(err.kind, ERR_NONE);
	ck_assert_int_ne(err.kind, ERR_CANCELLED);
}
END_TEST

START_TEST(released_before_its_end)
{
	_cleanup_free_ char *data = xcalloc(MANY, 1);
	const void *piece = NULL;
	void *unused = NULL;

	for (int i = 0; i < 20; i++) {
		_cleanup_(source) struct source *s =
			source_ahead(trickle_source(data, MANY, FLOW_BLOCK, false));

		for (int k = 0; k < i; k++)
			ck_assert_int_eq(source_borrow(s, &unused, 1, &piece, NULL), FLOW_BLOCK);
	}
	ck_assert_ptr_null(unused);
}
END_TEST

Suite *suite_ahead(void)
{
	Suite *s = suite_create("codec/ahead");
	TCase *t = tcase_create("ahead");

	tcase_add_test(t, the_same_bytes);
	tcase_add_test(t, an_error_follows_the_data);
	tcase_add_test(t, released_before_its_end);
	suite_add_tcase(s, t);
	return s;
}
