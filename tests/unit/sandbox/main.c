/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "box.h"
#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_cgroup());
	bool has_box = box_setup();
	int failed;

	srunner_add_suite(runner, suite_cgroup_devices());
	srunner_add_suite(runner, suite_cgroup_plan());
	srunner_add_suite(runner, suite_seccomp());
	srunner_add_suite(runner, suite_seccomp_cache());
	srunner_add_suite(runner, suite_seccomp_compile());
	srunner_add_suite(runner, suite_seccomp_optimize());
	srunner_add_suite(runner, suite_seccomp_profile());
	srunner_add_suite(runner, suite_plan());
	srunner_add_suite(runner, suite_exec_find());
	srunner_add_suite(runner, suite_hooks());
	srunner_add_suite(runner, suite_mount_flags());
	srunner_add_suite(runner, suite_user());
	srunner_add_suite(runner, suite_start());
	srunner_add_suite(runner, suite_init());
	srunner_add_suite(runner, suite_child());
	srunner_add_suite(runner, suite_apply_copy());
	srunner_add_suite(runner, suite_apply_mount());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	if (has_box)
		box_teardown();
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
