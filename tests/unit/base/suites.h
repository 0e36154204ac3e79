/* SPDX-License-Identifier: Apache-2.0 */
/* One suite per file of lib/base. */
#ifndef ONGGI_TESTS_UNIT_BASE_SUITES_H
#define ONGGI_TESTS_UNIT_BASE_SUITES_H

#include <check.h>

Suite *suite_alloc(void);
Suite *suite_buf(void);
Suite *suite_colour(void);
Suite *suite_dl(void);
Suite *suite_err(void);
Suite *suite_id(void);
Suite *suite_log(void);
Suite *suite_map(void);
Suite *suite_parse(void);
Suite *suite_path(void);
Suite *suite_strv(void);

#endif
