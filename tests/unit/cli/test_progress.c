/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "suites.h"

struct recorder {
	struct progress progress; /* first, so that the callback finds the rest */
	struct progress_event last;
	int count;
};

static void record(struct progress *p, const struct progress_event *e)
{
	struct recorder *r = (struct recorder *)(void *)p;

	r->last = *e;
	r->count++;
}

START_TEST(reports)
{
	struct recorder r = {.progress = {.report = record}};

	progress_report(&r.progress, PROGRESS_STEP, "abc", 5, 10);
	ck_assert_int_eq(r.count, 1);
	ck_assert_int_eq(r.last.kind, PROGRESS_STEP);
	ck_assert_str_eq(r.last.name, "abc");
	ck_assert_uint_eq(r.last.done, 5);
	ck_assert_uint_eq(r.last.total, 10);
}
END_TEST

START_TEST(nobody_listens)
{
	struct progress silent = {.report = NULL};

	progress_report(NULL, PROGRESS_START, "abc", 0, 0);
	progress_report(&silent, PROGRESS_START, "abc", 0, 0);
}
END_TEST

Suite *suite_progress(void)
{
	Suite *s = suite_create("progress");
	TCase *t = tcase_create("progress");

	tcase_add_test(t, reports);
	tcase_add_test(t, nobody_listens);
	suite_add_tcase(s, t);
	return s;
}
