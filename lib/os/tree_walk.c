/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A directory is read to its end at once; the names of its subdirectories are
 * kept, and then entered one after the other. At most WALK_OPEN of the directories on the way are
 * open: one further up is closed, and found again as ".." of its child, where it must be the same
 * directory as before.
 */
#include "os/tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define WALK_OPEN   64
#define WALK_BUFFER ((size_t)64 << 10)
#define OPEN_DIR    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

struct level {
	int fd; /* -1: closed for the time being */
	struct stat st;
	struct buf names; /* of subdirectories, each with its NUL */
	size_t next;	  /* where in them */
};

struct walker {
	struct tree_walk *walk;
	struct level *levels;
	size_t n, cap;
	char *buffer;
};

static void walker_done(struct walker *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->levels[i].fd >= 0)
			close(w->levels[i].fd);
		buf_done(&w->levels[i].names);
	}
	free(w->levels);
	free(w->buffer);
}
DEFINE_CLEANUP_VALUE(walker, walker_done)

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int visit_entry(struct walker *w, struct level *l, const char *name, struct err *err)
{
	struct stat st;
	struct tree_entry e = {.dirfd = l->fd, .name = name, .st = &st, .parent = &l->st};
	int r;

	if (fstatat(l->fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "look at '%s'", name);
	r = w->walk->visit(w->walk->arg, &e, err);
	if (r == 0 && S_ISDIR(st.st_mode))
		buf_add(&l->names, name, strlen(name) + 1);
	return r < 0 ? -1 : 0;
}

/* Visit the entries of the deepest level. */
static int read_level(struct walker *w, struct err *err)
{
	struct level *l = &w->levels[w->n - 1];

	for (;;) {
		ssize_t len = getdents64(l->fd, w->buffer, WALK_BUFFER);

		if (len == 0)
			return buf_check(&l->names, "names of directories", err);
		if (len < 0)
			return errno == ENOENT ? 0 : err_sys(err, "read a directory");
		for (ssize_t at = 0; at < len;) {
			const struct dirent64 *d = (const void *)(w->buffer + at);

			at += d->d_reclen;
			if (!is_dots(d->d_name) && visit_entry(w, l, d->d_name, err) < 0)
				return -1;
		}
	}
}

/* Put a directory on top, which takes the descriptor. */
static int push(struct walker *w, int fd, struct err *err)
{
	struct level *l;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 32;
		w->levels = xreallocarray(w->levels, w->cap, sizeof(*w->levels));
	}
	l = &w->levels[w->n++];
	*l = (struct level){.fd = fd};
	if (w->n > WALK_OPEN)
		close(fd_take(&w->levels[w->n - 1 - WALK_OPEN].fd));
	if (fstat(fd, &l->st) < 0)
		return err_sys(err, "look at a directory");
	return read_level(w, err);
}

/* Leave the deepest level: the one above must be open, and be the one that it was. */
static int pop(struct walker *w, struct err *err)
{
	struct level *l = &w->levels[w->n - 1];
	struct level *up = w->n > 1 ? l - 1 : NULL;
	struct stat st;
	bool same = true;

	if (up && up->fd < 0) {
		up->fd = openat(l->fd, "..", OPEN_DIR);
		same = up->fd >= 0 && fstat(up->fd, &st) == 0 && st.st_dev == up->st.st_dev &&
		       st.st_ino == up->st.st_ino;
	}
	close(l->fd);
	buf_done(&l->names);
	w->n--;
	return same ? 0 : err_set(err, ERR_BUSY, "directories are moved while they are walked");
}

static int enter_next(struct walker *w, struct level *l, struct err *err)
{
	const char *name = l->names.data + l->next;
	int fd = openat(l->fd, name, OPEN_DIR);

	l->next += strlen(name) + 1;
	if (fd >= 0)
		return push(w, fd, err);
	if (errno == EACCES || errno == EPERM)
		w->walk->unreadable++;
	else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return err_sys(err, "open directory '%s'", name);
	return 0;
}

int tree_walk(struct tree_walk *walk, int fd, struct err *err)
{
	_cleanup_(walker) struct walker w = {.walk = walk, .buffer = xalloc(WALK_BUFFER)};
	/* Of our own: the caller's stays where it is read. */
	int top = openat(fd, ".", OPEN_DIR);

	if (top < 0 && (errno == EACCES || errno == EPERM)) {
		walk->unreadable++;
		return 0;
	}
	if (top < 0)
		return err_sys(err, "open a directory");
	if (push(&w, top, err) < 0)
		return -1;
	while (w.n) {
		struct level *l = &w.levels[w.n - 1];

		if (l->next < l->names.len ? enter_next(&w, l, err) : pop(&w, err))
			return -1;
	}
	return 0;
}
