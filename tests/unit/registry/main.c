/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_auth());
	int failed;

	srunner_add_suite(runner, suite_blob());
	srunner_add_suite(runner, suite_call());
	srunner_add_suite(runner, suite_distribution());
	srunner_add_suite(runner, suite_http());
	srunner_add_suite(runner, suite_http_curl());
	srunner_add_suite(runner, suite_http_head());
	srunner_add_suite(runner, suite_http_url());
	srunner_add_suite(runner, suite_manifest());
	srunner_add_suite(runner, suite_problem());
	srunner_add_suite(runner, suite_retry());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
