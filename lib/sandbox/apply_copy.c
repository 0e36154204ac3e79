/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "tmpcopyup": the content that a tmpfs covers is copied into it. The source is the image's, and so
 * untrusted: it is walked by descriptors, links are copied as links, devices and sockets are left.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/tree.h"
#include "sandbox/apply.h"

#define COPY_CHUNK ((size_t)1 << 20)

static int copy_dir(int from, int to, unsigned depth, struct err *err);

/* Owner, mode and times; an owner that is not mapped here can't be set. */
static int copy_meta(int dir, const char *name, const struct stat *st, struct err *err)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EINVAL && errno != EPERM)
		return err_sys(err, "copy the owner of '%s'", name);
	if (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0) < 0)
		return err_sys(err, "copy the mode of '%s'", name);
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "copy the times of '%s'", name);
	return 0;
}

static int copy_file(int from, int to, const char *name, struct err *err)
{
	_cleanup_fd_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_fd_ int out = -1;
	ssize_t n;

	if (in < 0)
		return err_sys(err, "open '%s' to copy it", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(err, "make '%s'", name);
	do {
		n = sendfile(out, in, NULL, COPY_CHUNK);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_sys(err, "copy '%s'", name) : 0;
}

static int copy_link(int from, int to, const char *name, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(err, "read link '%s'", name);
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? err_sys(err, "make link '%s'", name) : 0;
}

static int copy_subdir(int from, int to, const char *name, unsigned depth, struct err *err)
{
	_cleanup_fd_ int in = -1, out = -1;

	if (mkdirat(to, name, 0700) < 0)
		return err_sys(err, "make directory '%s'", name);
	in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return err_sys(err, "open directory '%s' to copy it", name);
	return copy_dir(in, out, depth + 1, err);
}

static int copy_entry(int from, int to, const char *name, unsigned depth, struct err *err)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "examine '%s'", name);
	if (S_ISDIR(st.st_mode))
		r = copy_subdir(from, to, name, depth, err);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name, err);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name, err);
	else
		return 0;
	return r < 0 ? -1 : copy_meta(to, name, &st, err);
}

static int copy_dir(int from, int to, unsigned depth, struct err *err)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *e;
	int fd;

	if (depth > TREE_MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "directories are more than %d deep", TREE_MAX_DEPTH);
	fd = fcntl(from, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || !(dir = fdopendir(fd))) {
		if (fd >= 0)
			close(fd);
		return err_sys(err, "read a directory to copy it");
	}
	while ((errno = 0, e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (copy_entry(from, to, e->d_name, depth, err) < 0)
			return -1;
	}
	return errno ? err_sys(err, "read a directory to copy it") : 0;
}

int apply_copy_tree(int from, int to, struct err *err)
{
	_cleanup_fd_ int in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || out < 0)
		return err_sys(err, "open a directory to copy it");
	if (copy_dir(in, out, 0, err) < 0)
		return -1;
	if (fstat(in, &st) < 0)
		return err_sys(err, "examine a directory");
	return copy_meta(out, ".", &st, err);
}
