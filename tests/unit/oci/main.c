/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_descriptor());
	int failed;

	srunner_add_suite(runner, suite_device_string());
	srunner_add_suite(runner, suite_digest());
	srunner_add_suite(runner, suite_image_config());
	srunner_add_suite(runner, suite_index_select());
	srunner_add_suite(runner, suite_manifest());
	srunner_add_suite(runner, suite_media_type());
	srunner_add_suite(runner, suite_mount_string());
	srunner_add_suite(runner, suite_platform());
	srunner_add_suite(runner, suite_port_string());
	srunner_add_suite(runner, suite_reference());
	srunner_add_suite(runner, suite_runtime_spec());
	srunner_add_suite(runner, suite_signal_string());
	srunner_add_suite(runner, suite_ulimit_string());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
