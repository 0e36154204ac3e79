/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_cgroup());
	int failed;

	srunner_add_suite(runner, suite_cgroup_devices());
	srunner_add_suite(runner, suite_cgroup_plan());
	srunner_add_suite(runner, suite_seccomp());
	srunner_add_suite(runner, suite_seccomp_cache());
	srunner_add_suite(runner, suite_seccomp_compile());
	srunner_add_suite(runner, suite_seccomp_profile());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
