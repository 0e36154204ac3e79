/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which calls of the mount API may be used at all. They are asked for something that every kernel
 * refuses in another way, so that nothing happens: an errno of "missing" or "forbidden" is then
 * about the call itself, and not about what was to be mounted.
 */
#ifndef ONGGI_OS_MOUNT_CALL_H
#define ONGGI_OS_MOUNT_CALL_H

#include <stdbool.h>

#include "base/err.h"

enum mount_call {
	MOUNT_CALL_FSOPEN,
	MOUNT_CALL_FSCONFIG,
	MOUNT_CALL_FSMOUNT,
	MOUNT_CALL_OPEN_TREE,
	MOUNT_CALL_MOVE_MOUNT,
	MOUNT_CALL_MOUNT_SETATTR,
	MOUNT_CALL_COUNT,
};

/*
 * ENOSYS, EPERM or EACCES when the call is refused whatever is asked of it, else 0. Who has no
 * right to mount is refused by the kernel itself: see mount_forbidden(). Keeps errno.
 */
int mount_call_refused(enum mount_call call);
/*
 * Is mount(2) refused whatever is asked of it? That is so without CAP_SYS_ADMIN over the mount
 * namespace, below a filter, and where a security module takes the capability away. Keeps errno.
 */
bool mount_forbidden(void);
/*
 * Give err, of a failed call, the hint that mends it when the call itself is refused although
 * mounting is not; nothing otherwise. Keeps errno. Returns -1.
 */
int mount_call_explain(enum mount_call call, struct err *err);

#endif
