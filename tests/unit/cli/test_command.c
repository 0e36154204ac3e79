/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/option.h"
#include "suites.h"

static const struct command run = {.name = "run", .summary = "Run a container"};
static const struct command container_run = {.name = "container run", .summary = "Run a container"};
static const struct command rm = {.name = "rm", .summary = "Remove containers"};
static const struct command container_rm = {.name = "container rm", .summary = "Remove containers"};
static const struct command image_ls = {.name = "image ls", .summary = "List images"};
static const struct command image_history = {.name = "image history", .summary = "Show layers"};
static const struct command images = {.name = "images", .summary = "List images"};
static const struct command hidden = {.name = "internal-keeper", .flags = CMD_HIDDEN};
static const struct command *const all[] = {
	&run, &container_run, &rm, &container_rm, &image_ls, &image_history, &images, &hidden,
};

static const struct {
	const char *words;
	const struct command *cmd;
	int n;
} found_rows[] = {
	{"run", &run, 1},
	{"run -it debian", &run, 1},
	{"run run", &run, 1},
	{"container run", &container_run, 2},
	{"container run image ls", &container_run, 2},
	{"image ls", &image_ls, 2},
	{"images ls", &images, 1},
	{"internal-keeper", &hidden, 1},
};

START_TEST(found)
{
	_cleanup_strv_ char **argv = strv_split(found_rows[_i].words, ' ');
	const struct command *cmd = NULL;
	struct err err = ERR_INIT;
	int n = 0;

	ck_assert_msg(command_find(all, ARRAY_SIZE(all), argv, &cmd, &n, &err) == 0, "%s",
		      err.text);
	ck_assert_ptr_eq(cmd, found_rows[_i].cmd);
	ck_assert_int_eq(n, found_rows[_i].n);
}
END_TEST

/* Words are joined by '|' here, since one of them may hold a blank. */
static const struct {
	const char *words, *text, *hint;
} unknown_rows[] = {
	{"rnu", "'rnu' is not a command", "did you mean 'onggi run'?"},
	{"rnu|debian", "'rnu' is not a command", "did you mean 'onggi run'?"},
	{"RUN", "'RUN' is not a command", "did you mean 'onggi run'?"},
	{"contaner|run", "'contaner' is not a command", "did you mean 'onggi container run'?"},
	{"imag|ls", "'imag' is not a command", "did you mean 'onggi image ls'?"},
	{"contaner|fly", "'contaner' is not a command", "did you mean 'onggi container'?"},
	{"frobnicate", "'frobnicate' is not a command", "see 'onggi --help'"},
	{"internal-keepr", "'internal-keepr' is not a command", "see 'onggi --help'"},
	{"container|rnu", "'container rnu' is not a command",
	 "did you mean 'onggi container run'?"},
	{"image|histroy", "'image histroy' is not a command",
	 "did you mean 'onggi image history'?"},
	{"image|frobnicate", "'image frobnicate' is not a command", "see 'onggi image --help'"},
	{"container", "'container' needs a command", "see 'onggi container --help'"},
	{"container|--help", "'container' needs a command", "see 'onggi container --help'"},
	{"container run", "'container run' is not a command", "did you mean 'onggi container'?"},
	{"", "'' is not a command", "see 'onggi --help'"},
};

START_TEST(unknown)
{
	_cleanup_strv_ char **argv = strv_split(unknown_rows[_i].words, '|');
	const struct command *cmd = &run;
	struct err err = ERR_INIT;
	int n = 42;

	ck_assert_int_eq(command_find(all, ARRAY_SIZE(all), argv, &cmd, &n, &err), -1);
	ck_assert_str_eq(err.text, unknown_rows[_i].text);
	ck_assert_str_eq(err.hint, unknown_rows[_i].hint);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_eq(cmd, &run);
	ck_assert_int_eq(n, 42);
}
END_TEST

START_TEST(missing)
{
	const struct command *cmd;
	char *argv[] = {NULL};
	struct err err = ERR_INIT;
	int n;

	ck_assert_int_eq(command_find(all, ARRAY_SIZE(all), argv, &cmd, &n, &err), -1);
	ck_assert_str_eq(err.text, "a command is missing");
	ck_assert_str_eq(err.hint, "see 'onggi --help'");
}
END_TEST

Suite *suite_command(void)
{
	Suite *s = suite_create("command");
	TCase *t = tcase_create("command");

	tcase_add_loop_test(t, found, 0, ROWS(found_rows));
	tcase_add_loop_test(t, unknown, 0, ROWS(unknown_rows));
	tcase_add_test(t, missing);
	suite_add_tcase(s, t);
	return s;
}
