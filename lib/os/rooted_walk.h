/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor walk behind os/rooted.h: resolution below a root directory one component at a
 * time, for kernels and filters without openat2(2), and for making what is missing on the way.
 */
#ifndef ONGGI_OS_ROOTED_WALK_H
#define ONGGI_OS_ROOTED_WALK_H

#include <stdbool.h>
#include <sys/types.h>

#define ROOTED_WALK_MAX_DEPTH 512   /* directories below the root that one walk may be in */
#define ROOTED_WALK_MAX_PATH  65536 /* bytes of path left, with the links expanded so far */

struct rooted_walk {
	int rootfd;
	int flags;	/* of the last component, as open(2); O_CLOEXEC is added */
	mode_t mode;	/* for O_CREAT, and for what make_* makes */
	bool make_dirs; /* make missing directories on the way (and the last one with O_DIRECTORY)
			 */
	bool make_file; /* make the last component as an empty file when nothing is there */
	mode_t parent_mode; /* of directories made on the way */
};

/*
 * Resolve path and open it. Returns a descriptor, or -1 with errno as openat2(2) with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS would give it (ELOOP for too many links and for magic
 * links).
 */
int rooted_walk_open(const struct rooted_walk *w, const char *path);

#endif
