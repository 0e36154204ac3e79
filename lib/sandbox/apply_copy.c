/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "tmpcopyup" and "copyup": the content that a tmpfs or a new volume covers is copied into it. The
 * source is the image's, and so untrusted: it is walked by descriptors, links are copied as links,
 * devices and sockets are left. Another container may have the volume already, and put something
 * else in the place of what we have just made: owners and modes are given by descriptors only,
 * and what is there is left alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/tree.h"
#include "sandbox/apply.h"

#define COPY_CHUNK ((size_t)1 << 20)
#define XATTR_MAX  65536 /* the kernel's limit, of a list and of a value (XATTR_SIZE_MAX) */

static int copy_dir(int from, int to, unsigned depth, struct err *err);

/* An overlay's own, which mean something to the kernel (trusted.overlay., user.overlay.). */
static bool is_overlay_attr(const char *attr)
{
	const char *rest;

	return (str_prefix(attr, "trusted.", &rest) || str_prefix(attr, "user.", &rest)) &&
	       str_prefix(rest, "overlay.", NULL);
}

/* What is not allowed is left out. */
static int copy_xattrs(int in, int out, const char *name, struct err *err)
{
	_cleanup_free_ char *list = NULL, *value = NULL;
	ssize_t n = flistxattr(in, NULL, 0);

	if (n <= 0)
		return 0;
	list = xalloc(XATTR_MAX);
	value = xalloc(XATTR_MAX);
	n = flistxattr(in, list, XATTR_MAX);
	if (n < 0)
		return err_sys(err, "copy the attributes of '%s'", name);
	for (const char *attr = list; attr < list + n; attr += strlen(attr) + 1) {
		ssize_t size = is_overlay_attr(attr) ? -1 : fgetxattr(in, attr, value, XATTR_MAX);

		if (size < 0 || fsetxattr(out, attr, value, (size_t)size, 0) == 0)
			continue;
		if (errno != EPERM && errno != EACCES && errno != EOPNOTSUPP && errno != EINVAL)
			return err_sys(err, "copy attribute '%s' of '%s'", attr, name);
	}
	return 0;
}

/*
 * Owner, mode, attributes (a change of the owner takes capabilities away) and times. An owner that
 * is not mapped here can't be set.
 */
static int copy_meta(int in, int out, const char *name, struct err *err)
{
	struct timespec times[2];
	struct stat st;

	if (fstat(in, &st) < 0)
		return err_sys(err, "examine '%s'", name);
	if (fchown(out, st.st_uid, st.st_gid) < 0 && errno != EINVAL && errno != EPERM)
		return err_sys(err, "copy the owner of '%s'", name);
	if (fchmod(out, st.st_mode & 07777) < 0)
		return err_sys(err, "copy the mode of '%s'", name);
	if (copy_xattrs(in, out, name, err) < 0)
		return -1;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return futimens(out, times) < 0 ? err_sys(err, "copy the times of '%s'", name) : 0;
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
		return errno == EEXIST ? 0 : err_sys(err, "make '%s'", name);
	do {
		n = sendfile(out, in, NULL, COPY_CHUNK);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_sys(err, "copy '%s'", name) : copy_meta(in, out, name, err);
}

static int copy_link(int from, int to, const char *name, const struct stat *st, struct err *err)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(err, "read link '%s'", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return errno == EEXIST ? 0 : err_sys(err, "make link '%s'", name);
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EINVAL && errno != EPERM)
		return err_sys(err, "copy the owner of '%s'", name);
	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0
		       ? err_sys(err, "copy the times of '%s'", name)
		       : 0;
}

static int copy_subdir(int from, int to, const char *name, unsigned depth, struct err *err)
{
	_cleanup_fd_ int in = -1, out = -1;

	if (mkdirat(to, name, 0700) < 0)
		return errno == EEXIST ? 0 : err_sys(err, "make directory '%s'", name);
	in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return err_sys(err, "open directory '%s' to copy it", name);
	return copy_dir(in, out, depth + 1, err) < 0 ? -1 : copy_meta(in, out, name, err);
}

static int copy_entry(int from, int to, const char *name, unsigned depth, struct err *err)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "examine '%s'", name);
	if (S_ISDIR(st.st_mode))
		return copy_subdir(from, to, name, depth, err);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, err);
	return S_ISLNK(st.st_mode) ? copy_link(from, to, name, &st, err) : 0;
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

	if (in < 0 || out < 0)
		return err_sys(err, "open a directory to copy it");
	return copy_dir(in, out, 0, err) < 0 ? -1 : copy_meta(in, out, ".", err);
}

int apply_copy_into_empty(int from, int to, struct err *err)
{
	_cleanup_fd_ int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *e;

	/* What even root here may not read was somebody's already. */
	if (out < 0 && (errno == EACCES || errno == EPERM))
		return 0;
	if (out < 0 || !(dir = fdopendir(out)))
		return err_sys(err, "open a directory to fill it");
	fd_take(&out);
	while ((errno = 0, e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return 0;
	return errno ? err_sys(err, "read a directory to fill it") : apply_copy_tree(from, to, err);
}
