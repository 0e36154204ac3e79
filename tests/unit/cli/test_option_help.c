/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

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

START_TEST(golden)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	option_help(&sample_run, "onggi", 80, &out);
	ck_assert_str_eq(buf_str(&out), run_help);
	buf_reset(&out);
	option_help(&sample_version, "tool", 80, &out);
	ck_assert_str_eq(buf_str(&out), version_help);
}
END_TEST

/* Lines stay within the width; only a single word may be longer than what is left of it. */
START_TEST(fits_width)
{
	static const unsigned widths[] = {0, 50, 60, 100};
	_cleanup_(buf) struct buf out = BUF_INIT;
	unsigned width = widths[_i] < 50 ? 50 : widths[_i];
	const char *line;

	option_help(&sample_run, "onggi", widths[_i], &out);
	for (line = strstr(buf_str(&out), "\n\n"); *line;) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(len <= width, "%zu > %u: %.*s", len, width, (int)len, line);
		ck_assert_msg(len == 0 || line[len - 1] != ' ', "blank at the end: %.*s", (int)len,
			      line);
		line += len + (line[len] != '\0');
	}
}
END_TEST

Suite *suite_option_help(void)
{
	Suite *s = suite_create("option_help");
	TCase *t = tcase_create("option_help");

	tcase_add_test(t, golden);
	tcase_add_loop_test(t, fits_width, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
