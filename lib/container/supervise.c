/* SPDX-License-Identifier: Apache-2.0 */
#include "container/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "os/fd.h"

#define KEYS_ENOUGH	3 /* who types ^C a third time means it, whatever the program does with it */
#define STATUS_FILE_MAX 65536
#define SAMPLES		3

/* A reader that takes nothing for so long, after we were asked to end, gets no more. */
#define LAST_OUTPUT_MS 2000
/* docker's code for a failure that is not the program's. */
#define STATUS_FAILED (125 << 8)

static bool is_ignored(int sig)
{
	struct sigaction have;

	return !sigaction(sig, NULL, &have) && have.sa_handler == SIG_IGN;
}

/*
 * Which signals are read, as docker's --sig-proxy has it: all that can mean the program. Not the
 * others: SIGPIPE and SIGURG speak of our own descriptors, SIGTTIN and SIGTTOU of our own place
 * before the terminal, and faults are our own. A signal that was ignored when we were started
 * (nohup) stays so.
 */
static bool is_read(int sig, const sigset_t *ignored)
{
	static const int never[] = {
		SIGKILL, SIGSTOP, SIGPIPE, SIGURG, SIGTTIN, SIGTTOU,
		SIGSEGV, SIGBUS,  SIGFPE,  SIGILL, SIGTRAP, SIGSYS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (sig == never[i])
			return false;
	switch (sig) {
	case SIGINT: /* ignored in the background of a shell: see is_for_program() */
	case SIGQUIT:
	case SIGCHLD: /* for kernels without pidfds */
	case SIGWINCH:
		return true;
	default:
		return !sigismember(ignored, sig);
	}
}

static bool is_ours(int sig)
{
	return sig < __SIGRTMIN || sig >= SIGRTMIN; /* between them are libc's own */
}

int supervise_signals(int *ret_fd, sigset_t *ret_ignored, struct err *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set, ignored;
	int fd;

	sigemptyset(&ignored);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (is_ours(sig) && is_ignored(sig))
			sigaddset(&ignored, sig);
	sigemptyset(&set);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (is_ours(sig) && is_read(sig, &ignored))
			sigaddset(&set, sig);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return err_sys(err, "block signals");
	/* A reader of our output that goes away is the program's affair: stdio_relay() tells it. */
	if (sigaction(SIGPIPE, &ignore, NULL))
		return err_sys(err, "ignore SIGPIPE");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(err, "make a signalfd");
	sigaddset(&ignored, SIGPIPE);
	*ret_fd = fd;
	*ret_ignored = ignored;
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

/* The signals that ask a program to end. */
static bool asks_to_end(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

/*
 * Is the process in sigwait(3)? Meanwhile /proc shows as not blocked what it waits for. False when
 * we may not know.
 */
static bool is_in_sigwait(pid_t pid)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	char path[40];
	int call;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	return !file_read_all(AT_FDCWD, path, STATUS_FILE_MAX, &text, &ignored) &&
	       sscanf(buf_str(&text), "%d ", &call) == 1 && call == SYS_rt_sigtimedwait;
}

/* Would the kernel drop this signal: pid 1 neither handles, nor ignores, nor waits for it? */
static bool would_be_dropped(pid_t pid, int sig)
{
	if (!asks_to_end(sig))
		return false;
	/* The two files are not read at one moment, and a program may wait in a loop. */
	for (int i = 0; i < SAMPLES; i++) {
		_cleanup_(buf) struct buf text = BUF_INIT;
		struct err ignored = ERR_INIT;
		char path[40];

		snprintf(path, sizeof(path), "/proc/%d/status", pid);
		if (file_read_all(AT_FDCWD, path, STATUS_FILE_MAX, &text, &ignored) ||
		    status_has(buf_str(&text), "SigCgt:", sig) ||
		    status_has(buf_str(&text), "SigIgn:", sig) ||
		    status_has(buf_str(&text), "SigBlk:", sig) || is_in_sigwait(pid))
			return false;
	}
	return true;
}

struct supervision {
	struct sandbox *sb;
	struct stdio *io;
	int signal_fd;
	unsigned keys; /* interrupts typed on the terminal */
	int ended_by;  /* signal that we turned into an end, 0: none */
	bool asked;    /* somebody wants an end of it */
};

/*
 * A shell's command in the background has SIGINT and SIGQUIT ignored because the keys of the
 * terminal don't mean it. Whoever names it with kill(2) does.
 */
static bool is_for_program(const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;

	return sig != SIGCHLD && (info->ssi_code != SI_KERNEL || !is_ignored(sig));
}

static void handle_signal(struct supervision *sv, const struct signalfd_siginfo *info)
{
	struct err err = ERR_INIT;
	int sig = (int)info->ssi_signo;

	if (sig == SIGWINCH) {
		if (sv->io->console >= 0)
			tty_copy_size(isatty(0) ? 0 : 1, sv->io->console);
		return;
	}
	if (!is_for_program(info))
		return;
	if (asks_to_end(sig)) {
		sv->asked = true;
		sv->keys += sig == SIGINT && info->ssi_code == SI_KERNEL;
	}
	if (sv->keys >= KEYS_ENOUGH || would_be_dropped(sv->sb->process.pid, sig)) {
		sv->ended_by = sig;
		sig = SIGKILL;
	}
	if (process_signal(&sv->sb->process, sig, &err))
		log_warn("%s", err.text);
}

static bool next_signal(const struct supervision *sv, struct signalfd_siginfo *info)
{
	return read(sv->signal_fd, info, sizeof(*info)) == (ssize_t)sizeof(*info);
}

static void handle_signals(struct supervision *sv)
{
	struct signalfd_siginfo info;

	while (next_signal(sv, &info))
		handle_signal(sv, &info);
}

/* Has pid 1 ended? Without a pidfd this is asked after each SIGCHLD. */
static bool has_ended(const struct sandbox *sb)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)sb->process.pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid == sb->process.pid;
}

/* The program is gone; is there anybody who wants us to go, too? */
static bool is_asked_now(const struct supervision *sv)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (next_signal(sv, &info))
		asked |= is_for_program(&info) && asks_to_end((int)info.ssi_signo);
	return asked;
}

/*
 * Pass on the last output, for as long as its reader takes, as the program itself would have
 * waited. Two things end the wait: a signal; and one that came before, when the reader takes
 * nothing for a while. (What a pipe had room for when the signal came tells nothing of a reader.)
 */
static void pass_on_rest(struct supervision *sv)
{
	struct pollfd fds[1 + STDIO_POLL_MAX];

	stdio_end(sv->io);
	while (stdio_busy(sv->io)) {
		int n;

		fds[0] = (struct pollfd){.fd = sv->signal_fd, .events = POLLIN};
		stdio_poll_set(sv->io, fds + 1);
		n = poll(fds, 1 + STDIO_POLL_MAX, sv->asked ? LAST_OUTPUT_MS : -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (fds[0].revents && is_asked_now(sv)))
			return;
		stdio_relay(sv->io, fds + 1);
	}
}

static int relay_until_end(struct supervision *sv, struct err *err)
{
	const struct process *program = &sv->sb->process;
	struct pollfd fds[2 + STDIO_POLL_MAX];

	for (bool ended = false; !ended;) {
		fds[0] = (struct pollfd){.fd = sv->signal_fd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = program->pidfd, .events = POLLIN};
		stdio_poll_set(sv->io, fds + 2);
		if (poll(fds, 2 + STDIO_POLL_MAX, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(err, "wait for the container");
		}
		if (fds[0].revents)
			handle_signals(sv);
		stdio_relay(sv->io, fds + 2);
		ended = fds[1].revents ||
			(program->pidfd < 0 && fds[0].revents && has_ended(sv->sb));
	}
	return 0;
}

int supervise(struct sandbox *sb, struct stdio *io, int signal_fd, int *ret_status, struct err *err)
{
	struct supervision sv = {.sb = sb, .io = io, .signal_fd = signal_fd};
	struct err lost = ERR_INIT;
	int status;

	if (relay_until_end(&sv, err) || process_wait(&sb->process, &status, err))
		return -1;
	pass_on_rest(&sv);
	if (sv.ended_by && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		status = sv.ended_by;
	if (stdio_check(io, &lost)) {
		log_warn("%s", lost.text);
		if (status == 0)
			status = STATUS_FAILED;
	}
	*ret_status = status;
	return 0;
}
