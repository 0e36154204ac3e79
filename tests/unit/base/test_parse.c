/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/parse.h"
#include "suites.h"

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))
#define KI	UINT64_C(1024)
#define MI	(KI * KI)
#define GI	(KI * MI)
#define NS	INT64_C(1000000000)
#define REFUSED -1

/* A refusal is ERR_INVALID, echoes the value, says what would do, and leaves the output alone. */
static void check_refused(int ret, const struct err *err, const char *s)
{
	ck_assert_msg(ret == -1, "'%s' was accepted", s);
	ck_assert_int_eq(err->kind, ERR_INVALID);
	ck_assert_int_eq(err->text[0], '\'');
	ck_assert_msg(strncmp(err->text + 1, s, strlen(s)) == 0, "%s", err->text);
	ck_assert_ptr_nonnull(strstr(err->text, "accepted"));
}

static const struct {
	const char *s;
	int64_t min, max;
	int ret;
	int64_t v;
} int_rows[] = {
	{"0", -5, 5, 0, 0},
	{"-5", -5, 5, 0, -5},
	{"+5", -5, 5, 0, 5},
	{"-0", -5, 5, 0, 0},
	{"007", 0, 9, 0, 7},
	{"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
	{"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
	{"9223372036854775808", INT64_MIN, INT64_MAX, REFUSED, 0},
	{"-9223372036854775809", INT64_MIN, INT64_MAX, REFUSED, 0},
	{"99999999999999999999", INT64_MIN, INT64_MAX, REFUSED, 0},
	{"6", -5, 5, REFUSED, 0},
	{"-6", -5, 5, REFUSED, 0},
	{"", -5, 5, REFUSED, 0},
	{"-", -5, 5, REFUSED, 0},
	{"--1", -5, 5, REFUSED, 0},
	{"1 ", -5, 5, REFUSED, 0},
	{" 1", -5, 5, REFUSED, 0},
	{"1x", -5, 5, REFUSED, 0},
	{"0x1", -5, 5, REFUSED, 0},
	{"1.0", -5, 5, REFUSED, 0},
};

START_TEST(ints)
{
	struct err err = ERR_INIT;
	int64_t v = 77;
	int ret = parse_int(int_rows[_i].s, int_rows[_i].min, int_rows[_i].max, &v, &err);

	if (int_rows[_i].ret) {
		check_refused(ret, &err, int_rows[_i].s);
		ck_assert_int_eq(v, 77);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(v, int_rows[_i].v);
}
END_TEST

static const struct {
	const char *s;
	uint64_t max;
	int ret;
	uint64_t v;
} uint_rows[] = {
	{"0", 0, 0, 0},
	{"65535", 65535, 0, 65535},
	{"65536", 65535, REFUSED, 0},
	{"3", 2, REFUSED, 0},
	{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", UINT64_MAX, REFUSED, 0},
	{"28446744073709551616", UINT64_MAX, REFUSED, 0},
	{"-1", UINT64_MAX, REFUSED, 0},
	{"+1", UINT64_MAX, REFUSED, 0},
	{"", UINT64_MAX, REFUSED, 0},
	{"1a", UINT64_MAX, REFUSED, 0},
};

START_TEST(uints)
{
	struct err err = ERR_INIT;
	uint64_t v = 77;
	int ret = parse_uint(uint_rows[_i].s, uint_rows[_i].max, &v, &err);

	if (uint_rows[_i].ret) {
		check_refused(ret, &err, uint_rows[_i].s);
		ck_assert_uint_eq(v, 77);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(v, uint_rows[_i].v);
}
END_TEST

static const struct {
	const char *s;
	int ret;
	unsigned v;
} mode_rows[] = {
	{"0", 0, 0},	    {"755", 0, 0755},	   {"0755", 0, 0755},	{"1777", 0, 01777},
	{"7777", 0, 07777}, {"10000", REFUSED, 0}, {"8", REFUSED, 0},	{"789", REFUSED, 0},
	{"", REFUSED, 0},   {"-1", REFUSED, 0},	   {"u+x", REFUSED, 0},
};

START_TEST(modes)
{
	struct err err = ERR_INIT;
	unsigned v = 77;
	int ret = parse_mode(mode_rows[_i].s, &v, &err);

	if (mode_rows[_i].ret) {
		check_refused(ret, &err, mode_rows[_i].s);
		ck_assert_uint_eq(v, 77);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(v, mode_rows[_i].v);
}
END_TEST

/* As docker's --memory (units.RAMInBytes) has them. */
static const struct {
	const char *s;
	int ret;
	uint64_t v;
} size_rows[] = {
	{"0", 0, 0},
	{"32", 0, 32},
	{"32b", 0, 32},
	{"32B", 0, 32},
	{"32k", 0, 32 * KI},
	{"32K", 0, 32 * KI},
	{"32kb", 0, 32 * KI},
	{"32Kb", 0, 32 * KI},
	{"32Kib", 0, 32 * KI},
	{"32KIB", 0, 32 * KI},
	{"32KiB", 0, 32 * KI},
	{"32Mb", 0, 32 * MI},
	{"512m", 0, 512 * MI},
	{"32Gb", 0, 32 * GI},
	{"32Tb", 0, 32 * KI *GI},
	{"32Pb", 0, 32 * MI *GI},
	{"32P", 0, 32 * MI *GI},
	{"32.3", 0, 32},
	{"32 kb", 0, 32 * KI},
	{"32.3 mb", 0, 33869004},
	{"0.3MB", 0, 314572},
	{"1.5g", 0, GI + GI / 2},
	{".5k", 0, 512},
	{"0.", 0, 0},
	{"0.1g", 0, 107374182},
	{"0.00000000000000000000000001p", 0, 0},
	{"8191p", 0, 8191 * MI *GI},
	{"9223372036854775807", 0, INT64_MAX},
	{"9223372036854775808", REFUSED, 0},
	{"8192p", REFUSED, 0},
	{"99999999999999999999k", REFUSED, 0},
	{"", REFUSED, 0},
	{".", REFUSED, 0},
	{" ", REFUSED, 0},
	{"hello", REFUSED, 0},
	{"-32", REFUSED, 0},
	{"+32", REFUSED, 0},
	{" 32 ", REFUSED, 0},
	{"32  k", REFUSED, 0},
	{"32m b", REFUSED, 0},
	{"32bm", REFUSED, 0},
	{"32i", REFUSED, 0},
	{"32ib", REFUSED, 0},
	{"32ki", REFUSED, 0},
	{"32bb", REFUSED, 0},
	{"32e", REFUSED, 0},
	{"1e3", REFUSED, 0},
	{"0x10", REFUSED, 0},
	{"1.2.3", REFUSED, 0},
	{"inf", REFUSED, 0},
};

START_TEST(sizes)
{
	struct err err = ERR_INIT;
	uint64_t v = 77;
	int ret = parse_size(size_rows[_i].s, &v, &err);

	if (size_rows[_i].ret) {
		check_refused(ret, &err, size_rows[_i].s);
		ck_assert_uint_eq(v, 77);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.text);
	ck_assert_uint_eq(v, size_rows[_i].v);
}
END_TEST

/* As Go's time.ParseDuration has them, and bare seconds. */
static const struct {
	const char *s;
	int ret;
	int64_t v;
} duration_rows[] = {
	{"0", 0, 0},
	{"0s", 0, 0},
	{"10", 0, 10 * NS},
	{"1.5", 0, NS + NS / 2},
	{"5s", 0, 5 * NS},
	{"-5s", 0, -5 * NS},
	{"+5s", 0, 5 * NS},
	{"-2", 0, -2 * NS},
	{"100ms", 0, NS / 10},
	{"7us", 0, 7000},
	{"7\xc2\xb5s", 0, 7000},
	{"7\xce\xbcs", 0, 7000},
	{"7ns", 0, 7},
	{"1h2m3.5s", 0, 3723 * NS + NS / 2},
	{"3m2h", 0, 7380 * NS},
	{"1.5h", 0, 5400 * NS},
	{".5s", 0, NS / 2},
	{"5.s", 0, 5 * NS},
	{"0.000000001s", 0, 1},
	{"0.0000000019s", 0, 1},
	{"0.3333333333333333333h", 0, 1200 * NS - 1},
	{"9223372036854775807ns", 0, INT64_MAX},
	{"2540400h", 0, INT64_C(2540400) * 3600 * NS},
	{"9223372036854775808ns", REFUSED, 0},
	{"2562048h", REFUSED, 0},
	{"2540400h999999h", REFUSED, 0},
	{"99999999999", REFUSED, 0},
	{"", REFUSED, 0},
	{"-", REFUSED, 0},
	{"s", REFUSED, 0},
	{".s", REFUSED, 0},
	{"1h30", REFUSED, 0},
	{"1 s", REFUSED, 0},
	{"5S", REFUSED, 0},
	{"1d", REFUSED, 0},
	{"1mss", REFUSED, 0},
	{"1s-1s", REFUSED, 0},
	{"--1s", REFUSED, 0},
	{"1e3s", REFUSED, 0},
	{"3000000h-1s", REFUSED, 0},
};

START_TEST(durations)
{
	struct err err = ERR_INIT;
	int64_t v = 77;
	int ret = parse_duration(duration_rows[_i].s, &v, &err);

	if (duration_rows[_i].ret) {
		check_refused(ret, &err, duration_rows[_i].s);
		ck_assert_int_eq(v, 77);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.text);
	ck_assert_int_eq(v, duration_rows[_i].v);
}
END_TEST

static const struct {
	const char *s;
	int ret;
	int64_t sec;
	long nsec;
	const char *back; /* what format_time() makes of it */
} time_rows[] = {
	{"1970-01-01T00:00:00Z", 0, 0, 0, "1970-01-01T00:00:00Z"},
	{"2026-01-02T03:04:05Z", 0, 1767323045, 0, "2026-01-02T03:04:05Z"},
	{"2026-01-02t03:04:05z", 0, 1767323045, 0, "2026-01-02T03:04:05Z"},
	{"2026-01-02T03:04:05.6Z", 0, 1767323045, 600000000, "2026-01-02T03:04:05.6Z"},
	{"2026-01-02T03:04:05.000000001Z", 0, 1767323045, 1, "2026-01-02T03:04:05.000000001Z"},
	{"2026-01-02T03:04:05.1234567899Z", 0, 1767323045, 123456789,
	 "2026-01-02T03:04:05.123456789Z"},
	{"2026-01-02T12:04:05+09:00", 0, 1767323045, 0, "2026-01-02T03:04:05Z"},
	{"2026-01-01T23:34:05-03:30", 0, 1767323045, 0, "2026-01-02T03:04:05Z"},
	{"2024-02-29T00:00:00Z", 0, 1709164800, 0, "2024-02-29T00:00:00Z"},
	{"2000-02-29T00:00:00Z", 0, 951782400, 0, "2000-02-29T00:00:00Z"},
	{"1969-12-31T23:59:59.5Z", 0, -1, 500000000, "1969-12-31T23:59:59.5Z"},
	/* docker's zero time */
	{"0001-01-01T00:00:00Z", 0, -62135596800, 0, "0001-01-01T00:00:00Z"},
	{"9999-12-31T23:59:59Z", 0, 253402300799, 0, "9999-12-31T23:59:59Z"},
	{"2026-02-29T00:00:00Z", REFUSED, 0, 0, NULL},
	{"1900-02-29T00:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-13-01T00:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-00-01T00:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-04-31T00:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-04-00T00:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-01-02T24:00:00Z", REFUSED, 0, 0, NULL},
	{"2026-01-02T23:60:00Z", REFUSED, 0, 0, NULL},
	{"2026-01-02T23:00:60Z", REFUSED, 0, 0, NULL},
	{"2026-01-02T03:04:05", REFUSED, 0, 0, NULL},
	{"2026-01-02T03:04:05.Z", REFUSED, 0, 0, NULL},
	{"2026-01-02T03:04:05+24:00", REFUSED, 0, 0, NULL},
	{"2026-01-02T03:04:05+0900", REFUSED, 0, 0, NULL},
	{"2026-01-02T03:04:05Zx", REFUSED, 0, 0, NULL},
	{"2026-01-02 03:04:05Z", REFUSED, 0, 0, NULL},
	{"2026-1-2T03:04:05Z", REFUSED, 0, 0, NULL},
	{"2026-01-02", REFUSED, 0, 0, NULL},
	{"02026-01-02T03:04:05Z", REFUSED, 0, 0, NULL},
	{"-026-01-02T03:04:05Z", REFUSED, 0, 0, NULL},
	{"", REFUSED, 0, 0, NULL},
	{"now", REFUSED, 0, 0, NULL},
};

START_TEST(times)
{
	struct err err = ERR_INIT;
	struct timespec t = {.tv_sec = 77, .tv_nsec = 77};
	char buf[FORMAT_MAX];
	int ret = parse_time(time_rows[_i].s, &t, &err);

	if (time_rows[_i].ret) {
		check_refused(ret, &err, time_rows[_i].s);
		ck_assert_int_eq(t.tv_sec, 77);
		ck_assert_int_eq(t.tv_nsec, 77);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.text);
	ck_assert_int_eq(t.tv_sec, time_rows[_i].sec);
	ck_assert_int_eq(t.tv_nsec, time_rows[_i].nsec);
	ck_assert_str_eq(format_time(t, buf), time_rows[_i].back);
}
END_TEST

START_TEST(times_out_of_range_are_held)
{
	char buf[FORMAT_MAX];

	ck_assert_str_eq(format_time((struct timespec){.tv_sec = INT64_MAX}, buf),
			 "9999-12-31T23:59:59Z");
	ck_assert_str_eq(format_time((struct timespec){.tv_sec = INT64_MIN}, buf),
			 "0000-01-01T00:00:00Z");
	ck_assert_str_eq(format_time((struct timespec){.tv_nsec = -1}, buf),
			 "1970-01-01T00:00:00Z");
	ck_assert_str_eq(format_time((struct timespec){.tv_nsec = 1000000000}, buf),
			 "1970-01-01T00:00:00Z");
}
END_TEST

static const struct {
	const char *s;
	int ret;
	bool v;
} bool_rows[] = {
	{"1", 0, true},
	{"t", 0, true},
	{"T", 0, true},
	{"true", 0, true},
	{"True", 0, true},
	{"TRUE", 0, true},
	{"0", 0, false},
	{"f", 0, false},
	{"F", 0, false},
	{"false", 0, false},
	{"False", 0, false},
	{"FALSE", 0, false},
	{"", REFUSED, false},
	{"yes", REFUSED, false},
	{"on", REFUSED, false},
	{"2", REFUSED, false},
	{"truee", REFUSED, false},
	{" true", REFUSED, false},
	{"tr", REFUSED, false},
};

START_TEST(bools)
{
	struct err err = ERR_INIT;
	/* The opposite, so that an untouched output shows. */
	bool v = !bool_rows[_i].v;
	int ret = parse_bool(bool_rows[_i].s, &v, &err);

	if (bool_rows[_i].ret) {
		check_refused(ret, &err, bool_rows[_i].s);
		ck_assert(v);
		return;
	}
	ck_assert_int_eq(ret, 0);
	ck_assert(v == bool_rows[_i].v);
}
END_TEST

static const struct {
	const char *s;
	int ret;
	int64_t v;
} nano_rows[] = {
	{"0", 0, 0},
	{"2", 0, 2 * NS},
	{"1.5", 0, NS + NS / 2},
	{".5", 0, NS / 2},
	{"2.", 0, 2 * NS},
	{"0.1", 0, NS / 10},
	{"0.000000001", 0, 1},
	{"0.1000000000000000000000000", 0, NS / 10},
	{"9223372036.854775807", 0, INT64_MAX},
	{"9223372036.854775808", REFUSED, 0},
	{"0.0000000001", REFUSED, 0},
	{"0.0000000000000000000001", REFUSED, 0},
	{"", REFUSED, 0},
	{".", REFUSED, 0},
	{"-1", REFUSED, 0},
	{"1,5", REFUSED, 0},
	{"1e1", REFUSED, 0},
	{"1/2", REFUSED, 0},
	{"1.5 ", REFUSED, 0},
	{"nan", REFUSED, 0},
};

START_TEST(nanos)
{
	struct err err = ERR_INIT;
	int64_t v = 77;
	int ret = parse_nano(nano_rows[_i].s, &v, &err);

	if (nano_rows[_i].ret) {
		check_refused(ret, &err, nano_rows[_i].s);
		ck_assert_int_eq(v, 77);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.text);
	ck_assert_int_eq(v, nano_rows[_i].v);
}
END_TEST

START_TEST(null_is_the_empty_string)
{
	struct err err = ERR_INIT;
	struct timespec t;
	unsigned mode;
	uint64_t u;
	int64_t i;
	bool b;

	ck_assert_int_eq(parse_int(NULL, 0, 9, &i, &err), -1);
	ck_assert_int_eq(parse_uint(NULL, 9, &u, &err), -1);
	ck_assert_int_eq(parse_mode(NULL, &mode, &err), -1);
	ck_assert_int_eq(parse_size(NULL, &u, &err), -1);
	ck_assert_int_eq(parse_duration(NULL, &i, &err), -1);
	ck_assert_int_eq(parse_time(NULL, &t, &err), -1);
	ck_assert_int_eq(parse_bool(NULL, &b, &err), -1);
	ck_assert_int_eq(parse_nano(NULL, &i, &err), -1);
}
END_TEST

START_TEST(long_values_are_echoed_in_part)
{
	struct err err = ERR_INIT;
	char s[5000];
	uint64_t v;

	memset(s, '9', sizeof(s) - 1);
	s[sizeof(s) - 1] = '\0';
	ck_assert_int_eq(parse_size(s, &v, &err), -1);
	ck_assert_uint_lt(strlen(err.text), 300);
	ck_assert_ptr_nonnull(strstr(err.text, "accepted"));
}
END_TEST

/* Three digits, as `docker image ls` prints; but "1MB" where docker has "1e+03kB". */
static const struct {
	uint64_t bytes;
	const char *text;
} format_size_rows[] = {
	{0, "0B"},
	{1, "1B"},
	{999, "999B"},
	{1000, "1kB"},
	{1024, "1.02kB"},
	{1500, "1.5kB"},
	{12345, "12.3kB"},
	{123456, "123kB"},
	{999499, "999kB"},
	{999500, "1MB"},
	{999999, "1MB"},
	{1000000, "1MB"},
	{1048576, "1.05MB"},
	{12300000, "12.3MB"},
	{117000000, "117MB"},
	{1230000000, "1.23GB"},
	{UINT64_C(5372000000000), "5.37TB"},
	{UINT64_C(2220000000000000), "2.22PB"},
	{UINT64_MAX, "18.4EB"},
};

START_TEST(format_sizes)
{
	char buf[FORMAT_MAX];

	ck_assert_str_eq(format_size(format_size_rows[_i].bytes, buf), format_size_rows[_i].text);
}
END_TEST

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct {
	int64_t seconds;
	const char *text;
} age_rows[] = {
	{-5, "Less than a second"},
	{0, "Less than a second"},
	{1, "1 second"},
	{2, "2 seconds"},
	{59, "59 seconds"},
	{60, "About a minute"},
	{119, "About a minute"},
	{120, "2 minutes"},
	{35 * MINUTE + 40, "35 minutes"},
	{HOUR - 1, "59 minutes"},
	{HOUR, "About an hour"},
	{HOUR + 29 * MINUTE, "About an hour"},
	{HOUR + 31 * MINUTE, "2 hours"},
	{3 * HOUR + 59 * MINUTE, "4 hours"},
	{36 * HOUR, "36 hours"},
	{2 * DAY - HOUR, "47 hours"},
	{2 * DAY, "2 days"},
	{13 * DAY + 5 * HOUR, "13 days"},
	{14 * DAY, "2 weeks"},
	{18 * DAY, "2 weeks"},
	{30 * DAY, "4 weeks"},
	{59 * DAY, "8 weeks"},
	{60 * DAY, "2 months"},
	{97 * DAY, "3 months"},
	{720 * DAY, "24 months"},
	{734 * DAY, "2 years"},
	{(3 * 365 + 60) * DAY, "3 years"},
	{INT64_MAX - HOUR, "292471208677 years"},
};

START_TEST(ages)
{
	char buf[FORMAT_MAX];

	ck_assert_str_eq(format_age(age_rows[_i].seconds, buf), age_rows[_i].text);
}
END_TEST

Suite *suite_parse(void)
{
	Suite *s = suite_create("parse");
	TCase *t = tcase_create("parse");

	tcase_add_loop_test(t, ints, 0, ROWS(int_rows));
	tcase_add_loop_test(t, uints, 0, ROWS(uint_rows));
	tcase_add_loop_test(t, modes, 0, ROWS(mode_rows));
	tcase_add_loop_test(t, sizes, 0, ROWS(size_rows));
	tcase_add_loop_test(t, durations, 0, ROWS(duration_rows));
	tcase_add_loop_test(t, times, 0, ROWS(time_rows));
	tcase_add_test(t, times_out_of_range_are_held);
	tcase_add_loop_test(t, bools, 0, ROWS(bool_rows));
	tcase_add_loop_test(t, nanos, 0, ROWS(nano_rows));
	tcase_add_test(t, null_is_the_empty_string);
	tcase_add_test(t, long_values_are_echoed_in_part);
	suite_add_tcase(s, t);
	t = tcase_create("format");
	tcase_add_loop_test(t, format_sizes, 0, ROWS(format_size_rows));
	tcase_add_loop_test(t, ages, 0, ROWS(age_rows));
	suite_add_tcase(s, t);
	return s;
}
