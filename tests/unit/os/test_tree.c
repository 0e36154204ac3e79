/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/tree.h"
#include "suites.h"

/* Nest `depth` directories below dir/name, with a file in the deepest. */
static void nest(int dir, const char *name, int depth)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < depth; i++) {
		int next;

		test_mkdir(fd, i ? "d" : name);
		next = openat(fd, i ? "d" : name, O_RDONLY | O_DIRECTORY);
		ck_assert_int_ge(next, 0);
		close(fd);
		fd = next;
	}
	test_file(fd, "file", "x");
	close(fd);
}

START_TEST(remove_all_kinds)
{
	struct err err = ERR_INIT;
	int dir = test_dir();
	int t, before;

	test_mkdir(dir, "keep");
	test_file(dir, "keep/file", "x");
	test_mkdir(dir, "t");
	t = openat(dir, "t", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(symlinkat("../keep", t, "link"), 0);
	ck_assert_int_eq(symlinkat("/nowhere", t, "dangling"), 0);
	ck_assert_int_eq(mkfifoat(t, "fifo", 0600), 0);
	for (int i = 0; i < 500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		if (i % 3)
			test_file(t, name, "");
		else
			test_mkdir(t, name);
	}
	nest(t, "deep", 20);
	close(t);
	before = test_fd_count();
	ck_ok(tree_remove(dir, "t", &err), &err);
	ck_assert_int_eq(test_fd_count(), before);
	ck_assert_int_eq(faccessat(dir, "t", F_OK, 0), -1);
	/* The link's target lives. */
	ck_assert_int_eq(faccessat(dir, "keep/file", F_OK, 0), 0);
	/* Absence is no error; a file and a link as the top. */
	ck_ok(tree_remove(dir, "t", &err), &err);
	ck_assert_int_eq(symlinkat("keep", dir, "l"), 0);
	ck_ok(tree_remove(dir, "l", &err), &err);
	ck_assert_int_eq(faccessat(dir, "keep/file", F_OK, 0), 0);
	ck_ok(tree_remove(dir, "keep/file", &err), &err);
	ck_assert_int_eq(faccessat(dir, "keep/file", F_OK, 0), -1);
}
END_TEST

/* Deeper than there are descriptors, and than a path may be long. */
START_TEST(remove_deep)
{
	struct rlimit few = {.rlim_cur = 120, .rlim_max = 120};
	struct err err = ERR_INIT;
	int dir = test_dir();

	nest(dir, "deep", 3000);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_ok(tree_remove(dir, "deep", &err), &err);
	ck_assert_int_eq(faccessat(dir, "deep", F_OK, 0), -1);
}
END_TEST

/* An ordinary user's own directories without permission. */
static int remove_closed(void *arg, struct err *err)
{
	const int *dir = arg;

	return tree_remove(*dir, "t", err);
}

static int remove_foreign(void *arg, struct err *err)
{
	const int *dir = arg;
	struct err refused = ERR_INIT;

	if (tree_remove(*dir, "foreign", &refused) == 0)
		return err_set(err, ERR_CORRUPT, "another's directory was removed");
	if (refused.sys != EACCES && refused.sys != EPERM)
		return err_set(err, ERR_CORRUPT, "sys %d: %s", refused.sys, refused.text);
	return 0;
}

START_TEST(remove_without_permission)
{
	uid_t uid = test_user_id();
	int dir = test_dir();

	if (!uid)
		SKIP("no user could be made");
	test_mkdir(dir, "t");
	test_mkdir(dir, "t/closed");
	test_mkdir(dir, "t/closed/below");
	test_file(dir, "t/closed/below/file", "x");
	test_mkdir(dir, "t/readonly");
	test_file(dir, "t/readonly/file", "x");
	nest(dir, "t/deep", 70);
	test_mkdir(dir, "foreign");
	test_mkdir(dir, "foreign/d");
	test_file(dir, "foreign/d/file", "x");
	static const char *const own[] = {"t/closed/below/file", "t/closed/below", "t/closed",
					  "t/readonly/file",	 "t/readonly",	   "foreign"};
	for (int i = 0; i < ROWS(own); i++)
		ck_assert_int_eq(fchownat(dir, own[i], uid, (gid_t)-1, 0), 0);
	char path[256] = "t/deep";
	for (int i = 0; i < 70; i++) {
		ck_assert_int_eq(fchownat(dir, path, uid, (gid_t)-1, 0), 0);
		/* Not writable: moving it up must open it. */
		ck_assert_int_eq(fchmodat(dir, path, 0500, 0), 0);
		strncat(path, "/d", sizeof(path) - strlen(path) - 1);
	}
	ck_assert_int_eq(fchownat(dir, "t", uid, (gid_t)-1, 0), 0);
	ck_assert_int_eq(fchmod(dir, 0777), 0);
	ck_assert_int_eq(fchmodat(dir, "t/closed/below", 0, 0), 0);
	ck_assert_int_eq(fchmodat(dir, "t/closed", 0, 0), 0);
	ck_assert_int_eq(fchmodat(dir, "t/readonly", 0500, 0), 0);
	ck_assert_int_eq(fchmodat(dir, "t", 0500, 0), 0);
	test_as_user(remove_closed, &dir);
	ck_assert_int_eq(faccessat(dir, "t", F_OK, 0), -1);
	test_as_user(remove_foreign, &dir);
}
END_TEST

START_TEST(a_mount_is_named)
{
	struct err err = ERR_INIT;
	int dir;

	if (!test_is_root())
		SKIP("mounting needs root");
	test_mount_namespace();
	dir = test_dir();
	test_mkdir(dir, "t");
	test_mkdir(dir, "t/m");
	ck_assert_int_eq(fchdir(dir), 0);
	ck_assert_int_eq(mount("none", "t/m", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(tree_remove(dir, "t", &err), -1);
	ck_assert_int_eq(err.sys, EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "'m'"));
	ck_assert_int_eq(umount("t/m"), 0);
}
END_TEST

START_TEST(mkdirs)
{
	struct err err = ERR_INIT;
	struct stat st;
	int dir = test_dir();
	int fd = -1;

	umask(022);
	ck_ok(tree_mkdirs(dir, "a/b//c/", 0700, &fd, &err), &err);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(fstatat(dir, "a/b", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_ok(tree_mkdirs(dir, "a/b/c", 0755, NULL, &err), &err);
	ck_ok(tree_mkdirs(dir, "a/b/c/../d", 0755, NULL, &err), &err);
	test_file(dir, "file", "");
	ck_assert_int_eq(tree_mkdirs(dir, "file/x", 0755, NULL, &err), -1);
	ck_assert_int_eq(err.sys, ENOTDIR);
	ck_assert_int_eq(tree_mkdirs(dir, "file", 0755, NULL, &err), -1);
	ck_assert_int_eq(err.sys, ENOTDIR);
	/* Where even root makes none, the reason is why, not that there is none. */
	if (access("/sys/kernel", F_OK) == 0) {
		ck_assert_int_eq(tree_mkdirs(AT_FDCWD, "/sys/none/below", 0755, NULL, &err), -1);
		ck_assert_int_ne(err.sys, ENOENT);
	}
}
END_TEST

Suite *suite_tree(void)
{
	Suite *s = suite_create("os/tree");
	TCase *t = tcase_create("tree");

	tcase_add_unchecked_fixture(t, test_user_setup, test_user_teardown);
	tcase_add_test(t, remove_all_kinds);
	tcase_add_test(t, remove_deep);
	tcase_add_test(t, remove_without_permission);
	tcase_add_test(t, a_mount_is_named);
	tcase_add_test(t, mkdirs);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return s;
}
