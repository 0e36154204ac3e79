/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of lib/doctor, and machines to judge. */
#ifndef ONGGI_TESTS_UNIT_DOCTOR_SUITES_H
#define ONGGI_TESTS_UNIT_DOCTOR_SUITES_H

#include <check.h>

#include "doctor/doctor.h"

/* A change of a healthy machine, and the finding that must come of it. */
struct machine {
	const char *id;
	void (*change)(struct observations *o);
	enum doctor_severity severity;
	const char *seen; /* whole */
	const char *mend; /* whole; NULL: none */
};

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* An ordinary user, 'ada', on Debian 12 with everything in order. */
void healthy_user(struct observations *o);
/* Root on the same. */
void healthy_root(struct observations *o);
/* Judge a machine made of healthy_user() by the row's check, and compare. */
void judge_machine(const struct machine *m);

Suite *suite_checks(void);
Suite *suite_finding(void);
Suite *suite_judge_cgroup(void);
Suite *suite_judge_host(void);
Suite *suite_judge_ids(void);
Suite *suite_judge_store(void);
Suite *suite_judge_userns(void);
Suite *suite_observe(void);

#endif
