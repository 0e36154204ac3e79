/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of this runner, one for each file of lib/sandbox/. */
#ifndef ONGGI_TESTS_UNIT_SANDBOX_SUITES_H
#define ONGGI_TESTS_UNIT_SANDBOX_SUITES_H

#include <check.h>

#include "../skip.h"

Suite *suite_apply_copy(void);
Suite *suite_apply_mount(void);
Suite *suite_cgroup(void);
Suite *suite_cgroup_devices(void);
Suite *suite_cgroup_plan(void);
Suite *suite_child(void);
Suite *suite_exec_find(void);
Suite *suite_hooks(void);
Suite *suite_init(void);
Suite *suite_mount_flags(void);
Suite *suite_user(void);
Suite *suite_plan(void);
Suite *suite_seccomp(void);
Suite *suite_seccomp_cache(void);
Suite *suite_seccomp_compile(void);
Suite *suite_seccomp_optimize(void);
Suite *suite_seccomp_profile(void);
Suite *suite_start(void);

#endif
