/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/tree.h"
#include "suites.h"

int main(void)
{
	Suite *(*const suites[])(void) = {
		suite_image_create, suite_embedded,	suite_import,	   suite_input,
		suite_layers,	    suite_load,		suite_load_docker, suite_load_oci,
		suite_parents,	    suite_pipeline,	suite_pull,	   suite_pull_input,
		suite_ratio,	    suite_save,		suite_save_layout, suite_unpack,
		suite_unpack_dirs,  suite_unpack_entry,
	};
	char dir[] = "/tmp/onggi-image-XXXXXX";
	struct err err = ERR_INIT;
	SRunner *runner;
	int failed;

	if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
		perror(dir);
		return EXIT_FAILURE;
	}
	setenv("ONGGI_TEST_DIR", dir, 1);
	runner = srunner_create(suite_change());
	for (int i = 0; i < ROWS(suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (tree_remove(AT_FDCWD, dir, &err) < 0) {
		fprintf(stderr, "%s: %s\n", dir, err.text);
		failed = 1;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
