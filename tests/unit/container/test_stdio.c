/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/stdio.h"
#include "suites.h"

static void standard_fd(int fd, const char *path, int flags)
{
	int opened = open(path, flags);

	ck_assert_int_ge(opened, 0);
	ck_assert_int_eq(dup2(opened, fd), fd);
	close(opened);
}

START_TEST(test_files_are_handed_through)
{
	struct stdio io = STDIO_INIT;
	struct pollfd fds[STDIO_POLL_MAX];

	standard_fd(0, "/dev/null", O_RDONLY);
	standard_fd(1, "/dev/null", O_WRONLY);
	standard_fd(2, "/dev/null", O_WRONLY);
	ck_assert_int_eq(stdio_prepare(true, false, &io, NULL), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(io.child[i], -1);
		ck_assert_int_eq(io.relay[i], -1);
	}
	ck_assert_uint_eq(stdio_poll_set(&io, fds), 0);
	stdio_done(&io);
}
END_TEST

START_TEST(test_input_is_empty_unless_interactive)
{
	struct stdio io = STDIO_INIT;
	char c;

	standard_fd(0, "/dev/zero", O_RDONLY);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert_int_ge(io.child[0], 0);
	ck_assert_int_eq(read(io.child[0], &c, 1), 0);
	stdio_done(&io);
}
END_TEST

/* With a terminal on 1 and 2 the program gets pipes, and what it writes arrives on the terminal. */
START_TEST(test_terminal_is_never_handed_in)
{
	struct stdio io = STDIO_INIT;
	struct pollfd fds[STDIO_POLL_MAX];
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char got[16] = "";
	unsigned n;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master) || unlockpt(master), 0);
	standard_fd(0, "/dev/null", O_RDONLY);
	standard_fd(1, ptsname(master), O_RDWR | O_NOCTTY);
	standard_fd(2, ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(stdio_prepare(false, false, &io, NULL), 0);
	ck_assert(!isatty(io.child[1]) && !isatty(io.child[2]));
	ck_assert_int_eq(write(io.child[1], "out", 3), 3);
	ck_assert_int_eq(stdio_begin(&io, -1, NULL), 0);
	n = stdio_poll_set(&io, fds);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_gt(poll(fds, n, 1000), 0);
	stdio_relay(&io, fds, n);
	ck_assert_int_eq(read(master, got, sizeof(got)), 3);
	ck_assert_str_eq(got, "out");
	stdio_drain(&io);
	stdio_done(&io);
	close(master);
}
END_TEST

START_TEST(test_tty_needs_a_terminal)
{
	struct stdio io = STDIO_INIT;
	struct err err = ERR_INIT;

	standard_fd(0, "/dev/null", O_RDONLY);
	ck_assert_int_eq(stdio_prepare(true, true, &io, &err), -1);
	ck_assert_str_eq(err.text, "--interactive --tty: standard input is not a terminal");
	ck_assert_int_eq(stdio_prepare(false, true, &io, &err), 0);
}
END_TEST

Suite *suite_stdio(void)
{
	Suite *s = suite_create("stdio");
	TCase *tc = tcase_create("prepare");

	tcase_add_test(tc, test_files_are_handed_through);
	tcase_add_test(tc, test_input_is_empty_unless_interactive);
	tcase_add_test(tc, test_terminal_is_never_handed_in);
	tcase_add_test(tc, test_tty_needs_a_terminal);
	suite_add_tcase(s, tc);
	return s;
}
