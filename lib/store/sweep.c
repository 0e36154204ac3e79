/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sweeping what killed commands left: temporary files and trees, containers without a record, names
 * without a container. A live process holds a lock on each of its own until it is complete.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/id.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/layers.h"
#include "store/layers_private.h"

/* Names in a directory that judge() finds dead. */
static int collect(int dirfd, bool (*judge)(int dirfd, const char *name), char ***ret,
		   struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_sys(err, "read a directory of the store");
	(void)fd_take(&fd);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		if (judge(dirfd, e->d_name))
			strv_add(ret, e->d_name);
	}
	return 0;
}

/* Unlocked means that whoever made it is gone. What can't be opened is not judged. */
static bool is_unlocked(int dirfd, const char *name)
{
	_cleanup_fd_ int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static bool dead_stage(int dirfd, const char *name)
{
	return str_prefix(name, STORE_TMP_PREFIX, NULL) && is_unlocked(dirfd, name);
}

static bool dead_container(int dirfd, const char *name)
{
	return strlen(name) == ID_LEN && hex_valid(name, ID_LEN) &&
	       !store_container_complete(dirfd, name) && is_unlocked(dirfd, name) &&
	       !store_container_complete(dirfd, name);
}

static int sweep_trees(struct store *s, int dirfd, bool (*judge)(int, const char *),
		       const char *what, struct err *err)
{
	_cleanup_strv_ char **dead = NULL;

	if (dirfd < 0)
		return 0;
	if (collect(dirfd, judge, &dead, err) < 0)
		return -1;
	return store_trees_remove(s, dirfd, dead, what, err);
}

static int sweep_images(int images, struct err *err)
{
	_cleanup_fd_ int blobs = -1;

	if (images < 0)
		return 0;
	blobs = openat(images, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (atomic_sweep(images, err) < 0 || (blobs >= 0 && atomic_sweep(blobs, err) < 0))
		return err_ctx(err, "sweep images");
	return 0;
}

static int sweep_views(struct store *s, struct err *err)
{
	_cleanup_strv_ char **views = NULL;

	if (store_views(s, &views, err) < 0)
		return -1;
	strv_foreach (view, views) {
		_cleanup_fd_ int fd =
			openat(s->layers_fd, *view, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (sweep_trees(s, fd, dead_stage, "unfinished layers", err) < 0)
			return -1;
	}
	return 0;
}

int store_sweep(struct store *s, struct err *err)
{
	int images, layers, containers;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0 ||
	    store_dir_peek(s, STORE_LAYERS, &layers, err) < 0 ||
	    store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (sweep_images(images, err) < 0 ||
	    sweep_trees(s, layers, dead_stage, "unfinished layers", err) < 0 ||
	    sweep_views(s, err) < 0 ||
	    sweep_trees(s, containers, dead_container, "unfinished containers", err) < 0)
		return -1;
	return containers < 0 ? 0 : store_names_sweep(s, err);
}
