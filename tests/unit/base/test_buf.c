/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "suites.h"

START_TEST(builds_text)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	ck_assert_str_eq(buf_str(&b), "");
	buf_adds(&b, "clay");
	buf_adds(&b, NULL);
	buf_addc(&b, ' ');
	buf_add(&b, "pots and pans", 4);
	buf_addf(&b, " %d%s", 12, "!");
	ck_assert_str_eq(buf_str(&b), "clay pots 12!");
	ck_assert_uint_eq(b.len, 13);
	ck_assert_int_eq(buf_check(&b, "text", NULL), 0);
}
END_TEST

START_TEST(empty_addition_gives_data)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	buf_add(&b, NULL, 0);
	ck_assert_ptr_nonnull(b.data);
	ck_assert_str_eq(b.data, "");
}
END_TEST

/* Formatted text of every length around the points where memory grows. */
START_TEST(format_at_every_length)
{
	char text[300];

	for (size_t n = 0; n < sizeof(text); n++) {
		_cleanup_(buf) struct buf b = BUF_INIT;

		memset(text, 'a', n);
		text[n] = '\0';
		buf_adds(&b, "x");
		buf_addf(&b, "%s", text);
		ck_assert_uint_eq(b.len, n + 1);
		ck_assert_str_eq(b.data + 1, text);
	}
}
END_TEST

START_TEST(holds_binary)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	buf_add(&b, "a\0b", 3);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "a\0b", 4);
}
END_TEST

START_TEST(max_is_reached_but_not_passed)
{
	_cleanup_(buf) struct buf b = BUF_INIT_MAX(8);
	struct err err = ERR_INIT;

	buf_adds(&b, "12345678");
	ck_assert(!b.overflow);
	ck_assert_int_eq(buf_check(&b, "label", &err), 0);
	buf_addc(&b, '9');
	ck_assert(b.overflow);
	ck_assert_str_eq(buf_str(&b), "12345678");
	ck_assert_int_eq(buf_check(&b, "label", &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "label is too large: at most 8 bytes are accepted");
}
END_TEST

/* What does not fit adds nothing, not a part, and what follows doesn't close the gap. */
START_TEST(overflow_stays)
{
	_cleanup_(buf) struct buf b = BUF_INIT_MAX(8);

	buf_adds(&b, "1234");
	buf_addf(&b, "%s", "too long");
	ck_assert_str_eq(buf_str(&b), "1234");
	buf_addc(&b, '5');
	ck_assert_str_eq(buf_str(&b), "1234");
	ck_assert_int_eq(buf_check(&b, "text", NULL), -1);
	buf_reset(&b);
	ck_assert_int_eq(buf_check(&b, "text", NULL), 0);
	ck_assert_str_eq(buf_str(&b), "");
	buf_adds(&b, "again");
	ck_assert_str_eq(buf_str(&b), "again");
}
END_TEST

/* A format that fits the memory at hand but not the maximum must leave no trace. */
START_TEST(format_over_max_within_capacity)
{
	_cleanup_(buf) struct buf b = BUF_INIT_MAX(70);

	ck_assert(buf_reserve(&b, 70));
	b.max = 4;
	buf_adds(&b, "abc");
	buf_addf(&b, "%s", "defg");
	ck_assert_str_eq(buf_str(&b), "abc");
	ck_assert(b.overflow);
}
END_TEST

START_TEST(reserve_refuses_absurd_sizes)
{
	_cleanup_(buf) struct buf b = BUF_INIT_MAX(SIZE_MAX);

	buf_adds(&b, "a");
	ck_assert(!buf_reserve(&b, SIZE_MAX));
	buf_reset(&b);
	ck_assert(!buf_reserve(&b, SIZE_MAX));
}
END_TEST

START_TEST(default_max)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	ck_assert(!buf_reserve(&b, BUF_DEFAULT_MAX + 1));
}
END_TEST

START_TEST(take_moves_out)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_free_ char *none = buf_take(&b);
	char *text;

	ck_assert_str_eq(none, "");
	buf_adds(&b, "jar");
	text = buf_take(&b);
	ck_assert_str_eq(text, "jar");
	free(text);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len, 0);
	buf_adds(&b, "next");
	ck_assert_str_eq(buf_str(&b), "next");
	buf_done(NULL);
}
END_TEST

Suite *suite_buf(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, builds_text);
	tcase_add_test(t, empty_addition_gives_data);
	tcase_add_test(t, format_at_every_length);
	tcase_add_test(t, holds_binary);
	tcase_add_test(t, max_is_reached_but_not_passed);
	tcase_add_test(t, overflow_stays);
	tcase_add_test(t, format_over_max_within_capacity);
	tcase_add_test(t, reserve_refuses_absurd_sizes);
	tcase_add_test(t, default_max);
	tcase_add_test(t, take_moves_out);
	suite_add_tcase(s, t);
	return s;
}
