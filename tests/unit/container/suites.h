/* SPDX-License-Identifier: Apache-2.0 */
/* One suite per subject of lib/container that needs no privileges. */
#ifndef ONGGI_TESTS_UNIT_CONTAINER_SUITES_H
#define ONGGI_TESTS_UNIT_CONTAINER_SUITES_H

#include <check.h>

Suite *suite_config(void);
Suite *suite_env_file(void);
Suite *suite_stdio(void);
Suite *suite_supervise(void);
Suite *suite_userns(void);

#endif
