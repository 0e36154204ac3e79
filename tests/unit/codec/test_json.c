/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/json.h"
#include "suites.h"

static const struct {
	const char *text;
	const char *out;  /* as written again; NULL: refused */
	const char *part; /* of the message */
} documents[] = {
	{" {\"a\": [1, 2.50, true, null, \"x\"]}\n", "{\"a\":[1,2.50,true,null,\"x\"]}", NULL},
	{"1", "1", NULL},
	{"1e3", "1e3", NULL},
	{"null", "null", NULL},
	{"\"\"", "\"\"", NULL},
	{"18446744073709551615", "18446744073709551615", NULL},
	{"-9223372036854775808", "-9223372036854775808", NULL},
	{"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", NULL},
	{"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}", NULL},
	{"18446744073709551616", NULL, "number out of range"},
	{"-9223372036854775809", NULL, "number out of range"},
	{"", NULL, "doc:1:1: the text ends early"},
	{"  ", NULL, "the text ends early"},
	{"[", NULL, "the text ends early"},
	{"\"a", NULL, "the text ends early"},
	{"tru", NULL, "the text ends early"},
	{"{\n\"a\": x}", NULL, "doc:2:6: unexpected character"},
	{"[1,]", NULL, "doc:1:4"},
	{"{\"a\":1,}", NULL, "doc:1:8"},
	{"1 2", NULL, "doc:1:3"},
	{"{} x", NULL, "doc:1:4"},
	{"[1 2]", NULL, "expected ','"},
	{"{\"a\" 1}", NULL, "expected ':'"},
	{"{'a':1}", NULL, "double quotes"},
	{"/*x*/1", NULL, "unexpected character"},
	{"NaN", NULL, "unknown word"},
	{"-Infinity", NULL, "Infinity"},
	{"True", NULL, "unknown word"},
	{"01", NULL, "doc:1"},
	{"1.", NULL, "digit after"},
	{".5", NULL, "unexpected character"},
	{"\"a\nb\"", NULL, "control character"},
	{"\"\xff\"", NULL, "UTF-8"},
	{"[\"\xed\xa0\x80\"]", NULL, "UTF-8"},
};

START_TEST(parses_and_refuses)
{
	_cleanup_(json) struct json *j = NULL;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, 0);
	struct err err = ERR_INIT;
	const char *text = documents[_i].text;
	int r = json_parse(text, strlen(text), "doc", &j, &err);

	if (!documents[_i].out) {
		ck_assert_msg(r == -1, "'%s' was accepted", text);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_msg(strstr(err.text, documents[_i].part), "'%s': %s", text, err.text);
		return;
	}
	ck_assert_msg(r == 0, "'%s': %s", text, err.text);
	json_write_node(&w, j);
	ck_assert_str_eq(buf_str(&out), documents[_i].out);
}
END_TEST

/* Each proper prefix of a document that ends in a bracket is refused, without its NUL in reach. */
START_TEST(refuses_prefixes)
{
	static const char text[] = "{\"a\":[1,-2.5e1,true,null,\"x\\u00e9\"],\"b\":{}}";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy = xstrndup(text, n);
		struct json *j = NULL;
		char *exact = malloc(n ? n : 1);

		ck_assert_ptr_nonnull(exact);
		memcpy(exact, copy, n);
		ck_assert_int_eq(json_parse(exact, n, "doc", &j, NULL), -1);
		ck_assert_ptr_null(j);
		free(exact);
		free(copy);
	}
}
END_TEST

START_TEST(refuses_nul)
{
	_cleanup_(json) struct json *j = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(json_parse("[1]\0[2]", 7, "doc", &j, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "doc:1:4: unexpected NUL byte"));
}
END_TEST

/* Depth JSON_MAX_DEPTH is accepted with a scalar inside or without, one more is not. */
START_TEST(limits_depth)
{
	for (size_t depth = JSON_MAX_DEPTH - 1; depth <= JSON_MAX_DEPTH + 2; depth++)
		for (int scalar = 0; scalar < 2; scalar++) {
			_cleanup_(buf) struct buf text = BUF_INIT;
			_cleanup_(json) struct json *j = NULL;
			struct err err = ERR_INIT;
			int r;

			for (size_t i = 0; i < depth; i++)
				buf_addc(&text, '[');
			buf_adds(&text, scalar ? "1" : "");
			for (size_t i = 0; i < depth; i++)
				buf_addc(&text, ']');
			r = json_parse(text.data, text.len, "doc", &j, &err);
			ck_assert_int_eq(r, depth <= JSON_MAX_DEPTH ? 0 : -1);
			ck_assert_int_eq(err.kind, r ? ERR_LIMIT : ERR_NONE);
		}
}
END_TEST

START_TEST(limits_size)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(json) struct json *j = NULL;
	struct err err = ERR_INIT;

	ck_assert(buf_reserve(&text, JSON_MAX_SIZE + 1));
	memset(text.data, ' ', JSON_MAX_SIZE + 1);
	text.data[0] = '1';
	ck_assert_int_eq(json_parse(text.data, JSON_MAX_SIZE, "doc", &j, &err), 0);
	json_free(j);
	j = NULL;
	ck_assert_int_eq(json_parse(text.data, JSON_MAX_SIZE + 1, "doc", &j, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

static const struct {
	const char *text;
	bool is_int, is_uint;
	int64_t i;
	uint64_t u;
} numbers[] = {
	{"0", true, true, 0, 0},
	{"-1", true, false, -1, 0},
	{"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
	{"9223372036854775808", false, true, 0, (uint64_t)INT64_MAX + 1},
	{"18446744073709551615", false, true, 0, UINT64_MAX},
	{"-9223372036854775808", true, false, INT64_MIN, 0},
	{"1e3", true, true, 1000, 1000},
	{"2.0", true, true, 2, 2},
	{"2.5", false, false, 0, 0},
	{"1e300", false, false, 0, 0},
	{"\"1\"", false, false, 0, 0},
	{"true", false, false, 0, 0},
};

START_TEST(reads_numbers)
{
	_cleanup_(json) struct json *j = NULL;
	uint64_t u = 0;
	int64_t i = 0;

	ck_assert_int_eq(json_parse(numbers[_i].text, strlen(numbers[_i].text), "n", &j, NULL), 0);
	ck_assert_int_eq(json_int64(j, &i), numbers[_i].is_int);
	ck_assert_int_eq(json_uint64(j, &u), numbers[_i].is_uint);
	ck_assert_int_eq(i, numbers[_i].i);
	ck_assert_uint_eq(u, numbers[_i].u);
}
END_TEST

START_TEST(walks)
{
	static const char text[] =
		"{\"z\":[\"a\",{}],\"n\":null,\"b\":true,\"d\":0.5,\"s\":\"x\\u0000y\"}";
	static const char *const keys[] = {"z", "n", "b", "d", "s"};
	_cleanup_(json) struct json *j = NULL;
	struct json_iter it = {0};
	double d = 0;
	size_t n = 0, len;

	ck_assert_int_eq(json_parse(text, strlen(text), "doc", &j, NULL), 0);
	ck_assert_uint_eq(json_len(j), 5);
	while (json_next(j, &it))
		ck_assert_str_eq(it.key, keys[n++]);
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(json_len(json_get(j, "z")), 2);
	ck_assert_str_eq(json_string(json_at(json_get(j, "z"), 0), NULL), "a");
	ck_assert_ptr_null(json_at(json_get(j, "z"), 2));
	ck_assert_int_eq(json_type(json_get(j, "n")), JSON_NULL);
	ck_assert_int_eq(json_type(NULL), JSON_NULL);
	ck_assert(json_bool(json_get(j, "b")));
	ck_assert(json_double(json_get(j, "d"), &d));
	ck_assert(d > 0.49 && d < 0.51);
	ck_assert_ptr_nonnull(json_string(json_get(j, "s"), &len));
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_null(json_get(json_get(j, "z"), "a"));
	ck_assert_ptr_null(json_get(j, "nothing"));
}
END_TEST

static bool has_k(const char *element, size_t len, const void *data)
{
	return memmem(element, len, data, strlen(data)) != NULL;
}

static const struct {
	const char *text, *out; /* out NULL: not of this shape */
} filtered[] = {
	{"{\"m\":[]}", "{\"m\":[]}"},
	{" { \"m\" : [ ] , \"x\":1 } ", " { \"m\" : [] , \"x\":1 } "},
	{"{\"m\":[1,\"k\",3]}", "{\"m\":[\"k\"]}"},
	{"{\"m\":[{\"k\":1}, {\"a\":[]} ,[\"k\"]]}", "{\"m\":[{\"k\":1},[\"k\"]]}"},
	{"{\"m\":[{\"a\":\"]},{\"},{\"a\":\"\\\"k\"},\"\\\\\",-1.5e3, null]}",
	 "{\"m\":[{\"a\":\"\\\"k\"}]}"},
	{"{\"a\":{\"m\":[\"x\"]},\"b\":[[],{}],\"c\":\"]\",\"d\":true,\"m\":[\"x\"]}",
	 "{\"a\":{\"m\":[\"x\"]},\"b\":[[],{}],\"c\":\"]\",\"d\":true,\"m\":[]}"},
	{"{}", NULL},
	{"", NULL},
	{"[]", NULL},
	{"{\"a\":1}", NULL},
	{"{\"m\":1}", NULL},
	{"{\"m\":[],\"m\":[]}", NULL},
	{"{\"\\u006d\":[],\"m\":[]}", NULL},
	{"{\"m\":[1", NULL},
	{"{\"m\":[1,]}", NULL},
	{"{\"m\":[,1]}", NULL},
	{"{\"m\":[1 2]}", NULL},
	{"{\"m\":[\"a\\\"]}", NULL},
	{"{\"m\":[{\"a\":1]}", NULL},
	{"{\"m\" []}", NULL},
	{"{m:[]}", NULL},
	{"{\"m\":[]", "{\"m\":[]"}, /* what stands behind is the parser's to judge */
};

START_TEST(filters)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	const char *text = filtered[_i].text;
	bool fits = json_filter(text, strlen(text), "m", has_k, "k", &out);

	ck_assert_msg(fits == (filtered[_i].out != NULL), "%s", text);
	if (fits)
		ck_assert_str_eq(buf_str(&out), filtered[_i].out);
}
END_TEST

Suite *suite_json(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_loop_test(t, parses_and_refuses, 0, (int)ARRAY_SIZE(documents));
	tcase_add_test(t, refuses_prefixes);
	tcase_add_test(t, refuses_nul);
	tcase_add_test(t, limits_depth);
	tcase_add_test(t, limits_size);
	tcase_add_loop_test(t, reads_numbers, 0, (int)ARRAY_SIZE(numbers));
	tcase_add_test(t, walks);
	tcase_add_loop_test(t, filters, 0, (int)ARRAY_SIZE(filtered));
	suite_add_tcase(s, t);
	return s;
}
