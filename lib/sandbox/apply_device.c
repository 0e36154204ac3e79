/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and links in /dev, and the terminal. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "os/channel.h"
#include "os/rooted.h"
#include "os/tty.h"
#include "sandbox/apply.h"

/*
 * Directory and name of an entry: nearly all are in /dev, which is resolved once. *ret_dir is
 * borrowed unless *ret_own is set.
 */
struct place {
	int dir;
	int own; /* -1, or dir to be closed */
	char *name;
};

static void place_done(struct place *p)
{
	if (p->own >= 0)
		close(p->own);
	free(p->name);
}
DEFINE_CLEANUP_VALUE(place, place_done)
#define PLACE_INIT                                                                                 \
	{                                                                                          \
		.dir = -1, .own = -1                                                               \
	}

static int place_find(struct apply *a, const char *path, struct place *ret, struct err *err)
{
	_cleanup_free_ char *parent = path_dir(path);

	if (strcmp(parent, "/dev") == 0) {
		if (a->dev_fd < 0 && rooted_mkdirs(a->root_fd, "/dev", 0755, &a->dev_fd, err) < 0)
			return -1;
		ret->dir = a->dev_fd;
	} else {
		if (rooted_mkdirs(a->root_fd, parent, 0755, &ret->own, err) < 0)
			return -1;
		ret->dir = ret->own;
	}
	ret->name = xstrdup(path_base(path));
	return 0;
}

/* The host's file must be the device that was asked for, whatever its name. */
static int check_host_device(int fd, const struct op_device *d, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "examine the host's device '%s'", d->host);
	if ((st.st_mode & S_IFMT) == (d->mode & S_IFMT) &&
	    (S_ISFIFO(st.st_mode) || st.st_rdev == makedev(d->major, d->minor)))
		return 0;
	return err_set(
		err, ERR_INVALID,
		"the host's '%s' is not the device %u:%u, and a node of its own can't be made",
		d->host, d->major, d->minor);
}

/* Bind a file on an entry, which is made where there is none. copy: a detached mount. */
static int bind_at(const struct place *at, int copy, mode_t mode, const char *path, struct err *err)
{
	_cleanup_fd_ int target =
		openat(at->dir, at->name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       mode);

	if (target < 0 && errno == EEXIST)
		target = openat(at->dir, at->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(err, "make '%s' in the container", path);
	return mount_attach(copy, target, err);
}

/*
 * Read-only: a device is read and written all the same, but the host's node keeps its mode, owner
 * and times.
 */
static int bind_device(const struct place *at, const struct op_device *d, const char *path,
		       struct err *err)
{
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY};
	_cleanup_fd_ int source = open(d->host, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_fd_ int copy = -1;

	if (source < 0)
		return err_sys(err, "open the host's device '%s'", d->host);
	if (check_host_device(source, d, err) < 0)
		return -1;
	if (mount_clone(source, false, &copy, err) < 0 || mount_set_attr(copy, &ro, err) < 0 ||
	    bind_at(at, copy, 0666, path, err) < 0)
		return err_ctx(err, "device '%s'", path);
	return 0;
}

int apply_device_bind(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_(place) struct place at = PLACE_INIT;

	if (place_find(a, op->path, &at, err) < 0)
		return -1;
	return bind_device(&at, &op->device, op->path, err);
}

/* A node that lies in the container's /dev for a moment, bound to where it is wanted. */
static int bind_own_node(struct apply *a, const struct place *at, const struct op *op,
			 struct err *err)
{
	static const char name[] = ".onggi-node";
	const struct op_device *d = &op->device;
	_cleanup_fd_ int node = -1, copy = -1;
	int r = -1;

	if (a->dev_fd < 0 && rooted_mkdirs(a->root_fd, "/dev", 0755, &a->dev_fd, err) < 0)
		return -1;
	if (mknodat(a->dev_fd, name, d->mode, makedev(d->major, d->minor)) < 0)
		return err_sys(err, "make device '%s' (%u:%u)", op->path, d->major, d->minor);
	if (fchownat(a->dev_fd, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		err_sys(err, "give device '%s' to %u:%u", op->path, d->uid, d->gid);
	else if ((node = openat(a->dev_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0)
		err_sys(err, "open device '%s'", op->path);
	else if (mount_clone(node, false, &copy, err) == 0)
		r = bind_at(at, copy, 0666, op->path, err);
	/* Afterwards: nothing is bound that has no name any more. */
	unlinkat(a->dev_fd, name, 0);
	return r;
}

int apply_device(struct apply *a, const struct op *op, struct err *err)
{
	const struct op_device *d = &op->device;
	_cleanup_(place) struct place at = PLACE_INIT;
	dev_t rdev = makedev(d->major, d->minor);
	struct stat st;

	if (place_find(a, op->path, &at, err) < 0)
		return -1;
	/* Nodes on the root can't be opened then: attach_root(). */
	if (a->go.drop_mknod && at.own >= 0)
		return bind_own_node(a, &at, op, err);
	if (mknodat(at.dir, at.name, d->mode, rdev) < 0) {
		if (errno == EEXIST && fstatat(at.dir, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (st.st_mode & S_IFMT) == (d->mode & S_IFMT) && st.st_rdev == rdev)
			return 0;
		/* EPERM: a machine, or a container around us, that allows no nodes */
		if (errno == EEXIST || errno == EPERM)
			return bind_device(&at, d, op->path, err);
		return err_sys(err, "make device '%s' (%u:%u)", op->path, d->major, d->minor);
	}
	if ((d->uid || d->gid) &&
	    fchownat(at.dir, at.name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "give device '%s' to %u:%u", op->path, d->uid, d->gid);
	return 0;
}

int apply_link(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_(place) struct place at = PLACE_INIT;

	if (place_find(a, op->path, &at, err) < 0)
		return -1;
	if (symlinkat(op->text, at.dir, at.name) < 0 && errno != EEXIST)
		return err_sys(err, "make link '%s' in the container", op->path);
	return 0;
}

/* Bind the terminal's end on /dev/console, so that it has a name in the container. */
static int bind_console(struct apply *a, int slave, struct err *err)
{
	_cleanup_(place) struct place at = PLACE_INIT;
	_cleanup_fd_ int copy = -1;

	if (place_find(a, "/dev/console", &at, err) < 0)
		return -1;
	if (mount_clone(slave, false, &copy, err) < 0 ||
	    bind_at(&at, copy, 0600, "/dev/console", err) < 0)
		return err_ctx(err, "bind the terminal on '/dev/console'");
	return 0;
}

int apply_terminal(struct apply *a, const struct op *op, struct err *err)
{
	static const char name = SANDBOX_FD_CONSOLE;
	const struct spec_process *p = &a->plan->spec->process;
	_cleanup_fd_ int master = -1, slave = -1;
	int pts = a->dev_pts_fd;
	_cleanup_fd_ int opened = -1;

	(void)op;
	if (pts < 0) {
		if (rooted_open(a->root_fd, "/dev/pts", O_PATH | O_DIRECTORY, 0, &opened, err) < 0)
			return err_ctx(err, "a terminal needs a devpts on /dev/pts");
		pts = opened;
	}
	if (tty_open_pair(pts, &master, &slave, err) < 0)
		return -1;
	if (p->console_size &&
	    tty_set_size(slave, p->console_size->height, p->console_size->width, err) < 0)
		return -1;
	/* Group tty where it is mapped; the user's own otherwise. Best effort, as the name is shown
	 * only. */
	if (fchown(slave, a->user.uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM)
		return err_sys(err, "give the terminal to user %u", a->user.uid);
	if (a->plan->ns[NS_MOUNT] == NS_NEW && bind_console(a, slave, err) < 0)
		return -1;
	if (channel_send_fd(a->channel, CHANNEL_FD, &name, 1, master, err) < 0)
		return -1;
	a->tty_fd = fd_take(&slave);
	return 0;
}
