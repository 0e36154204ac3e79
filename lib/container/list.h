/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `onggi ps`: which containers, in which order, with docker's and podman's field names. */
#ifndef ONGGI_CONTAINER_LIST_H
#define ONGGI_CONTAINER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cli/value.h"
#include "store/store.h"

struct container_list_request {
	char *const *filters; /* values of --filter; NULL: none */
	bool all;	      /* ended ones, too */
	int64_t last;	      /* only the N newest, of all; 0: no limit */
	const char *sort;     /* one of container_sort_keys; NULL: newest first */
	bool size;	      /* measure */
	bool no_trunc;
};

extern const char *const container_sort_keys[]; /* ends with NULL */

/*
 * List. Containers that another command removes meanwhile are left out; records that can't be read
 * are logged. Without `all`, and without a filter that says otherwise, only containers that
 * somebody looks after are read at all.
 *
 * ret  structs, in the arena
 * Errors: ERR_INVALID of a filter; ERR_NOT_FOUND of a container or image that a filter names
 */
int container_list(struct store *s, const struct container_list_request *req, struct arena *a,
		   struct value ***ret, size_t *ret_n, struct err *err);

#endif
