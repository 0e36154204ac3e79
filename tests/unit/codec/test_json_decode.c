/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json_shape.h"
#include "suites.h"

static const struct {
	const char *text;
	const char *message; /* the whole one */
} refused[] = {
	{"[]", "doc: expected an object, found an array"},
	{"{\"s\":1}", "doc: s: expected a string, found 1"},
	{"{\"s\":\"a\\u0000b\"}",
	 "doc: s: expected a string without NUL characters, found the string \"a\""},
	{"{\"b\":\"yes\"}", "doc: b: expected true or false, found the string \"yes\""},
	{"{\"i32\":2147483648}",
	 "doc: i32: expected a whole number from -2147483648 to 2147483647, found 2147483648"},
	{"{\"u32\":-1}", "doc: u32: expected a whole number from 0 to 4294967295, found -1"},
	{"{\"u32\":1.5}", "doc: u32: expected a whole number from 0 to 4294967295, found 1.5"},
	{"{\"ou32\":4294967296}",
	 "doc: ou32: expected a whole number from 0 to 4294967295, found 4294967296"},
	{"{\"i64\":9223372036854775808}",
	 "doc: i64: expected a whole number from -9223372036854775808 to 9223372036854775807, "
	 "found 9223372036854775808"},
	{"{\"v\":[\"a\",2]}", "doc: v[1]: expected a string, found 2"},
	{"{\"v\":{}}", "doc: v: expected an array, found an object"},
	{"{\"pairs\":{\"k\":[]}}", "doc: pairs.k: expected a string, found an array"},
	{"{\"ids\":[1,null]}",
	 "doc: ids[1]: expected a whole number from 0 to 4294967295, found null"},
	{"{\"list\":[{\"hard\":1},{\"hard\":true}]}",
	 "doc: list[1].hard: expected a whole number from 0 to 18446744073709551615, found true"},
	{"{\"pointer\":{\"name\":\"x\"}}", "doc: pointer.hard: missing, but required"},
	{"{\"embedded\":{\"hard\":null}}", "doc: embedded.hard: missing, but required"},
	{"{\"list\":[null]}", "doc: list[0]: expected an object, found null"},
	{"{\"custom\":\"y\"}", "doc: custom: not an x-"},
};

START_TEST(names_the_path)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct shape shape = {0};
	struct err err = ERR_INIT;

	ck_assert_int_eq(json_decode_text(&shape_table, refused[_i].text, strlen(refused[_i].text),
					  "doc", &shape, &a, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, refused[_i].message);
}
END_TEST

START_TEST(decodes_each_kind)
{
	static const char text[] =
		"{\"s\":\"t\",\"b\":true,\"i32\":-5,\"u32\":4294967295,\"i64\":-6,"
		"\"u64\":18446744073709551615,\"ob\":false,\"oi64\":0,\"ou64\":7,\"ou32\":8,"
		"\"v\":[\"a\",\"b\"],\"pairs\":{\"k\":\"v\",\"l\":\"w\"},\"keys\":{\"80/tcp\":{}},"
		"\"ids\":[1,2,3],\"embedded\":{\"hard\":9},\"pointer\":{\"hard\":10},"
		"\"list\":[{\"name\":\"n\",\"hard\":11}],\"custom\":\"x-y\",\"unknown\":[{}]}";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct shape s = {0};

	ck_assert_int_eq(json_decode_text(&shape_table, text, strlen(text), "doc", &s, &a, NULL),
			 0);
	ck_assert_str_eq(s.s, "t");
	ck_assert(s.b);
	ck_assert_int_eq(s.i32, -5);
	ck_assert_uint_eq(s.u32, UINT32_MAX);
	ck_assert_int_eq(s.i64, -6);
	ck_assert_uint_eq(s.u64, UINT64_MAX);
	ck_assert(s.ob && !*s.ob);
	ck_assert(s.oi64 && *s.oi64 == 0);
	ck_assert(s.ou64 && *s.ou64 == 7);
	ck_assert(s.ou32 && *s.ou32 == 8);
	ck_assert_uint_eq(s.n_v, 2);
	ck_assert_str_eq(s.v[1], "b");
	ck_assert_ptr_null(s.v[2]);
	ck_assert_uint_eq(s.n_pairs, 2);
	ck_assert_str_eq(s.pairs[1].key, "l");
	ck_assert_str_eq(s.pairs[1].value, "w");
	ck_assert_uint_eq(s.n_keys, 1);
	ck_assert_str_eq(s.keys[0], "80/tcp");
	ck_assert_uint_eq(s.n_ids, 3);
	ck_assert_uint_eq(s.ids[2], 3);
	ck_assert_uint_eq(s.embedded.hard, 9);
	ck_assert_uint_eq(s.pointer->hard, 10);
	ck_assert_uint_eq(s.n_list, 1);
	ck_assert_str_eq(s.list[0].name, "n");
	ck_assert_str_eq(s.custom, "y");
}
END_TEST

START_TEST(absent_and_null_are_one)
{
	static const char *const texts[] = {
		"{}",
		"{\"s\":null,\"v\":null,\"ob\":null,\"pointer\":null,\"list\":null,\"ids\":null}"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(arena) struct arena a = ARENA_INIT;
		struct shape s = {0};

		ck_assert_int_eq(json_decode_text(&shape_table, texts[i], strlen(texts[i]), "doc",
						  &s, &a, NULL),
				 0);
		ck_assert_ptr_null(s.s);
		ck_assert_ptr_null(s.v);
		ck_assert_ptr_null(s.ob);
		ck_assert_ptr_null(s.pointer);
		ck_assert_uint_eq(s.n_list, 0);
	}
}
END_TEST

START_TEST(empty_list_is_not_absent)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct shape s = {0};

	ck_assert_int_eq(json_decode_text(&shape_table, "{\"v\":[]}", 8, "doc", &s, &a, NULL), 0);
	ck_assert_ptr_nonnull(s.v);
	ck_assert_uint_eq(s.n_v, 0);
}
END_TEST

START_TEST(limits_elements)
{
	for (size_t n = JSON_MAX_ITEMS; n <= JSON_MAX_ITEMS + 1; n++) {
		_cleanup_(arena) struct arena a = ARENA_INIT;
		_cleanup_(buf) struct buf text = BUF_INIT;
		struct shape s = {0};
		struct err err = ERR_INIT;
		int r;

		buf_adds(&text, "{\"ids\":[0");
		for (size_t i = 1; i < n; i++)
			buf_adds(&text, ",0");
		buf_adds(&text, "]}");
		r = json_decode_text(&shape_table, text.data, text.len, "doc", &s, &a, &err);
		ck_assert_int_eq(r, n > JSON_MAX_ITEMS ? -1 : 0);
		ck_assert_int_eq(err.kind, r ? ERR_LIMIT : ERR_NONE);
	}
}
END_TEST

Suite *suite_json_decode(void)
{
	Suite *s = suite_create("json_decode");
	TCase *t = tcase_create("json_decode");

	tcase_add_loop_test(t, names_the_path, 0, (int)ARRAY_SIZE(refused));
	tcase_add_test(t, decodes_each_kind);
	tcase_add_test(t, absent_and_null_are_one);
	tcase_add_test(t, empty_list_is_not_absent);
	tcase_add_test(t, limits_elements);
	suite_add_tcase(s, t);
	return s;
}
