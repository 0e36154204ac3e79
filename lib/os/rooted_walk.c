/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The walk holds an O_PATH descriptor of every directory between the root and
 * where it is, so that ".." is a pop and never asks the kernel, which could be led outside by a
 * directory that is moved meanwhile. Each step opens one component with O_NOFOLLOW; a component
 * that turns out to be a link is read and its text put in front of the rest of the path. An
 * absolute link pops back to the root. A component with a slash behind it is always a directory on
 * the way, also when nothing follows the slash.
 */
#include "os/rooted_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "os/rooted.h"

#define PROC_ROOT_INODE 1

struct walk {
	const struct rooted_walk *w;
	int dirs[ROOTED_WALK_MAX_DEPTH];
	size_t depth; /* 0: at the root */
	char *rest;   /* owned: what is still to be walked */
	unsigned links;
};

static int here(const struct walk *s)
{
	return s->depth ? s->dirs[s->depth - 1] : s->w->rootfd;
}

static void pop(struct walk *s)
{
	if (s->depth)
		close(s->dirs[--s->depth]);
}

/* Links of procfs that are more than text lie below its top directory; those in it are plain. */
static bool is_magic(int dirfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(dirfd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	return fstat(dirfd, &st) < 0 || st.st_ino != PROC_ROOT_INODE;
}

/*
 * Put the target of the link `name` in front of `after`. Returns 0; -1 with errno, EINVAL when it
 * is no link.
 */
static int expand_link(struct walk *s, const char *name, const char *after)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(here(s), name, target, sizeof(target) - 1);
	char *rest;

	if (len < 0)
		return -1;
	if (len == 0) {
		errno = ENOENT;
		return -1;
	}
	if (++s->links > ROOTED_MAX_LINKS || is_magic(here(s))) {
		errno = ELOOP;
		return -1;
	}
	target[len] = '\0';
	if ((size_t)len + strlen(after) > ROOTED_WALK_MAX_PATH) {
		errno = ENAMETOOLONG;
		return -1;
	}
	rest = xasprintf("%s%s", target, after);
	free(s->rest);
	s->rest = rest;
	if (target[0] == '/')
		while (s->depth)
			pop(s);
	return 0;
}

/* Was errno set because the component may be a link? */
static bool maybe_link(void)
{
	return errno == ELOOP || errno == ENOTDIR || errno == EMLINK;
}

static int open_dir(const struct walk *s, const char *name)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(here(s), name, flags);

	if (fd >= 0 || errno != ENOENT || !s->w->make_dirs)
		return fd;
	if (mkdirat(here(s), name, s->w->parent_mode) < 0 && errno != EEXIST)
		return -1;
	return openat(here(s), name, flags);
}

/* Enter the directory `name`; what follows it is `after` (inside s->rest). */
static int step_into(struct walk *s, const char *name, const char *after)
{
	_cleanup_free_ char *keep = xstrdup(after);
	int fd;

	if (s->depth == ROOTED_WALK_MAX_DEPTH) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open_dir(s, name);
	if (fd >= 0) {
		s->dirs[s->depth++] = fd;
		free(s->rest);
		s->rest = ptr_take(keep);
		return 0;
	}
	if (!maybe_link())
		return -1;
	if (expand_link(s, name, keep) < 0) {
		if (errno == EINVAL)
			errno = ENOTDIR;
		return -1;
	}
	return 0;
}

/* Is a link as the last component to be followed? */
static bool follows_last(int flags)
{
	return !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

/* Open or make the last component, following nothing. */
static int open_entry(const struct walk *s, const char *name)
{
	const struct rooted_walk *w = s->w;
	const int flags = w->flags | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(here(s), name, flags, w->mode);

	if (fd >= 0 || errno != ENOENT || !w->make_file)
		return fd;
	if (mknodat(here(s), name, S_IFREG | w->mode, 0) < 0 && errno != EEXIST)
		return -1;
	return openat(here(s), name, flags, w->mode);
}

/*
 * Open the last component. Returns a descriptor, -1 with errno, or -2 when it was a link that is
 * now expanded.
 */
static int open_last(struct walk *s, const char *name)
{
	_cleanup_fd_ int fd = open_entry(s, name);
	int saved = EAGAIN;
	struct stat st;

	if (!follows_last(s->w->flags))
		return fd_take(&fd);
	if (fd < 0 && !maybe_link())
		return -1;
	if (fd < 0)
		saved = errno;
	else if (!(s->w->flags & O_PATH))
		return fd_take(&fd);
	else if (fstat(fd, &st) < 0)
		return -1;
	else if (!S_ISLNK(st.st_mode))
		return fd_take(&fd);
	if (expand_link(s, name, "") == 0)
		return -2;
	if (errno == EINVAL)
		errno = saved;
	return -1;
}

/* Open the directory that the walk has reached. */
static int open_here(const struct walk *s)
{
	int flags = s->w->flags;

	if (flags & O_CREAT) {
		errno = flags & O_EXCL ? EEXIST : EISDIR;
		return -1;
	}
	return openat(here(s), ".", (flags & ~O_NOFOLLOW) | O_CLOEXEC, s->w->mode);
}

/* One step. Returns a descriptor at the end, -1 with errno, -2 to go on. */
static int walk_step(struct walk *s)
{
	const char *p = s->rest;
	char name[NAME_MAX + 1];
	size_t len;
	const char *start = path_next(&p, &len);
	bool make_last_dir = s->w->make_dirs && (s->w->flags & O_DIRECTORY);

	if (!start)
		return open_here(s);
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, start, len);
	name[len] = '\0';
	p = start + len;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		char *rest = xstrdup(p);

		if (name[1] == '.')
			pop(s);
		free(s->rest);
		s->rest = rest;
		return -2;
	}
	if ((s->w->flags & O_CREAT) && *p == '/' && !p[strspn(p, "/")]) {
		errno = EISDIR;
		return -1;
	}
	if (*p == '/' || make_last_dir)
		return step_into(s, name, p) < 0 ? -1 : -2;
	return open_last(s, name);
}

int rooted_walk_open(const struct rooted_walk *w, const char *path)
{
	struct walk s = {.w = w};
	int fd = -2;
	int saved;

	if (!path[0]) {
		errno = ENOENT;
		return -1;
	}
	if (strlen(path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	s.rest = xstrdup(path);
	while (fd == -2)
		fd = walk_step(&s);
	saved = errno;
	while (s.depth)
		pop(&s);
	free(s.rest);
	errno = saved;
	return fd;
}
