/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children come from the raw system call, so that a pidfd and a cgroup come with them. glibc's fork
 * handlers don't run: whoever clones has one thread, and the child execs or runs simple code and
 * ends with _exit(2).
 */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "os/fd.h"

#define STAT_MAX	 4096
#define END_STEP_MS	 2
#define STAT_START_FIELD 19 /* start time, counted from the state, which is field 3 of proc(5) */

static pid_t clone3_raw(uint64_t flags, int cgroup_fd, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		/* With CLONE_PARENT the kernel takes the caller's own, and refuses another. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)(unsigned)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* clone(2), whose third argument receives the pidfd. Its low byte is the signal: no time namespace.
 */
static pid_t clone_old(uint64_t flags, int *pidfd)
{
	pid_t pid;

	if (flags & CSIGNAL) {
		errno = EOPNOTSUPP;
		return -1;
	}
	pid = (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
	if (pid >= 0 || errno != EINVAL)
		return pid;
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid > 0)
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

pid_t process_clone(uint64_t flags, int cgroup_fd, bool *ret_in_cgroup, struct process *ret,
		    struct err *err)
{
	int pidfd = -1;
	bool in_cgroup = cgroup_fd >= 0;
	pid_t pid = -1;
	int saved;

	if (in_cgroup)
		pid = clone3_raw(flags, cgroup_fd, &pidfd);
	if (pid < 0) {
		in_cgroup = false;
		pid = clone3_raw(flags, -1, &pidfd);
	}
	/* EPERM: older filters of outer containers refuse so what they don't know. */
	if (pid < 0 && (errno == ENOSYS || errno == EPERM))
		pid = clone_old(flags, &pidfd);
	if (pid < 0) {
		saved = errno;
		err_sys(err, "create a process (namespaces %#llx)", (unsigned long long)flags);
		errno = saved;
		return -1;
	}
	if (pid == 0)
		return 0;
	ret->pid = pid;
	ret->pidfd = pidfd;
	if (ret_in_cgroup)
		*ret_in_cgroup = in_cgroup;
	return pid;
}

void process_done(struct process *p)
{
	if (p && p->pidfd >= 0)
		close(fd_take(&p->pidfd));
}

int process_wait(struct process *p, int *ret_status, struct err *err)
{
	int status;
	pid_t r;

	do {
		r = waitpid(p->pid, &status, 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "wait for process %d", (int)p->pid);
	/* The number may be another process's from now on. */
	p->pid = 0;
	*ret_status = status;
	return 0;
}

int process_signal(const struct process *p, int sig, struct err *err)
{
	long r;

	if (p->pidfd >= 0)
		r = syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0);
	else if (p->pid > 0)
		r = kill(p->pid, sig);
	else
		return 0;
	if (r < 0 && p->pidfd >= 0 && p->pid > 0 && (errno == ENOSYS || errno == EPERM))
		r = kill(p->pid, sig);
	if (r < 0 && errno != ESRCH)
		return err_sys(err, "send signal %d to process %d", sig, (int)p->pid);
	return 0;
}

int process_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* State letter and start time. The name in parentheses may hold anything: the last ")" ends it. */
static int read_stat(pid_t pid, char *ret_state, uint64_t *ret_start, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err ours = ERR_INIT;
	char path[32];
	char *field;
	char *rest;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (pid <= 0 || file_read_all(AT_FDCWD, path, STAT_MAX, &text, &ours) < 0) {
		if (pid <= 0 || ours.sys == ENOENT || ours.sys == ESRCH)
			return err_set(err, ERR_NOT_FOUND, "there is no process %d", (int)pid);
		if (err)
			*err = ours;
		return -1;
	}
	rest = text.data ? strrchr(text.data, ')') : NULL;
	if (!rest || rest[1] != ' ' || !rest[2])
		return err_set(err, ERR_CORRUPT, "'%s' has no state", path);
	rest += 2;
	*ret_state = *rest;
	for (int i = 0; i < STAT_START_FIELD && rest; i++)
		strsep(&rest, " ");
	field = strsep(&rest, " ");
	if (!field || parse_uint(field, UINT64_MAX, ret_start, NULL) < 0)
		return err_set(err, ERR_CORRUPT, "'%s' has no start time", path);
	return 0;
}

int process_start_time(pid_t pid, uint64_t *ret, struct err *err)
{
	uint64_t start;
	char state;

	if (read_stat(pid, &state, &start, err) < 0)
		return -1;
	*ret = start;
	return 0;
}

bool process_alive(pid_t pid, uint64_t start_time)
{
	uint64_t start;
	char state;

	if (read_stat(pid, &state, &start, NULL) < 0)
		return false;
	return start == start_time && state != 'Z' && state != 'X' && state != 'x';
}

int process_end(pid_t pid, uint64_t start_time, int timeout_ms, struct err *err)
{
	const struct timespec step = {.tv_nsec = END_STEP_MS * 1000000L};
	struct process p = {.pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0)};
	int r = 0;

	/* Asked after the pidfd was opened: it is the descriptor that names the process now. */
	if (process_alive(pid, start_time)) {
		r = process_signal(&p, SIGKILL, err);
		for (int waited = 0; !r && process_alive(pid, start_time); waited += END_STEP_MS) {
			if (waited >= timeout_ms)
				r = err_set(err, ERR_BUSY,
					    "process %d was killed but is still there", (int)pid);
			else
				nanosleep(&step, NULL);
		}
	}
	process_done(&p);
	return r;
}

int process_thread_err(int n, struct err *err)
{
	err_set(err, ERR_LIMIT, "can't start a thread: %s", strerror(n));
	if (err)
		err->sys = n;
	/* libc knows an older way, but tries it where clone3(2) is missing only. */
	if (n == EPERM)
		return err_hint(err, "a seccomp filter around onggi forbids clone3: start the "
				     "outer container with --security-opt seccomp=unconfined "
				     "(onggi doctor kernel-features)");
	return err_hint(err, "raise ulimit -u, or the pids limit of the surrounding cgroup (onggi "
			     "doctor processes)");
}
