/* SPDX-License-Identifier: Apache-2.0 */
#include "os/rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "os/fd.h"
#include "os/rooted_walk.h"

#define RACE_RETRIES 64
/* openat2 refuses what open ignores. */
#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Returns a descriptor or -1 with errno. */
static int open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	struct rooted_walk walk = {.rootfd = rootfd, .mode = mode};
	long fd = -1;

	if (flags & O_PATH)
		flags &= PATH_FLAGS;
	flags |= O_CLOEXEC;
	walk.flags = flags;
	how.flags = (unsigned)flags;
	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
		how.mode = mode;
	for (int i = 0; i < RACE_RETRIES; i++) {
		fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR && errno != EXDEV))
			break;
	}
	if (fd >= 0)
		return (int)fd;
	if (errno == ENOSYS || errno == EPERM)
		return rooted_walk_open(&walk, path);
	if (errno == EXDEV)
		errno = EAGAIN;
	return -1;
}

/* Like err_sys(), and keeps errno for the caller. */
static int open_failed(const char *path, struct err *err)
{
	int saved = errno;

	err_sys(err, "open '%s'", path);
	errno = saved;
	return -1;
}

int rooted_open(int rootfd, const char *path, int flags, mode_t mode, int *ret, struct err *err)
{
	int fd = open_in_root(rootfd, path, flags, mode);

	if (fd < 0)
		return open_failed(path, err);
	*ret = fd;
	return 0;
}

int rooted_open_plain(int rootfd, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
}

int rooted_open_parent(int rootfd, const char *path, int *ret_parent, char **ret_name,
		       struct err *err)
{
	size_t end = strlen(path);
	_cleanup_free_ char *parent = NULL;
	_cleanup_free_ char *name = NULL;
	size_t start;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	name = xstrndup(path + start, end - start);
	if (!path_is_name(name))
		return err_set(err, ERR_INVALID, "path '%s' does not end in the name of an entry",
			       path);
	parent = start ? xstrndup(path, start) : xstrdup(".");
	fd = open_in_root(rootfd, parent, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return open_failed(parent, err);
	*ret_parent = fd;
	*ret_name = ptr_take(name);
	return 0;
}

int rooted_mkdirs(int rootfd, const char *path, mode_t mode, int *ret, struct err *err)
{
	const struct rooted_walk walk = {
		.rootfd = rootfd,
		.flags = O_PATH | O_DIRECTORY,
		.make_dirs = true,
		.parent_mode = mode,
	};
	int fd = open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);
	int saved;

	if (fd < 0 && errno == ENOENT)
		fd = rooted_walk_open(&walk, path);
	if (fd < 0) {
		saved = errno;
		err_sys(err, "make directory '%s'", path);
		errno = saved;
		return -1;
	}
	*ret = fd;
	return 0;
}

int rooted_mkfile(int rootfd, const char *path, mode_t mode, int *ret, struct err *err)
{
	const struct rooted_walk walk = {
		.rootfd = rootfd,
		.flags = O_PATH,
		.mode = mode,
		.make_dirs = true,
		.make_file = true,
		.parent_mode = 0755,
	};
	int fd = open_in_root(rootfd, path, O_PATH, 0);
	int saved;

	if (fd < 0 && errno == ENOENT)
		fd = rooted_walk_open(&walk, path);
	if (fd < 0) {
		saved = errno;
		err_sys(err, "make file '%s'", path);
		errno = saved;
		return -1;
	}
	*ret = fd;
	return 0;
}

int rooted_read_all(int rootfd, const char *path, size_t max, struct buf *out, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	_cleanup_fd_ int rfd = -1;
	char proc[32];
	struct stat st;

	/* Opening a device node for reading can do things; look first at what it is. */
	fd = open_in_root(rootfd, path, O_PATH, 0);
	if (fd < 0)
		return open_failed(path, err);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "'%s' is not a regular file", path);
	rfd = open(fd_proc_path(fd, proc), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (rfd < 0 && errno == ENOENT)
		rfd = open_in_root(rootfd, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	if (rfd < 0)
		return open_failed(path, err);
	return fd_read_all(rfd, max, path, out, err);
}
