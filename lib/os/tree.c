/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Removal goes depth first with one open directory per level. At most
 * REMOVE_LEVELS are open: a directory deeper than that is moved up into the top directory, under a
 * name of ours, and met there again, so that neither depth nor descriptors grow with hostile trees.
 * What a directory still holds when it should be empty (such a moved one, or an entry that the
 * directory's order skipped) is found by reading it again.
 */
#include "os/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "os/fd.h"

#define REMOVE_LEVELS 64
#define REMOVE_PASSES 8 /* readings of one directory that remove nothing before we give up */
#define OPEN_DIR      (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct level {
	DIR *dir;
	char *name;	/* of this directory in the level above */
	bool progress;	/* something was removed since the last rewind */
	unsigned idle;	/* readings without progress */
	bool opened_up; /* we gave ourselves permission already */
};

struct remover {
	int top_fd; /* where the top directory lies; borrowed */
	struct level levels[REMOVE_LEVELS];
	size_t n;
	unsigned moved;
	struct err *err;
};

/* Give ourselves access to a directory that we own. By descriptor: a name could be a link by now.
 */
static int make_accessible(int dirfd, const char *name)
{
	_cleanup_fd_ int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != geteuid() && geteuid() != 0) {
		errno = EACCES;
		return -1;
	}
	return chmod(fd_proc_path(fd, path), 0700);
}

/* Returns a descriptor or -1 with errno. */
static int open_level(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, OPEN_DIR);

	if (fd >= 0 || errno != EACCES)
		return fd;
	if (make_accessible(dirfd, name) < 0) {
		errno = EACCES;
		return -1;
	}
	return openat(dirfd, name, OPEN_DIR);
}

static int level_fd(const struct remover *r)
{
	return r->n ? dirfd(r->levels[r->n - 1].dir) : r->top_fd;
}

/* unlinkat(2) in the deepest level that makes the directory writable once where it is ours. */
static int unlink_here(struct remover *r, const char *name, int flags)
{
	struct level *l = r->n ? &r->levels[r->n - 1] : NULL;

	if (unlinkat(level_fd(r), name, flags) == 0 || errno == ENOENT)
		return 0;
	if (errno != EACCES || !l || l->opened_up)
		return -1;
	l->opened_up = true;
	if (fchmod(dirfd(l->dir), 0700) < 0) {
		errno = EACCES;
		return -1;
	}
	return unlinkat(dirfd(l->dir), name, flags) == 0 || errno == ENOENT ? 0 : -1;
}

/* Make all writable that moving the directory `name` up changes: both parents and itself. */
static void open_for_move(struct remover *r, const char *name)
{
	struct level *l = &r->levels[r->n - 1];

	l->opened_up = true;
	fchmod(dirfd(l->dir), 0700);
	fchmod(dirfd(r->levels[0].dir), 0700);
	make_accessible(dirfd(l->dir), name);
}

/* Move the directory `name` of the deepest level up into the first. */
static int move_up(struct remover *r, const char *name)
{
	struct level *l = &r->levels[r->n - 1];
	bool opened = false;
	char target[64];

	for (;;) {
		snprintf(target, sizeof(target), ".tmp-%d-up-%u", (int)getpid(), r->moved++);
		if (renameat2(dirfd(l->dir), name, dirfd(r->levels[0].dir), target,
			      RENAME_NOREPLACE) == 0)
			break;
		if (errno == ENOENT)
			return 0;
		if (errno == EACCES && !opened) {
			opened = true;
			open_for_move(r, name);
		} else if (errno != EEXIST) {
			return err_sys(r->err, "move the deep directory '%s' to remove it", name);
		}
	}
	l->progress = true;
	r->levels[0].progress = true;
	return 0;
}

/* Enter the directory `name` of the deepest level; 1: it is no directory. */
static int enter(struct remover *r, const char *name)
{
	struct level *l;
	DIR *dir;
	int fd;

	if (r->n == REMOVE_LEVELS)
		return move_up(r, name);
	fd = open_level(level_fd(r), name);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return 1;
	if (fd < 0)
		return err_sys(r->err, "open directory '%s' to remove it", name);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(r->err, "read directory '%s'", name);
	}
	l = &r->levels[r->n++];
	*l = (struct level){.dir = dir, .name = xstrdup(name)};
	return 0;
}

/* Remove the deepest level, which was read to its end, or begin to read it again. */
static int leave(struct remover *r)
{
	struct level *l = &r->levels[r->n - 1];
	int saved;

	r->n--;
	if (unlink_here(r, l->name, AT_REMOVEDIR) == 0) {
		if (r->n)
			r->levels[r->n - 1].progress = true;
		closedir(l->dir);
		free(l->name);
		return 0;
	}
	saved = errno;
	r->n++;
	if (saved != ENOTEMPTY && saved != EEXIST) {
		errno = saved;
		err_sys(r->err, "remove directory '%s'", l->name);
		if (saved == EBUSY)
			err_hint(r->err, "something is mounted on it: umount it first");
		return -1;
	}
	l->idle = l->progress ? 0 : l->idle + 1;
	if (l->idle > REMOVE_PASSES)
		return err_set(r->err, ERR_BUSY,
			       "directory '%s' is filled again while it is removed", l->name);
	l->progress = false;
	rewinddir(l->dir);
	return 0;
}

static int remove_entry(struct remover *r, const char *name, unsigned char type)
{
	int e;

	if (type == DT_DIR || type == DT_UNKNOWN) {
		e = enter(r, name);
		if (e <= 0)
			return e;
	}
	if (unlink_here(r, name, 0) == 0) {
		if (r->n)
			r->levels[r->n - 1].progress = true;
		return 0;
	}
	/* Replaced by a directory since it was listed: the next reading meets it. */
	if (errno == EISDIR)
		return 0;
	return err_sys(r->err, "remove '%s'", name);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

int tree_remove(int dirfd, const char *name, struct err *err)
{
	struct remover r = {.top_fd = dirfd, .err = err};
	int res;

	/* What is empty goes by one call. */
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	/* DT_UNKNOWN: tried as a directory first, then as anything else. */
	res = remove_entry(&r, name, DT_UNKNOWN);
	while (res == 0 && r.n) {
		struct level *l = &r.levels[r.n - 1];
		struct dirent *e;

		errno = 0;
		e = readdir(l->dir);
		if (e && !is_dots(e->d_name))
			res = remove_entry(&r, e->d_name, e->d_type);
		else if (!e && errno)
			res = err_sys(err, "read directory '%s'", l->name);
		else if (!e)
			res = leave(&r);
	}
	while (r.n) {
		closedir(r.levels[--r.n].dir);
		free(r.levels[r.n].name);
	}
	return res;
}

static int make_dirs(int dirfd, const char *path, mode_t mode)
{
	_cleanup_free_ char *prefix = xstrdup(path);
	const char *p = path;
	size_t len;

	if (mkdirat(dirfd, path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -1;
	while (path_next(&p, &len)) {
		size_t end = (size_t)(p - path);
		char c = prefix[end];

		prefix[end] = '\0';
		/* A directory that exists may lie on a read-only file system or be closed to us. */
		if (mkdirat(dirfd, prefix, mode) < 0 && errno != EEXIST) {
			int why = errno;

			if (faccessat(dirfd, prefix, F_OK, 0) < 0) {
				errno = why;
				return -1;
			}
		}
		prefix[end] = c;
	}
	return 0;
}

int tree_mkdirs(int dirfd, const char *path, mode_t mode, int *ret_fd, struct err *err)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(dirfd, path, flags);

	if (fd < 0 && errno == ENOENT) {
		if (make_dirs(dirfd, path, mode) < 0)
			return err_sys(err, "make directory '%s'", path);
		fd = openat(dirfd, path, flags);
	}
	if (fd < 0)
		return err_sys(err, "open directory '%s'", path);
	if (ret_fd)
		*ret_fd = fd;
	else
		close(fd);
	return 0;
}
