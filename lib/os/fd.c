/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "os/dir.h"

#define READ_CHUNK 4096

ssize_t fd_read_full(int fd, void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int fd_write_full(int fd, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = write(fd, (const char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		done += (size_t)r;
	}
	return 0;
}

int fd_read_all(int fd, size_t max, const char *what, struct buf *out, struct err *err)
{
	char chunk[READ_CHUNK];
	size_t total = 0;

	for (;;) {
		ssize_t r = read(fd, chunk, sizeof(chunk));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, "read '%s'", what);
		if (r == 0)
			return 0;
		total += (size_t)r;
		if (total > max)
			return err_set(err, ERR_LIMIT, "'%s' is larger than the %zu bytes allowed",
				       what, max);
		buf_add(out, chunk, (size_t)r);
		if (buf_check(out, what, err) < 0)
			return -1;
	}
}

int file_read_all(int dirfd, const char *path, size_t max, struct buf *out, struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	return fd_read_all(fd, max, path, out, err);
}

int file_write_text(int dirfd, const char *path, const char *text, struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	int saved;
	ssize_t r;

	if (fd < 0)
		return err_sys(err, "open '%s' to write '%s'", path, text);
	do {
		r = write(fd, text, len);
	} while (r < 0 && errno == EINTR);
	if (r >= 0 && (size_t)r < len) {
		errno = EIO;
		r = -1;
	}
	if (r < 0) {
		saved = errno;
		err_sys(err, "write '%s' to '%s'", text, path);
		close(fd_take(&fd));
		errno = saved;
		return -1;
	}
	return 0;
}

int fd_ensure_stdio(struct err *err)
{
	for (int i = 0; i <= 2; i++) {
		int fd;

		if (fcntl(i, F_GETFD) >= 0)
			continue;
		/* Lower ones are open, so this one is the lowest free; it stays open across exec.
		 */
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
		if (fd < 0)
			return err_sys(err, "open '/dev/null' as descriptor %d", i);
		if (fd != i) {
			close(fd);
			return err_set(err, ERR_SYSTEM, "descriptor %d is taken by another thread",
				       i);
		}
	}
	return 0;
}

bool fd_entry_exists(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The same one by one, as procfs lists them. Returns 0, or -1 with errno. */
static int cloexec_listed(unsigned first, int proc_fd)
{
	int fd = proc_fd >= 0 ? openat(proc_fd, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			      : open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct statfs fs;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	/* Anything else would be somebody's word for it. */
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) {
		errno = ENOSYS;
		return -1;
	}
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		uint64_t n;
		int flags;

		if (parse_uint(e->d_name, INT32_MAX, &n, NULL) < 0 || n < first)
			continue;
		flags = fcntl((int)n, F_GETFD);
		if (flags < 0 || fcntl((int)n, F_SETFD, flags | FD_CLOEXEC) < 0)
			return -1;
	}
	/* A list that broke off would leave the others open. */
	return errno ? -1 : 0;
}

int fd_cloexec_from(unsigned first, int proc_fd, struct err *err)
{
	int saved;

	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0 ||
	    cloexec_listed(first, proc_fd) == 0)
		return 0;
	saved = errno;
	err_sys(err, "mark descriptors close-on-exec");
	err_hint(err, "close_range is missing, or forbidden by a seccomp filter around onggi "
		      "(onggi doctor kernel-features)");
	errno = saved;
	return -1;
}

const char *fd_proc_path(int fd, char *buf)
{
	snprintf(buf, 32, "/proc/self/fd/%d", fd);
	return buf;
}
