/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: clone3(2) with a pidfd, waiting, spawning a helper program, and telling whether a pid
 * is still the process that it was. Where the kernel or a filter refuses clone3 or pidfds,
 * clone(2), fork(2) and waitpid(2) do the same (pidfd -1 then).
 */
#ifndef ONGGI_OS_PROCESS_H
#define ONGGI_OS_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct process {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: not available */
};
#define PROCESS_INIT                                                                               \
	{                                                                                          \
		.pid = 0, .pidfd = -1                                                              \
	}

/*
 * fork with namespaces.
 *
 * flags      CLONE_NEW* bits, and CLONE_PARENT
 * cgroup_fd  directory of a cgroup v2 to be born in, or -1. When the kernel refuses it (EBUSY,
 *            EACCES, EOPNOTSUPP, ...) the clone is repeated without, and *ret_in_cgroup is false
 * Returns 0 in the child, the pid in the parent, -1 on error (errno kept; EPERM, ENOSPC, EUSERS for
 * user namespaces are left to the caller to word).
 */
pid_t process_clone(uint64_t flags, int cgroup_fd, bool *ret_in_cgroup, struct process *ret,
		    struct err *err);
/* Close the pidfd. Does not wait or kill. */
void process_done(struct process *p);
/*
 * Wait for the end. ret_status: as waitpid(2). Repeats on EINTR. p->pid is 0 afterwards.
 */
int process_wait(struct process *p, int *ret_status, struct err *err);
/* Signal it through the pidfd. ESRCH is no error. */
int process_signal(const struct process *p, int sig, struct err *err);
/* docker's exit code for a wait status: the code, or 128 + signal. */
int process_exit_code(int status);
/*
 * Start time of a pid in clock ticks since boot (field 22 of /proc/PID/stat): with the pid it names
 * a process for ever. Errors: ERR_NOT_FOUND.
 */
int process_start_time(pid_t pid, uint64_t *ret, struct err *err);
/* Is there a process with that pid and that start time, not a zombie? */
bool process_alive(pid_t pid, uint64_t start_time);

/* Where a program lies: an executable in PATH, /usr/bin, /bin, /usr/sbin or /sbin, to be freed;
 * NULL. */
char *spawn_lookup(const char *name);

/*
 * SIGKILL a process that is not our child and wait until it is gone; none with that pid and start
 * time is success. Errors: ERR_BUSY when it is still there after timeout_ms.
 */
int process_end(pid_t pid, uint64_t start_time, int timeout_ms, struct err *err);

/*
 * Run a helper program (newuidmap, ...) with a minimal environment (PATH, LC_ALL=C) and stdin from
 * /dev/null; its stdout and stderr are captured.
 *
 * argv  argv[0] is looked up by spawn_lookup(); borrowed until spawn_finish()
 * Errors: ERR_NOT_FOUND when it is not installed
 */
struct spawned {
	struct process process;
	int stderr_fd; /* -1: not captured */
	const char *name;
};
/* Start it; see struct spawned. */
int spawn_start(char *const *argv, struct spawned *ret, struct err *err);
/* Wait; a non-zero end is ERR_SYSTEM with the program's first line of stderr. */
int spawn_finish(struct spawned *s, struct err *err);

/* The error of pthread_create(3), n being what it returned, with its mend. Returns -1. */
int process_thread_err(int n, struct err *err);

#endif
