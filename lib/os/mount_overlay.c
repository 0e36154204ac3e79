/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. "lowerdir=a:b:c" as one string is bounded: 256 bytes through fsconfig(2),
 * one page through mount(2). Newer kernels append layers one by one ("lowerdir+"). Those before 6.7
 * don't say so when the key is set (up to 6.4 an overlay's options are only looked at when it is
 * created), so that EINVAL of any step leads to the next method. mount(2) must attach its mount
 * somewhere; it is cloned from there and detached again at once. Layers are named by our
 * descriptors, through /proc.
 */
#include "os/mount_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/mount_fs.h"

#define DATA_MAX 4095 /* mount(2)'s data is one page with its NUL */
#define FD_DIR	 "/proc/self/fd/"

/* Set one directory option: by descriptor, else by its name below /proc. */
static int set_dir(int fs_fd, const char *key, int dir_fd, bool by_fd, struct err *err)
{
	_cleanup_free_ char *what = NULL;
	char path[32];
	int r;

	if (by_fd)
		r = fsconfig(fs_fd, FSCONFIG_SET_FD, key, NULL, dir_fd);
	else
		r = fsconfig(fs_fd, FSCONFIG_SET_STRING, key, fd_proc_path(dir_fd, path), 0);
	if (r == 0)
		return 0;
	what = xasprintf("set '%s' of overlay", key);
	return mount_fs_failed(fs_fd, what, err);
}

static int by_context(const struct mount_overlay *o, bool by_fd, int *ret, struct err *err)
{
	_cleanup_fd_ int fs_fd = -1;
	int fd = -1;

	if (mount_fs_open("overlay", &fd, err) < 0)
		return -1;
	fs_fd = fd;
	fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", "overlay", 0);
	for (size_t i = 0; i < o->n_lower; i++)
		if (set_dir(fs_fd, "lowerdir+", o->lower_fds[i], by_fd, err) < 0)
			return -1;
	if (o->upper_fd >= 0 && (set_dir(fs_fd, "upperdir", o->upper_fd, by_fd, err) < 0 ||
				 set_dir(fs_fd, "workdir", o->work_fd, by_fd, err) < 0))
		return -1;
	if (mount_fs_options(fs_fd, "overlay", o->options, err) < 0)
		return -1;
	return mount_fs_create(fs_fd, "overlay", o->attr, ret, err);
}

/* The options of mount(2), with directories as prefix and number. */
static int old_data(const struct mount_overlay *o, const char *prefix, struct buf *data,
		    struct err *err)
{
	buf_adds(data, "lowerdir=");
	for (size_t i = 0; i < o->n_lower; i++)
		buf_addf(data, "%s%s%d", i ? ":" : "", prefix, o->lower_fds[i]);
	if (o->upper_fd >= 0)
		buf_addf(data, ",upperdir=%s%d,workdir=%s%d", prefix, o->upper_fd, prefix,
			 o->work_fd);
	strv_foreach (it, o->options)
		buf_addf(data, ",%s", *it);
	if (data->overflow) {
		errno = E2BIG;
		return err_set(err, ERR_LIMIT,
			       "%zu layers are more than the options of one mount(2) can name",
			       o->n_lower);
	}
	return 0;
}

/* A directory to mount on for a moment; with tmp[0] set it was made for that. Returns a descriptor.
 */
static int stage_open(const struct mount_overlay *o, char *tmp, size_t size, struct err *err)
{
	static const char *const places[] = {"/tmp", "/run", "/dev/shm", "/var/tmp"};
	int fd;

	tmp[0] = '\0';
	/* Nobody but this overlay looks at its work directory. */
	if (o->work_fd >= 0) {
		fd = openat(o->work_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? err_sys(err, "open the overlay's work directory") : fd;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(tmp, size, "%s/.onggi-mount-XXXXXX", places[i]);
		if (!mkdtemp(tmp))
			continue;
		fd = open(tmp, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		rmdir(tmp);
	}
	tmp[0] = '\0';
	return err_sys(
		err,
		"make a directory to mount an overlay on, in /tmp, /run, /dev/shm or /var/tmp");
}

/*
 * Mount on the stage, clone what is there, detach it. The stage is opened again by its own name
 * ("." of the directory would be what lies below the mount).
 */
static int mount_staged(const char *data, const char *stage, unsigned long flags, int *ret,
			struct err *err)
{
	int fd;

	if (mount("overlay", stage, "overlay", flags, data) < 0)
		return err_sys(err, "mount overlay");
	fd = open_tree(AT_FDCWD, stage, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		err_sys(err, "detach the new overlay");
	umount2(stage, MNT_DETACH);
	if (fd < 0)
		return -1;
	*ret = fd;
	return 0;
}

/*
 * A name of the stage under which the mount on top of it is found: /proc/self/fd/N is a jump to the
 * directory itself, and mounts on it are crossed only by a name behind it.
 */
static char *stage_path(int stage_fd, const char *tmp, struct err *err)
{
	char proc[32];
	char *path;

	if (tmp[0])
		return xstrdup(tmp);
	path = realpath(fd_proc_path(stage_fd, proc), NULL);
	if (!path)
		err_sys(err, "find the name of the overlay's work directory");
	return path;
}

static int by_mount(const struct mount_overlay *o, const char *prefix, int *ret, struct err *err)
{
	_cleanup_(buf) struct buf data = BUF_INIT_MAX(DATA_MAX);
	_cleanup_free_ char *stage = NULL;
	_cleanup_fd_ int stage_fd = -1;
	_cleanup_fd_ int cwd = -1;
	char tmp[64];
	int saved;
	int r = -1;

	if (old_data(o, prefix, &data, err) < 0)
		return -1;
	stage_fd = stage_open(o, tmp, sizeof(tmp), err);
	if (stage_fd < 0)
		return -1;
	stage = stage_path(stage_fd, tmp, err);
	if (!prefix[0]) {
		cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cwd < 0 || chdir(FD_DIR) < 0) {
			err_sys(err, "enter '" FD_DIR "' to mount an overlay");
			free(ptr_take(stage));
		}
	}
	if (stage)
		r = mount_staged(data.data, stage, mount_attr_to_ms(o->attr), ret, err);
	saved = errno;
	if (cwd >= 0 && fchdir(cwd) < 0 && r == 0) {
		close(*ret);
		r = err_sys(err, "return to the working directory");
	}
	if (tmp[0])
		rmdir(tmp);
	errno = saved;
	return r;
}

int mount_overlay_by(const struct mount_overlay *o, enum overlay_method method, int *ret,
		     struct err *err)
{
	switch (method) {
	case OVERLAY_BY_FD:
		return by_context(o, true, ret, err);
	case OVERLAY_BY_PATH:
		return by_context(o, false, ret, err);
	case OVERLAY_BY_MOUNT:
		return by_mount(o, FD_DIR, ret, err);
	case OVERLAY_BY_SHORTNAME:
		return by_mount(o, "", ret, err);
	}
	return err_set(err, ERR_INVALID, "there is no overlay method %d", (int)method);
}

int mount_overlay_new(const struct mount_overlay *o, int *ret, struct err *err)
{
	struct err first = ERR_INIT;
	struct err last = ERR_INIT;

	for (enum overlay_method m = OVERLAY_BY_FD; m <= OVERLAY_BY_SHORTNAME; m++) {
		if (mount_overlay_by(o, m, ret, &last) == 0)
			return 0;
		/*
		 * The kernel's words about the first try are the most exact, but that a newer way
		 * is unknown is no cause.
		 */
		if (m <= OVERLAY_BY_PATH)
			first = last;
		if (errno != EINVAL && errno != EBADF && errno != ENOSYS && errno != E2BIG)
			break;
	}
	if (err)
		*err = last.kind == ERR_SYSTEM && last.sys == EINVAL ? first : last;
	return err_ctx(err, "overlay of %zu layers", o->n_lower);
}
