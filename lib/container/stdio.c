/* SPDX-License-Identifier: Apache-2.0 */
#include "container/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/fd.h"

#define RELAY_CHUNK 32768

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(fd_take(fd));
}

/* A pipe between the program's descriptor i and ours. */
static int make_pipe(struct stdio *io, int i, struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return err_sys(err, "make a pipe for standard %s", i ? "output" : "input");
	io->child[i] = p[i ? 1 : 0];
	io->relay[i] = p[i ? 0 : 1];
	io->owned[i] = true;
	return 0;
}

int stdio_prepare(bool interactive, bool tty, struct stdio *ret, struct err *err)
{
	struct stdio io = STDIO_INIT;

	if (tty) {
		if (interactive && !isatty(0)) {
			err_set(err, ERR_INVALID,
				"--interactive --tty: standard input is not a terminal");
			return err_hint(err, "leave --tty out: onggi run -i ...");
		}
		io.input = interactive;
		*ret = io;
		return 0;
	}
	if (!interactive) {
		io.child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		io.owned[0] = true;
		if (io.child[0] < 0)
			return err_sys(err, "/dev/null");
	} else if (isatty(0) && make_pipe(&io, 0, err)) {
		return -1;
	}
	for (int i = 1; i <= 2; i++)
		if (isatty(i) && make_pipe(&io, i, err)) {
			stdio_done(&io);
			return -1;
		}
	*ret = io;
	return 0;
}

int stdio_begin(struct stdio *io, int console, struct err *err)
{
	for (int i = 0; i < 3; i++) {
		if (io->owned[i])
			close_fd(&io->child[i]);
		if (io->relay[i] >= 0)
			fcntl(io->relay[i], F_SETFL, O_NONBLOCK);
	}
	io->console = console;
	if (console < 0)
		return 0;
	fcntl(console, F_SETFL, O_NONBLOCK);
	tty_copy_size(isatty(0) ? 0 : 1, console);
	return io->input ? tty_raw(0, &io->saved, err) : 0;
}

void stdio_done(struct stdio *io)
{
	tty_restore(&io->saved);
	for (int i = 0; i < 3; i++) {
		if (io->owned[i])
			close_fd(&io->child[i]);
		close_fd(&io->relay[i]);
	}
	io->console = -1;
}

unsigned stdio_poll_set(const struct stdio *io, struct pollfd *fds)
{
	unsigned n = 0;

	if (io->console >= 0) {
		fds[n++] = (struct pollfd){.fd = io->console, .events = POLLIN};
		if (io->input)
			fds[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
		return n;
	}
	if (io->relay[0] >= 0)
		fds[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
	for (int i = 1; i <= 2; i++)
		if (io->relay[i] >= 0)
			fds[n++] = (struct pollfd){.fd = io->relay[i], .events = POLLIN};
	return n;
}

/* Write all to a descriptor that may be non-blocking. False when nobody reads any more. */
static bool write_patiently(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};

			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

/* Copy one piece. Returns 1 when something was copied, 0 when nothing is there now, -1 at the end.
 */
static int copy_piece(int from, int to)
{
	char data[RELAY_CHUNK];
	ssize_t n = read(from, data, sizeof(data));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	return write_patiently(to, data, (size_t)n) ? 1 : -1;
}

/* Our standard input is at its end: so is the program's. */
static void end_input(struct stdio *io)
{
	if (io->console >= 0) {
		static const char eot = 4;

		write_patiently(io->console, &eot, 1);
		io->input = false;
	} else {
		close_fd(&io->relay[0]);
	}
}

void stdio_relay(struct stdio *io, const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!fds[i].revents)
			continue;
		if (fds[i].fd == 0) {
			if (copy_piece(0, io->console >= 0 ? io->console : io->relay[0]) < 0)
				end_input(io);
		} else if (fds[i].fd == io->console) {
			if (copy_piece(io->console, 1) < 0)
				io->console = -1;
		} else {
			int out = fds[i].fd == io->relay[1] ? 1 : 2;

			if (copy_piece(fds[i].fd, out) < 0)
				close_fd(&io->relay[out]);
		}
	}
}

void stdio_drain(struct stdio *io)
{
	while (io->console >= 0 && copy_piece(io->console, 1) > 0)
		;
	for (int i = 1; i <= 2; i++)
		while (io->relay[i] >= 0 && copy_piece(io->relay[i], i) > 0)
			;
}
