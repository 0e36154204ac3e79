/* SPDX-License-Identifier: Apache-2.0 */
/* Removing ended containers, as a part of store/prune.h's plans. */
#ifndef ONGGI_CONTAINER_PRUNE_H
#define ONGGI_CONTAINER_PRUNE_H

#include "base/err.h"
#include "base/map.h"
#include "store/prune.h"

/*
 * Plan every container that does not run and passes the filter, and what killed commands left.
 *
 * r         its `usage` with STORE_PART_CONTAINERS; `all` and `gone` don't matter
 * ret_gone  the ids are added to it: what they use is free for the plans that follow; may be NULL
 */
int container_prune_plan(struct store *s, const struct prune_request *r, struct prune_plan *plan,
			 struct map *ret_gone, struct err *err);
/*
 * Remove the plan's containers; one that was started meanwhile stays. What fails is told, and does
 * not keep the others. Returns -1 with the first error at the end.
 */
int container_prune_apply(struct store *s, struct prune_plan *plan, struct err *err);

#endif
