/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/filter.h"
#include "suites.h"

struct row {
	const char *name;
	const char *labels[3]; /* KEY, or KEY=VALUE, as they are */
};

static bool match_name(const void *row, const char *value)
{
	return strcmp(((const struct row *)row)->name, value) == 0;
}

static bool match_label(const void *row, const char *value)
{
	const struct row *r = row;

	for (size_t i = 0; i < 3 && r->labels[i]; i++)
		if (strcmp(r->labels[i], value) == 0)
			return true;
	return false;
}

enum { NAME, LABEL, FLAG };

static const struct filter_key keys[] = {
	{"name", NAME, false, match_name, NULL},
	{"title", NAME, false, match_name, NULL},
	{"label", LABEL, true, match_label, NULL},
	{"flag", FLAG, false, match_name, filter_check_bool},
	{0},
};

static const struct row row = {"web", {"a", "b=c"}};

/* Which values of --filter let the row through. */
static const struct {
	const char *args[4];
	bool matches;
} cases[] = {
	{{NULL}, true},
	{{"name=web"}, true},
	{{"name=db"}, false},
	{{"name=db", "name=web"}, true},
	{{"name=db", "title=web"}, true},
	{{"label=a"}, true},
	{{"label=a", "label=b=c"}, true},
	{{"label=a", "label=b=d"}, false},
	{{"name=web", "label=x"}, false},
	{{"name=db", "label=a"}, false},
	{{"label=a", "name=db", "name=web"}, true},
};

START_TEST(matching)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_(filters) struct filters f = {0};
	struct err err = ERR_INIT;

	for (size_t i = 0; cases[_i].args[i]; i++)
		strv_add(&args, cases[_i].args[i]);
	ck_assert_int_eq(filters_parse(args, keys, &f, &err), 0);
	ck_assert_int_eq(filters_match(&f, &row), cases[_i].matches);
}
END_TEST

START_TEST(which_keys)
{
	_cleanup_strv_ char **args = NULL;
	_cleanup_(filters) struct filters f = {0};

	strv_add(&args, "title=x");
	ck_assert_int_eq(filters_parse(args, keys, &f, NULL), 0);
	ck_assert(filters_has(&f, NAME));
	ck_assert(!filters_has(&f, LABEL));
}
END_TEST

static const struct {
	const char *arg, *text, *hint;
} refused[] = {
	{"name", "--filter 'name': expected KEY=VALUE, KEY being one of name, title, label, flag",
	 ""},
	{"nmae=x", "--filter 'nmae=x': 'nmae' is no key, expected one of name, title, label, flag",
	 "did you mean 'name'?"},
	{"=x", "--filter '=x': '' is no key, expected one of name, title, label, flag", ""},
};

START_TEST(refusing)
{
	_cleanup_strv_ char **args = NULL;
	struct filters f = {0};
	struct err err = ERR_INIT;

	strv_add(&args, "name=fine");
	strv_add(&args, refused[_i].arg);
	ck_assert_int_eq(filters_parse(args, keys, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, refused[_i].text);
	ck_assert_str_eq(err.hint, refused[_i].hint);
	ck_assert_ptr_null(f.items);
}
END_TEST

START_TEST(checking)
{
	_cleanup_strv_ char **args = NULL;
	struct filters f = {0};
	struct err err = ERR_INIT;

	strv_add(&args, "flag=perhaps");
	ck_assert_int_eq(filters_parse(args, keys, &f, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--filter 'flag=perhaps': "));
}
END_TEST

START_TEST(labels)
{
	ck_assert(filter_label("k", "k", "v"));
	ck_assert(filter_label("k=v", "k", "v"));
	ck_assert(filter_label("k=", "k", NULL));
	ck_assert(filter_label("k=a=b", "k", "a=b"));
	ck_assert(!filter_label("k=w", "k", "v"));
	ck_assert(!filter_label("k=", "k", "v"));
	ck_assert(!filter_label("kk", "k", "v"));
	ck_assert(!filter_label("k", "kk", "v"));
}
END_TEST

Suite *suite_filter(void)
{
	Suite *s = suite_create("cli/filter");
	TCase *t = tcase_create("filter");

	tcase_add_loop_test(t, matching, 0, ROWS(cases));
	tcase_add_test(t, which_keys);
	tcase_add_loop_test(t, refusing, 0, ROWS(refused));
	tcase_add_test(t, checking);
	tcase_add_test(t, labels);
	suite_add_tcase(s, t);
	return s;
}
