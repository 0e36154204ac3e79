/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/process.h"
#include "suites.h"

/* How a child ends, and the code that docker gives it. */
static const struct {
	int code, signal, expected;
} exit_rows[] = {{0, 0, 0},	    {1, 0, 1},	       {125, 0, 125},	{255, 0, 255},
		 {0, SIGKILL, 137}, {0, SIGTERM, 143}, {0, SIGINT, 130}};

/* Check has handlers of its own, which our children would run. */
static void default_signals(void)
{
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

START_TEST(exit_codes)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	int status = -1;
	pid_t pid = process_clone(0, -1, NULL, &p, &err);

	if (pid == 0) {
		if (exit_rows[_i].signal)
			raise(exit_rows[_i].signal);
		_exit(exit_rows[_i].code);
	}
	ck_assert_msg(pid > 0, "%s", err.text);
	ck_assert_int_eq(p.pid, pid);
	ck_assert_int_ge(p.pidfd, 0);
	ck_assert_int_eq(fcntl(p.pidfd, F_GETFD), FD_CLOEXEC);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(process_exit_code(status), exit_rows[_i].expected);
	/* It is gone: no signal may hit another process by its number. */
	ck_ok(process_signal(&p, SIGKILL, &err), &err);
	process_done(&p);
	ck_assert_int_eq(p.pidfd, -1);
	process_done(&p);
}
END_TEST

START_TEST(signals_reach_it)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	int status;
	pid_t pid = process_clone(0, -1, NULL, &p, &err);

	if (pid == 0)
		for (;;)
			pause();
	/* Without the pidfd as well. */
	if (_i)
		process_done(&p);
	ck_ok(process_signal(&p, SIGTERM, &err), &err);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(process_exit_code(status), 143);
	ck_assert_int_eq(process_wait(&p, &status, &err), -1);
}
END_TEST

START_TEST(namespaces_are_new)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	int status;
	pid_t pid;

	if (!test_is_root())
		SKIP("namespaces need root");
	pid = process_clone((uint64_t)CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS, -1, NULL, &p,
			    &err);
	if (pid == 0)
		_exit(getpid() == 1 && sethostname("inside", 6) == 0 ? 0 : 1);
	ck_assert_msg(pid > 0, "%s", err.text);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(status, 0);
	process_done(&p);
}
END_TEST

START_TEST(a_refused_cgroup_is_told)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	bool in_cgroup = true;
	int status;
	int dir = test_dir(); /* no cgroup at all */
	pid_t pid = process_clone(0, dir, &in_cgroup, &p, &err);

	if (pid == 0)
		_exit(0);
	ck_assert_msg(pid > 0, "%s", err.text);
	ck_assert(!in_cgroup);
	ck_ok(process_wait(&p, &status, &err), &err);
}
END_TEST

START_TEST(born_in_a_cgroup)
{
	static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	bool in_cgroup = false;
	char path[96] = "";
	int fd = -1;
	int status;
	pid_t pid;

	for (int i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", roots[i]);
		if (access(path, W_OK) < 0)
			continue;
		snprintf(path, sizeof(path), "%s/onggi-test-%d", roots[i], (int)getpid());
		if (mkdir(path, 0755) == 0)
			fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		SKIP("no writable cgroup v2 tree");
	pid = process_clone(0, fd, &in_cgroup, &p, &err);
	if (pid == 0) {
		char text[4096] = "";
		int cg = open("/proc/self/cgroup", O_RDONLY);

		if (read(cg, text, sizeof(text) - 1) < 0)
			_exit(1);
		_exit(strstr(text, strrchr(path, '/')) ? 0 : 1);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert(in_cgroup);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(without_clone3)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	bool in_cgroup = true;
	int status;
	pid_t pid;

	/* As docker does. */
	test_refuse(SYS_clone3, ENOSYS);
	pid = process_clone(test_is_root() ? CLONE_NEWUTS : 0, test_dir(), &in_cgroup, &p, &err);
	if (pid == 0)
		_exit(7);
	ck_assert_msg(pid > 0, "%s", err.text);
	ck_assert_int_eq(p.pid, pid);
	ck_assert_int_ge(p.pidfd, 0);
	ck_assert(!in_cgroup);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(process_exit_code(status), 7);
}
END_TEST

START_TEST(without_pidfd_signals)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	int status;
	pid_t pid = process_clone(0, -1, NULL, &p, &err);

	if (pid == 0)
		for (;;)
			pause();
	test_refuse(SYS_pidfd_send_signal, ENOSYS);
	ck_ok(process_signal(&p, SIGKILL, &err), &err);
	ck_ok(process_wait(&p, &status, &err), &err);
	ck_assert_int_eq(process_exit_code(status), 137);
}
END_TEST

START_TEST(a_refused_clone_keeps_errno)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;

	errno = 0;
	/* Threads of one process can't be in a new pid namespace. */
	ck_assert_int_eq(process_clone((uint64_t)CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND |
					       CLONE_VM,
				       -1, NULL, &p, &err),
			 -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(err.sys, EINVAL);
	ck_assert_int_eq(p.pid, 0);
}
END_TEST

static const char *const names[] = {"plain", "a b c", ") R 1 1", "((((", "x) Z 0 0 0 0"};

START_TEST(alive_by_start_time)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	uint64_t start = 0;
	siginfo_t info;
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = process_clone(0, -1, NULL, &p, &err);
	if (pid == 0) {
		prctl(PR_SET_NAME, names[_i], 0, 0, 0);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_ok(process_start_time(pid, &start, &err), &err);
	ck_assert_uint_gt(start, 0);
	ck_assert(process_alive(pid, start));
	ck_assert(!process_alive(pid, start + 1));
	ck_assert(!process_alive(0, start));
	ck_assert(!process_alive(-1, start));
	ck_ok(process_signal(&p, SIGKILL, &err), &err);
	/* Ended and not yet waited for. */
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!process_alive(pid, start));
	waitpid(pid, NULL, 0);
	ck_assert(!process_alive(pid, start));
	start = 5;
	ck_assert_int_eq(process_start_time(pid, &start, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_uint_eq(start, 5);
}
END_TEST

Suite *suite_process(void)
{
	Suite *s = suite_create("os/process");
	TCase *t = tcase_create("process");

	tcase_add_checked_fixture(t, default_signals, NULL);
	tcase_add_loop_test(t, exit_codes, 0, ROWS(exit_rows));
	tcase_add_loop_test(t, signals_reach_it, 0, 2);
	tcase_add_test(t, namespaces_are_new);
	tcase_add_test(t, a_refused_cgroup_is_told);
	tcase_add_test(t, born_in_a_cgroup);
	tcase_add_test(t, without_clone3);
	tcase_add_test(t, without_pidfd_signals);
	tcase_add_test(t, a_refused_clone_keeps_errno);
	tcase_add_loop_test(t, alive_by_start_time, 0, ROWS(names));
	suite_add_tcase(s, t);
	return s;
}
