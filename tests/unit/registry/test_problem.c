/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/strv.h"
#include "registry/http_head.h"
#include "suites.h"

START_TEST(documents)
{
	static const struct {
		const char *text, *said, *code; /* said NULL: no such document */
	} rows[] = {
		{"{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\","
		 "\"detail\":{\"Tag\":\"x\"}}]}",
		 "manifest unknown", "MANIFEST_UNKNOWN"},
		{"{\"errors\":[{\"code\":\"A\",\"message\":\"one\"},{\"code\":\"B\"},"
		 "{\"message\":\"three\"},{\"message\":\"four\"}]}",
		 "one; B; three", "A"},
		{"{\"errors\":[{\"message\":\"a\\u001b[31mb\\n\\r\\tc\\u0000d\"}]}", "a [31mb c",
		 ""},
		{"{\"errors\":[{\"message\":\"a\\u001b[31mb\\n\\r\\tc\\u0085d\\u007fe\"}]}",
		 "a [31mb c d e", ""},
		{"{\"errors\":[{\"code\":\"\\u001b[1m\",\"message\":\"m\"}]}", "m", ""},
		{"{\"errors\":[{\"code\":\"lower\"}]}", NULL, ""},
		{"{\"errors\":[]}", NULL, ""},
		{"{\"errors\":[1,null,\"x\"]}", NULL, ""},
		{"{\"errors\":{\"code\":\"A\"}}", NULL, ""},
		{"{\"details\":\"incorrect username\"}", "incorrect username", ""},
		{"{\"error\":\"invalid_scope\",\"error_description\":\"not that\"}", "not that",
		 ""},
		{"{\"message\":\"Not Found\"}", "Not Found", ""},
		{"{}", NULL, ""},
		{"[]", NULL, ""},
		{"<html>404</html>", NULL, ""},
		{"", NULL, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		char code[PROBLEM_CODE_MAX] = "before";
		bool is = problem_parse(rows[i].text, strlen(rows[i].text), &out, code);

		ck_assert_msg(is == (rows[i].said != NULL), "%s: '%s'", rows[i].text,
			      buf_str(&out));
		ck_assert_str_eq(buf_str(&out), rows[i].said ? rows[i].said : "");
		ck_assert_str_eq(code, rows[i].code);
	}
}
END_TEST

/* What is long is cut, between two characters. */
START_TEST(bounded)
{
	for (size_t shift = 0; shift < 3; shift++) {
		_cleanup_(buf) struct buf text = BUF_INIT, out = BUF_INIT;
		char code[PROBLEM_CODE_MAX];

		buf_adds(&text, "{\"errors\":[{\"message\":\"");
		buf_add(&text, "xx", shift);
		for (size_t i = 0; i < PROBLEM_TEXT_MAX; i++)
			buf_adds(&text, "옹");
		buf_adds(&text, "\"}]}");
		ck_assert(problem_parse(buf_str(&text), text.len, &out, code));
		ck_assert_uint_le(out.len, PROBLEM_TEXT_MAX);
		ck_assert_uint_gt(out.len, PROBLEM_TEXT_MAX - 3);
		ck_assert_uint_eq((out.len - shift) % 3, 0);
	}
}
END_TEST

Suite *suite_problem(void)
{
	Suite *s = suite_create("problem");
	TCase *t = tcase_create("problem");

	tcase_add_test(t, documents);
	tcase_add_test(t, bounded);
	suite_add_tcase(s, t);
	return s;
}
