/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/tty.h"
#include "suites.h"

static int open_pts(void)
{
	return open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

START_TEST(pair_raw_restore_and_size)
{
	struct tty_saved saved = TTY_SAVED_INIT;
	struct termios before, now;
	struct winsize size;
	struct err err = ERR_INIT;
	char text[8] = "";
	int master = -1, slave = -1, master2 = -1, slave2 = -1;

	if (tty_open_pair(open_pts(), &master, &slave, &err) < 0)
		SKIP(err.text);
	ck_ok(tty_open_pair(open_pts(), &master2, &slave2, &err), &err);
	ck_assert_int_eq(fcntl(master, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(slave, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(isatty(slave), 1);
	ck_assert_int_eq(write(master, "hi\n", 3), 3);
	ck_assert_int_eq(read(slave, text, sizeof(text)), 3);
	ck_assert_int_eq(memcmp(text, "hi\n", 3), 0);
	ck_ok(tty_set_size(slave, 24, 100, &err), &err);
	tty_copy_size(slave, slave2);
	ck_assert_int_eq(ioctl(master2, TIOCGWINSZ, &size), 0);
	ck_assert_int_eq(size.ws_row, 24);
	ck_assert_int_eq(size.ws_col, 100);
	ck_assert_int_eq(tty_set_size(slave, 70000, 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(tcgetattr(slave, &before), 0);
	ck_assert_int_ne((int)(before.c_lflag & ECHO), 0);
	ck_ok(tty_raw(slave, &saved, &err), &err);
	ck_assert_int_eq(tcgetattr(slave, &now), 0);
	ck_assert_int_eq((int)(now.c_lflag & (ECHO | ICANON | ISIG)), 0);
	tty_restore(&saved);
	ck_assert_int_eq(tcgetattr(slave, &now), 0);
	ck_assert_int_eq((int)now.c_lflag, (int)before.c_lflag);
	tty_restore(&saved);
	ck_assert_int_eq(saved.fd, -1);
}
END_TEST

START_TEST(what_is_no_terminal)
{
	struct tty_saved saved = TTY_SAVED_INIT;
	struct err err = ERR_INIT;
	int master = -1, slave = -1;
	int dir = test_dir();

	ck_assert_int_eq(tty_raw(dir, &saved, &err), -1);
	ck_assert_int_eq(saved.fd, -1);
	tty_copy_size(dir, dir);
	/* A link in place of ptmx is not followed, and a file there is no terminal. */
	ck_assert_int_eq(symlinkat("/dev/ptmx", dir, "ptmx"), 0);
	ck_assert_int_eq(tty_open_pair(dir, &master, &slave, &err), -1);
	ck_assert_int_eq(err.sys, ELOOP);
	ck_assert_int_eq(unlinkat(dir, "ptmx", 0), 0);
	test_file(dir, "ptmx", "");
	ck_assert_int_eq(tty_open_pair(dir, &master, &slave, &err), -1);
	ck_assert_int_eq(err.sys, ENOTTY);
	ck_assert_int_eq(master, -1);
}
END_TEST

/* In a devpts of its own, as a container has it, and in a session of its own. */
START_TEST(controlling_in_an_own_devpts)
{
	struct err err = ERR_INIT;
	int master = -1, slave = -1;
	int dir, status;
	pid_t pid;

	if (!test_is_root())
		SKIP("mounting needs root");
	test_mount_namespace();
	dir = test_dir();
	test_mkdir(dir, "pts");
	ck_assert_int_eq(fchdir(dir), 0);
	ck_assert_int_eq(mount("devpts", "pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"),
			 0);
	ck_ok(tty_open_pair(open("pts", O_PATH | O_DIRECTORY), &master, &slave, &err), &err);
	pid = fork();
	if (pid == 0) {
		if (setsid() < 0 || tty_make_controlling(slave, &err) < 0)
			_exit(1);
		for (int i = 0; i <= 2; i++)
			if (!isatty(i) || fcntl(i, F_GETFD) != 0)
				_exit(2);
		if (tcgetpgrp(0) != getpid())
			_exit(3);
		/* Already on 0: stays open across exec. */
		fcntl(0, F_SETFD, FD_CLOEXEC);
		if (tty_make_controlling(0, &err) < 0 || fcntl(0, F_GETFD) != 0)
			_exit(4);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite_tty(void)
{
	Suite *s = suite_create("os/tty");
	TCase *t = tcase_create("tty");

	tcase_add_test(t, pair_raw_restore_and_size);
	tcase_add_test(t, what_is_no_terminal);
	tcase_add_test(t, controlling_in_an_own_devpts);
	suite_add_tcase(s, t);
	return s;
}
