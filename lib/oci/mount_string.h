/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strings of -v, --mount and --tmpfs as typed values. Lexical only: nothing is looked up.
 * Ports, devices, limits and signals: port_string.h, device_string.h, ulimit_string.h,
 * signal_string.h.
 */
#ifndef ONGGI_OCI_MOUNT_STRING_H
#define ONGGI_OCI_MOUNT_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

enum mount_kind {
	MOUNT_BIND,
	MOUNT_VOLUME,
	MOUNT_TMPFS,
};

struct mount_request {
	enum mount_kind kind;
	char *source; /* host path or volume name; NULL: anonymous volume, tmpfs */
	char *target; /* absolute, clean */
	bool readonly;
	bool recursive_readonly; /* bind-recursive=readonly */
	bool recursive_writable; /* bind-recursive=writable */
	bool non_recursive;	 /* bind-recursive=disabled */
	bool chown;		 /* U */
	bool overlay;		 /* O */
	bool no_copy;		 /* volume-nocopy */
	bool must_exist;	 /* --mount type=bind refuses a missing source, -v creates it */
	char *propagation;	 /* "rprivate", "rslave", ... or NULL */
	char *subpath;
	uint64_t tmpfs_size; /* bytes; 0: unlimited */
	bool tmpfs_mode_set;
	unsigned tmpfs_mode;
	char *idmap;	/* "idmap" option's value, "" for bare; NULL: none */
	char **options; /* further flags in order: "nosuid", "noexec", ... */
	size_t n_options;
	char **volume_options; /* volume-opt: "key=value" in order */
	size_t n_volume_options;
	char **volume_labels; /* volume-label: "key=value" in order */
	size_t n_volume_labels;
};

/*
 * -v [SOURCE:]TARGET[:OPTIONS]. A SOURCE that begins with "/", "./", "../" or "~" is a host path,
 * anything else a volume's name. Host paths are kept as they were written. Errors: ERR_INVALID
 * echoing the string; for an unknown option the accepted ones, with the nearest as hint.
 */
int mount_parse_volume(struct arena *a, const char *s, struct mount_request *ret, struct err *err);
/*
 * --mount type=...,src=...,dst=...: comma-separated with CSV quoting (RFC 4180). Without a type it
 * is a volume, as for docker. Errors: as mount_parse_volume(); ERR_UNSUPPORTED for
 * kinds of other programs (image, npipe, cluster, …) and volume drivers other than local.
 */
int mount_parse_long(struct arena *a, const char *s, struct mount_request *ret, struct err *err);
/* --tmpfs TARGET[:OPTIONS]. Errors: as mount_parse_volume(). */
int mount_parse_tmpfs(struct arena *a, const char *s, struct mount_request *ret, struct err *err);

#endif
