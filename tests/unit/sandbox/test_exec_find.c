/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "os/tree.h"
#include "sandbox/exec.h"
#include "suites.h"

/* a/: "both" and "plain" not executable, "dir" a directory; b/: "both" and "prog" executable. */
static void make_tree(char *dir)
{
	static const struct {
		const char *name;
		mode_t mode;
	} files[] = {
		{"a/both", 0644},
		{"a/plain", 0644},
		{"b/both", 0755},
		{"b/prog", 0755},
	};
	_cleanup_fd_ int root = -1;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(mkdirat(root, "a", 0755), 0);
	ck_assert_int_eq(mkdirat(root, "a/dir", 0755), 0);
	ck_assert_int_eq(mkdirat(root, "b", 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_fd_ int fd =
			openat(root, files[i].name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		ck_assert_int_eq(fchmod(fd, files[i].mode), 0);
	}
	ck_assert_int_eq(chdir(dir), 0);
}

static const struct {
	const char *name, *path;
	const char *result; /* NULL: an error */
	int sys;
	const char *text;
} rows[] = {
	{"prog", "a:b", "b/prog", 0, ""},
	{"both", "a:b", "b/both", 0, ""},
	{"b/prog", "a", "b/prog", 0, ""},
	{"plain", "a:b", NULL, EACCES, "exec \"plain\": permission denied"},
	{"dir", "a:b", NULL, ENOENT, "exec \"dir\": executable file not found in $PATH"},
	{"none", "a:b", NULL, ENOENT, "exec \"none\": executable file not found in $PATH"},
	{"prog", "", NULL, ENOENT, "exec \"prog\": executable file not found in $PATH"},
	/* an empty entry is not the working directory */
	{"prog", ":a:", NULL, ENOENT, "exec \"prog\": executable file not found in $PATH"},
	{"a/plain", "b", NULL, EACCES, "exec \"a/plain\": permission denied"},
	{"a/dir", "b", NULL, EISDIR, "exec \"a/dir\": is a directory"},
	{"a/none", "b", NULL, ENOENT, "exec \"a/none\": no such file or directory"},
	{"a/plain/x", "b", NULL, ENOENT, "exec \"a/plain/x\": no such file or directory"},
};

START_TEST(finds_as_a_shell_does)
{
	char dir[] = "/tmp/onggi-exec-XXXXXX";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct err err = ERR_INIT;
	const char *found = NULL;
	int r;

	make_tree(dir);
	r = exec_find(rows[_i].name, rows[_i].path, &a, &found, &err);
	if (rows[_i].result) {
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(found, rows[_i].result);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_EXEC);
		ck_assert_int_eq(err.sys, rows[_i].sys);
		ck_assert_str_eq(err.text, rows[_i].text);
	}
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
}
END_TEST

Suite *suite_exec_find(void)
{
	Suite *s = suite_create("exec_find");
	TCase *tc = tcase_create("lookup");

	tcase_add_loop_test(tc, finds_as_a_shell_does, 0, ARRAY_SIZE(rows));
	suite_add_tcase(s, tc);
	return s;
}
