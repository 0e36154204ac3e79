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
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/layers.h"
#include "store/layers_private.h"

#define SWEEP_MAX 256 /* trees in one go: each holds a descriptor */

/* What is to be removed, with the locks that keep it from coming to life meanwhile. */
struct dead {
	char **names;
	int *locks;
	size_t n;
};

static void dead_done(struct dead *d)
{
	for (size_t i = 0; i < d->n; i++)
		close(d->locks[i]);
	free(d->locks);
	strv_free(d->names);
}
DEFINE_CLEANUP_VALUE(dead, dead_done)

/*
 * Lock a directory whose maker is gone. Returns the lock, or -1: somebody holds it, or the name
 * leads to another directory since. What can't be opened is not judged.
 */
static int lock_dead(int dirfd, const char *name)
{
	_cleanup_fd_ int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat by_name, by_fd;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &by_fd) < 0 ||
	    fstatat(dirfd, name, &by_name, AT_SYMLINK_NOFOLLOW) < 0 ||
	    by_name.st_ino != by_fd.st_ino || by_name.st_dev != by_fd.st_dev)
		return -1;
	return fd_take(&fd);
}

static int dead_stage(int dirfd, const char *name)
{
	return str_prefix(name, STORE_TMP_PREFIX, NULL) ? lock_dead(dirfd, name) : -1;
}

static int dead_container(int dirfd, const char *name)
{
	_cleanup_fd_ int lock = -1;

	if (strlen(name) != ID_LEN || !hex_valid(name, ID_LEN) ||
	    store_container_complete(dirfd, name))
		return -1;
	lock = lock_dead(dirfd, name);
	return lock < 0 || store_container_complete(dirfd, name) ? -1 : fd_take(&lock);
}

/* judge() returns the lock on what it finds dead, else -1. */
static int collect(int dirfd, int (*judge)(int dirfd, const char *name), struct dead *ret,
		   struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_sys(err, "read a directory of the store");
	(void)fd_take(&fd);
	for (const struct dirent *e = readdir(dir); e && ret->n < SWEEP_MAX; e = readdir(dir)) {
		int lock = judge(dirfd, e->d_name);

		if (lock < 0)
			continue;
		strv_add(&ret->names, e->d_name);
		ret->locks = xreallocarray(ret->locks, ret->n + 1, sizeof(*ret->locks));
		ret->locks[ret->n++] = lock;
	}
	return 0;
}

static int sweep_trees(struct store *s, int dirfd, int (*judge)(int, const char *),
		       const char *what, struct err *err)
{
	_cleanup_(dead) struct dead dead = {.n = 0};

	if (dirfd < 0)
		return 0;
	if (collect(dirfd, judge, &dead, err) < 0)
		return -1;
	return store_trees_remove(s, dirfd, dead.names, what, err);
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

static int sweep(struct store *s, struct err *err)
{
	int images, layers, containers;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0 ||
	    store_dir_peek(s, STORE_LAYERS, &layers, err) < 0 ||
	    store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (sweep_images(images, err) < 0 ||
	    sweep_trees(s, layers, dead_stage, "unfinished layers", err) < 0 ||
	    sweep_views(s, err) < 0 ||
	    /* The names first: what is left of a container can still be told by its own. */
	    (containers >= 0 && store_names_sweep(s, err) < 0))
		return -1;
	return sweep_trees(s, containers, dead_container, "unfinished containers", err);
}

void store_sweep(struct store *s)
{
	struct err err = ERR_INIT;

	if (sweep(s, &err) < 0)
		log_debug("sweep: %s", err.text);
}
