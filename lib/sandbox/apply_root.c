/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The root is a detached mount that is attached on top of "/" of the new mount
 * namespace: no directory of the host is needed for it. A process's root is a mount and a directory
 * in it, and a mount on top does not change it: absolute paths keep leading to the host's files
 * until pivot_root(2), while everything for the container is reached through root_fd.
 *
 * "/" must not be shared then, or the attachment would travel to the host: apply_propagation() sees
 * to that before anything else is mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/fd.h"
#include "os/mount_call.h"
#include "sandbox/apply.h"
#include "sandbox/source.h"

int apply_propagation(struct apply *a, const struct op *op, struct err *err)
{
	const struct mount_attr_change alone = {.propagation = MS_PRIVATE};
	_cleanup_fd_ int root = -1;

	(void)a;
	if (op->flags == MS_SLAVE || op->flags == MS_PRIVATE)
		return mount_propagation("/", op->flags, err);
	/* The mounts below stay peers of the host's, as asked for; what we attach does not reach
	 * it. */
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, "open '/'");
	return mount_set_attr(root, &alone, err);
}

/* Images bring nodes of devices: where nothing else refuses these, none of them may be opened. */
static int attach_root(struct apply *a, int mount_fd, struct err *err)
{
	const struct mount_attr_change nodev = {.set = MOUNT_ATTR_NODEV, .recursive = true};
	_cleanup_fd_ int host_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (a->go.drop_mknod && mount_set_attr(mount_fd, &nodev, err) < 0)
		return -1;
	if (host_root < 0)
		return err_sys(err, "open '/'");
	if (mount_attach(mount_fd, host_root, err) < 0)
		return err_ctx(err, "attach the container's root");
	a->root_fd = mount_fd;
	return 0;
}

int apply_root_dir(struct apply *a, const struct op *op, struct err *err)
{
	const struct mount_attr_change alone = {.propagation = MS_PRIVATE, .recursive = true};
	_cleanup_fd_ int mount_fd = -1;
	_cleanup_fd_ int dir = -1;
	int fd = -1;

	if (a->root_source >= 0) {
		mount_fd = fd_take(&a->root_source);
	} else {
		dir = open(op->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return err_sys(err, "open root file system '%s'", op->path);
		/* With what is mounted below: a user namespace may not uncover what is under it. */
		if (mount_clone(dir, true, &fd, err) < 0)
			return err_ctx(err, "root file system '%s'", op->path);
		mount_fd = fd;
	}
	if (a->plan->caller_propagation != MS_PRIVATE && mount_set_attr(mount_fd, &alone, err) < 0)
		return -1;
	if (attach_root(a, mount_fd, err) < 0)
		return -1;
	fd_take(&mount_fd);
	return 0;
}

/* The root directory of an overlay shows the upper one's owner and mode: make them the image's. */
static int match_root(int lower, int upper, struct err *err)
{
	char link[32];
	struct stat want, have;

	if (fstat(lower, &want) < 0 || fstat(upper, &have) < 0)
		return err_sys(err, "examine the root directory");
	if ((want.st_uid != have.st_uid || want.st_gid != have.st_gid) &&
	    fchownat(upper, "", want.st_uid, want.st_gid, AT_EMPTY_PATH) < 0)
		return err_sys(err, "owner of the root directory");
	if (want.st_mode != have.st_mode &&
	    chmod(fd_proc_path(upper, link), want.st_mode & 07777) < 0)
		return err_sys(err, "mode of the root directory");
	return 0;
}

int apply_root_overlay(struct apply *a, const struct op *op, struct err *err)
{
	static char userxattr[] = "userxattr";
	char *user_options[] = {userxattr, NULL};
	const struct sandbox_rootfs *r = a->req->rootfs;
	struct mount_overlay o = {
		.n_lower = r->n_lower,
		.upper_fd = -1,
		.work_fd = -1,
		.options = a->plan->in_userns ? user_options : NULL,
	};
	_cleanup_fd_ int upper = -1, work = -1;
	int *lower = arena_calloc(&a->arena, r->n_lower, sizeof(*lower));
	int mount_fd = -1;

	(void)op;
	for (size_t i = 0; i < r->n_lower; i++)
		if (source_reopen(r->lower_fds[i], &lower[i], err) < 0)
			return err_ctx(err, "layer %zu of the root", i);
	if (r->upper_fd >= 0) {
		if (source_reopen(r->upper_fd, &upper, err) < 0 ||
		    source_reopen(r->work_fd, &work, err) < 0)
			return err_ctx(err, "writable layer of the root");
		if (a->req->new_upper && r->n_lower && match_root(lower[0], upper, err) < 0)
			return -1;
		o.upper_fd = upper;
		o.work_fd = work;
	}
	o.lower_fds = lower;
	if (mount_overlay_new(&o, &mount_fd, err) < 0) {
		if (!err->hint[0] && !mount_forbidden())
			err_hint(err, "the store's file system must hold an overlay: ext4, xfs, "
				      "btrfs or tmpfs; choose another directory with onggi --root "
				      "DIR (onggi doctor overlay)");
		return -1;
	}
	for (size_t i = 0; i < r->n_lower; i++)
		close(lower[i]);
	if (attach_root(a, mount_fd, err) < 0) {
		close(mount_fd);
		return -1;
	}
	return 0;
}

int apply_root_joined(struct apply *a, const struct op *op, struct err *err)
{
	int fd = open(op->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "open the root of the mount namespace that was joined");
	a->root_fd = fd;
	return 0;
}

int apply_pivot(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	return mount_pivot(a->root_fd, err);
}

int apply_root_propagation(struct apply *a, const struct op *op, struct err *err)
{
	const struct mount_attr_change c = {
		.propagation = op->flags & ~(unsigned long)MS_REC,
		.recursive = op->flags & MS_REC,
	};

	return mount_set_attr(a->root_fd, &c, err);
}

int apply_root_readonly(struct apply *a, const struct op *op, struct err *err)
{
	const struct mount_attr_change c = {.set = MOUNT_ATTR_RDONLY};

	(void)op;
	return mount_set_attr(a->root_fd, &c, err) < 0
		       ? err_ctx(err, "make the container's root read-only")
		       : 0;
}
