/* SPDX-License-Identifier: Apache-2.0 */
/* One suite per file of lib/cli. */
#ifndef ONGGI_TESTS_UNIT_CLI_SUITES_H
#define ONGGI_TESTS_UNIT_CLI_SUITES_H

#include <check.h>

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

Suite *suite_command(void);
Suite *suite_filter(void);
Suite *suite_format(void);
Suite *suite_go_time(void);
Suite *suite_commands(void);
Suite *suite_complete(void);
Suite *suite_help(void);
Suite *suite_man(void);
Suite *suite_option(void);
Suite *suite_option_row(void);
Suite *suite_option_value(void);
Suite *suite_progress(void);
Suite *suite_progress_draw(void);
Suite *suite_progress_view(void);
Suite *suite_table(void);
Suite *suite_template(void);
Suite *suite_term(void);
Suite *suite_utf8(void);
Suite *suite_value(void);
Suite *suite_value_table(void);

#endif
