/* SPDX-License-Identifier: Apache-2.0 */
#include "container/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "os/fd.h"

#define STATUS_FILE_MAX 65536

/* Signals that mean the program, not us, and SIGCHLD for kernels without pidfds. */
static const int relayed[] = {
	SIGINT,	 SIGTERM, SIGHUP,  SIGQUIT,  SIGUSR1, SIGUSR2,
	SIGCONT, SIGTSTP, SIGALRM, SIGWINCH, SIGCHLD,
};

int supervise_signals(int *ret_fd, struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(relayed); i++)
		sigaddset(&set, relayed[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return err_sys(err, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(err, "make a signalfd");
	*ret_fd = fd;
	return 0;
}

/* Does a set of signals in /proc/PID/status ("SigCgt:\t0000…") contain sig? */
static bool status_has(const char *text, const char *key, int sig)
{
	const char *p = strstr(text, key);
	unsigned long long set = 0;

	if (p && sscanf(p + strlen(key), "%llx", &set) != 1)
		return false;
	return set >> (sig - 1) & 1;
}

/* Would the kernel drop this signal: pid 1 neither handles, nor ignores, nor waits for it? */
static bool would_be_dropped(pid_t pid, int sig)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	char path[40];

	if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (file_read_all(AT_FDCWD, path, STATUS_FILE_MAX, &text, &ignored))
		return false;
	return !status_has(buf_str(&text), "SigCgt:", sig) &&
	       !status_has(buf_str(&text), "SigIgn:", sig) &&
	       !status_has(buf_str(&text), "SigBlk:", sig);
}

struct supervision {
	struct sandbox *sb;
	struct stdio *io;
	int signal_fd;
	int ended_by; /* signal that we turned into an end, 0: none */
};

static void handle_signal(struct supervision *sv, int sig)
{
	struct err err = ERR_INIT;

	if (sig == SIGCHLD)
		return;
	if (sig == SIGWINCH) {
		if (sv->io->console >= 0)
			tty_copy_size(isatty(0) ? 0 : 1, sv->io->console);
		return;
	}
	if (would_be_dropped(sv->sb->process.pid, sig)) {
		sv->ended_by = sig;
		sig = SIGKILL;
	}
	if (process_signal(&sv->sb->process, sig, &err))
		log_warn("%s", err.text);
}

static void handle_signals(struct supervision *sv)
{
	struct signalfd_siginfo info;

	while (read(sv->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		handle_signal(sv, (int)info.ssi_signo);
}

/* Has pid 1 ended? Without a pidfd this is asked after each SIGCHLD. */
static bool has_ended(const struct sandbox *sb)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)sb->process.pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid == sb->process.pid;
}

int supervise(struct sandbox *sb, struct stdio *io, int signal_fd, int *ret_status, struct err *err)
{
	struct supervision sv = {.sb = sb, .io = io, .signal_fd = signal_fd};
	struct pollfd fds[2 + STDIO_POLL_MAX];

	for (bool ended = false; !ended;) {
		unsigned n = stdio_poll_set(io, fds + 2);

		fds[0] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = sb->process.pidfd, .events = POLLIN};
		if (poll(fds, 2 + n, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(err, "wait for the container");
		}
		if (fds[0].revents)
			handle_signals(&sv);
		stdio_relay(io, fds + 2, n);
		ended = fds[1].revents ||
			(sb->process.pidfd < 0 && fds[0].revents && has_ended(sb));
	}
	if (process_wait(&sb->process, ret_status, err))
		return -1;
	stdio_drain(io);
	if (sv.ended_by && WIFSIGNALED(*ret_status) && WTERMSIG(*ret_status) == SIGKILL)
		*ret_status = sv.ended_by;
	return 0;
}
