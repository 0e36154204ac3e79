/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input and output of a foreground container.
 *
 * A descriptor is more than what it was opened for: through /proc/self/fd a program opens the file
 * behind it again, with other rights, and from a directory it reaches everything. So the program is
 * given only what has nothing behind it: pipes, sockets and /dev/null go to it as they are, with no
 * copying. Regular files, terminals and other devices stay with us, and a pipe stands between.
 * Directories and block devices are refused. With --tty the program gets a terminal of its own,
 * whose other end we hold.
 */
#ifndef ONGGI_CONTAINER_STDIO_H
#define ONGGI_CONTAINER_STDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "os/tty.h"

/* How a descriptor can be written without being stopped by it. */
enum stdio_target {
	STDIO_OURS,   /* non-blocking, which is ours to set */
	STDIO_SHARED, /* not ours: only what poll(2) has promised */
	STDIO_SOCKET, /* not ours, but send(2) can be told not to wait */
	STDIO_FILE,   /* a regular file: never waits for a reader */
};

/* One direction of copying; both descriptors are -1 when there is none, or when it has ended. */
struct stdio_flow {
	int from, to;
	enum stdio_target target; /* of `to` */
	bool tty;		  /* our side is a terminal */
	char *data;		  /* what was read and not yet written, from pos, len bytes */
	size_t pos, len;
	uint64_t left; /* after the end of the program: bytes that may still be read */
};

struct stdio {
	int child[3];		   /* what the program gets as 0, 1, 2; -1: our own. May be equal */
	struct stdio_flow flow[3]; /* to the program's 0, from its 1 and 2 */
	int console;		   /* master of the program's terminal, -1 without --tty */
	int peer;     /* the terminal itself, so that the master never sees it closed; -1: none */
	int input_fd; /* the end of the program's pipe that is read, to count what is left in it */
	bool input;   /* relay our standard input to the console */
	bool ended;   /* the program has */
	int failed;   /* standard file that could not be read or written, -1: none */
	int failure;  /* why: errno */
	struct tty_saved saved;
};
#define STDIO_FLOW_INIT                                                                            \
	{                                                                                          \
		.from = -1, .to = -1                                                               \
	}
#define STDIO_INIT                                                                                 \
	{                                                                                          \
		.child = {-1, -1, -1},                                                             \
		.flow = {STDIO_FLOW_INIT, STDIO_FLOW_INIT, STDIO_FLOW_INIT}, .console = -1,        \
		.peer = -1, .input_fd = -1, .failed = -1, .saved = TTY_SAVED_INIT                  \
	}

/*
 * Decide about each standard file, and make the pipes. Where 1 and 2 are the same file (2>&1) the
 * program gets one pipe for both, so that the order of what it writes is kept.
 *
 * interactive  the program may read our standard input; else it gets an empty one
 * Errors: ERR_INVALID for --interactive --tty when standard input is no terminal, and for standard
 * files that are directories, block devices or something unknown.
 */
int stdio_prepare(bool interactive, bool tty, struct stdio *ret, struct err *err);
/*
 * After the start: close the program's ends; take over the terminal.
 * console: -1 without --tty; belongs to *io from now on, even after an error.
 */
int stdio_begin(struct stdio *io, int console, struct err *err);
/* Restore the terminal and close everything. */
void stdio_done(struct stdio *io);

/*
 * Fill in what to wait for: STDIO_POLL_MAX entries, unused ones with descriptor -1. stdio_relay()
 * takes the same array and does what poll(2) reported. It never waits: what can't be written stays
 * in a buffer of limited size, and nothing more is read until it is written.
 *
 * When our side takes no more output, the program learns of it as in a pipeline of the shell: its
 * end is closed and it gets SIGPIPE, or SIGHUP with a terminal.
 */
#define STDIO_POLL_MAX 6
struct pollfd;
void stdio_poll_set(const struct stdio *io, struct pollfd *fds);
void stdio_relay(struct stdio *io, const struct pollfd *fds);
/*
 * The program has ended: from now on pass on what it has written, and no more than was there now,
 * since others may hold its end. What it has not read of a regular file is given back to whoever
 * shares the file's position with us.
 */
void stdio_end(struct stdio *io);
/* After stdio_end(): is there something that still waits to be written? */
bool stdio_busy(const struct stdio *io);
/*
 * Did output get lost, or was input not read, for a reason that the program could not see (disk
 * full)? 0 or -1 with ERR_SYSTEM. A reader that went away is no such reason.
 */
int stdio_check(const struct stdio *io, struct err *err);

#endif
