/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strings of -v, --mount, --tmpfs, -p, --ulimit, --device, --restart and --network as typed values.
 * Lexical only: nothing is looked up.
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
	MOUNT_IMAGE,
	MOUNT_DEVPTS,
	MOUNT_RAMFS,
};

struct mount_request {
	enum mount_kind kind;
	char *source;	 /* host path, volume or image name; NULL: anonymous volume, tmpfs */
	char *target;	 /* absolute, clean */
	bool readonly;
	bool recursive_readonly; /* bind-recursive=readonly */
	bool non_recursive;	 /* bind-recursive=disabled */
	bool chown;		 /* U */
	bool overlay;		 /* O */
	bool no_copy;		 /* volume-nocopy */
	bool relabel_shared, relabel_private; /* z, Z */
	bool must_exist; /* --mount type=bind refuses a missing source, -v creates it */
	char *propagation; /* "rprivate", "rslave", ... or NULL */
	char *subpath;
	uint64_t tmpfs_size; /* bytes; 0: unlimited */
	bool tmpfs_mode_set;
	unsigned tmpfs_mode;
	char *idmap;	/* "idmap" option's value, "" for bare; NULL: none */
	char **options; /* further flags in order: "nosuid", "noexec", ... */
	size_t n_options;
};

/*
 * -v [SOURCE:]TARGET[:OPTIONS]. A SOURCE that begins with "/", "./", "../" or "~" is a host path,
 * anything else a volume's name. Errors: ERR_INVALID echoing the string and the accepted forms.
 */
int mount_parse_volume(struct arena *a, const char *s, struct mount_request *ret, struct err *err);
/* --mount type=...,src=...,dst=...: comma-separated with CSV quoting. */
int mount_parse_long(struct arena *a, const char *s, struct mount_request *ret, struct err *err);
/* --tmpfs TARGET[:OPTIONS]. */
int mount_parse_tmpfs(struct arena *a, const char *s, struct mount_request *ret, struct err *err);

struct ulimit {
	const char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};
/* NAME=SOFT[:HARD]; -1 and "unlimited" mean no limit. */
int ulimit_parse(const char *s, struct ulimit *ret, struct err *err);

struct device_request {
	char *host;	 /* path */
	char *container; /* path */
	char *access;	 /* "rwm" */
	bool cdi;	 /* vendor.com/class=name: host holds the whole string */
};
/* HOST[:CONTAINER[:PERMISSIONS]]. */
int device_parse(struct arena *a, const char *s, struct device_request *ret, struct err *err);

struct port_request {
	char *host_ip; /* NULL: all */
	uint16_t host_port, host_port_end; /* 0: chosen by us */
	uint16_t container_port, container_port_end;
	char *protocol; /* "tcp", "udp", "sctp" */
};
/* [IP:][HOST[-END]:]CONTAINER[-END][/PROTOCOL]. */
int port_parse(struct arena *a, const char *s, struct port_request *ret, struct err *err);

/* Signal number of "TERM", "SIGTERM", "15", "RTMIN+3". */
int signal_parse(const char *s, int *ret, struct err *err);
/* "SIGTERM"; NULL when unknown. */
const char *signal_name(int sig);

#endif
