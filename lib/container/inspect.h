/* SPDX-License-Identifier: Apache-2.0 */
/* What `container inspect` shows: docker's field names and shapes. */
#ifndef ONGGI_CONTAINER_INSPECT_H
#define ONGGI_CONTAINER_INSPECT_H

#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cli/value.h"
#include "store/containers.h"
#include "store/store.h"

/* Bytes, for --size. */
struct container_sizes {
	uint64_t changes; /* of upper/, on disk */
	uint64_t image;	  /* of the image's layers as they are stored */
};
/*
 * Measure one container. Errors: those of store_usage_measure(); an image that is gone counts
 * nothing.
 */
int container_sizes(struct store *s, const struct container_record *r, struct container_sizes *ret,
		    struct err *err);

/*
 * sizes  NULL: SizeRw and SizeRootFs are left out
 * a      owns the value
 */
struct value *container_inspect(struct store *s, const struct container_record *r,
				const struct container_state *st,
				const struct container_sizes *sizes, struct arena *a);
/* "created", "running", ...: docker's word. */
const char *container_status_word(enum container_status status);

#endif
