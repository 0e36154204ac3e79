/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "cli/value.h"
#include "suites.h"

static const char *json(const struct value *v, unsigned indent, struct buf *out)
{
	buf_reset(out);
	value_json(v, indent, out);
	return buf_str(out);
}

START_TEST(tree)
{
	static const char *const expected = "{\n"
					    "  \"Z\": \"text\",\n"
					    "  \"A\": -1,\n"
					    "  \"Map\": {\n"
					    "    \"a\": \"3\",\n"
					    "    \"b\": true,\n"
					    "    \"c\": null\n"
					    "  },\n"
					    "  \"List\": [\n"
					    "    \"x\",\n"
					    "    \"y\"\n"
					    "  ],\n"
					    "  \"NoList\": null,\n"
					    "  \"Empty\": [],\n"
					    "  \"EmptyMap\": {},\n"
					    "  \"EmptyStruct\": {}\n"
					    "}";
	static char x[] = "x", y[] = "y";
	char *const words[] = {x, y};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct value *v = value_struct(&a), *map = value_map(&a);

	value_put_string(&a, v, "Z", "text");
	value_put_int(&a, v, "A", -1);
	value_put_string(&a, map, "c", "1");
	value_put_string(&a, map, "a", "2");
	value_put_bool(&a, map, "b", true);
	value_put_string(&a, map, "a", "3");
	value_put(&a, map, "c", value_nil(&a));
	value_put(&a, v, "Map", map);
	value_put_strings(&a, v, "List", words, 2);
	value_put_strings(&a, v, "NoList", NULL, 0);
	value_put_strings(&a, v, "Empty", words, 0);
	value_put(&a, v, "EmptyMap", value_map(&a));
	value_put(&a, v, "EmptyStruct", value_struct(&a));
	ck_assert_str_eq(json(v, 2, &out), expected);
	ck_assert_str_eq(json(v, 0, &out),
			 "{\"Z\":\"text\",\"A\":-1,\"Map\":{\"a\":\"3\",\"b\":true,\"c\":null},"
			 "\"List\":[\"x\",\"y\"],\"NoList\":null,\"Empty\":[],\"EmptyMap\":{},"
			 "\"EmptyStruct\":{}}");
	ck_assert_int_eq(value_get(v, "A")->integer, -1);
	ck_assert_str_eq(value_get(map, "a")->string.text, "3");
	ck_assert_ptr_null(value_get(v, "a"));
	ck_assert_ptr_null(value_get(map, "d"));
	ck_assert_ptr_null(value_get(map, ""));
	ck_assert_ptr_null(value_get(value_get(v, "A"), "x"));
}
END_TEST

/* Members come in any order and are found again, each once. */
START_TEST(large_map)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct value *map = value_map(&a);
	char name[16];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 1000; i++) {
			snprintf(name, sizeof(name), "%u", i * 7919 % 1000);
			value_put_int(&a, map, name, i + round);
		}
	}
	ck_assert_uint_eq(map->members.n, 1000);
	for (size_t i = 1; i < map->members.n; i++)
		ck_assert_int_lt(strcmp(map->members.members[i - 1].name,
					map->members.members[i].name),
				 0);
	ck_assert_int_eq(value_get(map, "0")->integer, 1);
	ck_assert_int_eq(value_get(map, "919")->integer, 2);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *json;
} string_rows[] = {
	{"", 0, "\"\""},
	{"<a&b>'", 6, "\"<a&b>'\""},
	{"\"\\/\n\r\t\b\f", 8, "\"\\\"\\\\/\\n\\r\\t\\b\\f\""},
	{"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\""},
	{"a\0b", 3, "\"a\\u0000b\""},
	{"\xec\x98\xb9\xe2\x80\xa8\xe2\x80\xa9", 9, "\"\xec\x98\xb9\\u2028\\u2029\""},
	{"\xff\xc3", 2, "\"\\ufffd\\ufffd\""},
	{"\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""},
};

START_TEST(strings)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct value *v = value_string_n(&a, string_rows[_i].text, string_rows[_i].len);

	ck_assert_str_eq(json(v, 0, &out), string_rows[_i].json);
}
END_TEST

static const struct {
	double v;
	const char *json;
} float_rows[] = {
	{0, "0"},
	{-0.5, "-0.5"},
	{1, "1"},
	{0.1, "0.1"},
	{1.0 / 3, "0.3333333333333333"},
	{1e20, "100000000000000000000"},
	{1e21, "1e+21"},
	{1e-6, "0.000001"},
	{1e-7, "1e-7"},
	{1.5e-12, "1.5e-12"},
	{DBL_MAX, "1.7976931348623157e+308"},
	{5e-324, "5e-324"},
	{INFINITY, "null"},
	{NAN, "null"},
};

START_TEST(floats)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_str_eq(json(value_float(&a, float_rows[_i].v), 0, &out), float_rows[_i].json);
}
END_TEST

static const char *const time_rows[][2] = {
	{"2024-02-29T23:59:59Z", "\"2024-02-29T23:59:59Z\""},
	{"2024-03-01T01:59:59.120+02:00", "\"2024-02-29T23:59:59.12Z\""},
	{"1969-12-31T23:59:59.5Z", "\"1969-12-31T23:59:59.5Z\""},
	{"2000-12-31T00:00:00Z", "\"2000-12-31T00:00:00Z\""},
	{"1900-03-01T00:00:00Z", "\"1900-03-01T00:00:00Z\""},
	{"0001-01-01T00:00:00Z", "\"0001-01-01T00:00:00Z\""},
	{"9999-12-31T23:59:59Z", "\"9999-12-31T23:59:59Z\""},
	{"", "\"0001-01-01T00:00:00Z\""},
	{NULL, "\"0001-01-01T00:00:00Z\""},
	{"yesterday", "\"0001-01-01T00:00:00Z\""},
};

START_TEST(times)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_str_eq(json(value_time(&a, time_rows[_i][0]), 0, &out), time_rows[_i][1]);
}
END_TEST

START_TEST(numbers)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_str_eq(json(value_int(&a, INT64_MIN), 0, &out), "-9223372036854775808");
	ck_assert_str_eq(json(value_duration(&a, 1500000000), 0, &out), "1500000000");
	ck_assert_str_eq(json(value_string(&a, NULL), 0, &out), "\"\"");
	ck_assert_str_eq(json(value_nil_of(&a, VALUE_MAP), 0, &out), "null");
	ck_assert_str_eq(json(value_bool(&a, false), 0, &out), "false");
}
END_TEST

Suite *suite_value(void)
{
	Suite *s = suite_create("value");
	TCase *t = tcase_create("value");

	tcase_add_test(t, tree);
	tcase_add_test(t, large_map);
	tcase_add_loop_test(t, strings, 0, ROWS(string_rows));
	tcase_add_loop_test(t, floats, 0, ROWS(float_rows));
	tcase_add_loop_test(t, times, 0, ROWS(time_rows));
	tcase_add_test(t, numbers);
	suite_add_tcase(s, t);
	return s;
}
