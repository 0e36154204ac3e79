/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "base/strv.h"
#include "oci/signal_string.h"
#include "suites.h"

static const struct {
	const char *in;
	int number;
} good[] = {
	{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"sigterm", SIGTERM}, {"15", 15},
	{"9", 9},	   {"64", 64},		 {"IOT", SIGABRT},     {"POLL", SIGIO},
	{"CLD", SIGCHLD},  {"RTMIN", 34},	 {"RTMIN+3", 37},      {"SIGRTMIN+30", 64},
	{"rtmax-30", 34},  {"RTMAX", 64},	 {"RTMAX-14", 50},     {"WINCH", SIGWINCH},
};

START_TEST(accepted)
{
	struct err err = ERR_INIT;
	int sig;

	ck_assert_msg(signal_parse(good[_i].in, &sig, &err) == 0, "%s", err.text);
	ck_assert_int_eq(sig, good[_i].number);
}
END_TEST

#define FORM "expected a name such as TERM or SIGTERM, RTMIN+3, or a number from 1 to 64"

static const struct {
	const char *in, *text, *hint;
} bad[] = {
	{"", "invalid signal '': " FORM, ""},
	{"SIG", "invalid signal 'SIG': " FORM, ""},
	{"0", "invalid signal '0': " FORM, ""},
	{"65", "invalid signal '65': " FORM, ""},
	{"9x", "invalid signal '9x': " FORM, ""},
	{"-9", "invalid signal '-9': " FORM, ""},
	{"TERMM", "invalid signal 'TERMM': " FORM, "did you mean 'TERM'?"},
	{"RTMIN+31", "invalid signal 'RTMIN+31': " FORM, "did you mean 'RTMIN+1'?"},
	{"RTMIN-1", "invalid signal 'RTMIN-1': " FORM, "did you mean 'RTMIN+1'?"},
};

START_TEST(refused)
{
	struct err err = ERR_INIT;
	int sig = 99;

	ck_assert_int_eq(signal_parse(bad[_i].in, &sig, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_int_eq(sig, 99);
}
END_TEST

/* Every number from 1 to 64 that has a name is found by it. 32 and 33 are the C library's own. */
START_TEST(names)
{
	int sig;

	for (int i = 1; i <= 64; i++) {
		const char *name = signal_name(i);

		if (i == 32 || i == 33) {
			ck_assert_ptr_null(name);
			continue;
		}
		ck_assert_ptr_nonnull(name);
		ck_assert_int_eq(signal_parse(name, &sig, NULL), 0);
		ck_assert_int_eq(sig, i);
	}
	ck_assert_str_eq(signal_name(SIGTERM), "SIGTERM");
	ck_assert_ptr_null(signal_name(0));
	ck_assert_ptr_null(signal_name(65));
}
END_TEST

Suite *suite_signal_string(void)
{
	Suite *s = suite_create("signal_string");
	TCase *t = tcase_create("signal_string");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
