/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of entries by directory descriptor and name, without following links. */
#ifndef ONGGI_OS_XATTR_H
#define ONGGI_OS_XATTR_H

#include <stddef.h>

#include "base/err.h"

/* Set one attribute of dirfd/name (of the entry itself, if a link). errno is kept. */
int xattr_set_at(int dirfd, const char *name, const char *attr, const void *value, size_t size,
		 struct err *err);

#endif
