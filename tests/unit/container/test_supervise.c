/* SPDX-License-Identifier: Apache-2.0 */
/* Signals and the end, with a child in the place of a container. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "container/supervise.h"
#include "suites.h"

/* As the sandbox makes it: nothing is ignored in the child, and it runs when this returns. */
static pid_t start(struct sandbox *sb)
{
	bool in_cgroup;
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = process_clone(0, -1, &in_cgroup, &sb->process, NULL);
	ck_assert_int_ge(pid, 0);
	for (int sig = 1; pid == 0 && sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	close(ready[1]);
	ck_assert(pid == 0 || read(ready[0], &c, 1) == 0);
	close(ready[0]);
	return pid;
}

/* A program that waits for any signal and ends with its number. */
static void start_waiter(struct sandbox *sb)
{
	sigset_t all;

	if (start(sb) > 0)
		return;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	_exit(sigwaitinfo(&all, NULL));
}

static int supervised(struct sandbox *sb, int signal_fd)
{
	struct stdio io = STDIO_INIT;
	int status = -1;

	ck_assert_int_eq(supervise(sb, &io, signal_fd, &status, NULL), 0);
	process_done(&sb->process);
	return status;
}

START_TEST(test_the_end_is_told)
{
	struct sandbox sb = SANDBOX_INIT;
	sigset_t ignored;
	int fd = -1;

	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	if (start(&sb) == 0)
		_exit(42);
	/* Also where there is no pidfd. */
	if (_i)
		close(sb.process.pidfd);
	if (_i)
		sb.process.pidfd = -1;
	ck_assert_int_eq(supervised(&sb, fd), 42 << 8);
}
END_TEST

static const int relayed[] = {
	SIGHUP,	 SIGINT,    SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT,
	SIGCONT, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGXCPU, SIGXFSZ, SIGTSTP,
};

START_TEST(test_signals_are_relayed)
{
	int sig = _i < (int)ARRAY_SIZE(relayed) ? relayed[_i]
						: SIGRTMIN + _i - (int)ARRAY_SIZE(relayed);
	struct sandbox sb = SANDBOX_INIT;
	sigset_t ignored;
	int fd = -1;

	if (sig > SIGRTMAX)
		return;
	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	start_waiter(&sb);
	kill(getpid(), sig);
	ck_assert_int_eq(supervised(&sb, fd), sig << 8);
}
END_TEST

static const int kept[] = {SIGPIPE, SIGURG, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,
			   SIGFPE,  SIGILL, SIGTRAP, SIGSYS,  SIGWINCH};

START_TEST(test_signals_of_our_own_are_not)
{
	struct sandbox sb = SANDBOX_INIT;
	sigset_t ignored;
	int fd = -1;

	signal(kept[_i], SIG_IGN); /* so that this process survives it */
	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	start_waiter(&sb);
	kill(getpid(), kept[_i]);
	kill(getpid(), SIGUSR1);
	ck_assert_int_eq(supervised(&sb, fd), SIGUSR1 << 8);
}
END_TEST

START_TEST(test_an_ignored_hangup_stays_ignored)
{
	struct sandbox sb = SANDBOX_INIT;
	sigset_t ignored;
	int fd = -1;

	signal(SIGHUP, SIG_IGN);
	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	start_waiter(&sb);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGUSR1);
	ck_assert_int_eq(supervised(&sb, fd), SIGUSR1 << 8);
}
END_TEST

/* In the background of a shell: the key does not mean the program, kill(1) does. */
START_TEST(test_in_the_background_only_the_key_is_ignored)
{
	struct sandbox sb = SANDBOX_INIT;
	siginfo_t info;
	sigset_t ignored;
	int fd = -1;

	signal(SIGQUIT, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	start_waiter(&sb);
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGINT;
	info.si_code = SI_KERNEL;
	ck_assert_int_eq(syscall(SYS_rt_sigqueueinfo, getpid(), SIGINT, &info), 0);
	kill(getpid(), SIGQUIT);
	ck_assert_int_eq(supervised(&sb, fd), SIGQUIT << 8);
}
END_TEST

/* What pid 1 of a pid namespace would not get ends it, and that shows. */
START_TEST(test_what_would_be_dropped_ends_it)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sandbox sb = SANDBOX_INIT;
	sigset_t none;
	sigset_t ignored;
	int fd = -1;

	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	if (start(&sb) == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		for (;;)
			pause();
	}
	kill(getpid(), signals[_i]);
	ck_assert_int_eq(supervised(&sb, fd), signals[_i]);
}
END_TEST

START_TEST(test_a_reader_that_goes_away_does_not_end_us)
{
	sigset_t ignored;
	int p[2], fd = -1;

	signal(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(supervise_signals(&fd, &ignored, NULL), 0);
	ck_assert_int_eq(pipe(p), 0);
	close(p[0]);
	ck_assert_int_eq(write(p[1], "x", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

Suite *suite_supervise(void)
{
	Suite *s = suite_create("supervise");
	TCase *tc = tcase_create("supervise");

	tcase_add_loop_test(tc, test_the_end_is_told, 0, 2);
	tcase_add_loop_test(tc, test_signals_are_relayed, 0, (int)ARRAY_SIZE(relayed) + 32);
	tcase_add_loop_test(tc, test_signals_of_our_own_are_not, 0, (int)ARRAY_SIZE(kept));
	tcase_add_test(tc, test_an_ignored_hangup_stays_ignored);
	tcase_add_test(tc, test_in_the_background_only_the_key_is_ignored);
	tcase_add_loop_test(tc, test_what_would_be_dropped_ends_it, 0, 4);
	tcase_add_test(tc, test_a_reader_that_goes_away_does_not_end_us);
	suite_add_tcase(s, tc);
	return s;
}
