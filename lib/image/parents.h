/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a layer's tree depends on the layers below: directories that it implies but does not
 * describe ("usr/" in a layer that only has "usr/bin/x"), and an opaque root. Private to image.
 */
#ifndef ONGGI_IMAGE_PARENTS_H
#define ONGGI_IMAGE_PARENTS_H

#include <stddef.h>

#include "base/err.h"
#include "image/pipeline.h"

/* One layer of a stack. */
struct parents_layer {
	const struct digest *diff_id;
	const struct digest *chain; /* of the stack up to it */
	struct layer_job *job;	    /* that unpacked it just now; NULL: it is in the store */
};

/*
 * Give implied directories the owner, mode, times and attributes that they have in the layers
 * below, as if the layers had been unpacked on top of one another, and hide what is below an opaque
 * root. Only trees that belong to the stack alone (struct layer_job, stacked) are changed.
 *
 * stack  bottom first; jobs have run and are not committed
 */
int parents_settle(struct store *s, const struct parents_layer *stack, size_t n, struct err *err);

#endif
