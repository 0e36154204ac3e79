/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. This is pid 1 of a container with --init: our own code, forked, never
 * executed, so that it needs no file in the image. It holds no descriptor, waits for signals with
 * all of them blocked, reaps whoever became its child, hands other signals to the program, and ends
 * with the program's code. The kernel then ends everything else in the pid namespace.
 *
 * /proc/1/exe of the container is our binary. It is out of reach: the process is undumpable and its
 * memory belongs to the user namespace in which onggi was started, so that following the link needs
 * CAP_SYS_PTRACE there, which only a privileged container of real root has.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/process.h"
#include "sandbox/apply.h"

/* Reap all that have ended; returns whether the program is among them. */
static bool reap(pid_t program, int *status)
{
	bool ended = false;
	pid_t pid;
	int s;

	while ((pid = waitpid(-1, &s, WNOHANG)) > 0) {
		if (pid == program) {
			*status = s;
			ended = true;
		}
	}
	return ended;
}

void init_run(pid_t program)
{
	sigset_t wanted;
	int status = 0;

	/* Also 0, 1 and 2: whoever reads the program's output waits for its end, not ours. */
	close_range(0, ~0U, 0);
	sigfillset(&wanted);
	for (;;) {
		int sig = sigwaitinfo(&wanted, NULL);

		if (sig < 0)
			continue;
		if (sig == SIGCHLD) {
			if (reap(program, &status))
				_exit(process_exit_code(status));
			continue;
		}
		if (sig != SIGTTIN && sig != SIGTTOU)
			kill(program, sig);
	}
}
