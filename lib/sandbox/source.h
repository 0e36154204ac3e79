/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the host that come into a container: descriptors that were opened in the caller's mount
 * namespace, and mounts that are prepared there.
 */
#ifndef ONGGI_SANDBOX_SOURCE_H
#define ONGGI_SANDBOX_SOURCE_H

#include "base/err.h"
#include "sandbox/plan.h"

/*
 * Open what fd refers to once more, in the calling process's own mount namespace: the kernel mounts
 * nothing that belongs to another one. It is found by its name and taken only when it is the very
 * same file (device and inode number).
 * Errors: ERR_NOT_FOUND when the name leads elsewhere by now.
 */
int source_reopen(int fd, int *ret, struct err *err);

/* Detached copies of mounts, made by the parent. */
struct sources {
	int root;   /* of the root directory, -1 where the child opens it itself */
	int *binds; /* one for each operation of the plan, -1 likewise; NULL for none */
	size_t n;
};
#define SOURCES_INIT                                                                               \
	{                                                                                          \
		.root = -1                                                                         \
	}
/*
 * In the parent, before the clone: with real privileges and a user namespace for the container, the
 * child could not reach the root directory or bind sources that only the host's root may enter, so
 * they are copied here. Errors: ERR_SYSTEM naming the path.
 */
int sources_open(const struct sandbox_plan *p, struct sources *ret, struct err *err);
/* Close what was not used. */
void sources_done(struct sources *s);
DEFINE_CLEANUP_VALUE(sources, sources_done)

#endif
