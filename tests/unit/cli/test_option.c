/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "sample.h"
#include "suites.h"

/* Words in one string, as a row of a table holds them. "" gives no word. */
static char **words(const char *s)
{
	char **v = NULL;

	if (!*s)
		return xcalloc(1, sizeof(*v));
	v = strv_split(s, ' ');
	return v;
}

/* Everything that was stored, as text: only what differs from zero. */
static char *show(const struct sample *s)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_free_ char *env = strv_join(s->env, ",");

	buf_addf(&b, "%s%s%s", s->interactive ? "i" : "", s->tty ? "t" : "", s->quiet ? "q" : "");
	if (s->verify != -1)
		buf_addf(&b, " verify=%d", s->verify);
	if (s->name)
		buf_addf(&b, " name=%s", s->name);
	if (s->pull)
		buf_addf(&b, " pull=%s", s->pull);
	if (s->env)
		buf_addf(&b, " env=%s", env);
	if (s->limits.memory)
		buf_addf(&b, " memory=%lld", (long long)s->limits.memory);
	if (s->limits.pids)
		buf_addf(&b, " pids=%lld", (long long)s->limits.pids);
	if (s->limits.cpus)
		buf_addf(&b, " cpus=%lld", (long long)s->limits.cpus);
	if (s->limits.timeout)
		buf_addf(&b, " timeout=%lld", (long long)s->limits.timeout);
	return buf_take(&b);
}

static const struct {
	const struct command *cmd;
	const char *words, *stored, *operands;
} good_rows[] = {
	{&sample_run, "img", "", "img"},
	{&sample_run, "img -i --name x", "", "img,-i,--name,x"},
	{&sample_run, "-i -t img", "it", "img"},
	{&sample_run, "-it img", "it", "img"},
	{&sample_run, "-itq img -q", "itq", "img,-q"},
	{&sample_run, "--interactive --tty img", "it", "img"},
	{&sample_run, "-it -t=false img", "i", "img"},
	{&sample_run, "-it=false img", "i", "img"},
	{&sample_run, "--tty=true --tty=0 img", "", "img"},
	{&sample_run, "--pull always --pull= img", "", "img"},
	{&sample_run, "--tls-verify img", " verify=1", "img"},
	{&sample_run, "--tls-verify=false img", " verify=0", "img"},
	{&sample_run, "--verify=T img", " verify=1", "img"},
	{&sample_run, "--name a --name=b img", " name=b", "img"},
	{&sample_run, "--name= img", " name=", "img"},
	{&sample_run, "--name --tty img", " name=--tty", "img"},
	{&sample_run, "--name a=b img", " name=a=b", "img"},
	{&sample_run, "--name=a=b img", " name=a=b", "img"},
	{&sample_run, "-e A=1 -eB=2 -e=C=3 --env D --env=E=5 img", " env=A=1,B=2,C=3,D,E=5", "img"},
	{&sample_run, "-ite A img", "it env=A", "img"},
	{&sample_run, "-iteA img", "it env=A", "img"},
	{&sample_run, "-ite=A img", "it env=A", "img"},
	{&sample_run, "-e -- img", " env=--", "img"},
	{&sample_run, "--pull never img", " pull=never", "img"},
	{&sample_run, "-m 512m img", " memory=536870912", "img"},
	{&sample_run, "-m6M img", " memory=6291456", "img"},
	{&sample_run, "--memory=1g img", " memory=1073741824", "img"},
	{&sample_run, "--pids-limit -1 img", " pids=-1", "img"},
	{&sample_run, "--cpus 1.5 img", " cpus=1500000000", "img"},
	{&sample_run, "--timeout 1m img", " timeout=60000000000", "img"},
	{&sample_run, "--secret-flag img", "q", "img"},
	{&sample_run, "-- -i", "", "-i"},
	{&sample_run, "-i -- --", "i", "--"},
	{&sample_run, "img -- x", "", "img,--,x"},
	{&sample_run, "-", "", "-"},
	{&sample_copy, "a -i b -t", "it", "a,b"},
	{&sample_copy, "-i a --name x", "i name=x", "a"},
	{&sample_copy, "a -- -i", "", "a,-i"},
	{&sample_copy, "- -i -", "i", "-,-"},
	{&sample_version, "", "", ""},
};

START_TEST(good)
{
	const struct command *cmd = good_rows[_i].cmd;
	char **argv = words(good_rows[_i].words), **rest = NULL;
	size_t all = strv_len(argv);
	int n = -1;
	struct err err = ERR_INIT;
	struct sample args = {.verify = -1};
	char *stored, *operands;

	ck_assert_msg(option_parse(cmd, argv, &args, &rest, &n, &err) == 0, "%s", err.text);
	stored = show(&args);
	operands = strv_join(rest, ",");
	ck_assert_str_eq(stored, good_rows[_i].stored);
	ck_assert_str_eq(operands, good_rows[_i].operands);
	ck_assert_int_eq(n, (int)strv_len(rest));
	/* A part of argv, no word lost. */
	ck_assert_ptr_eq(rest + n, argv + all);
	ck_assert_uint_eq(all, strv_len(argv));
	option_release(cmd, &args);
	ck_assert_ptr_null(args.env);
	free(stored);
	free(operands);
	strv_free(argv);
}
END_TEST

#define SEE_RUN " (see 'onggi run --help')"
#define SEE_CP	" (see 'onggi container cp --help')"
#define USAGE	"onggi run [OPTIONS] IMAGE [COMMAND] [ARG...]" SEE_RUN

/* The exact texts that a person gets. */
static const struct {
	const struct command *cmd;
	const char *words, *text, *hint;
} bad_rows[] = {
	{&sample_run, "--memry 1g img", "unknown option '--memry'",
	 "did you mean '--memory'?" SEE_RUN},
	{&sample_run, "--memry=1g img", "unknown option '--memry'",
	 "did you mean '--memory'?" SEE_RUN},
	{&sample_run, "--verfy img", "unknown option '--verfy'",
	 "did you mean '--verify'?" SEE_RUN},
	{&sample_run, "--xyzzy img", "unknown option '--xyzzy'", "see 'onggi run --help'"},
	{&sample_run, "--secret-flg img", "unknown option '--secret-flg'",
	 "see 'onggi run --help'"},
	{&sample_run, "--lnk img", "unknown option '--lnk'", "see 'onggi run --help'"},
	{&sample_run, "--=x img", "unknown option '--'", "see 'onggi run --help'"},
	{&sample_run, "-x img", "unknown option '-x'", "see 'onggi run --help'"},
	{&sample_run, "-itx img", "unknown option '-x' in '-itx'", "see 'onggi run --help'"},
	{&sample_run, "-name img", "unknown option '-n' in '-name'",
	 "did you mean '--name'?" SEE_RUN},
	{&sample_run, "--root /x img", "unknown option '--root'",
	 "it goes before the command: onggi --root DIR run" SEE_RUN},
	{&sample_run, "-D img", "unknown option '-D'",
	 "it goes before the command: onggi -D run" SEE_RUN},
	{&sample_run, "--hush img", "unknown option '--hush'", "see 'onggi run --help'"},
	{&sample_run, "-pids-limit 3 img", "unknown option '-p' in '-pids-limit'",
	 "did you mean '--pids-limit'?" SEE_RUN},
	{&sample_run, "-memory 3 img",
	 "option '-m': 'emory' is not a size: a number with an optional unit b, k, m, g, t or p, "
	 "such as 512m or 1.5g, is accepted",
	 "did you mean '--memory'?" SEE_RUN},
	{&sample_run, "--name", "option '--name' needs a value: NAME", "see 'onggi run --help'"},
	{&sample_run, "-ie", "option '-e' needs a value: NAME[=VALUE]", "see 'onggi run --help'"},
	{&sample_run, "--tty=maybe img",
	 "option '--tty': 'maybe' is not a boolean: true or false is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "-t= img", "option '-t': '' is not a boolean: true or false is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "--pull nevr img",
	 "option '--pull': 'nevr' is not a known value: always, missing or never is accepted",
	 "did you mean 'never'?" SEE_RUN},
	{&sample_run, "--pull 7 img",
	 "option '--pull': '7' is not a known value: always, missing or never is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "-m 12q img",
	 "option '-m': '12q' is not a size: a number with an optional unit b, k, m, g, t or p, "
	 "such "
	 "as 512m or 1.5g, is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "-m 4k img", "option '-m': '4k' is too small: at least 6.29MB is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "--pids-limit -2 img",
	 "option '--pids-limit': '-2' is not a valid number: a whole number from -1 to 4194304 is "
	 "accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "--timeout soon img",
	 "option '--timeout': 'soon' is not a duration: seconds, or numbers with h, m, s, ms, us "
	 "or "
	 "ns, such as 1m30s, is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "--cpus many img",
	 "option '--cpus': 'many' is not a number: a decimal fraction such as 1.5 is accepted",
	 "see 'onggi run --help'"},
	{&sample_run, "--link x img", "option '--link': not available: join a network instead",
	 "see 'onggi run --help'"},
	{&sample_run, "-it", "'onggi run' needs at least 1 argument, 0 given", USAGE},
	{&sample_copy, "a b c d",
	 "'onggi container cp' takes at most 2 arguments, 'c' is one too many",
	 "onggi container cp [OPTIONS] SOURCE [TARGET]" SEE_CP},
	{&sample_version, "x", "'onggi version' takes no arguments, 'x' was given",
	 "onggi version (see 'onggi version --help')"},
	{&sample_version, "--verison", "unknown option '--verison'", "see 'onggi version --help'"},
};

START_TEST(bad)
{
	const struct command *cmd = bad_rows[_i].cmd;
	char **argv = words(bad_rows[_i].words), **rest = argv;
	char **before = strv_dup(argv);
	int argc = (int)strv_len(argv), n = -7;
	struct err err = ERR_INIT;
	struct sample args = {.verify = -1};

	ck_assert_int_eq(option_parse(cmd, argv, &args, &rest, &n, &err), -1);
	ck_assert_str_eq(err.text, bad_rows[_i].text);
	ck_assert_str_eq(err.hint, bad_rows[_i].hint);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_eq(rest, argv);
	ck_assert_int_eq(n, -7);
	for (int i = 0; i < argc; i++)
		ck_assert_str_eq(argv[i], before[i]);
	option_release(cmd, &args);
	strv_free(before);
	strv_free(argv);
}
END_TEST

static const char *const help_rows[] = {
	"--help", "-h", "-ith", "-i --help --nonsense", "--name x --help",
};

START_TEST(help)
{
	char **argv = words(help_rows[_i]), **rest = NULL;
	struct sample args = {.verify = -1};
	int n = 0;

	ck_assert_int_eq(option_parse(&sample_run, argv, &args, &rest, &n, NULL), 1);
	ck_assert_ptr_null(rest);
	option_release(&sample_run, &args);
	strv_free(argv);
}
END_TEST

/* Where a row has -h, as run has for --hostname, it is not help. */
START_TEST(help_letter_taken)
{
	const struct opt rows[] = {
		OPT_STR("hostname", 'h', struct sample, name, "NAME", "host name"),
		OPT_END,
	};
	const struct command cmd = {.name = "x", .options = rows, .max_args = -1};
	char opt[] = "-h", value[] = "box", *argv[] = {opt, value, NULL}, **rest;
	struct sample args = {.verify = -1};
	int n;

	ck_assert_int_eq(option_parse(&cmd, argv, &args, &rest, &n, NULL), 0);
	ck_assert_str_eq(args.name, "box");
	ck_assert_int_eq(n, 0);
}
END_TEST

/* Behind the operands of --help, and in place of them: "run --help" needs no image, "run img
 * --help" asks the program. */
START_TEST(help_behind_operand)
{
	char **argv = words("img --help"), **rest = NULL;
	struct sample args = {.verify = -1};
	int n = 0;

	ck_assert_int_eq(option_parse(&sample_run, argv, &args, &rest, &n, NULL), 0);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(option_parse(&sample_copy, argv, &args, &rest, &n, NULL), 1);
	strv_free(argv);
}
END_TEST

/* A word without end must not become a message without end. */
START_TEST(long_word)
{
	char word[5000], *argv[] = {word, NULL}, **rest;
	struct sample args = {.verify = -1};
	struct err err = ERR_INIT;
	int n;

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	memcpy(word, "--", 2);
	ck_assert_int_eq(option_parse(&sample_run, argv, &args, &rest, &n, &err), -1);
	ck_assert_uint_lt(strlen(err.text), 200);
	memcpy(word, "-x", 2);
	ck_assert_int_eq(option_parse(&sample_run, argv, &args, &rest, &n, &err), -1);
	ck_assert_uint_lt(strlen(err.text), 200);
}
END_TEST

Suite *suite_option(void)
{
	Suite *s = suite_create("option");
	TCase *t = tcase_create("option");

	tcase_add_loop_test(t, good, 0, ROWS(good_rows));
	tcase_add_loop_test(t, bad, 0, ROWS(bad_rows));
	tcase_add_loop_test(t, help, 0, ROWS(help_rows));
	tcase_add_test(t, help_letter_taken);
	tcase_add_test(t, help_behind_operand);
	tcase_add_test(t, long_word);
	suite_add_tcase(s, t);
	return s;
}
