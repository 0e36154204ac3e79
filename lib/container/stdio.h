/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input and output of a foreground container.
 *
 * Files and pipes are handed to the program as they are: no copying. A terminal never is, since
 * whoever holds it could change it or push input into it: without --tty a pipe stands between, with
 * --tty the program gets a terminal of its own, whose other end we hold.
 */
#ifndef ONGGI_CONTAINER_STDIO_H
#define ONGGI_CONTAINER_STDIO_H

#include <stdbool.h>

#include "base/err.h"
#include "os/tty.h"

struct stdio {
	int child[3];  /* what the program gets as 0, 1, 2; -1: our own */
	int relay[3];  /* our end of the pipe for 0, 1, 2; -1: none */
	bool owned[3]; /* child[i] is to be closed once the program has it */
	int console;   /* master of the program's terminal, -1 without --tty; borrowed */
	bool input;    /* relay our standard input to the console */
	struct tty_saved saved;
};
#define STDIO_INIT                                                                                 \
	{                                                                                          \
		.child = {-1, -1, -1}, .relay = {-1, -1, -1}, .console = -1,                       \
		.saved = TTY_SAVED_INIT                                                            \
	}

/*
 * Decide and make the pipes.
 * Errors: ERR_INVALID for --interactive --tty when standard input is no terminal.
 */
int stdio_prepare(bool interactive, bool tty, struct stdio *ret, struct err *err);
/* After the start: close the program's ends; take over the terminal. console: -1 without --tty. */
int stdio_begin(struct stdio *io, int console, struct err *err);
/* Restore the terminal and close everything. */
void stdio_done(struct stdio *io);

/*
 * Descriptors to poll, at most STDIO_POLL_MAX; returns their number. stdio_relay() does what
 * poll(2) reported.
 */
#define STDIO_POLL_MAX 4
struct pollfd;
unsigned stdio_poll_set(const struct stdio *io, struct pollfd *fds);
void stdio_relay(struct stdio *io, const struct pollfd *fds, unsigned n);
/* After the end of the program: pass on what it has written, without waiting for more. */
void stdio_drain(struct stdio *io);

#endif
