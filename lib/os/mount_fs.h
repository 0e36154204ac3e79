/* SPDX-License-Identifier: Apache-2.0 */
/* Configuring a file system context of fsopen(2) step by step, with the kernel's messages in
 * errors. */
#ifndef ONGGI_OS_MOUNT_FS_H
#define ONGGI_OS_MOUNT_FS_H

#include <stdint.h>

#include "base/err.h"

/* Open a context for fstype. ret: descriptor. */
int mount_fs_open(const char *fstype, int *ret, struct err *err);
/* Set "key=value" or "flag" strings (NULL-terminated; NULL: none). */
int mount_fs_options(int fs_fd, const char *fstype, char *const *options, struct err *err);
/* Make the instance and a detached mount of it. attr: MOUNT_ATTR_*. ret: mount descriptor. */
int mount_fs_create(int fs_fd, const char *fstype, uint64_t attr, int *ret, struct err *err);
/*
 * An error of a step on the context: "WHAT: strerror", with the kernel's own message from the
 * context in between where it gave one. errno is taken and kept. Returns -1.
 */
int mount_fs_failed(int fs_fd, const char *what, struct err *err);
/* MOUNT_ATTR_* as MS_* flags of mount(2). */
unsigned long mount_attr_to_ms(uint64_t attr);

#endif
