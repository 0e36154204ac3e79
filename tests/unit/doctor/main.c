/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *(*const suites[])(void) = {
		suite_finding,	   suite_judge_cgroup, suite_judge_host, suite_judge_ids,
		suite_judge_store, suite_judge_userns, suite_observe,
	};
	SRunner *runner = srunner_create(suite_checks());
	int failed;

	for (int i = 0; i < ROWS(suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
