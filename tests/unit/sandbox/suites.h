/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of this runner, one for each file of lib/sandbox/. */
#ifndef ONGGI_TESTS_UNIT_SANDBOX_SUITES_H
#define ONGGI_TESTS_UNIT_SANDBOX_SUITES_H

#include <check.h>

Suite *suite_cgroup(void);
Suite *suite_cgroup_devices(void);
Suite *suite_cgroup_plan(void);
Suite *suite_seccomp(void);
Suite *suite_seccomp_cache(void);
Suite *suite_seccomp_compile(void);
Suite *suite_seccomp_profile(void);

#endif
