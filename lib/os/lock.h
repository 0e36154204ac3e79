/* SPDX-License-Identifier: Apache-2.0 */
/* Advisory locks by flock(2). */
#ifndef ONGGI_OS_LOCK_H
#define ONGGI_OS_LOCK_H

#include <stdbool.h>

#include "base/err.h"

enum lock_mode {
	LOCK_SHARED,
	LOCK_EXCLUSIVE,
};

/*
 * Lock an open descriptor, of a directory as a rule, until it is closed. wait false: ERR_BUSY at
 * once when another holds it. what: the subject for errors.
 */
int lock_fd(int fd, enum lock_mode mode, bool wait, const char *what, struct err *err);

#endif
