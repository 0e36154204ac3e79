/* SPDX-License-Identifier: Apache-2.0 */
/* The store's directories as readers see them: opened when they exist, never made. Private to
 * store. */
#ifndef ONGGI_STORE_DIRS_H
#define ONGGI_STORE_DIRS_H

#include <sys/types.h>

#include "store/store.h"

enum store_dir {
	STORE_IMAGES,
	STORE_LAYERS,
	STORE_CONTAINERS,
	STORE_STATES,
};

/*
 * Open one of the directories unless it is open. Returns 0 with *ret_fd -1 when it does not exist.
 * The descriptor stays the store's.
 */
int store_dir_peek(struct store *s, enum store_dir which, int *ret_fd, struct err *err);
/*
 * Open dirfd/name (a single component) as a readable directory, making it with that mode where it
 * is missing. what: the subject for errors. The caller closes.
 */
int store_dir_make(int dirfd, const char *name, mode_t mode, const char *what, int *ret_fd,
		   struct err *err);
/* Mode of the directories below the two top ones: 0700, whoever they belong to. */
mode_t store_dir_mode(void);

#endif
