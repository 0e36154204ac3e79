/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of standard files, and the relaying; each test runs in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/stdio.h"
#include "suites.h"

static void standard_fd(int fd, const char *path, int flags)
{
	int opened = open(path, flags);

	ck_assert_int_ge(opened, 0);
	ck_assert_int_eq(dup2(opened, fd), fd);
	close(opened);
}

static void nothing_on_0_1_2(void)
{
	standard_fd(0, "/dev/null", O_RDONLY);
	standard_fd(1, "/dev/null", O_WRONLY);
	standard_fd(2, "/dev/null", O_WRONLY);
}

/* A file that nobody else sees, on a standard descriptor. */
static void standard_file(int fd, const char *text, int flags)
{
	char path[] = "/tmp/onggi-stdio-XXXXXX";
	_cleanup_fd_ int made = mkstemp(path);

	ck_assert_int_ge(made, 0);
	ck_assert_int_eq(write(made, text, strlen(text)), (ssize_t)strlen(text));
	standard_fd(fd, path, flags);
	unlink(path);
}

static int new_terminal(int fd)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master) || unlockpt(master), 0);
	standard_fd(fd, ptsname(master), O_RDWR | O_NOCTTY);
	return master;
}

static bool is_fifo(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISFIFO(st.st_mode);
}

/* Relay what can be relayed without waiting; returns the number of rounds. */
static int relay_all(struct stdio *io)
{
	struct pollfd fds[STDIO_POLL_MAX];
	int rounds = 0;

	for (;; rounds++) {
		stdio_poll_set(io, fds);
		if (poll(fds, STDIO_POLL_MAX, 0) <= 0)
			return rounds;
		stdio_relay(io, fds);
		ck_assert_int_lt(rounds, 100000);
	}
}

static void expect_file(int fd, const char *text)
{
	char got[64] = "";

	ck_assert_int_ge(pread(fd, got, sizeof(got) - 1, 0), 0);
	ck_assert_str_eq(got, text);
}

START_TEST(test_pipes_are_handed_through)
{
	struct stdio io = STDIO_INIT;
	int p[2];

	nothing_on_0_1_2();
	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(dup2(p[0], 0), 0);
	ck_assert_int_eq(dup2(p[1], 1), 1);
	ck_assert_int_eq(stdio_prepare(true, false, &io, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(io.child[i], -1);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	ck_assert_int_eq(relay_all(&io), 0);
	stdio_end(&io);
	ck_assert(!stdio_busy(&io));
	stdio_done(&io);
}
END_TEST

START_TEST(test_input_is_empty_unless_interactive)
{
	struct stdio io = STDIO_INIT;
	char c;

	nothing_on_0_1_2();
	standard_fd(0, "/", O_RDONLY);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert_int_ge(io.child[0], 0);
	ck_assert_int_eq(read(io.child[0], &c, 1), 0);
	stdio_done(&io);
}
END_TEST

START_TEST(test_files_are_relayed)
{
	struct stdio io = STDIO_INIT;
	_cleanup_fd_ int in = -1, out = -1, err = -1;
	char got[8] = "";

	standard_file(0, "in", O_RDWR);
	standard_file(1, "old ", O_RDWR | O_APPEND);
	standard_file(2, "", O_RDWR);
	ck_assert_int_eq(stdio_prepare(true, false, &io, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(is_fifo(io.child[i]));
	ck_assert_int_ne(io.child[1], io.child[2]);
	in = dup(io.child[0]);
	out = dup(io.child[1]);
	err = dup(io.child[2]);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	ck_assert_int_eq(write(out, "out", 3), 3);
	ck_assert_int_eq(write(err, "err", 3), 3);
	relay_all(&io);
	ck_assert_int_eq(read(in, got, sizeof(got)), 2);
	ck_assert_str_eq(got, "in");
	ck_assert_int_eq(read(in, got, sizeof(got)), 0);
	/* What is still in the pipe at the end, though others hold it. */
	ck_assert_int_eq(write(out, "!", 1), 1);
	stdio_end(&io);
	ck_assert(!stdio_busy(&io));
	expect_file(1, "old out!");
	expect_file(2, "err");
	ck_assert_int_eq(stdio_check(&io, NULL), 0);
	stdio_done(&io);
}
END_TEST

START_TEST(test_one_file_for_both_outputs_is_one_pipe)
{
	struct stdio io = STDIO_INIT;

	nothing_on_0_1_2();
	standard_file(1, "", O_RDWR);
	ck_assert_int_eq(dup2(1, 2), 2);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert(is_fifo(io.child[1]));
	ck_assert_int_eq(io.child[1], io.child[2]);
	ck_assert_int_eq(write(io.child[1], "a", 1) + write(io.child[2], "b", 1), 2);
	ck_assert_int_eq(write(io.child[1], "c", 1), 1);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	relay_all(&io);
	expect_file(1, "abc");
	stdio_done(&io);
}
END_TEST

static const struct {
	const char *path;
	int fd, flags;
	const char *text;
} refused[] = {
	{"/", 0, O_RDONLY, "standard input is a directory, which a container can't be given"},
	{"/", 1, O_RDONLY, "standard output is a directory, which a container can't be given"},
	{"/", 2, O_PATH, "standard error is a directory, which a container can't be given"},
	{"/dev/null", 0, O_PATH,
	 "standard input is opened as a path only, which a container can't be given"},
	{"/proc/self/exe", 1, O_PATH,
	 "standard output is opened as a path only, which a container can't be given"},
};

START_TEST(test_what_leads_further_is_refused)
{
	struct stdio io = STDIO_INIT;
	struct err err = ERR_INIT;

	nothing_on_0_1_2();
	standard_fd(refused[_i].fd, refused[_i].path, refused[_i].flags);
	ck_assert_int_eq(stdio_prepare(true, false, &io, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, refused[_i].text);
	ck_assert_str_ne(err.hint, "");
}
END_TEST

/* With a terminal on 1 and 2 the program gets a pipe, and what it writes arrives there. */
START_TEST(test_terminal_is_never_handed_in)
{
	struct stdio io = STDIO_INIT;
	char got[16] = "";
	int master;

	nothing_on_0_1_2();
	master = new_terminal(1);
	standard_fd(2, ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert(is_fifo(io.child[1]));
	ck_assert_int_eq(io.child[2], io.child[1]);
	ck_assert_int_eq(write(io.child[1], "out", 3), 3);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	relay_all(&io);
	ck_assert_int_eq(read(master, got, sizeof(got)), 3);
	ck_assert_str_eq(got, "out");
	stdio_done(&io);
	close(master);
}
END_TEST

START_TEST(test_tty_needs_a_terminal)
{
	struct stdio io = STDIO_INIT;
	struct err err = ERR_INIT;

	nothing_on_0_1_2();
	ck_assert_int_eq(stdio_prepare(true, true, &io, &err), -1);
	ck_assert_str_eq(err.text, "--interactive --tty: standard input is not a terminal");
	ck_assert_int_eq(stdio_prepare(false, true, &io, &err), 0);
}
END_TEST

/* A program that writes for ever, to a terminal that takes nothing: a full buffer, no waiting. */
START_TEST(test_nothing_waits_for_a_reader)
{
	struct stdio io = STDIO_INIT;
	struct pollfd fds[STDIO_POLL_MAX];
	_cleanup_fd_ int out = -1;
	char piece[4096];
	int master;

	memset(piece, 'x', sizeof(piece));
	nothing_on_0_1_2();
	master = new_terminal(1);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	out = dup(io.child[1]);
	fcntl(out, F_SETFL, O_NONBLOCK);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	for (int i = 0; i < 1000 && write(out, piece, sizeof(piece)) > 0; i++)
		relay_all(&io);
	ck_assert_int_eq(errno, EAGAIN);
	stdio_poll_set(&io, fds);
	ck_assert_int_eq(fds[2].fd, -1);
	ck_assert_int_ge(fds[3].fd, 0);
	ck_assert_int_eq(fds[3].events, POLLOUT);
	stdio_end(&io);
	ck_assert(stdio_busy(&io));
	/* The flag is the description's, which others share. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fcntl(i, F_GETFL) & O_NONBLOCK, 0);
	stdio_done(&io);
	close(master);
}
END_TEST

START_TEST(test_a_reader_that_went_away_closes_the_programs_end)
{
	struct stdio io = STDIO_INIT;
	_cleanup_fd_ int out = -1;
	int master;

	nothing_on_0_1_2();
	master = new_terminal(1);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	out = dup(io.child[1]);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	close(master);
	ck_assert_int_eq(write(out, "x", 1), 1);
	relay_all(&io);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(write(out, "x", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(stdio_check(&io, NULL), 0);
	stdio_done(&io);
}
END_TEST

START_TEST(test_a_full_disk_is_told)
{
	struct stdio io = STDIO_INIT;
	struct err err = ERR_INIT;

	nothing_on_0_1_2();
	standard_fd(1, "/dev/full", O_WRONLY);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert_int_eq(write(io.child[1], "x", 1), 1);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	relay_all(&io);
	stdio_end(&io);
	ck_assert_int_eq(stdio_check(&io, &err), -1);
	ck_assert_int_eq(err.sys, ENOSPC);
	ck_assert_str_eq(err.text, "standard output: No space left on device");
	stdio_done(&io);
}
END_TEST

START_TEST(test_what_was_not_read_is_given_back)
{
	struct stdio io = STDIO_INIT;
	_cleanup_fd_ int in = -1;
	char c;

	nothing_on_0_1_2();
	standard_file(0, "0123456789", O_RDONLY);
	ck_assert_int_eq(read(0, &c, 1), 1);
	ck_assert_int_eq(stdio_prepare(true, false, &io, NULL), 0);
	in = dup(io.child[0]);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	relay_all(&io);
	ck_assert_int_eq(read(in, &c, 1), 1);
	ck_assert_int_eq(c, '1');
	stdio_end(&io);
	ck_assert_int_eq(read(0, &c, 1), 1);
	ck_assert_int_eq(c, '2');
	stdio_done(&io);
}
END_TEST

/* --tty: what the terminal prints is relayed, also after the program had closed it. */
START_TEST(test_console_survives_its_last_close)
{
	struct stdio io = STDIO_INIT;
	int console = posix_openpt(O_RDWR | O_NOCTTY);
	char name[64];
	int slave;

	nothing_on_0_1_2();
	standard_file(1, "", O_RDWR);
	ck_assert_int_ge(console, 0);
	ck_assert_int_eq(grantpt(console) || unlockpt(console), 0);
	ck_assert_int_eq(ptsname_r(console, name, sizeof(name)), 0);
	ck_assert_int_eq(stdio_prepare(false, true, &io, NULL), 0);
	ck_assert_int_eq(stdio_begin(&io, console, NULL), 0);
	for (int i = 0; i < 2; i++) {
		slave = open(name, O_RDWR | O_NOCTTY);
		ck_assert_int_ge(slave, 0);
		ck_assert_int_eq(write(slave, "x", 1), 1);
		close(slave);
		relay_all(&io);
	}
	stdio_end(&io);
	expect_file(1, "xx");
	stdio_done(&io);
	ck_assert_int_eq(fcntl(console, F_GETFD), -1);
}
END_TEST

Suite *suite_stdio(void)
{
	Suite *s = suite_create("stdio");
	TCase *tc = tcase_create("prepare");

	tcase_add_test(tc, test_pipes_are_handed_through);
	tcase_add_test(tc, test_input_is_empty_unless_interactive);
	tcase_add_test(tc, test_one_file_for_both_outputs_is_one_pipe);
	tcase_add_loop_test(tc, test_what_leads_further_is_refused, 0,
			    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, test_terminal_is_never_handed_in);
	tcase_add_test(tc, test_tty_needs_a_terminal);
	suite_add_tcase(s, tc);
	tc = tcase_create("relay");
	tcase_add_test(tc, test_files_are_relayed);
	tcase_add_test(tc, test_nothing_waits_for_a_reader);
	tcase_add_test(tc, test_a_reader_that_went_away_closes_the_programs_end);
	tcase_add_test(tc, test_a_full_disk_is_told);
	tcase_add_test(tc, test_what_was_not_read_is_given_back);
	tcase_add_test(tc, test_console_survives_its_last_close);
	suite_add_tcase(s, tc);
	return s;
}
