/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onggi-init: what the container's first process executes in place of the person's program, which
 * this then executes.
 *
 * Theory of operation. A process that executes a file shows it as /proc/self/exe to whatever the
 * file names next: an image whose entrypoint is "/proc/self/exe", or that names it as interpreter,
 * would otherwise run the host's onggi. From here on the link leads to these few bytes, which only
 * this container has and nobody can write.
 *
 * Arguments are "onggi-init", an order, the path of the program, and the program's own arguments.
 * The order is a letter and the number of the descriptor on which an errno is reported ("-": none):
 *   p  execute the program
 *   i  stay as pid 1: fork the program, reap whoever becomes a child, hand signals to the program
 *      and end with its code. All signals are blocked already; no descriptor is kept, and what the
 *      arguments and the environment said is wiped, since /proc/1 shows it to everybody.
 *
 * The container's filter is installed by now. What a filter might well forbid is not relied on.
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/bare.h"

#define FAILED	       125 /* docker's codes: ours, can't be executed, not found */
#define NOT_EXECUTABLE 126
#define NOT_FOUND      127
#define SIGNAL_CODE    128 /* and the signal's number */
#define SIGSET_SIZE    8
#define TERMIOS_SIZE   256 /* more than any architecture's struct termios */
#define FDS_MAX	       4096

struct order {
	bool stay;
	long report; /* -1: none */
	const char *program;
	char **argv;
	char **env;
	int gate[2]; /* a pipe, closed by pid 1 when it shows nothing more; -1: none */
};

static const char name[] = "onggi-init";

__attribute__((noreturn)) static void leave(long code)
{
	for (;;)
		call4(__NR_exit_group, code, 0, 0, 0);
}

__attribute__((noreturn)) static void fail(const struct order *o, long result)
{
	int why = (int)-result;

	if (o->report >= 0)
		call4(__NR_write, o->report, (long)&why, sizeof(why), 0);
	leave(why == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

__attribute__((noreturn)) static void execute(struct order *o)
{
	/* The end of the report says that the program runs: it must not have the descriptor. */
	if (o->report >= 0 && call4(__NR_fcntl, o->report, F_SETFD, FD_CLOEXEC, 0) < 0) {
		call4(__NR_close, o->report, 0, 0, 0);
		o->report = -1;
	}
	fail(o, call4(__NR_execve, (long)o->program, (long)o->argv, (long)o->env, 0));
}

/*
 * We end with the supervisor. The kernel forgets that where executing us has given capabilities;
 * whether the supervisor died in between shows in the report, of which it has the other end.
 */
static void tie(const struct order *o)
{
	struct pollfd f = {.fd = (int)o->report};
	const struct timespec now = {.tv_sec = 0};
	int sig = 0;

	if (o->report < 0)
		return;
	if (call5(__NR_prctl, PR_GET_PDEATHSIG, (long)&sig, 0, 0, 0) == 0 && sig == SIGKILL)
		return;
	call5(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (call5(__NR_ppoll, (long)&f, 1, (long)&now, 0, SIGSET_SIZE) > 0 && (f.revents & POLLERR))
		leave(FAILED);
}

/* A process group of its own, in the foreground where there is a terminal. */
static void lead_group(void)
{
	char termios[TERMIOS_SIZE];
	int group;

	if (call4(__NR_setpgid, 0, 0, 0, 0) < 0 ||
	    call4(__NR_ioctl, 0, TCGETS, (long)termios, 0) < 0)
		return;
	group = (int)call4(__NR_getpid, 0, 0, 0, 0);
	call4(__NR_ioctl, 0, TIOCSPGRP, (long)&group, 0);
}

__attribute__((noreturn)) static void become_program(struct order *o)
{
	const uint64_t none = 0;
	char nothing;

	call5(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* The program must not find what pid 1 is about to wipe and close. */
	call4(__NR_close, o->gate[1], 0, 0, 0);
	call4(__NR_read, o->gate[0], (long)&nothing, 1, 0);
	lead_group();
	call4(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, SIGSET_SIZE);
	execute(o);
}

/* Arguments and environment lie behind one another; what is left is our own name. */
static void wipe(char **stack, const struct order *o)
{
	char *start = stack[1] + sizeof(name), *last = o->argv[-1];

	for (char **p = o->argv; *p; p++)
		last = *p;
	for (char **p = o->env; *p; p++)
		last = *p;
	while (*last)
		last++;
	for (char *p = start; p < last; p++)
		*p = 0;
}

/* Also 0, 1 and 2: whoever reads the program's output waits for its end, not ours. */
static void close_all(const struct order *o)
{
	if (call4(__NR_close_range, 0, -1, 0, 0) == 0)
		return;
	/* All that there are: executing us has closed the others. */
	for (long fd = 0; (fd <= o->report || fd <= o->gate[1]) && fd < FDS_MAX; fd++)
		call4(__NR_close, fd, 0, 0, 0);
}

/* Reap all that have ended, and end with the program. options: of wait4(2). */
static void reap(long program, long options)
{
	int status;
	long pid;

	while ((pid = call4(__NR_wait4, -1, (long)&status, options, 0)) > 0) {
		if (pid != program)
			continue;
		leave(WIFSIGNALED(status) ? SIGNAL_CODE + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

__attribute__((noreturn)) static void stay(char **stack, struct order *o)
{
	const uint64_t all = ~(uint64_t)0;
	long pid;

	call5(__NR_prctl, PR_SET_NAME, (long)name, 0, 0, 0);
	call5(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (call4(__NR_pipe2, (long)o->gate, O_CLOEXEC, 0, 0) < 0)
		o->gate[0] = o->gate[1] = -1;
	pid = call5(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		fail(o, pid);
	if (pid == 0)
		become_program(o);
	wipe(stack, o);
	close_all(o);
	for (;;) {
		long sig = call4(__NR_rt_sigtimedwait, (long)&all, 0, 0, SIGSET_SIZE);

		if (sig == SIGCHLD)
			reap(pid, WNOHANG);
		else if (sig < 0 && sig != -EINTR)
			reap(pid, 0); /* a filter forbids it: signals can't be handed on */
		else if (sig > 0 && sig != SIGTTIN && sig != SIGTTOU)
			call4(__NR_kill, pid, sig, 0, 0);
	}
}

static bool understand(char **stack, struct order *ret)
{
	long argc = (long)stack[0];
	const char *s;

	if (argc < 4)
		return false;
	s = stack[2];
	if (*s != 'p' && *s != 'i')
		return false;
	ret->stay = *s++ == 'i';
	ret->report = *s == '-' ? -1 : 0;
	for (; *s >= '0' && *s <= '9'; s++)
		ret->report = ret->report * 10 + (*s - '0');
	ret->program = stack[3];
	ret->argv = stack + 4;
	ret->env = stack + 2 + argc;
	return true;
}

static void bare_main(char **stack)
{
	struct order o;

	/* By whom else we are executed, through /proc/self/exe: there is nothing to do. */
	if (!understand(stack, &o))
		leave(FAILED);
	tie(&o);
	if (o.stay)
		stay(stack, &o);
	execute(&o);
}
