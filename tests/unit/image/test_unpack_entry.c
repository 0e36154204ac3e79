/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "image/unpack_entry.h"
#include "suites.h"

static const struct {
	const char *path;
	const char *clean; /* NULL: refused */
} names[] = {
	{"a", "a"},
	{"./a/", "a"},
	{"/a//b/./c", "a/b/c"},
	{"", ""},
	{".", ""},
	{"/", ""},
	{"a/..", ""},
	{"a/../b", "b"},
	{"a/b/../../c/d", "c/d"},
	{"..", NULL},
	{"/..", NULL},
	{"a/../..", NULL},
	{"a/../../b", NULL},
	{"...", "..."},
	{"..a", "..a"},
	{"a..", "a.."},
};

START_TEST(clean)
{
	char buf[TAR_PATH_MAX];
	struct err err = ERR_INIT;
	int r = unpack_clean(names[_i].path, buf, &err);

	if (names[_i].clean) {
		ck_ok(r, &err);
		ck_assert_str_eq(buf, names[_i].clean);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
	}
}
END_TEST

START_TEST(long_components)
{
	char path[300];
	char buf[TAR_PATH_MAX];
	struct err err = ERR_INIT;

	memset(path, 'a', sizeof(path));
	path[255] = '\0';
	ck_ok(unpack_clean(path, buf, &err), &err);
	path[255] = 'a';
	path[256] = '\0';
	ck_assert_int_eq(unpack_clean(path, buf, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_unpack_entry(void)
{
	Suite *s = suite_create("image/unpack_entry");
	TCase *c = tcase_create("names");

	tcase_add_loop_test(c, clean, 0, ROWS(names));
	tcase_add_test(c, long_components);
	suite_add_tcase(s, c);
	return s;
}
