/* SPDX-License-Identifier: Apache-2.0 */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int lock_fd(int fd, enum lock_mode mode, bool wait, const char *what, struct err *err)
{
	int op = (mode == LOCK_EXCLUSIVE ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
	int r;

	do {
		r = flock(fd, op);
	} while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK) {
		err_set(err, ERR_BUSY, "'%s' is locked by another process", what);
		return err_hint(err, "wait until the other command on it has ended");
	}
	if (r < 0)
		return err_sys(err, "lock '%s'", what);
	return 0;
}

static int open_lock(int dirfd, const char *name, enum lock_mode mode)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

	/* A store that we may only read is still locked against those who write it. */
	if (fd < 0 && mode == LOCK_SHARED && (errno == EACCES || errno == EROFS || errno == EPERM))
		fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	return fd;
}

int lock_file(int dirfd, const char *name, enum lock_mode mode, bool wait, int *ret,
	      struct err *err)
{
	/* A file that was removed while we waited for it locks nothing: take the new one. */
	for (;;) {
		_cleanup_fd_ int fd = open_lock(dirfd, name, mode);
		struct stat st;

		if (fd < 0)
			return err_sys(err, "open lock file '%s'", name);
		if (lock_fd(fd, mode, wait, name, err) < 0)
			return -1;
		if (fstat(fd, &st) < 0)
			return err_sys(err, "stat lock file '%s'", name);
		if (st.st_nlink == 0)
			continue;
		*ret = fd_take(&fd);
		return 0;
	}
}
