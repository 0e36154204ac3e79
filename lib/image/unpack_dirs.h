/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories from a layer's root down to where the current entry goes, held open. Private to
 * image's unpacking.
 */
#ifndef ONGGI_IMAGE_UNPACK_DIRS_H
#define ONGGI_IMAGE_UNPACK_DIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/map.h"
#include "image/unpack.h"

struct unpack_dir {
	char *name; /* in the directory above; NULL: the root, or reached through a symbolic link */
	int fd;
	bool fresh;    /* made just now: its own times don't matter */
	bool touched;  /* its content was changed, mtime and setgid are known unless fresh */
	bool setgid;   /* what is made in it inherits its group */
	bool has_meta; /* mode and mtime came from an entry and are to be set */
	mode_t mode;
	struct timespec mtime;
};

struct unpack_dirs {
	struct unpack_dir stack[LAYER_MAX_DEPTH + 2];
	size_t n; /* stack[0] is the root */
	const char *opaque_attr;
	struct map implied; /* directories below the root that no entry has described */
	bool root_opaque;
};

/* Begin at a root. rootfd is borrowed; opaque_attr as static text. */
int unpack_dirs_init(struct unpack_dirs *d, int rootfd, const char *opaque_attr, struct err *err);
/*
 * Make path (clean, relative, "" for the root) the top of the stack, making missing directories. A
 * component that is a symbolic link in this layer is resolved inside the root.
 */
int unpack_dirs_enter(struct unpack_dirs *d, const char *path, struct err *err);
/* The current directory. */
struct unpack_dir *unpack_dirs_top(struct unpack_dirs *d);
/* Announce a change in the current directory, before it happens. */
int unpack_dirs_touch(struct unpack_dirs *d, struct err *err);
/*
 * Make name in the current directory a directory, replacing what is no directory, and put it on
 * the stack.
 */
int unpack_dirs_make(struct unpack_dirs *d, const char *name, struct err *err);
/* Mark a directory opaque. */
int unpack_dirs_opaque(struct unpack_dirs *d, int fd, struct err *err);
/* An entry describes the directory path (clean). */
void unpack_dirs_described(struct unpack_dirs *d, const char *path);
/* Leave all directories, setting modes and times. The root is left too. */
int unpack_dirs_finish(struct unpack_dirs *d, struct err *err);
/* Release without setting anything. */
void unpack_dirs_done(struct unpack_dirs *d);

#endif
