/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/idmap.h"
#include "os/mount.h"
#include "os/mount_call.h"
#include "suites.h"

/* A tmpfs on a fresh directory, in a mount namespace of our own. ret_mount: its mount descriptor.
 */
static int on_tmpfs(int *ret_mount)
{
	struct err err = ERR_INIT;
	char size[] = "size=1m", mode[] = "mode=0751";
	char *options[] = {size, mode, NULL};
	int dir, target, top;

	test_mount_namespace();
	dir = test_dir();
	ck_ok(mount_new("tmpfs", "onggi-test", options, MOUNT_ATTR_NOSUID, ret_mount, &err), &err);
	test_mkdir(dir, "m");
	target = openat(dir, "m", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_ok(mount_attach(*ret_mount, target, &err), &err);
	top = openat(dir, "m", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(target);
	close(dir);
	return top;
}

START_TEST(new_attach_and_attributes)
{
	struct mount_attr_change change = {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME};
	struct err err = ERR_INIT;
	struct stat st;
	uint64_t attr = 0;
	int64_t type = 0;
	int mnt = -1;
	int top;

	if (!test_is_root())
		SKIP("mounting needs root");
	top = on_tmpfs(&mnt);
	ck_assert_int_eq(fcntl(mnt, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstat(top, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0751);
	ck_ok(mount_fs_type(mnt, &type, &err), &err);
	ck_assert_int_eq(type, TMPFS_MAGIC);
	ck_ok(mount_get_attr(mnt, &attr, &err), &err);
	ck_assert_uint_eq(attr, MOUNT_ATTR_NOSUID);
	test_file(top, "f", "x");
	ck_ok(mount_set_attr(mnt, &change, &err), &err);
	ck_ok(mount_get_attr(mnt, &attr, &err), &err);
	ck_assert_uint_eq(attr, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
	ck_assert_int_eq(openat(top, "g", O_WRONLY | O_CREAT, 0600), -1);
	ck_assert_int_eq(errno, EROFS);
	change = (struct mount_attr_change){.clear = MOUNT_ATTR_RDONLY,
					    .set = MOUNT_ATTR_STRICTATIME};
	ck_ok(mount_set_attr(mnt, &change, &err), &err);
	ck_ok(mount_get_attr(mnt, &attr, &err), &err);
	ck_assert_uint_eq(attr, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
}
END_TEST

static int refuse(unsigned call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

START_TEST(mount_setattr_refused_is_explained)
{
	const struct mount_attr_change change = {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC,
						 .propagation = MS_PRIVATE};
	struct err err = ERR_INIT;
	int mnt = -1;

	if (!test_is_root())
		SKIP("mounting needs root");
	on_tmpfs(&mnt);
	ck_assert_int_eq(refuse(SYS_mount_setattr), 0);
	ck_assert_int_eq(mount_call_refused(MOUNT_CALL_MOUNT_SETATTR), ENOSYS);
	ck_assert_int_eq(mount_call_refused(MOUNT_CALL_FSOPEN), 0);
	ck_assert(!mount_forbidden());
	ck_assert_int_eq(mount_set_attr(mnt, &change, &err), -1);
	ck_assert_int_eq(err.sys, ENOSYS);
	ck_assert_ptr_nonnull(strstr(err.hint, "mount_setattr"));
	ck_assert_ptr_nonnull(strstr(err.hint, "onggi doctor kernel-features"));
}
END_TEST

START_TEST(clones_and_recursion)
{
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY, .recursive = true};
	struct err err = ERR_INIT;
	uint64_t attr = 0;
	int mnt = -1, inner = -1, clone = -1, flat = -1;
	int top, sub, target;

	if (!test_is_root())
		SKIP("mounting needs root");
	top = on_tmpfs(&mnt);
	test_mkdir(top, "sub");
	test_mkdir(top, "target");
	target = openat(top, "sub", O_PATH | O_CLOEXEC);
	ck_ok(mount_new("tmpfs", NULL, NULL, 0, &inner, &err), &err);
	ck_ok(mount_attach(inner, target, &err), &err);
	sub = openat(top, "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_file(sub, "inner", "x");
	ck_ok(mount_clone(top, false, &flat, &err), &err);
	ck_assert_int_eq(faccessat(flat, "sub/inner", F_OK, 0), -1);
	ck_ok(mount_clone(top, true, &clone, &err), &err);
	ck_assert_int_eq(faccessat(clone, "sub/inner", F_OK, 0), 0);
	ck_ok(mount_set_attr(clone, &ro, &err), &err);
	sub = openat(clone, "sub", O_PATH | O_CLOEXEC);
	ck_ok(mount_get_attr(sub, &attr, &err), &err);
	ck_assert_uint_eq(attr & MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY);
	target = openat(top, "target", O_PATH | O_CLOEXEC);
	ck_ok(mount_attach(clone, target, &err), &err);
	ck_assert_int_eq(faccessat(top, "target/sub/inner", F_OK, 0), 0);
}
END_TEST

START_TEST(pivot)
{
	struct err err = ERR_INIT;
	char path[64], cwd[32];
	int mnt = -1;
	int top, status;
	pid_t pid;

	if (!test_is_root())
		SKIP("mounting needs root");
	top = on_tmpfs(&mnt);
	test_file(top, "here", "x");
	test_dir_path(top, path);
	pid = fork();
	if (pid == 0) {
		/* A descriptor from before the unshare would be in the old namespace. */
		if (unshare(CLONE_NEWNS) < 0 || mount_propagation("/", MS_SLAVE, &err) < 0 ||
		    mount_pivot(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			_exit(1);
		}
		if (access("/here", F_OK) < 0 || access("/etc", F_OK) == 0 ||
		    access("/../etc", F_OK) == 0)
			_exit(2);
		_exit(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* Ours is where it was. */
	ck_assert_int_eq(access("/etc", F_OK), 0);
}
END_TEST

START_TEST(idmapped)
{
	struct id_maps m = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	struct stat st;
	int mnt = -1, clone = -1, userns;
	int top, ready[2];
	char path[64];
	char c;
	pid_t pid;

	if (!test_is_root())
		SKIP("mounting needs root");
	top = on_tmpfs(&mnt);
	test_file(top, "f", "x");
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	id_map_add(&m.uid, 0, 100000, 1000);
	id_map_add(&m.gid, 0, 100000, 1000);
	ck_ok(id_maps_write(pid, &m, &err), &err);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	ck_ok(mount_clone(top, false, &clone, &err), &err);
	if (mount_set_idmap(clone, userns, false, &err) < 0) {
		kill(pid, SIGKILL);
		ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
		SKIP("no mapped ids on this kernel's tmpfs");
	}
	ck_assert_int_eq(fstatat(clone, "f", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, 100000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* procfs can't: told as unsupported, with errno. */
	close(clone);
	ck_ok(mount_clone(open("/proc", O_PATH), false, &clone, &err), &err);
	ck_assert_int_eq(mount_set_idmap(clone, userns, false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_int_eq(err.sys, EINVAL);
	id_maps_done(&m);
}
END_TEST

Suite *suite_mount(void)
{
	Suite *s = suite_create("os/mount");
	TCase *t = tcase_create("mount");

	tcase_add_test(t, new_attach_and_attributes);
	tcase_add_test(t, mount_setattr_refused_is_explained);
	tcase_add_test(t, clones_and_recursion);
	tcase_add_test(t, pivot);
	tcase_add_test(t, idmapped);
	suite_add_tcase(s, t);
	return s;
}
