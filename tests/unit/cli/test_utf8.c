/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/utf8.h"
#include "suites.h"

/* RFC 3629 section 4, at the edges of each range. */
static const struct {
	const char *bytes;
	unsigned c;
	size_t len;
} decode_rows[] = {
	{"a", 'a', 1},
	{"\x7f", 0x7f, 1},
	{"\xc2\x80", 0x80, 2},
	{"\xdf\xbf", 0x7ff, 2},
	{"\xe0\xa0\x80", 0x800, 3},
	{"\xed\x9f\xbf", 0xd7ff, 3},
	{"\xee\x80\x80", 0xe000, 3},
	{"\xef\xbf\xbf", 0xffff, 3},
	{"\xf0\x90\x80\x80", 0x10000, 4},
	{"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
	{"\x80", UTF8_INVALID, 1},
	{"\xbf", UTF8_INVALID, 1},
	{"\xc0\x80", UTF8_INVALID, 1},
	{"\xc1\xbf", UTF8_INVALID, 1},
	{"\xe0\x9f\xbf", UTF8_INVALID, 1},
	{"\xed\xa0\x80", UTF8_INVALID, 1},
	{"\xf0\x8f\xbf\xbf", UTF8_INVALID, 1},
	{"\xf4\x90\x80\x80", UTF8_INVALID, 1},
	{"\xf5\x80\x80\x80", UTF8_INVALID, 1},
	{"\xff", UTF8_INVALID, 1},
	{"\xc3", UTF8_INVALID, 1},
	{"\xe2\x80", UTF8_INVALID, 1},
	{"\xf0\x9f\x90", UTF8_INVALID, 1},
	{"\xe2"
	 "abc",
	 UTF8_INVALID, 1},
};

START_TEST(decode)
{
	size_t len = 0;

	ck_assert_uint_eq(utf8_decode(decode_rows[_i].bytes, &len), decode_rows[_i].c);
	ck_assert_uint_eq(len, decode_rows[_i].len);
}
END_TEST

static const struct {
	unsigned c, columns;
	bool control;
} character_rows[] = {
	{0, 1, true},	     {0x1b, 1, true},	       {' ', 1, false},	   {'~', 1, false},
	{0x7f, 1, true},     {0x9f, 1, true},	       {0xa0, 1, false},   {0x301, 0, false},
	{0x200b, 0, false},  {0x202e, 1, true},	       {0x2066, 1, true},  {0x1100, 2, false},
	{0xac00, 2, false},  {0xd7a3, 2, false},       {0xd7a4, 1, false}, {0x1f433, 2, false},
	{0x3fffe, 1, false}, {UTF8_INVALID, 1, false},
};

START_TEST(character)
{
	ck_assert_uint_eq(utf8_columns(character_rows[_i].c), character_rows[_i].columns);
	ck_assert_int_eq(utf8_is_control(character_rows[_i].c), character_rows[_i].control);
}
END_TEST

Suite *suite_utf8(void)
{
	Suite *s = suite_create("utf8");
	TCase *t = tcase_create("utf8");

	tcase_add_loop_test(t, decode, 0, ROWS(decode_rows));
	tcase_add_loop_test(t, character, 0, ROWS(character_rows));
	suite_add_tcase(s, t);
	return s;
}
