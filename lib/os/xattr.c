/* SPDX-License-Identifier: Apache-2.0 */
#include "os/xattr.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/xattr.h>

#include "base/path.h"
#include "os/fd.h"

int xattr_set_at(int dirfd, const char *name, const char *attr, const void *value, size_t size,
		 struct err *err)
{
	char path[NAME_MAX + 40];
	int saved;

	/* A single name: only then is nothing but the directory's own descriptor followed. */
	if (!path_is_name(name))
		return err_set(err, ERR_INVALID, "'%s' is not the name of an entry", name);
	if (dirfd == AT_FDCWD)
		snprintf(path, sizeof(path), "./%s", name);
	else
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	if (lsetxattr(path, attr, value, size, 0) == 0)
		return 0;
	saved = errno;
	err_sys(err, "set attribute '%s' of '%s'", attr, name);
	errno = saved;
	return -1;
}
