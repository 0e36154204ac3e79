/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries are made by a single name in an open directory, exclusively: what stands there already is
 * removed first and never followed. Order of a file's attributes: data, owner (which clears setuid
 * bits and capabilities), mode, extended attributes, times.
 */
#include "image/unpack_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "os/rooted.h"
#include "os/tree.h"
#include "os/xattr.h"

#define NSEC_PER_SEC 1000000000L

/* ---- names ---- */

int unpack_clean(const char *path, char *buf, struct err *err)
{
	size_t out = 0;
	size_t len;

	for (const char *p = path, *name; (name = path_next(&p, &len));) {
		if (len == 1 && name[0] == '.')
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			if (!out)
				return err_set(err, ERR_INVALID, "its name leaves the root");
			while (out > 0 && buf[--out] != '/')
				;
			continue;
		}
		if (len > 255)
			return err_set(err, ERR_LIMIT,
				       "a component of its name has %zu bytes, at most 255 are "
				       "accepted",
				       len);
		/* It fits: what is left out is at least as long as the slash. */
		if (out)
			buf[out++] = '/';
		memcpy(buf + out, name, len);
		out += len;
	}
	buf[out] = '\0';
	return 0;
}

/* ---- attributes ---- */

/*
 * Attributes that describe the machine where the image was made, that would speak to overlayfs or
 * to a security module of the host in the image's name, or that nothing in a container can see:
 * capabilities are all that an image may bring of "security." and "trusted.".
 */
static bool is_foreign_attr(const char *name)
{
	if (str_prefix(name, "security.", NULL))
		return strcmp(name, "security.capability") != 0;
	return str_prefix(name, "trusted.", NULL) || str_prefix(name, "user.overlay.", NULL) ||
	       strcmp(name, "system.nfs4_acl") == 0;
}

/* May an image do without the attribute? File systems differ in what they keep and how much. */
static bool is_xattr_refusal(int sys)
{
	return sys == EPERM || sys == EOPNOTSUPP || sys == EINVAL || sys == EACCES ||
	       sys == ENOSPC || sys == E2BIG || sys == ERANGE;
}

/* Set attributes through fd, or of name in dirfd where fd is -1. */
static int set_xattrs(struct unpack *u, int fd, int dirfd, const char *name,
		      const struct tar_entry *e, struct err *err)
{
	for (size_t i = 0; i < e->n_xattrs; i++) {
		const struct tar_xattr *x = &e->xattrs[i];
		int r;

		if (is_foreign_attr(x->name) ||
		    (u->unowned && strcmp(x->name, "security.capability") == 0))
			continue;
		if (fd >= 0)
			r = fsetxattr(fd, x->name, x->value, x->size, 0);
		else
			r = xattr_set_at(dirfd, name, x->name, x->value, x->size, NULL);
		if (r == 0)
			continue;
		if (!is_xattr_refusal(errno))
			return err_sys(err, "set attribute '%s'", x->name);
		u->result.notes |= UNPACK_NOTE_XATTR;
	}
	return 0;
}

/*
 * An owner that has no place in this user namespace is noted, and the file stays ours: without the
 * setuid and setgid bits and capabilities, that would make it run with our rights instead.
 */
static int owner_failed(struct unpack *u, const struct tar_entry *e, struct err *err)
{
	if (errno != EINVAL && (errno != EPERM || !u->opts->user_xattr))
		return err_sys(err, "set owner %u:%u", e->uid, e->gid);
	u->result.notes |= UNPACK_NOTE_OWNER;
	u->unowned = true;
	return 0;
}

static mode_t entry_mode(const struct unpack *u, const struct tar_entry *e)
{
	return u->unowned ? e->mode & ~(mode_t)06000 : e->mode;
}

/* What we make belongs to 0:0 unless the directory hands down its group. */
static bool needs_owner(struct unpack *u, const struct tar_entry *e)
{
	return e->uid || e->gid || unpack_dirs_top(&u->dirs)->setgid;
}

static void get_times(const struct tar_entry *e, struct timespec ret[2])
{
	ret[0] = e->mtime;
	if (ret[0].tv_nsec < 0 || ret[0].tv_nsec >= NSEC_PER_SEC)
		ret[0].tv_nsec = 0;
	ret[1] = ret[0];
}

static int set_attributes(struct unpack *u, int fd, const struct tar_entry *e, struct err *err)
{
	struct timespec times[2];
	mode_t mode;

	u->unowned = false;
	if (needs_owner(u, e) && fchown(fd, e->uid, e->gid) < 0 && owner_failed(u, e, err) < 0)
		return -1;
	mode = entry_mode(u, e);
	if (((mode & 07000) || !u->opts->umask_zero) && fchmod(fd, mode) < 0)
		return err_sys(err, "set mode %04o", mode);
	if (set_xattrs(u, fd, -1, NULL, e, err) < 0)
		return -1;
	get_times(e, times);
	if (futimens(fd, times) < 0)
		return err_sys(err, "set times");
	return 0;
}

/* For what can't be opened: links and nodes. */
static int set_attributes_at(struct unpack *u, const char *name, const struct tar_entry *e,
			     struct err *err)
{
	int dirfd = unpack_dirs_top(&u->dirs)->fd;
	struct timespec times[2];

	u->unowned = false;
	if (needs_owner(u, e) && fchownat(dirfd, name, e->uid, e->gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    owner_failed(u, e, err) < 0)
		return -1;
	/* Nobody else works in this directory: it is what we just made, a node and no link. */
	if (e->type != TAR_SYMLINK && fchmodat(dirfd, name, entry_mode(u, e), 0) < 0)
		return err_sys(err, "set mode %04o", e->mode);
	if (set_xattrs(u, -1, dirfd, name, e, err) < 0)
		return -1;
	get_times(e, times);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "set times");
	return 0;
}

/* ---- making ---- */

static int remove_existing(struct unpack *u, const char *name, struct err *err)
{
	int dirfd = unpack_dirs_top(&u->dirs)->fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_sys(err, "replace what is there");
	return tree_remove(dirfd, name, err);
}

/* May a failed attempt be repeated? Once, when something stood in the way. */
static int retry(struct unpack *u, const char *name, bool *tried, const char *what, struct err *err)
{
	if (errno != EEXIST || *tried)
		return err_sys(err, "%s", what);
	*tried = true;
	return remove_existing(u, name, err);
}

int unpack_make_dir(struct unpack *u, const char *path, const struct tar_entry *e, struct err *err)
{
	struct unpack_dir *dir;
	struct timespec times[2];
	bool owner = e->uid || e->gid;

	u->unowned = false;
	if (path[0]) {
		if (unpack_dirs_touch(&u->dirs, err) < 0)
			return -1;
		owner = needs_owner(u, e);
		if (unpack_dirs_make(&u->dirs, path_base(path), err) < 0)
			return -1;
	}
	dir = unpack_dirs_top(&u->dirs);
	/* One that was there may belong to somebody else. */
	if ((owner || !dir->fresh) && fchown(dir->fd, e->uid, e->gid) < 0 &&
	    owner_failed(u, e, err) < 0)
		return -1;
	if (set_xattrs(u, dir->fd, -1, NULL, e, err) < 0)
		return -1;
	unpack_dirs_described(&u->dirs, path);
	get_times(e, times);
	dir->has_meta = true;
	dir->mode = entry_mode(u, e);
	dir->mtime = times[0];
	return 0;
}

static int write_at(int fd, const char *data, size_t len, uint64_t offset, struct err *err)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "write");
		data += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Gaps stay holes. */
static int write_data(struct unpack *u, int fd, const struct tar_entry *e, struct err *err)
{
	const void *data;
	uint64_t offset;
	uint64_t end = 0;
	size_t len;
	int n;

	if (e->size > u->max_bytes - u->result.bytes) {
		err_set(err, ERR_LIMIT, "files of the layer have more than %llu bytes",
			(unsigned long long)u->max_bytes);
		return err_hint(err, "set limits.layer-size to let them (onggi config keys)");
	}
	while ((n = tar_reader_data(u->tar, &data, &len, &offset, err)) > 0) {
		if (offset > e->size || len > e->size - offset)
			return err_set(err, ERR_CORRUPT, "it has more data than its size says");
		/* Who reads it later (system check) relies on it. */
		if (offset < end)
			return err_set(err, ERR_CORRUPT,
				       "pieces of its data overlap or are out of order");
		if (write_at(fd, data, len, offset, err) < 0)
			return -1;
		end = offset + len;
	}
	if (n < 0)
		return -1;
	if (end < e->size && ftruncate(fd, (off_t)e->size) < 0)
		return err_sys(err, "set size");
	u->result.bytes += e->size;
	return 0;
}

int unpack_make_file(struct unpack *u, const char *name, const struct tar_entry *e, struct err *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_fd_ int fd = -1;
	bool tried = false;

	if (unpack_dirs_touch(&u->dirs, err) < 0)
		return -1;
	while ((fd = openat(unpack_dirs_top(&u->dirs)->fd, name, flags, e->mode & 0777)) < 0) {
		if (retry(u, name, &tried, "make file", err) < 0)
			return -1;
	}
	if (e->size && write_data(u, fd, e, err) < 0)
		return -1;
	return set_attributes(u, fd, e, err);
}

int unpack_make_symlink(struct unpack *u, const char *name, const struct tar_entry *e,
			struct err *err)
{
	bool tried = false;

	if (unpack_dirs_touch(&u->dirs, err) < 0)
		return -1;
	while (symlinkat(e->target, unpack_dirs_top(&u->dirs)->fd, name) < 0) {
		if (retry(u, name, &tried, "make symbolic link", err) < 0)
			return -1;
	}
	return set_attributes_at(u, name, e, err);
}

/*
 * The target's parent is resolved inside the root; the target itself is never followed, so that a
 * link to a symbolic link is one.
 */
int unpack_make_hardlink(struct unpack *u, const char *name, const struct tar_entry *e,
			 struct err *err)
{
	char target[TAR_PATH_MAX], text[TAR_NAME_TEXT_MAX];
	_cleanup_fd_ int parent = -1;
	_cleanup_free_ char *base = NULL;
	bool tried = false;
	int dirfd = unpack_dirs_top(&u->dirs)->fd;
	struct stat a, b;

	if (unpack_clean(e->target, target, err) < 0)
		return err_ctx(err, "hard link to '%s'", tar_name_text(e->target, text));
	if (unpack_dirs_touch(&u->dirs, err) < 0 ||
	    rooted_open_parent(u->dirs.stack[0].fd, target, &parent, &base, err) < 0)
		return err_ctx(err, "hard link to '%s'", tar_name_text(e->target, text));
	if (fstatat(parent, base, &a, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(a.st_mode) ||
	    (S_ISCHR(a.st_mode) && a.st_rdev == 0))
		return err_set(err, ERR_INVALID,
			       "hard link to '%s', which is no file of this layer",
			       tar_name_text(e->target, text));
	/* A link to itself must not remove what it links to. */
	if (fstatat(dirfd, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino)
		return 0;
	while (linkat(parent, base, dirfd, name, 0) < 0) {
		if (retry(u, name, &tried, "make hard link", err) < 0)
			return -1;
	}
	return 0;
}

static mode_t node_type(enum tar_type type)
{
	switch (type) {
	case TAR_CHAR:
		return S_IFCHR;
	case TAR_BLOCK:
		return S_IFBLK;
	default:
		return S_IFIFO;
	}
}

int unpack_make_node(struct unpack *u, const char *name, const struct tar_entry *e, struct err *err)
{
	bool device = e->type != TAR_FIFO;
	dev_t rdev = device ? makedev(e->rdev_major, e->rdev_minor) : 0;
	bool tried = false;

	/* 0/0 is a whiteout to overlayfs, and an image says so by name or not at all. */
	if (device && (u->opts->no_devices || (e->type == TAR_CHAR && rdev == 0))) {
		u->result.notes |= UNPACK_NOTE_DEVICE;
		return 0;
	}
	if (unpack_dirs_touch(&u->dirs, err) < 0)
		return -1;
	while (mknodat(unpack_dirs_top(&u->dirs)->fd, name, node_type(e->type) | 0600, rdev) < 0) {
		if (errno == EPERM && device) {
			u->result.notes |= UNPACK_NOTE_DEVICE;
			return 0;
		}
		if (retry(u, name, &tried, "make node", err) < 0)
			return -1;
	}
	return set_attributes_at(u, name, e, err);
}

int unpack_whiteout_err(const char *name, struct err *err)
{
	err_sys(err, "make whiteout of '%s'", name);
	if (errno != EPERM && errno != EOPNOTSUPP)
		return -1;
	return err_hint(err, "the store's file system can't hold a layer: keep it on ext4, xfs, "
			     "btrfs or tmpfs by onggi --root DIR (onggi doctor overlay)");
}

int unpack_make_whiteout(struct unpack *u, const char *name, struct err *err)
{
	int dirfd = unpack_dirs_top(&u->dirs)->fd;
	_cleanup_fd_ int fd = -1;

	if (unpack_dirs_touch(&u->dirs, err) < 0)
		return -1;
	if (mknodat(dirfd, name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST)
		return unpack_whiteout_err(name, err);
	/* A directory of this layer stays, without what lower layers have in it. */
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : unpack_dirs_opaque(&u->dirs, fd, err);
}
