/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/path.h"
#include "base/cleanup.h"
#include "suites.h"

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

static const char *const clean_rows[][2] = {
	{"", "/"},
	{"/", "/"},
	{"//", "/"},
	{".", "/"},
	{"..", "/"},
	{"../..", "/"},
	{"/..", "/"},
	{"a", "/a"},
	{"/a/", "/a"},
	{"/a//b", "/a/b"},
	{"/a/./b/.", "/a/b"},
	{"/a/b/..", "/a"},
	{"/a/..", "/"},
	{"a/../../b", "/b"},
	{"/a/../../../b/c", "/b/c"},
	{"...", "/..."},
	{"/a/..b", "/a/..b"},
	{"/a/b../c", "/a/b../c"},
	{"/.a", "/.a"},
	{"a/b/../../c/./d/..", "/c"},
};

START_TEST(clean)
{
	_cleanup_free_ char *p = path_clean(clean_rows[_i][0]);
	_cleanup_free_ char *again = path_clean(p);

	ck_assert_str_eq(p, clean_rows[_i][1]);
	ck_assert_str_eq(again, p);
}
END_TEST

static const char *const join_rows[][3] = {
	{"/a", "b", "/a/b"},   {"/a/", "b", "/a/b"}, {"/a//", "//b", "/a/b"}, {"/", "b", "/b"},
	{"a", "b/c", "a/b/c"}, {"/a", "", "/a/"},    {"", "b", "/b"},
};

START_TEST(join)
{
	_cleanup_free_ char *p = path_join(join_rows[_i][0], join_rows[_i][1]);

	ck_assert_str_eq(p, join_rows[_i][2]);
}
END_TEST

/* path, base, dir: the latter two as POSIX has dirname, the base as the header says. */
static const char *const part_rows[][3] = {
	{"/a/b", "b", "/a"}, {"/a", "a", "/"},	   {"a", "a", "."},   {"", "", "."},
	{"/", "", "/"},	     {"//", "", "/"},	   {"a/b", "b", "a"}, {"a/b/", "", "a"},
	{"a/", "", "."},     {"/a//b", "b", "/a"}, {"//a", "a", "/"}, {"/a/b//", "", "/a"},
};

START_TEST(parts)
{
	_cleanup_free_ char *dir = path_dir(part_rows[_i][0]);

	ck_assert_str_eq(path_base(part_rows[_i][0]), part_rows[_i][1]);
	ck_assert_str_eq(dir, part_rows[_i][2]);
}
END_TEST

static const struct {
	const char *p, *dir;
	bool below;
} below_rows[] = {
	{"/a", "/a", true}, {"/a/b", "/a", true}, {"/ab", "/a", false},	 {"/", "/a", false},
	{"/a", "/", true},  {"/", "/", true},	  {"/a", "/a/b", false}, {"/b/a", "/a", false},
};

START_TEST(below)
{
	ck_assert(path_below(below_rows[_i].p, below_rows[_i].dir) == below_rows[_i].below);
}
END_TEST

START_TEST(next)
{
	const char *p = "//usr/./lib//x/";
	static const char *const want[] = {"usr", ".", "lib", "x"};
	const char *s;
	size_t len = 99;

	for (int i = 0; i < ROWS(want); i++) {
		s = path_next(&p, &len);
		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq(len, strlen(want[i]));
		ck_assert_int_eq(strncmp(s, want[i], len), 0);
	}
	ck_assert_ptr_null(path_next(&p, &len));
	ck_assert_ptr_null(path_next(&p, &len));
	ck_assert_uint_eq(len, 1);
}
END_TEST

static const struct {
	const char *p;
	bool has;
} dotdot_rows[] = {
	{"..", true},	{"/..", true},	    {"a/../b", true}, {"a/..", true},
	{"../a", true}, {"", false},	    {"...", false},   {"a..b", false},
	{"..a", false}, {"a/..b/c", false}, {".", false},
};

START_TEST(dotdot)
{
	ck_assert(path_has_dotdot(dotdot_rows[_i].p) == dotdot_rows[_i].has);
}
END_TEST

START_TEST(names)
{
	char name[257];

	memset(name, 'n', 256);
	name[256] = '\0';
	ck_assert(!path_is_name(name));
	name[255] = '\0';
	ck_assert(path_is_name(name));
	ck_assert(path_is_name("a"));
	ck_assert(path_is_name("..."));
	ck_assert(path_is_name(".a"));
	ck_assert(!path_is_name(""));
	ck_assert(!path_is_name("."));
	ck_assert(!path_is_name(".."));
	ck_assert(!path_is_name("a/b"));
	ck_assert(!path_is_name("/"));
	ck_assert(path_is_abs("/a"));
	ck_assert(!path_is_abs("a/"));
	ck_assert(!path_is_abs(""));
}
END_TEST

Suite *suite_path(void)
{
	Suite *s = suite_create("path");
	TCase *t = tcase_create("path");

	tcase_add_loop_test(t, clean, 0, ROWS(clean_rows));
	tcase_add_loop_test(t, join, 0, ROWS(join_rows));
	tcase_add_loop_test(t, parts, 0, ROWS(part_rows));
	tcase_add_loop_test(t, below, 0, ROWS(below_rows));
	tcase_add_test(t, next);
	tcase_add_loop_test(t, dotdot, 0, ROWS(dotdot_rows));
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
