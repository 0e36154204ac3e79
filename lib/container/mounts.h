/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts that need something to exist first: volumes in the store, host directories that -v
 * makes, and the files below /etc that describe the container's network.
 */
#ifndef ONGGI_CONTAINER_MOUNTS_H
#define ONGGI_CONTAINER_MOUNTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "container/config.h"
#include "container/options.h"
#include "store/containers.h"
#include "store/store.h"

/*
 * Make volumes and missing host directories, and append all of c->mounts to c->spec.mounts, parents
 * before what is below them. Volumes that were made are noted in c->record.mounts.
 * Errors: ERR_NOT_FOUND for a missing source of --mount; ERR_UNSUPPORTED for kinds this version
 * lacks.
 */
int container_mounts_prepare(struct store *s, struct container_config *c, struct err *err);

enum container_etc_file {
	ETC_HOSTS,
	ETC_HOSTNAME,
	ETC_RESOLV,
	ETC_FILES,
};
/* What is to be written into $RUN/containers/<id>/. */
struct container_etc {
	struct buf texts[ETC_FILES];
	bool wanted[ETC_FILES];
};
/* Release; accepts NULL and zeroed values. */
void container_etc_done(struct container_etc *e);
/*
 * Compose hosts, hostname and resolv.conf and append their mounts, except where the user mounts
 * something there.
 */
int container_etc_prepare(struct store *s, const struct container_options *o,
			  const struct container_dirs *d, struct container_config *c,
			  struct container_etc *ret, struct err *err);
/* Write them, before they are mounted. */
int container_etc_write(const struct container_etc *e, const struct container_dirs *d,
			struct err *err);

/* The container runs: its volumes are not filled again. */
void container_mounts_note_use(struct store *s, const struct container_record *r);
/* Remove the anonymous volumes that a record names. Failures are logged. */
void container_mounts_remove_anonymous(struct store *s, const struct container_record *r);

#endif
