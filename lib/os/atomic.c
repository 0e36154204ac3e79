/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A file is written without a name (O_TMPFILE) and linked under its own when
 * it is whole: a crash before that leaves nothing. Where something has that name already it is
 * linked under a temporary name and renamed over it. File systems without O_TMPFILE get the
 * temporary name from the beginning. A temporary name is ".tmp-PID-N" and its file is locked for as
 * long as its writer lives; atomic_sweep() removes those that it can lock. Between making such a
 * file and locking it a sweep may take it away, which the writer sees by its link count and begins
 * again.
 */
#include "os/atomic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"

#define TMP_PREFIX  ".tmp-"
#define TMP_RETRIES 100

/* ".tmp-PID-N": N is random, since two threads and a pid of before a restart must not meet. */
static void tmp_name(char *buf, size_t size)
{
	unsigned n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = (unsigned)getpid();
	snprintf(buf, size, TMP_PREFIX "%d-%08x", (int)getpid(), n);
}

/* Lock a file against sweeping. Waits only for a sweep that looks at it just now. */
static int hold(int fd)
{
	int r;

	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	return r;
}

int atomic_begin_named(int dirfd, mode_t mode, struct atomic_file *ret, struct err *err)
{
	for (int i = 0; i < TMP_RETRIES; i++) {
		struct atomic_file f = {.fd = -1, .dirfd = dirfd};
		struct stat st;

		tmp_name(f.tmp, sizeof(f.tmp));
		f.fd = openat(dirfd, f.tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			      mode);
		if (f.fd < 0 && errno == EEXIST)
			continue;
		if (f.fd < 0)
			return err_sys(err, "create temporary file '%s'", f.tmp);
		if (hold(f.fd) < 0 || fstat(f.fd, &st) < 0) {
			err_sys(err, "lock temporary file '%s'", f.tmp);
			atomic_done(&f);
			return -1;
		}
		if (st.st_nlink) {
			*ret = f;
			return 0;
		}
		close(f.fd);
	}
	return err_set(err, ERR_BUSY, "no temporary name is free after %d attempts", TMP_RETRIES);
}

int atomic_begin(int dirfd, mode_t mode, struct atomic_file *ret, struct err *err)
{
	struct atomic_file f = {.dirfd = dirfd};

	f.fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (f.fd >= 0) {
		*ret = f;
		return 0;
	}
	if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOTSUP)
		return atomic_begin_named(dirfd, mode, ret, err);
	return err_sys(err, "create a temporary file");
}

/* Give a nameless file a name; needs no privilege through /proc. */
static int link_nameless(const struct atomic_file *f, const char *name)
{
	char path[32];

	if (linkat(f->fd, "", f->dirfd, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM && errno != EINVAL)
		return -1;
	return linkat(AT_FDCWD, fd_proc_path(f->fd, path), f->dirfd, name, AT_SYMLINK_FOLLOW);
}

/* Give a nameless file its temporary name. */
static int link_tmp(struct atomic_file *f)
{
	if (hold(f->fd) < 0)
		return -1;
	for (int i = 0; i < TMP_RETRIES; i++) {
		char tmp[sizeof(f->tmp)];

		tmp_name(tmp, sizeof(tmp));
		if (link_nameless(f, tmp) == 0) {
			memcpy(f->tmp, tmp, sizeof(tmp));
			return 0;
		}
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static int name_replace(struct atomic_file *f, const char *name)
{
	if (!f->tmp[0]) {
		if (link_nameless(f, name) == 0)
			return 0;
		if (errno != EEXIST || link_tmp(f) < 0)
			return -1;
	}
	if (renameat(f->dirfd, f->tmp, f->dirfd, name) < 0)
		return -1;
	f->tmp[0] = '\0';
	return 0;
}

static int name_new(struct atomic_file *f, const char *name)
{
	if (!f->tmp[0])
		return link_nameless(f, name);
	if (renameat2(f->dirfd, f->tmp, f->dirfd, name, RENAME_NOREPLACE) < 0) {
		if (errno != EINVAL && errno != ENOSYS)
			return -1;
		/* A file system without RENAME_NOREPLACE: a link refuses an existing name as well.
		 */
		if (linkat(f->dirfd, f->tmp, f->dirfd, name, 0) < 0)
			return -1;
		unlinkat(f->dirfd, f->tmp, 0);
	}
	f->tmp[0] = '\0';
	return 0;
}

/* fsync(2) of a directory that may be open with O_PATH. */
static int sync_dir(int dirfd)
{
	_cleanup_fd_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

int atomic_commit(struct atomic_file *f, const char *name, bool replace, enum durability durable,
		  struct err *err)
{
	if (durable == DURABLE_YES && fsync(f->fd) < 0)
		return err_sys(err, "write '%s' to the disk", name);
	if ((replace ? name_replace(f, name) : name_new(f, name)) < 0) {
		if (errno == EEXIST)
			return err_set(err, ERR_EXISTS, "'%s' exists already", name);
		return err_sys(err, "give the new file its name '%s'", name);
	}
	close(fd_take(&f->fd));
	if (durable == DURABLE_YES && sync_dir(f->dirfd) < 0)
		return err_sys(err, "write the directory of '%s' to the disk", name);
	return 0;
}

void atomic_done(struct atomic_file *f)
{
	if (!f)
		return;
	if (f->tmp[0])
		unlinkat(f->dirfd, f->tmp, 0);
	f->tmp[0] = '\0';
	if (f->fd >= 0)
		close(fd_take(&f->fd));
}

int atomic_write(int dirfd, const char *name, const struct buf *data, mode_t mode,
		 enum durability durable, struct err *err)
{
	struct atomic_file f = ATOMIC_FILE_INIT;
	int r = -1;

	if (buf_check(data, name, err) < 0)
		return -1;
	if (atomic_begin(dirfd, mode, &f, err) < 0)
		return err_ctx(err, "write '%s'", name);
	if (fd_write_full(f.fd, data->data, data->len) < 0)
		err_sys(err, "write '%s'", name);
	else
		r = atomic_commit(&f, name, true, durable, err);
	atomic_done(&f);
	return r;
}

/* Links can't be locked: the process whose pid the name bears decides. */
static bool writer_gone(const char *name)
{
	char text[16];
	const char *p = name + strlen(TMP_PREFIX);
	const char *dash = strchr(p, '-');
	int64_t pid;

	if (!dash || (size_t)(dash - p) >= sizeof(text))
		return false;
	memcpy(text, p, (size_t)(dash - p));
	text[dash - p] = '\0';
	if (parse_int(text, 1, INT32_MAX, &pid, NULL) < 0)
		return false;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int sweep_one(int dirfd, const char *name, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat held, named;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return writer_gone(name) ? tree_remove(dirfd, name, err) : 0;
	if (fd < 0)
		return err_sys(err, "open leftover '%s'", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : err_sys(err, "lock leftover '%s'", name);
	/* The name may be another file's by now. */
	if (fstat(fd, &held) < 0 || fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "stat leftover '%s'", name);
	if (held.st_ino != named.st_ino || held.st_dev != named.st_dev)
		return 0;
	return tree_remove(dirfd, name, err);
}

int atomic_sweep(int dirfd, struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *e;
	int r = 0;

	if (fd < 0)
		return err_sys(err, "open a directory to sweep");
	dir = fdopendir(fd);
	if (!dir)
		return err_sys(err, "read a directory to sweep");
	fd_take(&fd);
	/* One that can't be removed keeps no other from being removed; the first error is told. */
	while ((e = readdir(dir)))
		if (str_prefix(e->d_name, TMP_PREFIX, NULL) &&
		    sweep_one(dirfd, e->d_name, r ? NULL : err) < 0)
			r = -1;
	return r;
}
