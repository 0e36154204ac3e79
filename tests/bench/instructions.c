/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many instructions a command and its children execute in user space: a measure that other
 * load on the machine does not change. tests/e2e/budget.bats holds it.
 *
 * Where the processor's counters may be used they are asked, else (virtual machines, perf's usual
 * settings) each process is single-stepped with ptrace(2), which takes seconds for a million.
 * Children that are spawned as by vfork(2) are not stepped: these are helpers with privileges of
 * their own (newuidmap), which a traced process would not get.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "instructions: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* The command, stopped before it is executed. */
static pid_t stopped_command(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		fprintf(stderr, "instructions: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) < 0 || !WIFSTOPPED(status))
		fail("start the command");
	return pid;
}

/* A counter for a process that is about to execute something, or -1. */
static int open_counter(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.inherit = 1,
		.enable_on_exec = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static int run_counted(pid_t pid, int counter, uint64_t *ret)
{
	int status;

	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) < 0)
		fail("wait for the command");
	if (read(counter, ret, sizeof(*ret)) != sizeof(*ret))
		fail("read the counter");
	return status;
}

/* One stop of a process: what it was, and which signal it is to go on with. */
static int signal_of(int status, uint64_t *count)
{
	int sig = WSTOPSIG(status);

	if (sig == SIGTRAP) {
		*count += (unsigned)status >> 16 == 0;
		return 0;
	}
	/* A new process, or the first one, is stopped so that we may look at it. */
	return sig == SIGSTOP || (unsigned)status >> 16 != 0 ? 0 : sig;
}

static int run_stepped(pid_t first, uint64_t *ret)
{
	const int options =
		PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int result = -1, status;
	uint64_t count = 0;
	pid_t pid = first;

	if (ptrace(PTRACE_SEIZE, first, NULL, (void *)(intptr_t)options) < 0)
		fail("trace the command");
	kill(first, SIGCONT);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			int sig = signal_of(status, &count);

			ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(intptr_t)sig);
		} else if (pid == first) {
			result = status;
		}
	}
	*ret = count;
	return result;
}

int main(int argc, char **argv)
{
	bool step = argc > 1 && strcmp(argv[1], "--step") == 0;
	uint64_t count = 0;
	int counter, status;
	FILE *report;
	pid_t pid;

	argv += 1 + step;
	argc -= 1 + step;
	if (argc < 2) {
		fputs("usage: instructions [--step] REPORT COMMAND [ARGUMENT]...\n", stderr);
		return 125;
	}
	pid = stopped_command(argv + 1);
	counter = step ? -1 : open_counter(pid);
	status = counter < 0 ? run_stepped(pid, &count) : run_counted(pid, counter, &count);
	report = fopen(argv[0], "we");
	if (!report)
		fail(argv[0]);
	fprintf(report, "%" PRIu64 "\n", count);
	if (fclose(report) != 0)
		fail(argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
