/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "suites.h"

START_TEST(add_take_dup)
{
	_cleanup_strv_ char **v = NULL;
	_cleanup_strv_ char **copy = NULL;
	_cleanup_strv_ char **none = strv_dup(NULL);
	int n = 0;

	ck_assert_uint_eq(strv_len(v), 0);
	ck_assert(!strv_has(v, "a"));
	strv_add(&v, "a");
	strv_take(&v, xstrdup("b"));
	ck_assert_uint_eq(strv_len(v), 2);
	copy = strv_dup(v);
	ck_assert_ptr_ne(copy[0], v[0]);
	ck_assert_str_eq(copy[0], "a");
	ck_assert_str_eq(copy[1], "b");
	ck_assert_ptr_null(copy[2]);
	ck_assert(strv_has(v, "b"));
	ck_assert(!strv_has(v, "bb"));
	ck_assert_ptr_nonnull(none);
	ck_assert_ptr_null(none[0]);
	strv_foreach (it, v)
		n += (*it)[0];
	ck_assert_int_eq(n, 'a' + 'b');
	strv_free(NULL);
}
END_TEST

static const struct {
	const char *s;
	size_t n;
	const char *fields[4];
} split_rows[] = {
	{"", 1, {""}},
	{"a", 1, {"a"}},
	{"a:b", 2, {"a", "b"}},
	{":", 2, {"", ""}},
	{"a::b", 3, {"a", "", "b"}},
	{":a:", 3, {"", "a", ""}},
};

/* Joining by the separator is the way back. */
START_TEST(split_and_join)
{
	_cleanup_strv_ char **v = strv_split(split_rows[_i].s, ':');
	_cleanup_free_ char *back = strv_join(v, ":");

	ck_assert_uint_eq(strv_len(v), split_rows[_i].n);
	for (size_t i = 0; i < split_rows[_i].n; i++)
		ck_assert_str_eq(v[i], split_rows[_i].fields[i]);
	ck_assert_str_eq(back, split_rows[_i].s);
}
END_TEST

START_TEST(join)
{
	char a[] = "a", b[] = "bc";
	char *v[] = {a, b, a, NULL};
	_cleanup_free_ char *commas = strv_join(v, ", ");
	_cleanup_free_ char *glued = strv_join(v, "");
	_cleanup_free_ char *none = strv_join(NULL, ",");

	ck_assert_str_eq(commas, "a, bc, a");
	ck_assert_str_eq(glued, "abca");
	ck_assert_str_eq(none, "");
}
END_TEST

START_TEST(strings)
{
	const char *rest = NULL;

	ck_assert(str_eq(NULL, NULL));
	ck_assert(!str_eq(NULL, ""));
	ck_assert(!str_eq("", NULL));
	ck_assert(str_eq("a", "a"));
	ck_assert(!str_eq("a", "A"));
	ck_assert(str_prefix("sha256:ab", "sha256:", &rest));
	ck_assert_str_eq(rest, "ab");
	ck_assert(!str_prefix("sha", "sha256:", &rest));
	ck_assert_str_eq(rest, "ab");
	ck_assert(str_prefix("a", "", NULL));
	ck_assert(str_suffix("a.tar.gz", ".gz"));
	ck_assert(!str_suffix("gz", ".gz"));
	ck_assert(str_suffix("a", ""));
	ck_assert(str_empty(NULL));
	ck_assert(str_empty(""));
	ck_assert(!str_empty(" "));
}
END_TEST

START_TEST(environment)
{
	char path[] = "PATH=/bin", pathx[] = "PATHX=1", empty[] = "EMPTY=", bare[] = "BARE";
	char again[] = "PATH=/other";
	char *env[] = {pathx, bare, path, empty, again, NULL};

	ck_assert_str_eq(env_get(env, "PATH"), "/bin");
	ck_assert_str_eq(env_get(env, "PATHX"), "1");
	ck_assert_str_eq(env_get(env, "EMPTY"), "");
	ck_assert_ptr_null(env_get(env, "BARE"));
	ck_assert_ptr_null(env_get(env, "PAT"));
	ck_assert_ptr_null(env_get(NULL, "PATH"));
}
END_TEST

START_TEST(copy)
{
	char to[4] = "zzz";

	ck_assert(str_copy(to, sizeof(to), "abc"));
	ck_assert_str_eq(to, "abc");
	ck_assert(!str_copy(to, sizeof(to), "wxyz"));
	ck_assert_str_eq(to, "wxy");
	ck_assert(!str_copy(to, 1, "a"));
	ck_assert_str_eq(to, "");
	ck_assert(str_copy(to, 1, ""));
	to[0] = 'q';
	ck_assert(!str_copy(to, 0, "a"));
	ck_assert_int_eq(to[0], 'q');
}
END_TEST

static const char *const verbs[] = {"run",     "rm",   "rmi",	    "restart", "images",
				    "inspect", "exec", "container", "network", "ps",
				    "prune",   "pull", "push",	    "volume"};

static const struct {
	const char *word;
	const char *nearest;
} nearest_rows[] = {
	{"run", "run"},	     /* itself */
	{"rnu", "run"},	     /* a swap is one slip */
	{"rum", "run"},	     /* a change */
	{"runn", "run"},     /* one too many */
	{"RUN", "run"},	     /* the wrong case */
	{"imags", "images"}, /* one missing */
	{"inspcet", "inspect"},
	{"conatiner", "container"},
	{"netwrok", "network"},
	{"cont", "container"}, /* unfinished */
	{"net", "network"},
	{"ex", NULL},	 /* too short to be called unfinished, too far to be a slip */
	{"pul", "pull"}, /* earlier than nothing: "pull" by one letter and unfinished */
	{"volumes", "volume"},
	{"zzz", NULL},
	{"x", NULL},
	{"", NULL},
	{"compose", NULL},
	{"pqqe", NULL}, /* half of the letters of "prune" or "ps" differ */
};

START_TEST(nearest)
{
	const char *got = str_nearest(nearest_rows[_i].word, verbs, ARRAY_SIZE(verbs));

	ck_assert_pstr_eq(got, nearest_rows[_i].nearest);
}
END_TEST

START_TEST(nearest_is_bounded)
{
	char word[200];
	const char *const candidates[] = {word};

	memset(word, 'w', sizeof(word) - 1);
	word[65] = '\0';
	ck_assert_ptr_null(str_nearest(word, candidates, 1));
	word[64] = '\0';
	ck_assert_ptr_eq(str_nearest(word, candidates, 1), word);
	ck_assert_ptr_null(str_nearest("word", NULL, 0));
}
END_TEST

Suite *suite_strv(void)
{
	Suite *s = suite_create("strv");
	TCase *t = tcase_create("strv");

	tcase_add_test(t, add_take_dup);
	tcase_add_loop_test(t, split_and_join, 0, (int)ARRAY_SIZE(split_rows));
	tcase_add_test(t, join);
	tcase_add_test(t, strings);
	tcase_add_test(t, environment);
	tcase_add_test(t, copy);
	tcase_add_loop_test(t, nearest, 0, (int)ARRAY_SIZE(nearest_rows));
	tcase_add_test(t, nearest_is_bounded);
	suite_add_tcase(s, t);
	return s;
}
