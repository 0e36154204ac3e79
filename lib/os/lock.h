/* SPDX-License-Identifier: Apache-2.0 */
/* Advisory locks by flock(2) on a file that is opened for the purpose and never removed while
 * locked. */
#ifndef ONGGI_OS_LOCK_H
#define ONGGI_OS_LOCK_H

#include <stdbool.h>

#include "base/err.h"

enum lock_mode {
	LOCK_SHARED,
	LOCK_EXCLUSIVE,
};

/*
 * Lock dirfd/name, creating the file. wait false: ERR_BUSY at once when another holds it.
 * ret: descriptor that holds the lock until closed.
 */
int lock_file(int dirfd, const char *name, enum lock_mode mode, bool wait, int *ret,
	      struct err *err);
/* Lock an open descriptor (a directory works too). */
int lock_fd(int fd, enum lock_mode mode, bool wait, const char *what, struct err *err);

#endif
