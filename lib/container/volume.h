/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes as people see them: rows, documents, and which containers use them. */
#ifndef ONGGI_CONTAINER_VOLUME_H
#define ONGGI_CONTAINER_VOLUME_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cli/value.h"
#include "store/store.h"
#include "store/volumes.h"

/* What `volume inspect` shows: docker's field names. a: owns the value. */
struct value *container_volume_value(const struct store_volume *v, struct arena *a);

/*
 * Rows of `volume ls`, by name: structs in the arena.
 *
 * filters  values of --filter: dangling, driver, label, name; NULL: none
 */
int container_volume_list(struct store *s, char *const *filters, struct arena *a,
			  struct value ***ret, size_t *ret_n, struct err *err);

/*
 * Remove a volume. Errors: ERR_NOT_FOUND; ERR_BUSY while a container uses it, ended ones included,
 * naming it, with the hint `onggi rm NAME`.
 */
int container_volume_remove(struct store *s, const char *name, struct err *err);

#endif
