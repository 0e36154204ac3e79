/* SPDX-License-Identifier: Apache-2.0 */
#include "os/lock.h"

#include <errno.h>
#include <sys/file.h>

int lock_fd(int fd, enum lock_mode mode, bool wait, const char *what, struct err *err)
{
	int op = (mode == LOCK_EXCLUSIVE ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
	int r;

	do {
		r = flock(fd, op);
	} while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK) {
		err_set(err, ERR_BUSY, "'%s' is locked by another process", what);
		return err_hint(err, "wait until the other command on it has ended");
	}
	if (r < 0)
		return err_sys(err, "lock '%s'", what);
	return 0;
}
