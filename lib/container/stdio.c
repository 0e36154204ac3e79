/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * Whoever relays must never wait for one side: signals have to be passed on at any time, and a
 * program that does not read must not stop its own output. So each direction is a flow with one
 * buffer. It is read only when the buffer is empty, and poll(2) asks for writability only when it
 * is not; a side that has hung up while nothing can be done about it is not polled at all.
 *
 * Descriptors 0, 1 and 2 share their open file description, and with it O_NONBLOCK, with the shell
 * that started us: the flag is never set on them. Pipes and terminals are opened a second time
 * through /proc/self/fd, which gives a description of our own. Where that is refused (a terminal
 * of another user, after su) we write only what poll(2) promises, in small pieces.
 *
 * The data are copied by read and write, not by splice(2): splicing a file into a pipe would put
 * pages of the caller's page cache into the container's hands.
 */
#include "container/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "os/fd.h"

/* What is held of one direction: as much as a pipe. */
#define BUFFER_SIZE 65536
/* PIPE_BUF: this fits into every pipe and socket that poll(2) calls writable. */
#define PROMISED_SIZE 4096
/* More than the kernel keeps of a pseudo-terminal's output (640 KiB). */
#define CONSOLE_LEFT_MAX (1U << 20)

#define EOT 4 /* control-D: the end of input, on a terminal */

static const char *const names[] = {"standard input", "standard output", "standard error"};

/* Close what is ours: not 0, 1 and 2, and not the console, which two flows share. */
static void let_go(const struct stdio *io, int *fd)
{
	if (*fd > 2 && *fd != io->console)
		close(*fd);
	*fd = -1;
}

/* A pipe between the program's descriptor i and us. */
static int make_pipe(struct stdio *io, int i, struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return err_sys(err, "make a pipe for %s", names[i]);
	/*
	 * Whatever user the program runs as, it may open /dev/stdout. Nobody else sees the pipe;
	 * where this fails, the descriptor works all the same.
	 */
	(void)!fchmod(p[0], 0666);
	fcntl(p[i ? 0 : 1], F_SETFL, O_NONBLOCK);
	io->child[i] = p[i ? 1 : 0];
	if (i) {
		io->flow[i].from = p[0];
		io->flow[i].to = i;
	} else {
		io->flow[0].from = 0;
		io->flow[0].to = p[1];
	}
	return 0;
}

static int refuse(int i, const char *what, const char *mend, struct err *err)
{
	err_set(err, ERR_INVALID, "%s is %s, which a container can't be given", names[i], what);
	return err_hint(err, "%s", mend);
}

/* What becomes of a standard file: 0 it is handed through, 1 relayed, -1 refused. */
static int judge(int i, struct err *err)
{
	struct stat st;
	int flags = fcntl(i, F_GETFL);

	if (flags < 0 || fstat(i, &st) < 0)
		return err_sys(err, "%s", names[i]);
	if (S_ISDIR(st.st_mode))
		return refuse(i, "a directory",
			      "onggi run -v DIR:/DIR ... gives a directory to a container", err);
	if (S_ISBLK(st.st_mode))
		return refuse(i, "a block device",
			      i ? "put a pipe between: onggi run ... | cat >DEVICE"
				: "put a pipe between: cat DEVICE | onggi run -i ...",
			      err);
	if (flags & O_PATH)
		return refuse(i, "opened as a path only", "open it for reading or writing", err);
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return 0;
	if (S_ISCHR(st.st_mode))
		return st.st_rdev != makedev(1, 3);
	if (S_ISREG(st.st_mode))
		return 1;
	return refuse(i, "neither a file, a pipe, a socket nor a terminal", "use one of these",
		      err);
}

/* Do 1 and 2 lead to the same place, so that the order between them matters? */
static bool outputs_are_one(void)
{
	pid_t self = getpid();
	long cmp = syscall(SYS_kcmp, self, self, KCMP_FILE, 1, 2);
	struct stat a, b;

	if (cmp == 0)
		return true;
	if (fstat(1, &a) || fstat(2, &b) || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return false;
	/* A terminal shows one text, however often it was opened; files have positions. */
	return S_ISCHR(a.st_mode) || (cmp < 0 && lseek(1, 0, SEEK_CUR) == lseek(2, 0, SEEK_CUR));
}

static int prepare_input(struct stdio *io, bool interactive, struct err *err)
{
	int relayed;

	if (!interactive) {
		io->child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return io->child[0] < 0 ? err_sys(err, "/dev/null") : 0;
	}
	relayed = judge(0, err);
	if (relayed <= 0)
		return relayed;
	if (make_pipe(io, 0, err))
		return -1;
	if (lseek(0, 0, SEEK_CUR) >= 0)
		io->input_fd = fcntl(io->child[0], F_DUPFD_CLOEXEC, 3);
	return 0;
}

static int prepare_outputs(struct stdio *io, struct err *err)
{
	for (int i = 1; i <= 2; i++) {
		int relayed = judge(i, err);

		if (relayed < 0)
			return -1;
		if (i == 2 && relayed && io->child[1] >= 0 && outputs_are_one())
			io->child[2] = io->child[1];
		else if (relayed && make_pipe(io, i, err))
			return -1;
	}
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
	} else if (prepare_input(&io, interactive, err) || prepare_outputs(&io, err)) {
		stdio_done(&io);
		return -1;
	}
	*ret = io;
	return 0;
}

/*
 * A description of our own of 0 or 1 or 2, non-blocking; -1 where there can't be one. The master
 * of a terminal (5:2) and other devices would give something new instead of the same again.
 */
static int open_again(int fd, const struct stat *st, bool tty, int access)
{
	char path[32];

	if (!S_ISFIFO(st->st_mode) && !(tty && st->st_rdev != makedev(5, 2)))
		return -1;
	return open(fd_proc_path(fd, path), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Find out how our side of a flow can be used without waiting for it. */
static void flow_begin(struct stdio_flow *f, int ours)
{
	bool input = ours == 0;
	struct stat st;
	int again;

	if (f->from < 0)
		return;
	f->data = xalloc(BUFFER_SIZE);
	f->tty = isatty(ours);
	if (fstat(ours, &st) < 0)
		st.st_mode = 0;
	again = open_again(ours, &st, f->tty, input ? O_RDONLY : O_WRONLY);
	if (again >= 0)
		*(input ? &f->from : &f->to) = again;
	if (again >= 0 || input) /* of input the target is the program's pipe, or the console */
		f->target = STDIO_OURS;
	else if (S_ISREG(st.st_mode))
		f->target = STDIO_FILE;
	else
		f->target = S_ISSOCK(st.st_mode) ? STDIO_SOCKET : STDIO_SHARED;
}

static void open_peer(struct stdio *io)
{
	if (io->peer >= 0)
		close(io->peer);
	io->peer = ioctl(io->console, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void close_child_ends(struct stdio *io)
{
	if (io->child[2] == io->child[1])
		io->child[2] = -1;
	for (int i = 0; i < 3; i++)
		let_go(io, &io->child[i]);
}

int stdio_begin(struct stdio *io, int console, struct err *err)
{
	close_child_ends(io);
	io->console = console;
	if (console >= 0) {
		fcntl(console, F_SETFL, O_NONBLOCK);
		open_peer(io);
		tty_copy_size(isatty(0) ? 0 : 1, console);
		io->flow[1].from = console;
		io->flow[1].to = 1;
		if (io->input) {
			io->flow[0].from = 0;
			io->flow[0].to = console;
		}
	}
	for (int i = 0; i < 3; i++)
		flow_begin(&io->flow[i], i);
	return io->input ? tty_raw(0, &io->saved, err) : 0;
}

/* Close the program's terminal: it gets SIGHUP. Ours must obey its keys again. */
static void close_console(struct stdio *io)
{
	for (int i = 0; i < 2; i++) {
		let_go(io, &io->flow[i].from);
		let_go(io, &io->flow[i].to);
		io->flow[i].len = 0;
	}
	let_go(io, &io->peer);
	if (io->console >= 0)
		close(fd_take(&io->console));
	tty_restore(&io->saved);
}

void stdio_done(struct stdio *io)
{
	tty_restore(&io->saved);
	close_child_ends(io);
	for (int i = 0; i < 3; i++) {
		let_go(io, &io->flow[i].from);
		let_go(io, &io->flow[i].to);
		free(ptr_take(io->flow[i].data));
		io->flow[i].len = 0;
	}
	let_go(io, &io->peer);
	let_go(io, &io->input_fd);
	if (io->console >= 0)
		close(fd_take(&io->console));
}

void stdio_poll_set(const struct stdio *io, struct pollfd *fds)
{
	for (int i = 0; i < 3; i++) {
		const struct stdio_flow *f = &io->flow[i];

		fds[2 * i] =
			(struct pollfd){.fd = f->len || io->ended ? -1 : f->from, .events = POLLIN};
		fds[2 * i + 1] = (struct pollfd){.fd = f->len ? f->to : -1, .events = POLLOUT};
	}
}

/* Remember the first failure that nobody else would tell of. */
static void note_failure(struct stdio *io, const struct stdio_flow *f)
{
	if (io->failed >= 0 || f->tty || errno == EPIPE || errno == ECONNRESET)
		return;
	io->failed = (int)(f - io->flow);
	io->failure = errno;
}

/* The source has ended: so does the flow, once the rest is written. */
static void flow_end(struct stdio *io, struct stdio_flow *f)
{
	bool to_console = io->console >= 0 && f->to == io->console;

	let_go(io, &f->from);
	if (to_console) {
		f->data[0] = EOT;
		f->pos = 0;
		f->len = 1;
	} else {
		let_go(io, &f->to);
	}
}

/* A session ended and hung up the terminal; but the program may open it again. */
static bool revive_console(struct stdio *io, const struct stdio_flow *f)
{
	if (io->ended || io->console < 0 || f->from != io->console)
		return false;
	open_peer(io);
	return io->peer >= 0;
}

static void flow_read(struct stdio *io, struct stdio_flow *f)
{
	size_t want = io->ended && f->left < BUFFER_SIZE ? f->left : BUFFER_SIZE;
	ssize_t n = want ? read(f->from, f->data, want) : 0;

	if (n > 0) {
		f->pos = 0;
		f->len = (size_t)n;
		f->left -= io->ended ? f->len : 0;
		return;
	}
	if (n < 0) {
		if (errno == EINTR || (errno == EAGAIN && !io->ended) || revive_console(io, f))
			return;
		if (f == &io->flow[0])
			note_failure(io, f);
	}
	flow_end(io, f);
}

static ssize_t write_some(const struct stdio_flow *f)
{
	const char *data = f->data + f->pos;
	size_t part = f->len < PROMISED_SIZE ? f->len : PROMISED_SIZE;

	if (f->target == STDIO_SOCKET)
		return send(f->to, data, part, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(f->to, data, f->target == STDIO_SHARED ? part : f->len);
}

static void flow_write(struct stdio *io, struct stdio_flow *f)
{
	ssize_t n = write_some(f);

	if (n >= 0) {
		f->pos += (size_t)n;
		f->len -= (size_t)n;
		if (!f->len && f->from < 0)
			let_go(io, &f->to);
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (f != &io->flow[0])
		note_failure(io, f);
	if (io->console >= 0 && f->from == io->console)
		close_console(io);
	let_go(io, &f->from);
	let_go(io, &f->to);
	f->len = 0;
}

/* One step of a flow, as far as poll(2) allows. */
static void flow_step(struct stdio *io, struct stdio_flow *f, bool readable, bool writable)
{
	if (f->len && writable)
		flow_write(io, f);
	if (f->len || f->from < 0 || !readable)
		return;
	flow_read(io, f);
	if (f->len && f->target != STDIO_SHARED)
		flow_write(io, f);
}

/* After the end nothing new comes: read until a write would have to wait, or all is written. */
static void flow_finish(struct stdio *io, struct stdio_flow *f)
{
	while (!f->len && f->from >= 0)
		flow_step(io, f, true, false);
}

void stdio_relay(struct stdio *io, const struct pollfd *fds)
{
	for (int i = 0; i < 3; i++) {
		struct stdio_flow *f = &io->flow[i];

		/* An earlier step may have closed the console, and with it this flow. */
		flow_step(io, f, fds[2 * i].revents, f->to >= 0 && fds[2 * i + 1].revents);
		if (io->ended)
			flow_finish(io, f);
	}
}

/* The position of a file is shared with the shell, which may go on reading where we stop. */
static void give_input_back(struct stdio *io)
{
	int unread = 0;

	if (io->input_fd < 0 || ioctl(io->input_fd, FIONREAD, &unread) < 0)
		return;
	lseek(0, -(off_t)((size_t)unread + io->flow[0].len), SEEK_CUR);
}

void stdio_end(struct stdio *io)
{
	give_input_back(io);
	let_go(io, &io->flow[0].from);
	let_go(io, &io->flow[0].to);
	io->flow[0].len = 0;
	io->ended = true;
	for (int i = 1; i <= 2; i++) {
		struct stdio_flow *f = &io->flow[i];
		int there = 0;

		if (f->from < 0)
			continue;
		if (f->from == io->console)
			f->left = CONSOLE_LEFT_MAX;
		else if (!ioctl(f->from, FIONREAD, &there))
			f->left = (uint64_t)there;
		flow_finish(io, f);
	}
}

bool stdio_busy(const struct stdio *io)
{
	return io->flow[1].len || io->flow[2].len;
}

int stdio_check(const struct stdio *io, struct err *err)
{
	if (io->failed < 0)
		return 0;
	errno = io->failure;
	return err_sys(err, "%s", names[io->failed]);
}
