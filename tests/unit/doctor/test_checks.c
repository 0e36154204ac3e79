/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "suites.h"

#define COLUMNS_MAX 88

static void judge_all(void (*make)(struct observations *o))
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct observations o;

	make(&o);
	for (size_t i = 0; i < doctor_check_count; i++) {
		struct doctor_finding f;

		doctor_judge(&doctor_checks[i], &o, &a, &f);
		ck_assert_msg(f.severity <= DOCTOR_OK, "%s: %s: %s", f.id,
			      doctor_severity_name(f.severity), f.seen);
		ck_assert_ptr_null(f.mend);
	}
}

START_TEST(healthy_machines_have_no_finding)
{
	judge_all(healthy_user);
	judge_all(healthy_root);
}
END_TEST

/* What could not be looked at is never called good. */
START_TEST(unseen_parts_are_not_ok)
{
	static const enum observe_state states[] = {OBSERVE_MISSING, OBSERVE_TIMED_OUT,
						    OBSERVE_DIED, OBSERVE_NO_FORK};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct observations o;

	for (int s = 0; s < ROWS(states); s++) {
		memset(&o, 0, sizeof(o));
		for (size_t i = 0; i < OBSERVE_PARTS; i++)
			o.state[i] = states[s];
		for (size_t i = 0; i < doctor_check_count; i++) {
			struct doctor_finding f;

			doctor_judge(&doctor_checks[i], &o, &a, &f);
			ck_assert_msg(f.severity != DOCTOR_OK, "%s in state %d", f.id,
				      (int)states[s]);
			ck_assert_ptr_nonnull(f.seen);
		}
	}
}
END_TEST

START_TEST(a_part_that_hangs_is_told)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct doctor_check *check = NULL;
	struct observations o;
	struct doctor_finding f;

	healthy_user(&o);
	o.state[OBSERVE_STORE] = OBSERVE_TIMED_OUT;
	ck_assert_int_eq(doctor_find("store-filesystem", &check, NULL), 0);
	doctor_judge(check, &o, &a, &f);
	ck_assert_int_eq(f.severity, DOCTOR_WARNING);
	ck_assert_str_eq(f.seen, "no answer within 4 seconds");
}
END_TEST

START_TEST(no_process_is_an_error_of_processes)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct doctor_check *check = NULL;
	struct observations o;
	struct doctor_finding f;

	memset(&o, 0, sizeof(o));
	for (size_t i = 0; i < OBSERVE_PARTS; i++)
		o.state[i] = OBSERVE_NO_FORK;
	ck_assert_int_eq(doctor_find("processes", &check, NULL), 0);
	doctor_judge(check, &o, &a, &f);
	ck_assert_int_eq(f.severity, DOCTOR_ERROR);
	ck_assert_str_eq(f.seen, "no process can be started");
}
END_TEST

START_TEST(find_by_id)
{
	const struct doctor_check *check = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(doctor_find("overlay", &check, &err), 0);
	ck_assert_str_eq(check->id, "overlay");
	ck_assert_int_eq(doctor_find("overley", &check, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "no such finding: 'overley'");
	ck_assert_str_eq(err.hint, "did you mean 'overlay'? `onggi doctor --list` lists them");
	ck_assert_int_eq(doctor_find("xyzzy", &check, &err), -1);
	ck_assert_str_eq(err.hint, "`onggi doctor --list` lists them");
	ck_assert_str_eq(check->id, "overlay");
}
END_TEST

/* Each id has a page that fits a terminal, and gets its own section and no other. */
START_TEST(pages)
{
	for (size_t i = 0; i < doctor_check_count; i++) {
		_cleanup_(buf) struct buf page = BUF_INIT;
		_cleanup_strv_ char **lines = NULL;

		doctor_page(doctor_checks[i].id, &page);
		ck_assert_msg(page.len > 200, "%s has no page", doctor_checks[i].id);
		ck_assert_ptr_null(strstr(buf_str(&page), "## "));
		lines = strv_split(buf_str(&page), '\n');
		strv_foreach (line, lines)
			ck_assert_msg(strlen(*line) <= COLUMNS_MAX, "%s: %s", doctor_checks[i].id,
				      *line);
	}
}
END_TEST

START_TEST(a_page_is_found_by_its_whole_name)
{
	_cleanup_(buf) struct buf page = BUF_INIT, kernel = BUF_INIT;

	doctor_page("kernel-feature", &page);
	doctor_page("no-such", &page);
	doctor_page("", &page);
	ck_assert_str_eq(buf_str(&page), "");
	doctor_page("kernel", &kernel);
	ck_assert_ptr_null(strstr(buf_str(&kernel), "openat2"));
}
END_TEST

Suite *suite_checks(void)
{
	Suite *s = suite_create("checks");
	TCase *tc = tcase_create("checks");

	tcase_add_test(tc, healthy_machines_have_no_finding);
	tcase_add_test(tc, unseen_parts_are_not_ok);
	tcase_add_test(tc, a_part_that_hangs_is_told);
	tcase_add_test(tc, no_process_is_an_error_of_processes);
	tcase_add_test(tc, find_by_id);
	tcase_add_test(tc, pages);
	tcase_add_test(tc, a_page_is_found_by_its_whole_name);
	suite_add_tcase(s, tc);
	return s;
}
