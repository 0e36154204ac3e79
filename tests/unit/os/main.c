/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "os/tree.h"
#include "suites.h"

int main(void)
{
	Suite *(*const suites[])(void) = {
		suite_caps,	   suite_channel,	suite_fd,     suite_idmap,
		suite_idmap_write, suite_interrupt,	suite_lock,   suite_mount,
		suite_mount_fs,	   suite_mount_overlay, suite_netif,  suite_process,
		suite_rooted,	   suite_rooted_walk,	suite_spawn,  suite_tree,
		suite_tree_walk,   suite_tty,		suite_userns, suite_xattr,
	};
	char dir[] = "/tmp/onggi-os-XXXXXX";
	struct err err = ERR_INIT;
	SRunner *runner;
	int failed;

	if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
		perror(dir);
		return EXIT_FAILURE;
	}
	setenv("ONGGI_TEST_DIR", dir, 1);
	runner = srunner_create(suite_atomic());
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
