/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "os/tree.h"
#include "suites.h"

int main(void)
{
	Suite *(*const suites[])(void) = {
		suite_container_json, suite_containers,	   suite_containers_find, suite_images,
		suite_images_name,    suite_images_remove, suite_images_tag,	  suite_layers,
		suite_store,	      suite_sweep,	   suite_volumes,	  suite_check,
		suite_prune,	      suite_usage,
	};
	char dir[] = "/tmp/onggi-store-XXXXXX";
	struct err err = ERR_INIT;
	SRunner *runner;
	int failed;

	if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
		perror(dir);
		return EXIT_FAILURE;
	}
	setenv("ONGGI_TEST_DIR", dir, 1);
	runner = srunner_create(suite_blobs());
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
