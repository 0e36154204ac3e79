/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that a layer implies but does not describe ("usr/" in a layer that only has
 * "usr/bin/x"). Private to image.
 */
#ifndef ONGGI_IMAGE_PARENTS_H
#define ONGGI_IMAGE_PARENTS_H

#include <stddef.h>

#include "base/err.h"
#include "image/pipeline.h"

/* One layer of a stack. */
struct parents_layer {
	const struct digest *diff_id;
	struct layer_job *job; /* that unpacked it just now; NULL: it is in the store */
};

/*
 * Give implied directories the owner, mode, times and attributes that they have in the layers
 * below, as if the layers had been unpacked on top of one another. A layer that is shared with
 * another image keeps what the first one gave it.
 *
 * stack  bottom first; jobs have run and are not committed
 */
int parents_settle(struct store *s, const struct parents_layer *stack, size_t n, struct err *err);

#endif
