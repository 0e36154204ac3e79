/* SPDX-License-Identifier: Apache-2.0 */
/* Removing containers, and cleaning up after commands that were killed. */
#ifndef ONGGI_CONTAINER_REMOVE_H
#define ONGGI_CONTAINER_REMOVE_H

#include <stdbool.h>

#include "base/err.h"
#include "store/store.h"

struct container_remove_options {
	bool force;   /* kill it first when it runs */
	bool volumes; /* with its anonymous volumes */
};

/*
 * Remove a container by its full id. Errors: ERR_BUSY when it runs and force is not set, with the
 * hint `onggi rm -f NAME`.
 */
int container_remove(struct store *s, const char *id, const struct container_remove_options *o,
		     struct err *err);

/*
 * Bring records and the kernel together: a container whose supervisor was killed is ended, noted as
 * such, its cgroups are removed, and with --rm it is removed. Looks only at containers that have a
 * run directory, so that it costs nothing to speak of.
 */
int container_reconcile(struct store *s, struct err *err);
/*
 * The same, and everything else that killed commands and restarts of the machine have left in the
 * store. For commands that change it.
 */
int container_sweep(struct store *s, struct err *err);

#endif
