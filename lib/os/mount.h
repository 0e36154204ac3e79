/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount API by descriptors: fsopen, fsconfig, fsmount, open_tree, move_mount, mount_setattr.
 * Without one of them no container is made: mount(2) knows no detached mounts, and can't change
 * the attributes of a whole tree. Errors then name the call and the mend (os/mount_call.h).
 * Targets are descriptors from os/rooted.h, so that no path is resolved a second time.
 */
#ifndef ONGGI_OS_MOUNT_H
#define ONGGI_OS_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* MS_* style flags of one mount, as set and clear masks, and their recursive forms (rro, ...). */
struct mount_attr_change {
	uint64_t set;	      /* MOUNT_ATTR_* */
	uint64_t clear;	      /* MOUNT_ATTR_* */
	uint64_t propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
	bool recursive;
};

/*
 * A new file system instance, not attached yet.
 *
 * fstype   "tmpfs", "proc", "overlay", ...
 * source   may be NULL
 * options  NULL-terminated "key=value" or "flag" strings for fsconfig
 * attr     MOUNT_ATTR_* of the mount
 * ret      mount descriptor for mount_attach()
 * Errors:  ERR_SYSTEM with the kernel's own message from the context where it gave one
 */
int mount_new(const char *fstype, const char *source, char *const *options, uint64_t attr, int *ret,
	      struct err *err);
/*
 * An overlay of many layers.
 *
 * lower_fds  directories, top layer first, n_lower of them (120 and more work: through fsconfig
 *            "lowerdir+" where the kernel (6.8) has it, else one by short relative paths)
 * upper_fd, work_fd  directories, or -1 for a read-only overlay
 * options    more options ("userxattr", "metacopy=off", ...)
 * ret        mount descriptor
 */
struct mount_overlay {
	const int *lower_fds;
	size_t n_lower;
	int upper_fd;
	int work_fd;
	char *const *options;
	uint64_t attr;
};
/* Mount it detached by the best method that works here; see struct mount_overlay. */
int mount_overlay_new(const struct mount_overlay *o, int *ret, struct err *err);
/*
 * A detached copy of the tree at fd (bind mount). recursive: with the mounts below it.
 */
int mount_clone(int fd, bool recursive, int *ret, struct err *err);
/* Change attributes of the mount at fd. */
int mount_set_attr(int fd, const struct mount_attr_change *c, struct err *err);
/* Map ids of a detached mount to those of the user namespace userns_fd (MOUNT_ATTR_IDMAP). */
int mount_set_idmap(int fd, int userns_fd, bool recursive, struct err *err);
/* Attach a detached mount onto target_fd (O_PATH). */
int mount_attach(int mount_fd, int target_fd, struct err *err);
/*
 * Make the directory newroot_fd the root of this mount namespace and detach the old one. The
 * working directory is the new root afterwards.
 */
int mount_pivot(int newroot_fd, struct err *err);
/* MS_* propagation of "/" in a new mount namespace, recursively. */
int mount_propagation(const char *path, unsigned long flags, struct err *err);
/* statfs(2)'s f_type of a descriptor. */
int mount_fs_type(int fd, int64_t *ret, struct err *err);
/* Attributes (MOUNT_ATTR_*) that the mount at fd has now. */
int mount_get_attr(int fd, uint64_t *ret, struct err *err);

#endif
