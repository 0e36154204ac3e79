/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/json.h"
#include "suites.h"

static void write_sample(struct json_writer *w)
{
	json_write_begin(w, '{');
	json_write_key(w, "a");
	json_write_begin(w, '[');
	json_write_int(w, -1);
	json_write_uint(w, UINT64_MAX);
	json_write_begin(w, '{');
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_key(w, "b");
	json_write_bool(w, false);
	json_write_key(w, "c");
	json_write_null(w);
	json_write_key(w, "d");
	json_write_literal(w, "1.50");
	json_write_end(w, '}');
}

START_TEST(compact)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, 0);

	write_sample(&w);
	ck_assert_str_eq(buf_str(&out),
			 "{\"a\":[-1,18446744073709551615,{}],\"b\":false,\"c\":null,\"d\":1.50}");
}
END_TEST

START_TEST(indented)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, 2);

	write_sample(&w);
	ck_assert_str_eq(buf_str(&out),
			 "{\n  \"a\": [\n    -1,\n    18446744073709551615,\n    {}\n"
			 "  ],\n  \"b\": false,\n  \"c\": null,\n  \"d\": 1.50\n}");
}
END_TEST

static const struct {
	const char *in, *out;
} strings[] = {
	{"", "\"\""},
	{"a\"b\\c/", "\"a\\\"b\\\\c/\""},
	{"\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{"\xff", "\"\xef\xbf\xbd\""},
	{"a\xc3", "\"a\xef\xbf\xbd\""},
	{"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	{"\xf4\x90\x80\x80z", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
	{NULL, "null"},
};

START_TEST(escapes)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(json) struct json *j = NULL;
	struct json_writer w = JSON_WRITER_INIT(&out, 0);

	json_write_string(&w, strings[_i].in);
	ck_assert_str_eq(buf_str(&out), strings[_i].out);
	ck_assert_int_eq(json_parse(out.data, out.len, "out", &j, NULL), 0);
}
END_TEST

START_TEST(overflow_is_sticky)
{
	_cleanup_(buf) struct buf out = BUF_INIT_MAX(10);
	struct json_writer w = JSON_WRITER_INIT(&out, 0);

	write_sample(&w);
	ck_assert(out.overflow);
	ck_assert_uint_le(out.len, 10);
}
END_TEST

Suite *suite_json_write(void)
{
	Suite *s = suite_create("json_write");
	TCase *t = tcase_create("json_write");

	tcase_add_test(t, compact);
	tcase_add_test(t, indented);
	tcase_add_loop_test(t, escapes, 0, (int)ARRAY_SIZE(strings));
	tcase_add_test(t, overflow_is_sticky);
	suite_add_tcase(s, t);
	return s;
}
