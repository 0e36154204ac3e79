/* SPDX-License-Identifier: Apache-2.0 */
#include "os/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "os/mount_call.h"
#include "os/mount_fs.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000 /* linux/fcntl.h */
#endif

/* statfs(2)'s f_flags, which no header names by itself. */
#define STATFS_RDONLY	   0x0001
#define STATFS_NOSUID	   0x0002
#define STATFS_NODEV	   0x0004
#define STATFS_NOEXEC	   0x0008
#define STATFS_NOATIME	   0x0400
#define STATFS_NODIRATIME  0x0800
#define STATFS_RELATIME	   0x1000
#define STATFS_NOSYMFOLLOW 0x2000

int mount_new(const char *fstype, const char *source, char *const *options, uint64_t attr, int *ret,
	      struct err *err)
{
	_cleanup_fd_ int fs_fd = -1;
	int fd = -1;

	if (mount_fs_open(fstype, &fd, err) < 0)
		return -1;
	fs_fd = fd;
	if (source && fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", source, 0) < 0) {
		_cleanup_free_ char *what = xasprintf("set source '%s' of %s", source, fstype);

		return mount_fs_failed(fs_fd, what, err);
	}
	if (mount_fs_options(fs_fd, fstype, options, err) < 0)
		return -1;
	return mount_fs_create(fs_fd, fstype, attr, ret, err);
}

int mount_clone(int fd, bool recursive, int *ret, struct err *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int clone;

	if (recursive)
		flags |= AT_RECURSIVE;
	clone = open_tree(fd, "", flags);
	if (clone < 0) {
		err_sys(err, "copy a mount");
		return mount_call_explain(MOUNT_CALL_OPEN_TREE, err);
	}
	*ret = clone;
	return 0;
}

int mount_get_attr(int fd, uint64_t *ret, struct err *err)
{
	struct statfs fs;
	uint64_t attr = 0;
	unsigned long flags;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(err, "read the attributes of a mount");
	flags = (unsigned long)fs.f_flags;
	attr |= flags & STATFS_RDONLY ? MOUNT_ATTR_RDONLY : 0;
	attr |= flags & STATFS_NOSUID ? MOUNT_ATTR_NOSUID : 0;
	attr |= flags & STATFS_NODEV ? MOUNT_ATTR_NODEV : 0;
	attr |= flags & STATFS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0;
	attr |= flags & STATFS_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0;
	attr |= flags & STATFS_NOSYMFOLLOW ? MOUNT_ATTR_NOSYMFOLLOW : 0;
	if (flags & STATFS_NOATIME)
		attr |= MOUNT_ATTR_NOATIME;
	else if (!(flags & STATFS_RELATIME))
		attr |= MOUNT_ATTR_STRICTATIME;
	*ret = attr;
	return 0;
}

int mount_set_attr(int fd, const struct mount_attr_change *c, struct err *err)
{
	struct mount_attr_change full = *c;
	struct mount_attr attr;
	unsigned flags = AT_EMPTY_PATH | (c->recursive ? AT_RECURSIVE : 0);

	/* The kernel takes a new setting of access times only with the old one cleared. */
	if ((full.set | full.clear) & MOUNT_ATTR__ATIME)
		full.clear |= MOUNT_ATTR__ATIME;
	attr = (struct mount_attr){.attr_set = full.set,
				   .attr_clr = full.clear,
				   .propagation = full.propagation};
	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	err_sys(err, "change the attributes of a mount (set %#llx, clear %#llx, propagation %#llx)",
		(unsigned long long)full.set, (unsigned long long)full.clear,
		(unsigned long long)full.propagation);
	return mount_call_explain(MOUNT_CALL_MOUNT_SETATTR, err);
}

int mount_set_idmap(int fd, int userns_fd, bool recursive, struct err *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP,
				  .userns_fd = (uint64_t)(unsigned)userns_fd};
	int saved;

	if (mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr,
			  sizeof(attr)) == 0)
		return 0;
	saved = errno;
	if (saved == EINVAL || saved == EOPNOTSUPP) {
		err_set(err, ERR_UNSUPPORTED,
			"this file system can't be mounted with mapped ids: %s", strerror(saved));
		if (err)
			err->sys = saved;
	} else {
		err_sys(err, "map the ids of a mount");
	}
	errno = saved;
	return -1;
}

int mount_attach(int mount_fd, int target_fd, struct err *err)
{
	if (move_mount(mount_fd, "", target_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return 0;
	err_sys(err, "attach a mount");
	return mount_call_explain(MOUNT_CALL_MOVE_MOUNT, err);
}

int mount_pivot(int newroot_fd, struct err *err)
{
	_cleanup_fd_ int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		return err_sys(err, "open the old root");
	if (fchdir(newroot_fd) < 0)
		return err_sys(err, "enter the new root");
	/* The old root ends up on top of the new one: no directory for it is needed. */
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		err_sys(err, "change the root");
		if (errno == EINVAL)
			err_hint(err,
				 "the new root must be a mount, and the old one no initial ramfs");
		return -1;
	}
	if (fchdir(old) < 0)
		return err_sys(err, "enter the old root to detach it");
	/* Its end must not travel to the mounts that it is a copy of. */
	if (mount("none", ".", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return err_sys(err, "separate the old root");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(err, "detach the old root");
	if (chdir("/") < 0)
		return err_sys(err, "enter the new root");
	return 0;
}

int mount_propagation(const char *path, unsigned long flags, struct err *err)
{
	if (mount("none", path, "none", flags | MS_REC, NULL) < 0)
		return err_sys(err, "set the propagation of mounts below '%s' (%#lx)", path, flags);
	return 0;
}

int mount_fs_type(int fd, int64_t *ret, struct err *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(err, "tell the file system of a descriptor");
	*ret = fs.f_type;
	return 0;
}
