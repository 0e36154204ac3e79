/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was asked (options) and what the image says to what will be done: a record for the
 * store and a runtime spec for the sandbox, built in memory. Pure but for reading the files that
 * options name
 * (--env-file, --label-file, seccomp profiles) and the caller's environment; nothing is created
 * here.
 */
#ifndef ONGGI_CONTAINER_CONFIG_H
#define ONGGI_CONTAINER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "container/options.h"
#include "oci/mount_string.h"
#include "oci/runtime_spec.h"
#include "os/idmap.h"
#include "store/containers.h"
#include "store/images.h"

/* Volumes, binds and tmpfs of one container: as many as the sandbox mounts, whatever the image asks
 * for. */
#define CONTAINER_MOUNTS_MAX 4000

/* How the container's user ids relate to the caller's. */
struct container_userns {
	bool separate;		/* a user namespace of its own */
	struct id_maps maps;	/* valid when separate */
	const char *why_single; /* a static sentence when only one id is mapped */
	bool keep_id;		/* the caller keeps its own uid and gid inside */
	uint32_t keep_uid, keep_gid;
};
/* Release the maps. */
void container_userns_done(struct container_userns *u);

/*
 * Rearrange a map of 0 → self, 1… → subordinate ids, so that `keep` inside is self and the
 * subordinate ids fill what is below and above it.
 */
void container_userns_keep(struct id_map *m, uint32_t keep);

/*
 * Decide the maps for --userns. mode: NULL, "host" or "keep-id[:uid=N,gid=N]".
 * rootless: the caller can't do without a user namespace.
 * Errors: ERR_INVALID echoing mode; ERR_UNSUPPORTED for keep-id as root.
 */
int container_userns_decide(const char *mode, bool rootless, struct container_userns *ret,
			    struct err *err);

/*
 * All that is decided before anything is made. Strings live in spec.arena unless said otherwise;
 * the record borrows from the options and the image.
 */
struct container_config {
	struct runtime_spec spec;
	struct container_record record;
	struct container_userns userns;
	struct mount_request *mounts; /* -v, --mount, --tmpfs and the image's volumes, in order */
	size_t n_mounts;
	char *user; /* USER[:GROUP] for the sandbox, "": root */
	char **group_add;
	size_t n_group_add;
	uint64_t caps; /* bounding set */
	bool host_network, host_pid, host_ipc, host_uts, host_cgroupns;
};
/* Release everything; accepts a zeroed one. */
void container_config_done(struct container_config *c);
DEFINE_CLEANUP_VALUE(container_config, container_config_done)

/* What container_config_build() starts from; everything is borrowed. */
struct container_request {
	const struct container_options *options;
	const struct store_image *image;
	const char *id;	   /* 64 hex digits */
	char *const *argv; /* the command's operands behind IMAGE; NULL: none */
	bool rootless;	   /* the caller can't do without a user namespace */
};

/*
 * Build. Mounts of volumes are in ret->mounts but not yet in ret->spec.mounts: container/mounts.h
 * adds them once they exist.
 */
int container_config_build(const struct container_request *req, struct container_config *ret,
			   struct err *err);

#endif
