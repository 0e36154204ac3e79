/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/channel.h"
#include "os/process.h"
#include "os/tree.h"
#include "suites.h"

int test_dir(void)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/XXXXXX", getenv("ONGGI_TEST_DIR"));
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chmod(path, 0755), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

const char *test_dir_path(int dirfd, char *buf)
{
	char proc[32];
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dirfd);
	n = readlink(proc, buf, 63);
	ck_assert_int_gt(n, 0);
	buf[n] = '\0';
	return buf;
}

void test_file(int dirfd, const char *name, const char *text)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

void test_mkdir(int dirfd, const char *name)
{
	ck_assert_msg(mkdirat(dirfd, name, 0755) == 0, "mkdir %s: %s", name, strerror(errno));
}

int test_fd_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int test_is_root(void)
{
	return geteuid() == 0;
}

void test_mount_namespace(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
}

void test_refuse(unsigned call, unsigned sys)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | sys),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = ROWS(code), .filter = code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0), 0);
}

static int run_tool(const char *const *argv)
{
	char *copy[8] = {NULL};
	struct spawned s;
	int r;

	for (size_t i = 0; argv[i] && i < 7; i++)
		copy[i] = strdup(argv[i]);
	r = spawn_start(copy, &s, NULL);
	if (r == 0)
		r = spawn_finish(&s, NULL);
	for (size_t i = 0; i < 7; i++)
		free(copy[i]);
	return r;
}

void test_user_setup(void)
{
	char name[32];
	const char *const argv[] = {"useradd", "-M", "-s", "/bin/sh", name, NULL};

	if (geteuid() != 0)
		return;
	snprintf(name, sizeof(name), "onggi-unit-%d", (int)getpid());
	if (run_tool(argv) == 0)
		setenv("ONGGI_TEST_USER", name, 1);
}

void test_user_teardown(void)
{
	const char *const argv[] = {"userdel", test_user_name(), NULL};

	if (!argv[1])
		return;
	run_tool(argv);
	unsetenv("ONGGI_TEST_USER");
}

const char *test_user_name(void)
{
	return getenv("ONGGI_TEST_USER");
}

uid_t test_user_id(void)
{
	const char *name = test_user_name();
	const struct passwd *pw = name ? getpwnam(name) : NULL;

	return pw ? pw->pw_uid : 0;
}

void test_as_user(int (*fn)(void *arg, struct err *err), void *arg)
{
	const struct passwd *pw = getpwnam(test_user_name());
	struct channel_frame frame;
	struct err err = ERR_INIT;
	int ends[2];
	int status;
	pid_t pid;

	ck_assert_ptr_nonnull(pw);
	ck_ok(channel_pair(ends, &err), &err);
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
		    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
			_exit(2);
		/* As after an exec by the user: /proc/PID is the user's, which newuidmap asks for.
		 */
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		if (fn(arg, &err) == 0)
			_exit(0);
		channel_send_err(ends[1], &err);
		_exit(1);
	}
	close(ends[1]);
	ck_assert_msg(channel_recv(ends[0], &frame, &err) == 0, "as user: %s (hint %s)", err.text,
		      err.hint);
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
