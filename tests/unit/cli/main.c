/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_command());
	int failed;

	srunner_add_suite(runner, suite_filter());
	srunner_add_suite(runner, suite_format());
	srunner_add_suite(runner, suite_go_time());
	srunner_add_suite(runner, suite_commands());
	srunner_add_suite(runner, suite_complete());
	srunner_add_suite(runner, suite_help());
	srunner_add_suite(runner, suite_man());
	srunner_add_suite(runner, suite_option());
	srunner_add_suite(runner, suite_option_row());
	srunner_add_suite(runner, suite_option_value());
	srunner_add_suite(runner, suite_progress());
	srunner_add_suite(runner, suite_progress_draw());
	srunner_add_suite(runner, suite_progress_view());
	srunner_add_suite(runner, suite_table());
	srunner_add_suite(runner, suite_template());
	srunner_add_suite(runner, suite_term());
	srunner_add_suite(runner, suite_utf8());
	srunner_add_suite(runner, suite_value());
	srunner_add_suite(runner, suite_value_table());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
