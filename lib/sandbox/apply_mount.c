/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Each mount is made detached and changed (read-only, nosuid, ...) before it
 * is attached, so that there is no moment in which the container's tree holds it with weaker flags.
 * Targets are resolved below the root by descriptor; a link in an image can lead to another place
 * of the image, never out of it. procfs and sysfs want a directory that is no link: an image could
 * otherwise move /proc away from under the masks.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/rooted.h"
#include "sandbox/apply.h"
#include "sandbox/source.h"

/*
 * An entry of the container's /dev that is not there yet, as in a new tmpfs: it is made where it
 * lies, without the way through the image. False: it is there already, or elsewhere.
 */
static bool make_in_dev(struct apply *a, const char *path, int *ret)
{
	const char *name;
	int fd;

	if (a->dev_fd < 0 || !str_prefix(path, "/dev/", &name) || strchr(name, '/') ||
	    mkdirat(a->dev_fd, name, 0755) < 0)
		return false;
	fd = openat(a->dev_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		*ret = fd;
	return fd >= 0;
}

int apply_open_target(struct apply *a, const char *path, bool directory, int *ret, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	int64_t fs;

	if (directory && make_in_dev(a, path, ret))
		return 0;
	if ((directory ? rooted_mkdirs(a->root_fd, path, 0755, &fd, err)
		       : rooted_mkfile(a->root_fd, path, 0644, &fd, err)) < 0)
		return err_ctx(err, "mount point in the container");
	if (mount_fs_type(fd, &fs, err) < 0)
		return -1;
	if (fs == PROC_SUPER_MAGIC && !path_below(path, "/proc"))
		return err_set(
			err, ERR_DENIED,
			"'%s' leads into /proc by a link in the image: nothing is mounted there",
			path);
	*ret = fd_take(&fd);
	return 0;
}

/* The directory itself, never through a link: "/proc", "/sys". */
static int open_plain_target(struct apply *a, const char *path, int *ret, struct err *err)
{
	_cleanup_fd_ int parent = -1;
	_cleanup_free_ char *last = NULL;
	_cleanup_fd_ int fd = -1;
	const char *name = path + 1;
	int dir = a->root_fd;

	if (strchr(name, '/')) {
		if (rooted_open_parent(a->root_fd, path, &parent, &last, err) < 0)
			return -1;
		dir = parent;
		name = last;
	}
	fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(dir, name, 0555) < 0)
			return err_sys(err, "make directory '%s' in the container", path);
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(
			err, ERR_DENIED,
			"'%s' in the image is not a directory: it must be one to be mounted on",
			path);
	if (fd < 0)
		return err_sys(err, "open '%s' in the container", path);
	*ret = fd_take(&fd);
	return 0;
}

static bool is_kernel_fs(const char *fstype)
{
	return strcmp(fstype, "proc") == 0 || strcmp(fstype, "sysfs") == 0;
}

int apply_change_attr(int fd, const struct mount_attr_change *c, struct err *err)
{
	struct mount_attr_change kept = *c;
	struct err first = ERR_INIT;
	uint64_t now;

	if (mount_set_attr(fd, c, &first) == 0)
		return 0;
	/*
	 * A user namespace can't take back what the mount had when it was copied in: what was
	 * asked to be cleared then stays set, as does its way of keeping access times.
	 */
	if (first.sys == EPERM && c->clear && mount_get_attr(fd, &now, NULL) == 0) {
		kept.clear &= ~now & ~(uint64_t)MOUNT_ATTR__ATIME;
		kept.set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		if (!kept.set && !kept.clear && !kept.propagation)
			return 0;
		if (mount_set_attr(fd, &kept, NULL) == 0)
			return 0;
	}
	if (err)
		*err = first;
	return -1;
}

static int change_all(int fd, const struct op_mount *m, struct err *err)
{
	for (size_t i = 0; i < m->n_changes; i++)
		if (apply_change_attr(fd, &m->changes[i], err) < 0)
			return -1;
	return 0;
}

/* Remember what later operations use. */
static void remember(struct apply *a, const char *path, const char *fstype, int *mount_fd)
{
	if (strcmp(path, "/proc") == 0) {
		if (a->proc_fd >= 0)
			close(fd_take(&a->proc_fd));
		/* A bind on /proc is one, too: see open_bind_target(). A tmpfs is not, and an image
		 * may have filled it. */
		if (strcmp(fstype, "proc") == 0 || strcmp(fstype, "bind") == 0)
			a->proc_fd = fd_take(mount_fd);
	} else if (strcmp(fstype, "devpts") == 0 && strcmp(path, "/dev/pts") == 0) {
		a->dev_pts_fd = fd_take(mount_fd);
	} else if (strcmp(path, "/dev") == 0) {
		if (a->dev_fd >= 0)
			close(a->dev_fd);
		a->dev_fd = fd_take(mount_fd);
	}
}

static int attach_at(struct apply *a, const char *path, int target, int *mount_fd,
		     const char *fstype, struct err *err)
{
	if (mount_attach(*mount_fd, target, err) < 0)
		return err_ctx(err, "mount on '%s'", path);
	remember(a, path, fstype, mount_fd);
	return 0;
}

/* What stands in where the kernel does not let us mount a file system of our own. */
static int bind_instead(struct apply *a, const struct op *op, int target, struct err *err)
{
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
					     .recursive = true};
	_cleanup_fd_ int source = open(op->mount.bind_if_refused, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int copy = -1;

	if (source < 0)
		return err_sys(err, "open '%s' to bind it", op->mount.bind_if_refused);
	if (mount_clone(source, true, &copy, err) < 0 || apply_change_attr(copy, &ro, err) < 0)
		return err_ctx(err, "bind '%s' on '%s'", op->mount.bind_if_refused, op->path);
	return attach_at(a, op->path, target, &copy, op->mount.fstype, err);
}

/*
 * The maps of a user namespace that was joined are not known to the plan: ids that it lacks show
 * here, and are left out as they are there.
 */
static int new_without_ids(struct apply *a, const struct op_mount *m, int *ret, struct err *err)
{
	char **kept = NULL;
	size_t n = 0;

	strv_foreach (o, m->data)
		if (!str_prefix(*o, "gid=", NULL) && !str_prefix(*o, "uid=", NULL))
			arena_strv_add(&a->arena, &kept, &n, *o);
	return mount_new(m->fstype, m->source, kept, m->attr, ret, err);
}

/*
 * A tmpfs takes the place of a directory with its permissions, as docker's do, unless others were
 * asked for: /root stays closed. Where there was no directory, the kernel's 1777 hold.
 */
static struct op_mount with_mode_of_target(struct apply *a, const struct op *op)
{
	struct op_mount m = op->mount;
	_cleanup_fd_ int fd = -1;
	char **data = NULL;
	size_t n = 0;
	struct stat st;

	if (strcmp(m.fstype, "tmpfs") != 0)
		return m;
	strv_foreach (o, m.data) {
		if (str_prefix(*o, "mode=", NULL))
			return m;
		arena_strv_add(&a->arena, &data, &n, *o);
	}
	if (rooted_open(a->root_fd, op->path, O_PATH | O_DIRECTORY, 0, &fd, NULL) == 0 &&
	    fstat(fd, &st) == 0) {
		arena_strv_add(&a->arena, &data, &n,
			       arena_printf(&a->arena, "mode=%o", st.st_mode & 07777));
		m.data = data;
	}
	return m;
}

static int new_mount(struct apply *a, const struct op_mount *m, int *ret, struct err *err)
{
	if (mount_new(m->fstype, m->source, m->data, m->attr, ret, err) == 0)
		return 0;
	if (a->plan->ns[NS_USER] != NS_JOIN || err->sys != EINVAL)
		return -1;
	return new_without_ids(a, m, ret, err);
}

static void explain_proc(const struct op_mount *m, struct err *err)
{
	if (err->sys == EPERM && !err->hint[0] && strcmp(m->fstype, "proc") == 0)
		err_hint(err, "this user namespace sees a /proc with covered parts: inside another "
			      "container, uncover it (podman: --security-opt unmask=ALL, docker: "
			      "--security-opt systempaths=unconfined) (onggi doctor proc)");
}

int apply_mount(struct apply *a, const struct op *op, struct err *err)
{
	const struct op_mount own = with_mode_of_target(a, op), *m = &own;
	_cleanup_fd_ int target = -1;
	_cleanup_fd_ int mount_fd = -1;

	if (is_kernel_fs(m->fstype) ? open_plain_target(a, op->path, &target, err) < 0
				    : apply_open_target(a, op->path, true, &target, err) < 0)
		return -1;
	if (new_mount(a, m, &mount_fd, err) < 0) {
		if (m->optional && err->sys == ENODEV)
			return 0;
		if (m->bind_if_refused && err->kind == ERR_SYSTEM &&
		    (err->sys == EPERM || err->sys == EBUSY || err->sys == EACCES))
			return bind_instead(a, op, target, err);
		explain_proc(m, err);
		return err_ctx(err, "mount on '%s'", op->path);
	}
	if (m->copy_up && apply_copy_tree(target, mount_fd, err) < 0)
		return err_ctx(err, "fill '%s'", op->path);
	if (change_all(mount_fd, m, err) < 0)
		return err_ctx(err, "mount on '%s'", op->path);
	return attach_at(a, op->path, target, &mount_fd, m->fstype, err);
}

/* A detached copy of the source: the parent's, or ours. */
static int bind_copy(struct apply *a, const struct op *op, int *ret, struct err *err)
{
	const struct op_mount *m = &op->mount;
	size_t index = (size_t)(op - a->plan->ops);
	_cleanup_fd_ int source = -1;

	if (m->idmap) {
		*ret = fd_take(&a->mapped_fds[m->idmap_index]);
		return 0;
	}
	if (a->binds && a->binds[index] >= 0) {
		*ret = fcntl(a->binds[index], F_DUPFD_CLOEXEC, 0);
		return *ret < 0 ? err_sys(err, "bind '%s'", m->source) : 0;
	}
	if (m->source_fd >= 0) {
		if (source_reopen(m->source_fd, &source, err) < 0)
			return err_ctx(err, "bind on '%s'", op->path);
	} else {
		source = open(m->source, O_PATH | O_CLOEXEC);
		if (source < 0)
			return err_sys(err, "open '%s' to bind it on '%s'", m->source, op->path);
	}
	if (mount_clone(source, m->recursive, ret, err) == 0)
		return 0;
	if (err->sys == EINVAL && !m->recursive)
		err_hint(err, "in a user namespace, a directory with mounts below it is bound with "
			      "them: use rbind");
	return err_ctx(err, "bind '%s' on '%s'", m->source, op->path);
}

static int open_bind_target(struct apply *a, const struct op *op, int copy, bool directory,
			    int *ret, struct err *err)
{
	int64_t fs;

	if (strcmp(op->path, "/proc") != 0)
		return apply_open_target(a, op->path, directory, ret, err);
	if (mount_fs_type(copy, &fs, err) < 0)
		return -1;
	if (fs != PROC_SUPER_MAGIC)
		return err_set(err, ERR_DENIED, "'%s' can't be bound on /proc: only a procfs can",
			       op->mount.source);
	return open_plain_target(a, op->path, ret, err);
}

/* A file can't be mounted on a directory, nor the other way round: the kernel's words are few. */
static int explain_kind(struct apply *a, const struct op *op, bool directory, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if ((err->sys != EINVAL && err->sys != ENOTDIR && err->sys != EEXIST) ||
	    rooted_open(a->root_fd, op->path, O_PATH, 0, &fd, NULL) < 0 || fstat(fd, &st) < 0 ||
	    S_ISDIR(st.st_mode) == directory)
		return -1;
	err_set(err, ERR_INVALID, "'%s' can't be bound on '%s': %s", op->mount.source, op->path,
		directory ? "it is a directory, and there is a file in the container"
			  : "it is no directory, and there is one in the container");
	return err_hint(err, "bind files on files and directories on directories, or where nothing "
			     "is yet");
}

int apply_bind(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_fd_ int copy = -1;
	_cleanup_fd_ int target = -1;
	struct stat st;

	if (bind_copy(a, op, &copy, err) < 0) {
		bool absent = op->mount.optional && err->sys == ENOENT;

		return absent ? 0 : -1;
	}
	if (fstat(copy, &st) < 0)
		return err_sys(err, "examine '%s'", op->mount.source);
	if (open_bind_target(a, op, copy, S_ISDIR(st.st_mode), &target, err) < 0)
		return explain_kind(a, op, S_ISDIR(st.st_mode), err);
	if (op->mount.copy_up && S_ISDIR(st.st_mode) &&
	    apply_copy_into_empty(target, copy, err) < 0)
		return err_ctx(err, "fill '%s' with what the image has", op->path);
	if (change_all(copy, &op->mount, err) < 0)
		return err_ctx(err, "bind '%s' on '%s'", op->mount.source, op->path);
	if (attach_at(a, op->path, target, &copy, "bind", err) < 0)
		return explain_kind(a, op, S_ISDIR(st.st_mode), err);
	return 0;
}
