/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(suite_deflate());
	int failed;

	srunner_add_suite(runner, suite_ahead());
	srunner_add_suite(runner, suite_deflate_parallel());
	srunner_add_suite(runner, suite_digest_crypto());
	srunner_add_suite(runner, suite_flow());
	srunner_add_suite(runner, suite_inflate());
	srunner_add_suite(runner, suite_json());
	srunner_add_suite(runner, suite_json_decode());
	srunner_add_suite(runner, suite_json_encode());
	srunner_add_suite(runner, suite_json_write());
	srunner_add_suite(runner, suite_source());
	srunner_add_suite(runner, suite_tar_read());
	srunner_add_suite(runner, suite_tar_write());
	srunner_add_suite(runner, suite_yaml());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
