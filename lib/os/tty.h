/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals: making a pty, raw mode with restoration, and the window's size. */
#ifndef ONGGI_OS_TTY_H
#define ONGGI_OS_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "base/err.h"

struct tty_saved {
	int fd; /* -1: nothing saved */
	struct termios attrs;
};
#define TTY_SAVED_INIT                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Put a terminal in raw mode, remembering how it was. */
int tty_raw(int fd, struct tty_saved *ret, struct err *err);
/* Restore; safe to call twice, and on values that saved nothing. */
void tty_restore(struct tty_saved *s);
/*
 * Open a pty from the devpts at dev_pts_dirfd ("ptmx" in it).
 * ret_master: descriptor; ret_slave: descriptor of the other end, not the controlling terminal.
 */
int tty_open_pair(int dev_pts_dirfd, int *ret_master, int *ret_slave, struct err *err);
/* Make fd the controlling terminal and descriptors 0, 1, 2 of a session leader. */
int tty_make_controlling(int fd, struct err *err);
/* Copy the size of the window from one terminal to another; not being one is no error. */
void tty_copy_size(int from, int to);
/* Set the size in characters. */
int tty_set_size(int fd, unsigned rows, unsigned cols, struct err *err);

#endif
