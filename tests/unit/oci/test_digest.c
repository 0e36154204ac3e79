/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/digest.h"
#include "suites.h"

#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

START_TEST(round_trip)
{
	char text[DIGEST_STR_MAX];
	struct digest d, e;

	ck_assert_int_eq(digest_parse("sha256:" HEX, &d, NULL), 0);
	ck_assert_str_eq(digest_str(&d, text), "sha256:" HEX);
	ck_assert_str_eq(digest_alg(&d), "sha256");
	ck_assert(digest_is_set(&d));
	ck_assert_int_eq(digest_parse("sha512:" HEX HEX, &e, NULL), 0);
	ck_assert_str_eq(digest_str(&e, text), "sha512:" HEX HEX);
	ck_assert(!digest_eq(&d, &e));
	ck_assert(digest_eq(&d, &d));
	e = (struct digest){.hex = ""};
	ck_assert(!digest_is_set(&e));
}
END_TEST

static const struct {
	const char *in;
	const char *text;
} bad[] = {
	{"", "invalid digest '': expected sha256:<64 hex digits>"},
	{HEX, "invalid digest '" HEX "': expected sha256:<64 hex digits>"},
	{"sha256:", "invalid digest 'sha256:': expected sha256:<64 lower-case hex digits>"},
	{"sha256:" HEX "0",
	 "invalid digest 'sha256:" HEX "0': expected sha256:<64 lower-case hex digits>"},
	{"sha512:" HEX,
	 "invalid digest 'sha512:" HEX "': expected sha512:<128 lower-case hex digits>"},
	{"sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	 "invalid digest "
	 "'sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef': "
	 "expected sha256:<64 lower-case hex digits>"},
	{"sha256:../../../etc/passwd",
	 "invalid digest 'sha256:../../../etc/passwd': expected sha256:<64 lower-case hex digits>"},
	{"SHA256:" HEX, "invalid digest 'SHA256:" HEX
			"': algorithm 'SHA256' is unknown, accepted: sha256, sha512"},
	{":" HEX, "invalid digest ':" HEX "': algorithm '' is unknown, accepted: sha256, sha512"},
};

START_TEST(refused)
{
	struct err err = ERR_INIT;
	struct digest d = {.hex = "untouched"};

	ck_assert_int_eq(digest_parse(bad[_i].in, &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(d.hex, "untouched");
}
END_TEST

START_TEST(of_bytes_and_chains)
{
	char text[DIGEST_STR_MAX];
	struct digest a, b, chain, expected;

	ck_assert_int_eq(digest_of("", 0, &a, NULL), 0);
	ck_assert_str_eq(digest_str(&a, text), EMPTY);
	ck_assert_int_eq(digest_parse("sha256:" HEX, &b, NULL), 0);
	ck_assert_int_eq(digest_chain(NULL, &a, &chain, NULL), 0);
	ck_assert(digest_eq(&chain, &a));
	ck_assert_int_eq(digest_chain(&a, &b, &chain, NULL), 0);
	ck_assert_int_eq(digest_of(EMPTY " sha256:" HEX, strlen(EMPTY " sha256:" HEX), &expected,
				   NULL),
			 0);
	ck_assert(digest_eq(&chain, &expected));
}
END_TEST

Suite *suite_digest(void)
{
	Suite *s = suite_create("digest");
	TCase *t = tcase_create("digest");

	tcase_add_test(t, round_trip);
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, of_bytes_and_chains);
	suite_add_tcase(s, t);
	return s;
}
