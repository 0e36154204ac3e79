/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "suites.h"

START_TEST(ids_are_hex_and_differ)
{
	char a[ID_LEN + 1], b[ID_LEN + 1];

	for (int i = 0; i < 2000; i++) {
		id_random(a);
		id_random(b);
		ck_assert_uint_eq(strlen(a), ID_LEN);
		ck_assert(hex_valid(a, ID_LEN));
		ck_assert_str_ne(a, b);
		/* One in 280 is all digits by chance, so 2000 would show it. */
		ck_assert_uint_lt(strspn(a, "0123456789"), ID_SHORT_LEN);
	}
}
END_TEST

START_TEST(hex)
{
	char out[9];

	hex_encode("\x00\x7f\xff\xa5", 4, out);
	ck_assert_str_eq(out, "007fffa5");
	hex_encode("", 0, out);
	ck_assert_str_eq(out, "");
	ck_assert(hex_valid("0123456789abcdef", 16));
	ck_assert(hex_valid("abX", 2));
	ck_assert(!hex_valid("aB", 2));
	ck_assert(!hex_valid("ag", 2));
	ck_assert(!hex_valid("a/", 2));
	ck_assert(!hex_valid("a:", 2));
	ck_assert(!hex_valid("a`", 2));
}
END_TEST

/* A name is what a container may be called, and there are many. */
START_TEST(names)
{
	_cleanup_free_ char *first = name_random();
	size_t same = 0;

	for (int i = 0; i < 500; i++) {
		_cleanup_free_ char *name = name_random();
		const char *bar = strchr(name, '_');

		ck_assert_ptr_nonnull(bar);
		ck_assert_ptr_eq(bar, strrchr(name, '_'));
		ck_assert_ptr_ne(bar, name);
		ck_assert_int_ne(bar[1], '\0');
		for (const char *p = name; *p; p++)
			ck_assert(islower((unsigned char)*p) || *p == '_');
		same += strcmp(name, first) == 0;
	}
	ck_assert_uint_lt(same, 10);
}
END_TEST

Suite *suite_id(void)
{
	Suite *s = suite_create("id");
	TCase *t = tcase_create("id");

	tcase_add_test(t, ids_are_hex_and_differ);
	tcase_add_test(t, hex);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
