/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "registry/http_head.h"
#include "suites.h"

#define UNKNOWN HTTP_COMPLETE_UNKNOWN

START_TEST(content_range)
{
	static const struct {
		const char *text;
		bool good;
		struct http_content_range r;
	} rows[] = {
		{"bytes 0-499/1234", true, {true, 0, 499, 1234}},
		{"Bytes  5-5/6", true, {true, 5, 5, 6}},
		{"bytes 1-2/*", true, {true, 1, 2, UNKNOWN}},
		{"bytes */1234", true, {false, 0, 0, 1234}},
		{"bytes */*", false, {false, 0, 0, 0}},
		{"bytes 5-4/9", false, {false, 0, 0, 0}},
		{"bytes 5-9/9", false, {false, 0, 0, 0}},
		{"bytes 0-499", false, {false, 0, 0, 0}},
		{"bytes 0-/9", false, {false, 0, 0, 0}},
		{"bytes -1/9", false, {false, 0, 0, 0}},
		{"bytes 0-1/9 ", false, {false, 0, 0, 0}},
		{"bytes 0-1/9x", false, {false, 0, 0, 0}},
		{"items 0-1/9", false, {false, 0, 0, 0}},
		{"bytes", false, {false, 0, 0, 0}},
		{"bytes=0-1/9", false, {false, 0, 0, 0}},
		{"", false, {false, 0, 0, 0}},
		{"bytes 0-18446744073709551616/9", false, {false, 0, 0, 0}},
		{"bytes 99999999999999999999-999999999999999999999/*", false, {false, 0, 0, 0}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_content_range r = {.first = 77};
		bool good = http_content_range_parse(rows[i].text, &r);

		ck_assert_msg(good == rows[i].good, "'%s'", rows[i].text);
		if (!good) {
			ck_assert_uint_eq(r.first, 77);
			continue;
		}
		ck_assert_int_eq(r.satisfied, rows[i].r.satisfied);
		ck_assert_uint_eq(r.first, rows[i].r.first);
		ck_assert_uint_eq(r.last, rows[i].r.last);
		ck_assert_uint_eq(r.complete, rows[i].r.complete);
	}
}
END_TEST

START_TEST(retry_after)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"0", 0},
		{"120", 120},
		{"99999999999", INT32_MAX},
		{"-1", -1},
		{"1.5", -1},
		{"soon", -1},
		{"", -1},
		/* now is 784111777 */
		{"Sun, 06 Nov 1994 08:49:37 GMT", 0},
		{"Sun, 06 Nov 1994 08:50:37 GMT", 60},
		{"Sun, 06 Nov 1994 08:00:00 GMT", 0},
		{"Sun, 06 Nov 1994 08:50:37 CET", -1},
		{"Sun, 06 ovD 1994 08:50:37 GMT", -1},
		{"Sun, 06 N 1994 08:50:37 GMT", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(http_retry_after_parse(rows[i].text, 784111777) == rows[i].seconds,
			      "'%s'", rows[i].text);
}
END_TEST

START_TEST(links)
{
	static const struct {
		const char *text, *next;
	} rows[] = {
		{"</v2/r/tags/list?last=b&n=2>; rel=\"next\"", "/v2/r/tags/list?last=b&n=2"},
		{"<a>;rel=next", "a"},
		{"<a> ; title=\"x, y; rel=next\" ; REL=\"prev next\"", "a"},
		{"<a>; rel=prev, <b>; rel=next", "b"},
		{"<a>; rel=next, <b>; rel=next", "a"},
		{"<a>; rel=\"nextish\"", NULL},
		{"<a>; rel=prev", NULL},
		{"<a>", NULL},
		{"<a>; rel", NULL},
		{"<a; rel=next", NULL},
		{"a; rel=next", NULL},
		{"<a>; rel=\"next", NULL},
		{"<a>; =next", NULL},
		{"<a>; rel=next x", "a"},
		{"<>; rel=next", ""},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *next = http_link_next(rows[i].text);

		ck_assert_msg(str_eq(next, rows[i].next), "'%s' gives '%s'", rows[i].text,
			      next ? next : "(null)");
	}
}
END_TEST

START_TEST(challenges)
{
	static const struct {
		const char *text;
		enum challenge_scheme scheme;
		const char *realm, *service;
	} rows[] = {
		{"Bearer realm=\"https://auth/token\",service=\"reg\",scope=\"repository:r:pull\"",
		 CHALLENGE_BEARER, "https://auth/token", "reg"},
		{"bearer REALM=\"a\" , Service = \"b\"", CHALLENGE_BEARER, "a", "b"},
		{"Bearer realm=plain,service=token", CHALLENGE_BEARER, "plain", "token"},
		{"Bearer realm=\"quote \\\" comma , back \\\\\"", CHALLENGE_BEARER,
		 "quote \" comma , back \\", ""},
		{"Basic realm=\"x\"", CHALLENGE_BASIC, "x", ""},
		{"Basic", CHALLENGE_BASIC, "", ""},
		{"Basic realm=\"x\", Bearer realm=\"y\",service=\"z\"", CHALLENGE_BEARER, "y", "z"},
		{"Bearer realm=\"y\", Basic realm=\"x\"", CHALLENGE_BEARER, "y", ""},
		{"Negotiate abc==, Bearer realm=\"y\"", CHALLENGE_BEARER, "y", ""},
		{"Negotiate, Bearer realm=\"y\"", CHALLENGE_BEARER, "y", ""},
		{"Digest qop=\"auth,auth-int\", realm=\"d\", Basic realm=\"b\"", CHALLENGE_BASIC,
		 "b", ""},
		{"Bearer service=\"no realm\"", CHALLENGE_NONE, "", ""},
		{"Bearer", CHALLENGE_NONE, "", ""},
		{"Bearer realm=\"never closed", CHALLENGE_BEARER, NULL, ""},
		{"Bearerrealm=\"x\"", CHALLENGE_NONE, "", ""},
		{"", CHALLENGE_NONE, "", ""},
		{",,,", CHALLENGE_NONE, "", ""},
		{"\"quoted\"", CHALLENGE_NONE, "", ""},
		{"Bearer realm=\"a\", realm=\"b\"", CHALLENGE_BEARER, "b", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct challenge c = {.scheme = CHALLENGE_NONE};

		challenge_parse(rows[i].text, &c);
		/* One that ends in the middle is none. */
		if (!rows[i].realm) {
			ck_assert_int_eq(c.scheme, CHALLENGE_NONE);
			continue;
		}
		ck_assert_msg(c.scheme == rows[i].scheme, "'%s' gives %d", rows[i].text,
			      (int)c.scheme);
		ck_assert_str_eq(c.realm, rows[i].realm);
		ck_assert_str_eq(c.service, rows[i].service);
	}
}
END_TEST

START_TEST(challenges_are_bounded)
{
	_cleanup_free_ char *long_value = xalloc(CHALLENGE_VALUE_MAX + 10);
	_cleanup_free_ char *text = NULL;
	struct challenge c = {.scheme = CHALLENGE_NONE};

	memset(long_value, 'a', CHALLENGE_VALUE_MAX + 1);
	text = xasprintf("Bearer realm=\"%s\"", long_value);
	challenge_parse(text, &c);
	ck_assert_int_eq(c.scheme, CHALLENGE_NONE);
	text[strlen(text) - 3] = '\0';
	long_value[CHALLENGE_VALUE_MAX - 1] = '\0';
	free(text);
	text = xasprintf("Bearer realm=\"%s\"", long_value);
	challenge_parse(text, &c);
	ck_assert_int_eq(c.scheme, CHALLENGE_BEARER);
	ck_assert_str_eq(c.realm, long_value);
	/* A worse one does not replace it. */
	challenge_parse("Basic realm=\"b\"", &c);
	ck_assert_int_eq(c.scheme, CHALLENGE_BEARER);
}
END_TEST

Suite *suite_http_head(void)
{
	Suite *s = suite_create("http_head");
	TCase *t = tcase_create("http_head");

	tcase_add_test(t, content_range);
	tcase_add_test(t, retry_after);
	tcase_add_test(t, links);
	tcase_add_test(t, challenges);
	tcase_add_test(t, challenges_are_bounded);
	suite_add_tcase(s, t);
	return s;
}
