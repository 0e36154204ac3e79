/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked and read-only paths (config-linux.md "Masked Paths", "Readonly Paths"). A path that is not
 * there needs no mask. Paths below /proc are taken from the container's own procfs: its content has
 * no links that an image made.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/rooted.h"
#include "sandbox/apply.h"

/* Below the container's own procfs: 1 and a descriptor, 0 where there is nothing, -1 to be asked of
 * the root. */
static int open_in_proc(const struct apply *a, const char *path, int *ret)
{
	const char *rest;
	int fd;

	if (a->proc_fd < 0 || !str_prefix(path, "/proc/", &rest))
		return -1;
	fd = rooted_open_plain(a->proc_fd, rest);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	*ret = fd;
	return 1;
}

/* 1 and a descriptor, or 0 where there is no such path. */
static int open_existing(struct apply *a, const char *path, int *ret, struct err *err)
{
	struct err why = ERR_INIT;
	int found = open_in_proc(a, path, ret);
	int64_t fs;
	int fd = -1;

	if (found >= 0)
		return found;
	if (rooted_open(a->root_fd, path, O_PATH, 0, &fd, &why) < 0) {
		if (why.sys == ENOENT || why.sys == ENOTDIR || why.sys == EACCES)
			return 0;
		if (err)
			*err = why;
		return -1;
	}
	if (path_below(path, "/proc") && a->proc_fd >= 0 && a->plan->ns[NS_MOUNT] == NS_NEW &&
	    mount_fs_type(fd, &fs, NULL) == 0 && fs != PROC_SUPER_MAGIC && fs != TMPFS_MAGIC) {
		close(fd);
		return err_set(err, ERR_DENIED,
			       "'%s' is not in a procfs: the image has put something "
			       "else there",
			       path);
	}
	*ret = fd;
	return 1;
}

static int mask_with(int source, int target, struct err *err)
{
	_cleanup_fd_ int copy = -1;

	if (mount_clone(source, false, &copy, err) < 0)
		return -1;
	return mount_attach(copy, target, err);
}

/*
 * One empty read-only tmpfs serves all directories: it is made once and bound onto each. That saves
 * a superblock for each mask.
 */
static int mask_directory(struct apply *a, int target, struct err *err)
{
	static char size[] = "size=0", mode[] = "mode=0555", inodes[] = "nr_inodes=1";
	char *options[] = {size, mode, inodes, NULL};
	int fd = -1;

	if (a->empty_fd >= 0)
		return mask_with(a->empty_fd, target, err);
	if (mount_new("tmpfs", "tmpfs", options,
		      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		      &fd, err) < 0)
		return -1;
	a->empty_fd = fd;
	/* Attached from now on, and so a mount of this namespace, which can be cloned. */
	return mount_attach(fd, target, err);
}

static int open_null(int *ret, struct err *err)
{
	_cleanup_fd_ int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(err, "open the host's '/dev/null'");
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(err, ERR_CORRUPT, "the host's '/dev/null' is not the null device");
	*ret = fd_take(&fd);
	return 0;
}

/*
 * The host's null device, which the container can't have replaced, and read-only: it can be written
 * to all the same, but the host's node keeps its mode and owner. The first mask is the copy that
 * the others are made from.
 */
static int mask_file(struct apply *a, int target, struct err *err)
{
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY};
	_cleanup_fd_ int null = -1, copy = -1;

	if (a->null_fd >= 0)
		return mask_with(a->null_fd, target, err);
	if (open_null(&null, err) < 0 || mount_clone(null, false, &copy, err) < 0 ||
	    mount_set_attr(copy, &ro, err) < 0 || mount_attach(copy, target, err) < 0)
		return -1;
	a->null_fd = fd_take(&copy);
	return 0;
}

int apply_mask(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_fd_ int target = -1;
	struct stat st;
	int found = open_existing(a, op->path, &target, err);

	if (found <= 0)
		return found < 0 ? err_ctx(err, "mask '%s'", op->path) : 0;
	if (fstat(target, &st) < 0)
		return err_sys(err, "mask '%s'", op->path);
	if ((S_ISDIR(st.st_mode) ? mask_directory(a, target, err) : mask_file(a, target, err)) < 0)
		return err_ctx(err, "mask '%s'", op->path);
	return 0;
}

int apply_readonly(struct apply *a, const struct op *op, struct err *err)
{
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY, .recursive = true};
	_cleanup_fd_ int target = -1;
	_cleanup_fd_ int copy = -1;
	int found = open_existing(a, op->path, &target, err);

	if (found <= 0)
		return found < 0 ? err_ctx(err, "make '%s' read-only", op->path) : 0;
	if (mount_clone(target, true, &copy, err) < 0 || mount_set_attr(copy, &ro, err) < 0 ||
	    mount_attach(copy, target, err) < 0)
		return err_ctx(err, "make '%s' read-only", op->path);
	return 0;
}
