/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a mount in the runtime spec (config.md "Mounts", config-linux.md) as typed values.
 */
#ifndef ONGGI_SANDBOX_MOUNT_FLAGS_H
#define ONGGI_SANDBOX_MOUNT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

struct mount_flags {
	uint64_t set, clear;	     /* MOUNT_ATTR_* of the mount itself */
	uint64_t rec_set, rec_clear; /* "rro", "rnosuid", ...: also of the mounts below */
	unsigned long propagation;   /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
	bool propagation_rec;
	bool bind, recursive;
	bool idmap, idmap_rec;
	bool copy_up; /* "tmpcopyup"; "copyup" is ours, for binds of new volumes */
	char **data;  /* NULL-terminated: what is the file system's own */
	size_t n_data;
};

/*
 * Read the options of one mount. Options that are no flag are handed to the file system: they are
 * taken as they are.
 *
 * target  for errors
 * Errors: ERR_INVALID for an empty option; ERR_UNSUPPORTED for "remount", which has no meaning here
 */
int mount_flags_parse(char *const *options, size_t n, const char *target, struct arena *a,
		      struct mount_flags *ret, struct err *err);

#endif
