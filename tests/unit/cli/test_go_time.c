/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts are held against Go itself in golden/templates.golden; here is the calendar. */
#include "cli/go_time.h"
#include "suites.h"

#define DAY 86400

/* Each day of four hundred years and more follows the one before. */
START_TEST(calendar)
{
	struct go_date d, before;

	go_time_date(go_time_days(1599, 12, 31), &before);
	for (int64_t s = go_time_days(1600, 1, 1); s <= go_time_days(2030, 1, 1); s += DAY) {
		go_time_date(s, &d);
		/* Each ck_assert() writes: half a million of them pass a busy machine's patience.
		 */
		if (go_time_days(d.year, d.month, d.day) != s ||
		    d.weekday != (before.weekday + 1) % 7 ||
		    d.yearday != (d.year == before.year ? before.yearday + 1 : 1) ||
		    (d.day != before.day + 1 && d.day != 1))
			ck_abort_msg("%lld is %lld-%d-%d, weekday %d, day %d of the year",
				     (long long)s, (long long)d.year, d.month, d.day, d.weekday,
				     d.yearday);
		before = d;
	}
}
END_TEST

static const struct {
	int64_t seconds;
	struct go_date date;
} date_rows[] = {
	{0, {1970, 1, 1, 4, 1, 0, 0, 0}},
	{-1, {1969, 12, 31, 3, 365, 23, 59, 59}},
	{951782400, {2000, 2, 29, 2, 60, 0, 0, 0}},
	{4107542399, {2100, 2, 28, 0, 59, 23, 59, 59}},
	{4107542400, {2100, 3, 1, 1, 60, 0, 0, 0}},
	{GO_TIME_ZERO, {1, 1, 1, 1, 1, 0, 0, 0}},
	{GO_TIME_ZERO - 1, {0, 12, 31, 0, 366, 23, 59, 59}},
};

START_TEST(dates)
{
	const struct go_date *want = &date_rows[_i].date;
	struct go_date d;

	go_time_date(date_rows[_i].seconds, &d);
	ck_assert_int_eq(d.year, want->year);
	ck_assert_int_eq(d.month, want->month);
	ck_assert_int_eq(d.day, want->day);
	ck_assert_int_eq(d.weekday, want->weekday);
	ck_assert_int_eq(d.yearday, want->yearday);
	ck_assert_int_eq(d.hour, want->hour);
	ck_assert_int_eq(d.minute, want->minute);
	ck_assert_int_eq(d.second, want->second);
}
END_TEST

/* Months and days out of range are carried, as AddDate needs it. */
START_TEST(carried)
{
	ck_assert_int_eq(go_time_days(2024, 14, 1), go_time_days(2025, 2, 1));
	ck_assert_int_eq(go_time_days(2024, -1, 1), go_time_days(2023, 11, 1));
	ck_assert_int_eq(go_time_days(2024, 0, 1), go_time_days(2023, 12, 1));
	ck_assert_int_eq(go_time_days(2024, 2, 30), go_time_days(2024, 3, 1));
	ck_assert_int_eq(go_time_days(2024, 1, 0), go_time_days(2023, 12, 31));
}
END_TEST

static const struct {
	int64_t ns;
	const char *text;
} duration_rows[] = {
	{0, "0s"},
	{1, "1ns"},
	{999, "999ns"},
	{1100, "1.1µs"},
	{2200000, "2.2ms"},
	{3300000000, "3.3s"},
	{60000000000, "1m0s"},
	{245000000000, "4m5s"},
	{245001000000, "4m5.001s"},
	{18367001000000, "5h6m7.001s"},
	{480000000001, "8m0.000000001s"},
	{-90000000000, "-1m30s"},
	{INT64_MAX, "2562047h47m16.854775807s"},
	{INT64_MIN, "-2562047h47m16.854775808s"},
};

START_TEST(durations)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	go_duration_format(duration_rows[_i].ns, &out);
	ck_assert_str_eq(buf_str(&out), duration_rows[_i].text);
}
END_TEST

Suite *suite_go_time(void)
{
	Suite *s = suite_create("go_time");
	TCase *t = tcase_create("go_time");

	tcase_add_test(t, calendar);
	tcase_add_loop_test(t, dates, 0, ROWS(date_rows));
	tcase_add_test(t, carried);
	tcase_add_loop_test(t, durations, 0, ROWS(duration_rows));
	suite_add_tcase(s, t);
	return s;
}
