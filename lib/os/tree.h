/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directory trees of our own or of foreign content, by descriptors and without following links:
 * removing and making them.
 */
#ifndef ONGGI_OS_TREE_H
#define ONGGI_OS_TREE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Directories below one another in a tree that is walked; removal takes any depth. */
#define TREE_MAX_DEPTH 4096

/*
 * Remove dirfd/name and everything below it; absence is no error. Directories without permission
 * are made accessible first where we own them. Errors: EACCES/EPERM in err->sys where content
 * belongs to subordinate ids: call again inside userns_run().
 */
int tree_remove(int dirfd, const char *name, struct err *err);
/* mkdir -p relative to dirfd; parents get mode too. Opened as O_PATH directory when ret_fd is not
 * NULL. */
int tree_mkdirs(int dirfd, const char *path, mode_t mode, int *ret_fd, struct err *err);

#endif
