/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/man.h"
#include "sample.h"
#include "suites.h"

static const struct {
	const char *text, *roff;
} escapes[] = {
	{"plain text.", "plain text."},
	{"a-b --c", "a\\-b \\-\\-c"},
	{".TH", "\\&.TH"},
	{"a\n.b", "a\n\\&.b"},
	{"'quoted'", "\\(aqquoted\\(aq"},
	{"a\\nb", "a\\enb"},
	{"\"`^~", "\\(dq\\(ga\\(ha\\(ti"},
	{"\xe2\x80\xa6\xec\x98\xb9", "\\[u2026]\\[uC639]"},
	{"a\xff", "a?"},
	{"", ""},
};

START_TEST(escape)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	man_escape(&out, escapes[_i].text, strlen(escapes[_i].text));
	ck_assert_str_eq(buf_str(&out), escapes[_i].roff);
}
END_TEST

static const struct command copy = {
	.name = "image cp",
	.summary = "copy",
	.usage = "[OPTIONS] FILE",
	.description = "One.\n.not a request\n\nTwo.",
	.examples = "onggi image cp '\\'\n.x\n",
};
static const struct command again = {
	.name = "cp",
	.summary = "copy",
};
static const struct command hidden = {.name = "__x", .summary = "x", .flags = CMD_HIDDEN};
static const struct command *const all[] = {&copy, &again, &hidden};
static const struct command program = {.name = "", .summary = "do", .usage = "COMMAND"};
static const struct command_set set = {all, ARRAY_SIZE(all), &program};

/* The date is that of the version. */
static const char *without_title(const struct buf *b)
{
	const char *p = strstr(buf_str(b), "\n.nh\n");

	ck_assert_ptr_nonnull(p);
	return p + 5;
}

START_TEST(command)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	man_command(&copy, &set, "1", &out);
	ck_assert_int_eq(strncmp(buf_str(&out), ".TH ONGGI\\-IMAGE\\-CP 1 20", 25), 0);
	ck_assert_str_eq(without_title(&out), ".SH NAME\n"
					      "onggi\\-image\\-cp \\- copy\n"
					      ".SH SYNOPSIS\n"
					      ".B onggi image cp\n"
					      "[OPTIONS] FILE\n"
					      ".SH DESCRIPTION\n"
					      "One.\n"
					      "\\&.not a request\n"
					      ".PP\n"
					      "Two.\n"
					      ".SH ALIASES\n"
					      "onggi cp\n"
					      ".SH OPTIONS\n"
					      ".TP\n"
					      ".B \\-h, \\-\\-help\n"
					      "print the help\n"
					      ".SH EXAMPLES\n"
					      ".RS 4\n"
					      ".EX\n"
					      "onggi image cp \\(aq\\e\\(aq\n"
					      "\\&.x\n"
					      ".EE\n"
					      ".RE\n"
					      ".SH SEE ALSO\n"
					      ".BR onggi (1),\n"
					      ".BR onggi\\-exit\\-codes (7)\n");
}
END_TEST

START_TEST(whole)
{
	const struct man_topic topics[] = {{"x-y", "about"}, {NULL, NULL}};
	_cleanup_(buf) struct buf out = BUF_INIT;

	man_program(&set, topics, "1", &out);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), ".SS Images\n"
						    ".TP\n"
						    ".BR onggi\\-cp (1)\n"
						    "copy\n"
						    ".SH TOPICS\n"
						    ".TP\n"
						    ".BR onggi\\-x\\-y (7)\n"
						    "about\n"));
	ck_assert_ptr_null(strstr(buf_str(&out), "__x"));
}
END_TEST

START_TEST(topic)
{
	const struct man_topic t = {"x", "about"};
	_cleanup_(buf) struct buf out = BUF_INIT;

	man_topic(&t,
		  "x - about\n\nOne\ntwo.\n\n## More\n\n    $ a\n\n    b\n\n- item\n  goes on\n- "
		  "other\n",
		  "1", &out);
	ck_assert_str_eq(without_title(&out), ".SH NAME\n"
					      "onggi\\-x \\- about\n"
					      ".SH DESCRIPTION\n"
					      "One\n"
					      "two.\n"
					      ".SH More\n"
					      ".RS 4\n"
					      ".EX\n"
					      "$ a\n"
					      "\n"
					      "b\n"
					      ".EE\n"
					      ".RE\n"
					      ".IP \\(bu 2\n"
					      "item\n"
					      "goes on\n"
					      ".IP \\(bu 2\n"
					      "other\n"
					      ".SH SEE ALSO\n"
					      ".BR onggi (1)\n");
}
END_TEST

Suite *suite_man(void)
{
	Suite *s = suite_create("man");
	TCase *t = tcase_create("man");

	tcase_add_loop_test(t, escape, 0, ROWS(escapes));
	tcase_add_test(t, command);
	tcase_add_test(t, whole);
	tcase_add_test(t, topic);
	suite_add_tcase(s, t);
	return s;
}
