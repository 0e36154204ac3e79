/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/complete.h"
#include "sample.h"
#include "suites.h"

static const char *const levels[] = {"debug", "info", NULL};
static const struct opt program_rows[] = {
	OPT_STR("root", 0, struct sample, name, "DIR", "where things are"),
	{.kind = OPT_KIND_CHOICE, .name = "log-level", .value = "LEVEL", .choices = levels},
	OPT_FLAG("debug", 'D', struct sample, tty, "tell more"),
	OPT_END,
};
static const struct opt load_rows[] = {
	OPT_STR("input", 'i', struct sample, name, "FILE", "archive"),
	OPT_STR("title", 0, struct sample, name, "TEXT", "title"),
	OPT_END,
};
static const struct command program = {.name = "",
				       .options = program_rows,
				       .flags = CMD_STOP_AT_ARG};
static const struct command load = {.name = "load",
				    .summary = "load",
				    .usage = "[OPTIONS] [FILE]",
				    .options = load_rows};
static const struct command remove_ = {.name = "container rm",
				       .summary = "remove",
				       .usage = "[OPTIONS] CONTAINER [CONTAINER...]"};
static const struct command shells = {.name = "completion",
				      .summary = "script",
				      .usage = "[OPTIONS] bash|zsh"};
static const struct command stop = {.name = "stop",
				    .summary = "stop",
				    .usage = "CONTAINER",
				    .complete = OPT_COMPLETE_RUNNING};
static const struct command tag = {.name = "tag",
				   .summary = "tag",
				   .usage = "IMAGE VOLUME [CONTAINER|IMAGE]"};
static const struct command hidden = {.name = "__x", .flags = CMD_HIDDEN};
static const struct command *const all[] = {
	&sample_run, &load, &remove_, &sample_copy, &shells, &stop, &tag, &hidden,
};
static const struct command_set set = {all, ARRAY_SIZE(all), &program};

static void names(void *ctx, enum opt_complete kind, struct completion *c)
{
	(void)ctx;
	if (kind == OPT_COMPLETE_IMAGE || kind == OPT_COMPLETE_OBJECT)
		completion_add(c, "busybox:1", NULL);
	if (kind == OPT_COMPLETE_CONTAINER || kind == OPT_COMPLETE_OBJECT)
		completion_add(c, "web", "an image");
	if (kind == OPT_COMPLETE_RUNNING)
		completion_add(c, "db", NULL);
	if (kind == OPT_COMPLETE_VOLUME) {
		completion_add(c, "data", "a\nb");
		completion_add(c, "da\033[31m", NULL);
		completion_add(c, "da\tta", NULL);
	}
}

/* Words joined by '|', candidates by ','. */
static const struct {
	const char *words, *candidates;
	unsigned flags;
} rows[] = {
	{"", "run,load,container,completion,stop,tag", 0},
	{"s", "stop", 0},
	{"x", "", 0},
	{"_", "", 0},
	{"-", "--root,--log-level,--debug,--help", 0},
	{"--r", "--root", 0},
	{"--log-level|", "debug,info", 0},
	{"--log-level=d", "--log-level=debug", 0},
	{"--root|", "", COMPLETE_DIRS},
	{"--root=", "", COMPLETE_DIRS},
	{"--root|/x|-D|st", "stop", 0},
	{"container|", "rm,cp", 0},
	{"container|c", "cp", 0},
	{"container|nothing|", "", 0},
	{"nothing|", "", 0},
	{"nothing|--|", "", 0},
	{"run|", "busybox:1", 0},
	{"run|b", "busybox:1", 0},
	{"run|c", "", 0},
	{"run|-it|--name|x|-e|A|", "busybox:1", 0},
	{"run|-itqm|", "", 0},
	{"run|-itqm|1|", "busybox:1", 0},
	{"run|-m1|", "busybox:1", 0},
	{"run|--name|", "", 0},
	{"run|--pull|", "always,missing,never", 0},
	{"run|--pull=n", "--pull=never", 0},
	{"run|--verify=f", "--verify=false", 0},
	{"run|--p", "--pull,--pids-limit", 0},
	{"run|--link", "", 0},
	{"run|--secret", "", 0},
	{"run|img|--p", "", 0},
	{"run|img|", "", 0},
	{"run|--|", "busybox:1", 0},
	{"run|--|--p", "", 0},
	{"run|--nothing|", "busybox:1", 0},
	{"load|", "", COMPLETE_FILES},
	{"load|x|", "", 0},
	{"load|-i|", "", COMPLETE_FILES},
	{"load|--input=x", "", COMPLETE_FILES},
	{"load|--title|", "", 0},
	{"container|rm|", "web", 0},
	{"container|rm|a|b|w", "web", 0},
	{"completion|", "bash,zsh", 0},
	{"completion|z", "zsh", 0},
	{"stop|", "db", 0},
	{"tag|", "busybox:1", 0},
	{"tag|x|", "data", 0},
	{"tag|x|y|", "busybox:1,web", 0},
	{"tag|x|y|z|", "", 0},
};

START_TEST(lines)
{
	_cleanup_strv_ char **words = strv_split(rows[_i].words, '|');
	_cleanup_(completion) struct completion c = {.flags = 0};
	_cleanup_(buf) struct buf got = BUF_INIT;
	const struct complete_request req = {.all = &set, .words = words, .names = names};

	complete(&req, &c);
	for (const char *p = buf_str(&c.lines); *p; p += strcspn(p, "\n") + 1) {
		if (got.len)
			buf_addc(&got, ',');
		buf_add(&got, p, strcspn(p, "\t"));
	}
	ck_assert_msg(!strcmp(buf_str(&got), rows[_i].candidates), "%s: %s instead of %s",
		      rows[_i].words, buf_str(&got), rows[_i].candidates);
	ck_assert_uint_eq(c.flags, rows[_i].flags);
}
END_TEST

START_TEST(descriptions)
{
	char first[] = "container", rm[] = "rm", none[] = "", *words[] = {first, rm, none, NULL};
	_cleanup_(completion) struct completion c = {.flags = 0};
	const struct complete_request req = {.all = &set, .words = words, .names = names};

	complete(&req, &c);
	ck_assert_str_eq(buf_str(&c.lines), "web\tan image\n");
}
END_TEST

static const struct {
	const char *placeholder;
	bool operand;
	enum opt_complete kind;
} kinds[] = {
	{"FILE", false, OPT_COMPLETE_FILE},
	{"[FILE]", true, OPT_COMPLETE_FILE},
	{"FILE|-", true, OPT_COMPLETE_FILE},
	{"DIR", false, OPT_COMPLETE_DIR},
	{"[NAME[:TAG]]", true, OPT_COMPLETE_IMAGE},
	{"NAME", false, OPT_COMPLETE_NONE},
	{"NAME", true, OPT_COMPLETE_NONE},
	{"FILES", false, OPT_COMPLETE_NONE},
	{"", true, OPT_COMPLETE_NONE},
	{"[", true, OPT_COMPLETE_NONE},
	{"CONTAINER|IMAGE", true, OPT_COMPLETE_OBJECT},
};

START_TEST(placeholders)
{
	ck_assert_int_eq(complete_kind(kinds[_i].placeholder, strlen(kinds[_i].placeholder),
				       kinds[_i].operand),
			 kinds[_i].kind);
}
END_TEST

Suite *suite_complete(void)
{
	Suite *s = suite_create("complete");
	TCase *t = tcase_create("complete");

	tcase_add_loop_test(t, lines, 0, ROWS(rows));
	tcase_add_loop_test(t, placeholders, 0, ROWS(kinds));
	tcase_add_test(t, descriptions);
	suite_add_tcase(s, t);
	return s;
}
