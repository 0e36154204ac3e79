/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to mount an overlay of many layers, one by one; os/mount.h takes the best that works. */
#ifndef ONGGI_OS_MOUNT_OVERLAY_H
#define ONGGI_OS_MOUNT_OVERLAY_H

#include "base/err.h"
#include "os/mount.h"

enum overlay_method {
	OVERLAY_BY_FD,	      /* fsconfig "lowerdir+" with descriptors: Linux 6.13 */
	OVERLAY_BY_PATH,      /* fsconfig "lowerdir+" with /proc/self/fd/N: Linux 6.7 */
	OVERLAY_BY_MOUNT,     /* mount(2) with /proc/self/fd/N in one page: about 200 layers */
	OVERLAY_BY_SHORTNAME, /* mount(2) in /proc/self/fd with N alone: 500 layers and more */
};

/*
 * Mount by one method. ret: mount descriptor. The methods by mount(2) need the new mount somewhere
 * for a moment: on work_fd, else on a temporary directory; the last changes the working directory
 * meanwhile.
 */
int mount_overlay_by(const struct mount_overlay *o, enum overlay_method method, int *ret,
		     struct err *err);

#endif
