/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "oci/ulimit_string.h"
#include "suites.h"

static const struct {
	const char *in, *type;
	uint64_t soft, hard;
} good[] = {
	{"nofile=1024", "RLIMIT_NOFILE", 1024, 1024},
	{"nofile=1024:2048", "RLIMIT_NOFILE", 1024, 2048},
	{"core=-1", "RLIMIT_CORE", UINT64_MAX, UINT64_MAX},
	{"core=0:-1", "RLIMIT_CORE", 0, UINT64_MAX},
	{"memlock=unlimited:unlimited", "RLIMIT_MEMLOCK", UINT64_MAX, UINT64_MAX},
	{"NPROC=5", "RLIMIT_NPROC", 5, 5},
	{"RLIMIT_STACK=18446744073709551614", "RLIMIT_STACK", UINT64_MAX - 1, UINT64_MAX - 1},
	{"as=1", "RLIMIT_AS", 1, 1},
	{"sigpending=1", "RLIMIT_SIGPENDING", 1, 1},
};

START_TEST(accepted)
{
	struct ulimit u;
	struct err err = ERR_INIT;

	ck_assert_msg(ulimit_parse(good[_i].in, &u, &err) == 0, "%s", err.text);
	ck_assert_str_eq(u.type, good[_i].type);
	ck_assert_uint_eq(u.soft, good[_i].soft);
	ck_assert_uint_eq(u.hard, good[_i].hard);
}
END_TEST

#define NAMES                                                                                      \
	"accepted: as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, "    \
	"rss, rtprio, rttime, sigpending, stack"

static const struct {
	const char *in, *text, *hint;
} bad[] = {
	{"nofile", "invalid ulimit 'nofile': expected NAME=SOFT[:HARD], such as nofile=1024:2048",
	 ""},
	{"nofiles=1", "invalid ulimit 'nofiles=1': unknown limit 'nofiles', " NAMES,
	 "did you mean 'nofile'?"},
	{"=1", "invalid ulimit '=1': unknown limit '', " NAMES, ""},
	{"core=", "invalid ulimit 'core=': '' is no limit, expected a number, -1 or unlimited", ""},
	{"core=-2",
	 "invalid ulimit 'core=-2': '-2' is no limit, expected a number, -1 or unlimited", ""},
	{"core=1:", "invalid ulimit 'core=1:': '' is no limit, expected a number, -1 or unlimited",
	 ""},
	{"core=1:2:3",
	 "invalid ulimit 'core=1:2:3': '2:3' is no limit, expected a number, -1 or unlimited", ""},
	{"core=2:1", "invalid ulimit 'core=2:1': the soft limit 2 is above the hard limit 1", ""},
	{"core=-1:1", "invalid ulimit 'core=-1:1': the soft limit -1 is above the hard limit 1",
	 ""},
};

START_TEST(refused)
{
	struct ulimit u = {.soft = 99};
	struct err err = ERR_INIT;

	ck_assert_int_eq(ulimit_parse(bad[_i].in, &u, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_uint_eq(u.soft, 99);
}
END_TEST

Suite *suite_ulimit_string(void)
{
	Suite *s = suite_create("ulimit_string");
	TCase *t = tcase_create("ulimit_string");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);
	return s;
}
