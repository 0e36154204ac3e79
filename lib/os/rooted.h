/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening paths that somebody else controls below a root directory: openat2(2) with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, and a descriptor walk with the same meaning where the
 * kernel (or a filter) refuses openat2. Absolute symlinks and ".." stay below the root.
 */
#ifndef ONGGI_OS_ROOTED_H
#define ONGGI_OS_ROOTED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define ROOTED_MAX_LINKS 40 /* symlinks followed in one resolution */

/*
 * Open path below rootfd. flags as open(2), O_CLOEXEC is added; mode for O_CREAT.
 * ret: descriptor. Returns 0, or -1 with errno kept (ELOOP for too many links and for magic links;
 * EAGAIN when directories keep moving). err names the path.
 */
int rooted_open(int rootfd, const char *path, int flags, mode_t mode, int *ret, struct err *err);
/*
 * Open O_PATH what lies at `path` of the very mount that rootfd is in, by a way without links.
 * Returns a descriptor, or -1 with errno: ENOENT, or anything else where only rooted_open() can
 * tell.
 */
int rooted_open_plain(int rootfd, const char *path);
/*
 * Open the directory (O_PATH) in which the last component of path lies, and give its name, which is
 * not followed and need not exist. ret_name: to be freed. ERR_INVALID for a path that ends in ".",
 * ".." or is the root.
 */
int rooted_open_parent(int rootfd, const char *path, int *ret_parent, char **ret_name,
		       struct err *err);
/*
 * Make path and its missing parents as directories (mode less the umask, owned by the caller) and
 * open it O_PATH. Existing components may be symlinks inside the root; what a dangling one names is
 * made.
 */
int rooted_mkdirs(int rootfd, const char *path, mode_t mode, int *ret, struct err *err);
/* Make an empty file (with parents) unless something exists there, and open it O_PATH. */
int rooted_mkfile(int rootfd, const char *path, mode_t mode, int *ret, struct err *err);
/* Read a small file below the root whole (regular files only). err->sys ENOENT where absent. */
struct buf;
int rooted_read_all(int rootfd, const char *path, size_t max, struct buf *out, struct err *err);

#endif
