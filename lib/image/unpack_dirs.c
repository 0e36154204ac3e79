/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack of open directories.
 *
 * Archives list a directory's entries together, so that most entries find their parent on top of
 * the stack. Every step down is one openat() of a single name that follows no link. Where a
 * component is a symbolic link, which archives of whole systems contain rarely, the stack is left
 * and the path resolved below the root by os/rooted.h; such a directory is on the stack without a
 * name, so that no later entry takes it for a plain one.
 *
 * A directory's mode and times are set when it is left, since work in it would change the times,
 * and a setgid bit would change what is made in it. A directory that is entered again gets the
 * times back that it had. So the order of entries doesn't matter, and no list of directories is
 * kept.
 */
#include "image/unpack_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "os/rooted.h"

#define ROOT_MODE 0755
#define OPEN_DIR  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int unpack_dirs_init(struct unpack_dirs *d, int rootfd, const char *opaque_attr, struct err *err)
{
	int fd = openat(rootfd, ".", OPEN_DIR);

	if (fd < 0)
		return err_sys(err, "open the layer's root");
	d->n = 1;
	/* An archive without an entry for its root gives the same tree everywhere, too. */
	d->stack[0] =
		(struct unpack_dir){.fd = fd, .fresh = true, .has_meta = true, .mode = ROOT_MODE};
	d->opaque_attr = opaque_attr;
	return 0;
}

void unpack_dirs_described(struct unpack_dirs *d, const char *path)
{
	map_remove(&d->implied, path);
}

struct unpack_dir *unpack_dirs_top(struct unpack_dirs *d)
{
	return &d->stack[d->n - 1];
}

static void release(struct unpack_dir *dir)
{
	close(fd_take(&dir->fd));
	free(ptr_take(dir->name));
}

static int pop(struct unpack_dirs *d, struct err *err)
{
	struct unpack_dir *dir = &d->stack[--d->n];
	const struct timespec times[2] = {dir->mtime, dir->mtime};
	int r = 0;

	if (dir->has_meta && fchmod(dir->fd, dir->mode) < 0)
		r = err_sys(err, "mode of directory '%s'", dir->name ? dir->name : "/");
	if (!r && (dir->has_meta || (dir->touched && !dir->fresh)) && futimens(dir->fd, times) < 0)
		r = err_sys(err, "times of directory '%s'", dir->name ? dir->name : "/");
	release(dir);
	return r;
}

static int pop_to(struct unpack_dirs *d, size_t n, struct err *err)
{
	while (d->n > n) {
		if (pop(d, err) < 0)
			return -1;
	}
	return 0;
}

int unpack_dirs_finish(struct unpack_dirs *d, struct err *err)
{
	return pop_to(d, 0, err);
}

void unpack_dirs_done(struct unpack_dirs *d)
{
	while (d->n > 0)
		release(&d->stack[--d->n]);
	map_done(&d->implied);
}

/* fd is taken, even on failure. name: NULL for a directory that was reached through a link. */
static int push(struct unpack_dirs *d, const char *name, size_t len, int fd, bool fresh,
		struct err *err)
{
	if (d->n == LAYER_MAX_DEPTH + 1) {
		close(fd);
		return err_set(err, ERR_LIMIT, "more than %d directories below one another",
			       LAYER_MAX_DEPTH);
	}
	d->stack[d->n++] = (struct unpack_dir){.name = name ? xstrndup(name, len) : NULL,
					       .fd = fd,
					       .fresh = fresh};
	return 0;
}

int unpack_dirs_touch(struct unpack_dirs *d, struct err *err)
{
	struct unpack_dir *dir = unpack_dirs_top(d);
	struct stat st;

	if (dir->touched)
		return 0;
	dir->touched = true;
	if (dir->fresh)
		return 0;
	if (fstat(dir->fd, &st) < 0)
		return err_sys(err, "directory '%s'", dir->name ? dir->name : "/");
	if (!dir->has_meta)
		dir->mtime = st.st_mtim;
	dir->setgid = st.st_mode & S_ISGID;
	return 0;
}

int unpack_dirs_opaque(struct unpack_dirs *d, int fd, struct err *err)
{
	d->root_opaque = d->root_opaque || fd == d->stack[0].fd;
	if (fsetxattr(fd, d->opaque_attr, "y", 1, 0) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return err_sys(err, "mark a directory as opaque");
	err_set(err, ERR_UNSUPPORTED, "the store's file system can't hold the attribute '%s'",
		d->opaque_attr);
	return err_hint(err, "keep the store on ext4, xfs or btrfs: --root DIR (onggi doctor "
			     "store-filesystem)");
}

/* What stands at name gives way. Returns 1 when something did. */
static int make_way(struct unpack_dirs *d, const char *name, struct err *err)
{
	if (unlinkat(unpack_dirs_top(d)->fd, name, 0) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	return err_sys(err, "replace '%s'", name);
}

int unpack_dirs_make(struct unpack_dirs *d, const char *name, struct err *err)
{
	int top = unpack_dirs_top(d)->fd;
	bool fresh = true;
	int replaced = 0;
	int fd;

	if (unpack_dirs_touch(d, err) < 0)
		return -1;
	if (mkdirat(top, name, 0755) < 0) {
		if (errno != EEXIST)
			return err_sys(err, "make directory '%s'", name);
		fresh = false;
	}
	fd = openat(top, name, OPEN_DIR);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		replaced = make_way(d, name, err);
		if (replaced < 0)
			return -1;
		if (mkdirat(top, name, 0755) < 0)
			return err_sys(err, "make directory '%s'", name);
		fresh = true;
		fd = openat(top, name, OPEN_DIR);
	}
	if (fd < 0)
		return err_sys(err, "open directory '%s'", name);
	/* What it replaced, a whiteout or a file, hid the lower layers' directory. */
	if (replaced && unpack_dirs_opaque(d, fd, err) < 0) {
		close(fd);
		return -1;
	}
	return push(d, name, strlen(name), fd, fresh, err);
}

/* Is it a whiteout of this layer? */
static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/*
 * One step down. Returns 1, or 0 where name is a symbolic link.
 */
static int descend(struct unpack_dirs *d, const char *name, size_t len, struct err *err)
{
	char part[256];
	struct stat st;
	int top = unpack_dirs_top(d)->fd;
	int fd;

	memcpy(part, name, len);
	part[len] = '\0';
	fd = openat(top, part, OPEN_DIR);
	if (fd >= 0)
		return push(d, part, len, fd, false, err) < 0 ? -1 : 1;
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return err_sys(err, "open directory '%s'", part);
	if (fstatat(top, part, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISLNK(st.st_mode))
			return 0;
		if (!is_whiteout(&st))
			return err_set(err, ERR_INVALID, "'%s' in its path is no directory", part);
	}
	return unpack_dirs_make(d, part, err) < 0 ? -1 : 1;
}

/* The whole path resolved inside the root, links and all. */
static int enter_resolved(struct unpack_dirs *d, const char *path, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	int readable;

	if (pop_to(d, 1, err) < 0 || rooted_mkdirs(d->stack[0].fd, path, 0755, &fd, err) < 0)
		return -1;
	readable = openat(fd, ".", OPEN_DIR);
	if (readable < 0)
		return err_sys(err, "open directory '%s'", path);
	return push(d, NULL, 0, readable, false, err);
}

static void note_implied(struct unpack_dirs *d, const char *path, size_t len)
{
	_cleanup_free_ char *made = xstrndup(path, len);

	if (d->implied.count < UNPACK_IMPLIED_MAX)
		map_set(&d->implied, made, d);
}

int unpack_dirs_enter(struct unpack_dirs *d, const char *path, struct err *err)
{
	const char *rest = path;
	size_t depth = 1;
	size_t len;

	for (const char *p = rest, *name; (name = path_next(&p, &len)); rest = p, depth++) {
		const char *have = depth < d->n ? d->stack[depth].name : NULL;

		if (!have || strncmp(have, name, len) != 0 || have[len])
			break;
	}
	if (pop_to(d, depth, err) < 0)
		return -1;
	for (const char *name; (name = path_next(&rest, &len));) {
		int n = descend(d, name, len, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return enter_resolved(d, path, err);
		if (unpack_dirs_top(d)->fresh)
			note_implied(d, path, (size_t)(name + len - path));
	}
	return 0;
}
