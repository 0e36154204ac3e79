/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/colour.h"
#include "base/strv.h"
#include "cli/help.h"
#include "sample.h"
#include "suites.h"

static const char run_help[] =
	"Usage: onggi run [OPTIONS] IMAGE [COMMAND] [ARG...]\n"
	"\n"
	"Run a program in a new container\n"
	"\n"
	"The image is pulled when it is absent. Options for onggi stand before the image,\n"
	"what follows belongs to the program.\n"
	"\n"
	"The exit code is the program's.\n"
	"\n"
	"Aliases:\n"
	"  onggi container run, onggi container start\n"
	"\n"
	"Options:\n"
	"  -i, --interactive         keep standard input open\n"
	"  -t, --tty                 give the program a terminal\n"
	"  -q, --quiet               say less\n"
	"      --name NAME           name of the container\n"
	"  -e, --env NAME[=VALUE]...\n"
	"                            set a variable\n"
	"      --tls-verify          check certificates (also --verify)\n"
	"      --pull POLICY         when to pull: always, missing, never (default\n"
	"                            missing)\n"
	"  -h, --help                print this text\n"
	"\n"
	"Limits:\n"
	"  -m, --memory SIZE         memory that may be used\n"
	"      --pids-limit NUMBER   processes and threads, -1 for any number of them,\n"
	"                            counted for the container as a whole and not for its\n"
	"                            programs (default 2048)\n"
	"      --cpus NUMBER         processors\n"
	"      --timeout DURATION    end the container after this time\n"
	"\n"
	"For scripts of other tools:\n"
	"      --isolation KIND      no effect: only Windows has it\n"
	"\n"
	"Examples:\n"
	"  onggi run --rm onggi/hello\n"
	"  onggi run -it debian\n";

static const char version_help[] = "Usage: tool version\n"
				   "\n"
				   "Print the version\n"
				   "\n"
				   "Options:\n"
				   "  -h, --help                print this text\n";

static struct command container_run, container_start, hidden;
static const struct command *const all[] = {
	&sample_run, &sample_version, &container_run, &sample_copy, &container_start, &hidden,
};
static const struct command program = {.name = "",
				       .summary = "Run containers",
				       .description = "More is there.",
				       .usage = "[OPTIONS] COMMAND"};
static const struct command_set set = {all, ARRAY_SIZE(all), &program};
static const struct help_look look80 = {.program = "onggi", .width = 80};

static void setup(void)
{
	container_run = container_start = sample_run;
	container_run.name = "container run";
	container_start.name = "container start";
	hidden = (struct command){.name = "__x", .summary = "hidden", .flags = CMD_HIDDEN};
}

START_TEST(golden)
{
	const struct help_look tool = {.program = "tool", .width = 80};
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_command(&sample_run, &set, &look80, &out);
	ck_assert_str_eq(buf_str(&out), run_help);
	buf_reset(&out);
	help_command(&sample_version, NULL, &tool, &out);
	ck_assert_str_eq(buf_str(&out), version_help);
}
END_TEST

START_TEST(nouns)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_noun("container", &set, &look80, &out);
	ck_assert_str_eq(buf_str(&out),
			 "Usage: onggi container COMMAND [ARG...]\n"
			 "\n"
			 "'onggi container COMMAND --help' tells more of a command.\n"
			 "\n"
			 "Commands:\n"
			 "  run, start          Run a program in a new container\n"
			 "  cp                  Copy files\n");
}
END_TEST

/* By subject, each once, under its shortest name; what has no noun is of the system. */
START_TEST(whole)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_program(&set, &look80, &out);
	ck_assert_str_eq(buf_str(&out), "Usage: onggi [OPTIONS] COMMAND\n"
					"\n"
					"Run containers\n"
					"\n"
					"Containers:\n"
					"  run                 Run a program in a new container\n"
					"  container cp        Copy files\n"
					"\n"
					"System:\n"
					"  version             Print the version\n"
					"\n"
					"Options:\n"
					"  -h, --help                print this text\n"
					"\n"
					"More is there.\n");
}
END_TEST

START_TEST(colour)
{
	const struct help_look look = {.program = "onggi", .width = 80, .colour = true};
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_command(&sample_version, NULL, &look, &out);
	ck_assert_str_eq(buf_str(&out),
			 COLOUR_BOLD "Usage:" COLOUR_END " onggi version\n"
				     "\n"
				     "Print the version\n"
				     "\n" COLOUR_BOLD "Options:" COLOUR_END "\n"
				     "  -h, --help                print this text\n");
}
END_TEST

START_TEST(topic)
{
	const struct help_look look = {.program = "onggi", .width = 50};
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_topic("x - about x\n\nOne two three four five six seven eight\nnine ten eleven "
		   "twelve.\n\n## More\n- an item that is\n  long enough to be wrapped, as it is "
		   "here\n"
		   "- another\n    $ onggi  x\n",
		   &look, &out);
	ck_assert_str_eq(buf_str(&out), "x - about x\n"
					"\n"
					"One two three four five six seven eight nine ten\n"
					"eleven twelve.\n"
					"\n"
					"More\n"
					"- an item that is long enough to be wrapped, as it\n"
					"  is here\n"
					"- another\n"
					"    $ onggi  x\n");
}
END_TEST

/* Lines stay within the width; only a single word may be longer than what is left of it. */
START_TEST(fits_width)
{
	static const unsigned widths[] = {0, 50, 60, 100, 1000};
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct help_look look = {.program = "onggi", .width = widths[_i]};
	unsigned width = widths[_i] < 50 ? 50 : widths[_i] > 100 ? 100 : widths[_i];
	const char *line;

	help_command(&sample_run, NULL, &look, &out);
	for (line = strstr(buf_str(&out), "\n\n"); *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(len <= width, "%zu > %u: %.*s", len, width, (int)len, line);
		ck_assert_msg(len == 0 || line[len - 1] != ' ', "blank at the end: %.*s", (int)len,
			      line);
		line += len + (line[len] != '\0');
	}
}
END_TEST

Suite *suite_help(void)
{
	Suite *s = suite_create("help");
	TCase *t = tcase_create("help");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, golden);
	tcase_add_test(t, nouns);
	tcase_add_test(t, whole);
	tcase_add_test(t, colour);
	tcase_add_test(t, topic);
	tcase_add_loop_test(t, fits_width, 0, 5);
	suite_add_tcase(s, t);
	return s;
}
