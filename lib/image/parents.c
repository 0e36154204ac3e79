/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers are unpacked side by side, each into a directory of its own. Overlayfs shows a directory
 * that several layers have with the attributes of the topmost: so one that a layer only implies
 * must look like the one below. From the bottom up, each implied directory takes over what the next
 * layer below that has it says; a whiteout or an opaque directory on the way means that nothing
 * below shows.
 *
 * Overlayfs takes no notice of an opaque root. So each name that a lower layer has in its root is
 * whited out, or made an opaque directory.
 */
#include "image/parents.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/strv.h"
#include "image/unpack.h"
#include "image/unpack_entry.h"
#include "os/dir.h"

#define OPEN_DIR    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define XATTRS_SIZE 65536

enum found {
	FOUND_NOTHING, /* look further down */
	FOUND_DIR,
	FOUND_END, /* what is below doesn't show */
};

static bool is_opaque(int fd)
{
	char value;

	return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 ||
	       fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1;
}

/* A directory of one layer, step by step without following links. "" is the root. */
static enum found find_in_layer(int rootfd, const char *path, int *ret_fd)
{
	int fd = openat(rootfd, ".", OPEN_DIR);
	bool opaque = false;
	size_t len;

	if (fd < 0)
		return FOUND_END;
	for (const char *p = path, *name; (name = path_next(&p, &len));) {
		_cleanup_free_ char *part = xstrndup(name, len);
		int next = openat(fd, part, OPEN_DIR);
		int why = errno;

		opaque = opaque || is_opaque(fd);
		close(fd);
		if (next < 0)
			return why == ENOENT && !opaque ? FOUND_NOTHING : FOUND_END;
		fd = next;
	}
	*ret_fd = fd;
	return FOUND_DIR;
}

static void copy_xattrs(int from, int to)
{
	_cleanup_free_ char *names = xalloc(XATTRS_SIZE);
	_cleanup_free_ char *value = xalloc(XATTRS_SIZE);
	ssize_t n = flistxattr(from, names, XATTRS_SIZE);

	for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t size;

		if (str_prefix(name, "trusted.overlay.", NULL) ||
		    str_prefix(name, "user.overlay.", NULL))
			continue;
		size = fgetxattr(from, name, value, XATTRS_SIZE);
		/* It was set below by the same means; what can't be set here was not there. */
		if (size >= 0)
			(void)fsetxattr(to, name, value, (size_t)size, 0);
	}
}

static int copy_attributes(int from, int to, const char *path, unsigned *notes, struct err *err)
{
	struct stat st;
	struct timespec times[2];
	mode_t mask = 07777;

	if (fstat(from, &st) < 0)
		return err_sys(err, "directory '%s'", path);
	times[0] = st.st_mtim;
	times[1] = st.st_mtim;
	copy_xattrs(from, to);
	if (fchown(to, st.st_uid, st.st_gid) < 0) {
		/* Unpacked when more ids were mapped than today. */
		if (errno != EINVAL && errno != EPERM)
			return err_sys(err, "owner of directory '%s'", path);
		*notes |= UNPACK_NOTE_OWNER;
		mask = 01777;
	}
	if (fchmod(to, st.st_mode & mask) < 0 || futimens(to, times) < 0)
		return err_sys(err, "attributes of directory '%s'", path);
	return 0;
}

/* roots: of the layers, bottom first; the last one implies path. */
static int settle_one(const int *roots, size_t n, const char *path, unsigned *notes,
		      struct err *err)
{
	_cleanup_fd_ int to = -1;

	/* It may have been replaced by an entry that came later. */
	if (find_in_layer(roots[n - 1], path, &to) != FOUND_DIR || is_opaque(to))
		return 0;
	for (size_t i = n - 1; i-- > 0;) {
		_cleanup_fd_ int from = -1;
		enum found found = find_in_layer(roots[i], path, &from);

		if (found == FOUND_DIR)
			return copy_attributes(from, to, path, notes, err);
		if (found == FOUND_END)
			return 0;
	}
	return 0;
}

/* Hide what a lower layer has under that name in its root. */
static int hide_name(int top, const char *name, struct err *err)
{
	const char *attr = store_overlay_user() ? "user.overlay.opaque" : "trusted.overlay.opaque";
	_cleanup_fd_ int fd = -1;

	if (mknodat(top, name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST)
		return unpack_whiteout_err(name, err);
	fd = openat(top, name, OPEN_DIR);
	/* What is no directory hides by itself. */
	if (fd >= 0 && fsetxattr(fd, attr, "y", 1, 0) < 0)
		return err_sys(err, "mark directory '%s' as opaque", name);
	return 0;
}

/* roots: of the layers, bottom first; the last one's root is opaque. */
static int hide_below(const int *roots, size_t n, struct err *err)
{
	for (size_t i = 0; i + 1 < n; i++) {
		int fd = openat(roots[i], ".", OPEN_DIR);
		_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

		if (!dir)
			return err_sys(err, "read a layer's root");
		for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			    hide_name(roots[n - 1], e->d_name, err) < 0)
				return -1;
		}
		if (errno)
			return err_sys(err, "read a layer's root");
	}
	return 0;
}

static int settle_layer(const int *roots, size_t n, struct layer_job *job, struct err *err)
{
	strv_foreach (path, job->implied) {
		if (settle_one(roots, n, *path, &job->notes, err) < 0)
			return -1;
	}
	return job->root_opaque ? hide_below(roots, n, err) : 0;
}

static int settle_stack(struct store *s, const struct parents_layer *stack, size_t n, int *roots,
			struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct layer_job *job = stack[i].job;

		if (job)
			roots[i] = fcntl(job->stage.fd, F_DUPFD_CLOEXEC, 3);
		else if (store_layer_open(s, stack[i].diff_id, stack[i].chain, &roots[i], err) < 0)
			return -1;
		if (roots[i] < 0)
			return err_sys(err, "open layer %.12s", stack[i].diff_id->hex);
		if (job && settle_layer(roots, i + 1, job, err) < 0)
			return err_ctx(err, "layer %.12s", stack[i].diff_id->hex);
	}
	return 0;
}

int parents_settle(struct store *s, const struct parents_layer *stack, size_t n, struct err *err)
{
	_cleanup_free_ int *roots = xreallocarray(NULL, n + 1, sizeof(*roots));
	int r;

	for (size_t i = 0; i < n; i++)
		roots[i] = -1;
	r = settle_stack(s, stack, n, roots, err);
	for (size_t i = 0; i < n; i++) {
		if (roots[i] >= 0)
			close(roots[i]);
	}
	return r;
}
