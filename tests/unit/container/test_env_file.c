/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "container/config_parts.h"
#include "suites.h"

/* Read a file with this content; joined by "|", or the error's text. */
static char *read_text(const char *content, bool from_env)
{
	char path[] = "/tmp/onggi-env-XXXXXX";
	int fd = mkstemp(path);
	char **lines = NULL;
	struct err err = ERR_INIT;
	char *out;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	if (config_read_pairs_file(path, from_env, &lines, &err))
		out = xstrdup(err.text + strlen(path)); /* the path differs each time */
	else
		out = strv_join(lines, "|");
	unlink(path);
	strv_free(lines);
	return out;
}

static const struct {
	const char *content;
	bool from_env;
	const char *expected; /* a prefix */
} cases[] = {
	{"A=1\nB=2\n", true, "A=1|B=2"},
	{"A=1", true, "A=1"},
	{"# note\n\n  A=x y\n", true, "A=x y"},
	{"A=\"kept\"\n", true, "A=\"kept\""},
	{"A=1\r\nB=2\r\n", true, "A=1|B=2"},
	{"ONGGI_TEST_SET\nONGGI_TEST_UNSET\n", true, "ONGGI_TEST_SET=yes"},
	{"ONGGI_TEST_SET\n", false, "ONGGI_TEST_SET"},
	{"A=b=c\n", true, "A=b=c"},
	{"", true, ""},
	{"\xef\xbb\xbf"
	 "A=1\nB=2\n",
	 true, "A=1|B=2"},
	{"\xef\xbb\xbf", true, ""},
	{"ok=1\nbad name=2\n", true, ":2:4: a variable's name holds no blank"},
	{"=2\n", true, ":1:1: no name before '='"},
};

START_TEST(test_read)
{
	_cleanup_free_ char *got = NULL;

	setenv("ONGGI_TEST_SET", "yes", 1);
	unsetenv("ONGGI_TEST_UNSET");
	got = read_text(cases[_i].content, cases[_i].from_env);
	if (cases[_i].expected[0] == ':')
		ck_assert_msg(str_prefix(got, cases[_i].expected, NULL), "%s", got);
	else
		ck_assert_str_eq(got, cases[_i].expected);
}
END_TEST

Suite *suite_env_file(void)
{
	Suite *s = suite_create("env_file");
	TCase *tc = tcase_create("read");

	tcase_add_loop_test(tc, test_read, 0, ARRAY_SIZE(cases));
	suite_add_tcase(s, tc);
	return s;
}
