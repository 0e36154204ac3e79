/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `onggi images`: which names, in which order, with docker's and podman's field names. */
#ifndef ONGGI_IMAGE_LIST_H
#define ONGGI_IMAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cli/value.h"
#include "store/store.h"

struct image_list_request {
	const char *name;     /* REPOSITORY[:TAG], globs allowed; NULL: all */
	char *const *filters; /* values of --filter; NULL: none */
	const char *sort;     /* one of image_sort_keys; NULL: newest first */
	bool no_trunc;
	bool labels; /* rows have Labels, which reads each image's config */
};

extern const char *const image_sort_keys[]; /* ends with NULL */

/*
 * List: a row for each name, and for each image without one. Reads index.json alone, unless labels
 * are asked for or an entry came from another tool; entries that can't be read are logged.
 *
 * ret  structs, in the arena
 * Errors: ERR_INVALID of a filter; ERR_NOT_FOUND of an image that a filter names
 */
int image_list(struct store *s, const struct image_list_request *req, struct arena *a,
	       struct value ***ret, size_t *ret_n, struct err *err);

#endif
