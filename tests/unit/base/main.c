/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_alloc());
	int failed;

	srunner_add_suite(runner, suite_buf());
	srunner_add_suite(runner, suite_colour());
	srunner_add_suite(runner, suite_dl());
	srunner_add_suite(runner, suite_err());
	srunner_add_suite(runner, suite_id());
	srunner_add_suite(runner, suite_log());
	srunner_add_suite(runner, suite_map());
	srunner_add_suite(runner, suite_parse());
	srunner_add_suite(runner, suite_path());
	srunner_add_suite(runner, suite_strv());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
