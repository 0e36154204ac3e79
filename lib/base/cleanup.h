/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup attributes and ownership transfer: the only place that defines them.
 *
 * A variable marked _cleanup_* owns its value and releases it when it goes out of scope, so each
 * early return is safe. Ownership leaves only through fd_take() and ptr_take(). A module that has a
 * type of its own adds DEFINE_CLEANUP(type, type_free) to its header and gets _cleanup_(type).
 */
#ifndef ONGGI_BASE_CLEANUP_H
#define ONGGI_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(name) __attribute__((cleanup(cleanup_##name)))
#define _cleanup_free_	__attribute__((cleanup(cleanup_freep)))
#define _cleanup_fd_	__attribute__((cleanup(cleanup_fdp)))
#define _cleanup_dir_	__attribute__((cleanup(cleanup_dirp)))

/* Define _cleanup_(name) for a heap value: `struct name *` released by fn(ptr). */
#define DEFINE_CLEANUP(name, fn)                                                                   \
	static inline void cleanup_##name(struct name **p)                                         \
	{                                                                                          \
		fn(*p);                                                                            \
	}

/* Define _cleanup_(name) for an embedded value: `struct name` released by fn(&value). */
#define DEFINE_CLEANUP_VALUE(name, fn)                                                             \
	static inline void cleanup_##name(struct name *p)                                          \
	{                                                                                          \
		fn(p);                                                                             \
	}

/* Free what *(void **)p points to. For _cleanup_free_ only. */
static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

/* Close *fd unless negative. For _cleanup_fd_ only. */
static inline void cleanup_fdp(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Close a directory stream. For _cleanup_dir_ only. */
static inline void cleanup_dirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Move a descriptor out of *fd: returns it and leaves -1 behind. */
static inline int fd_take(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

/* Move a pointer out of the variable p: evaluates to it and leaves NULL behind. */
#define ptr_take(p)                                                                                \
	__extension__({                                                                            \
		__typeof__(p) ptr_take_tmp_ = (p);                                                 \
		(p) = NULL;                                                                        \
		ptr_take_tmp_;                                                                     \
	})

#endif
