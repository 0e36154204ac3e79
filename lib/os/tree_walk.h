/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at every entry of a directory tree, hostile ones included, without following links. */
#ifndef ONGGI_OS_TREE_WALK_H
#define ONGGI_OS_TREE_WALK_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

/* An entry as it is met. */
struct tree_entry {
	int dirfd;		   /* the directory that it is in */
	const char *name;	   /* in it */
	const struct stat *st;	   /* of the entry itself, if a link */
	const struct stat *parent; /* of the directory: st_dev and st_ino only */
};

struct tree_walk {
	/* Called for each entry but the top: 0 goes on, 1 doesn't enter the directory, -1 fails. */
	int (*visit)(void *arg, const struct tree_entry *e, struct err *err);
	void *arg;
	uint64_t unreadable; /* out: directories that could not be opened for lack of rights */
};

/*
 * Visit everything below a directory: all entries of one before those below it. What vanishes
 * meanwhile is passed over.
 *
 * fd  the top (readable directory); borrowed
 * Depth is bounded by memory only, and few descriptors are open at a time. Errors: visit()'s;
 * ERR_BUSY where directories are moved meanwhile
 */
int tree_walk(struct tree_walk *w, int fd, struct err *err);

#endif
