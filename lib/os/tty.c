/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"

static int set_attrs(int fd, const struct termios *attrs)
{
	int r;

	/* Not drained first: output that was stopped with ^S would block us for ever. */
	do {
		r = tcsetattr(fd, TCSANOW, attrs);
	} while (r < 0 && errno == EINTR);
	return r;
}

int tty_raw(int fd, struct tty_saved *ret, struct err *err)
{
	struct tty_saved saved = {.fd = fd};
	struct termios raw;

	if (tcgetattr(fd, &saved.attrs) < 0)
		return err_sys(err, "read the settings of the terminal (descriptor %d)", fd);
	raw = saved.attrs;
	cfmakeraw(&raw);
	if (set_attrs(fd, &raw) < 0)
		return err_sys(err, "put the terminal (descriptor %d) in raw mode", fd);
	*ret = saved;
	return 0;
}

void tty_restore(struct tty_saved *s)
{
	if (s->fd < 0)
		return;
	set_attrs(s->fd, &s->attrs);
	s->fd = -1;
}

int tty_open_pair(int dev_pts_dirfd, int *ret_master, int *ret_slave, struct err *err)
{
	const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
	_cleanup_fd_ int master = -1;
	int slave;
	int unlock = 0;

	master = openat(dev_pts_dirfd, "ptmx", flags | O_NOFOLLOW);
	if (master < 0)
		return err_sys(err, "open 'ptmx' of the devpts");
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys(err, "unlock the pseudo-terminal");
	/* By the master and not by name: the name could lead anywhere. */
	slave = ioctl(master, TIOCGPTPEER, flags);
	if (slave < 0)
		return err_sys(err, "open the other end of the pseudo-terminal");
	*ret_master = fd_take(&master);
	*ret_slave = slave;
	return 0;
}

int tty_make_controlling(int fd, struct err *err)
{
	if (ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_sys(err, "make descriptor %d the controlling terminal", fd);
	for (int i = 0; i <= 2; i++) {
		if (fd == i ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, i) < 0)
			return err_sys(err, "put the terminal on descriptor %d", i);
	}
	return 0;
}

void tty_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		ioctl(to, TIOCSWINSZ, &size);
}

int tty_set_size(int fd, unsigned rows, unsigned cols, struct err *err)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	if (rows > USHRT_MAX || cols > USHRT_MAX)
		return err_set(err, ERR_INVALID, "a terminal of %u by %u is larger than %d by %d",
			       cols, rows, USHRT_MAX, USHRT_MAX);
	if (ioctl(fd, TIOCSWINSZ, &size) < 0)
		return err_sys(err, "set the size of the terminal to %u by %u", cols, rows);
	return 0;
}
