/* SPDX-License-Identifier: Apache-2.0 */
#include "container/prune.h"

#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/remove.h"
#include "store/containers.h"

static void plan_one(struct store *s, const struct prune_request *r, const char *id,
		     struct prune_plan *plan, struct map *gone)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	_cleanup_free_ char *path = path_join("containers", id);
	struct prune_item *item;
	struct err err = ERR_INIT;

	if (store_container_read(s, id, &record, &err)) {
		if (err.kind != ERR_NOT_FOUND)
			log_err(&err);
		return;
	}
	if (!store_container_ended(s, id) ||
	    !prune_filter_pass(r->filter, record.created, record.labels, record.n_labels))
		return;
	item = prune_plan_add(plan, PRUNE_CONTAINER, id, path, store_usage_of(r->usage, path));
	item->title = arena_strdup(&plan->arena, record.name);
	if (gone)
		map_set(gone, id, gone);
}

int container_prune_plan(struct store *s, const struct prune_request *r, struct prune_plan *plan,
			 struct map *ret_gone, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_prune_leftovers(s, r->usage, STORE_PART_CONTAINERS, plan, err) ||
	    store_container_list(s, &ids, err))
		return -1;
	strv_foreach (id, ids)
		plan_one(s, r, *id, plan, ret_gone);
	return 0;
}

int container_prune_apply(struct store *s, struct prune_plan *plan, struct err *err)
{
	const struct container_remove_options options = {.force = false};
	struct err first = ERR_INIT;

	for (size_t i = 0; i < plan->n; i++) {
		struct prune_item *item = &plan->items[i];
		struct err one = ERR_INIT;

		if (item->kind != PRUNE_CONTAINER)
			continue;
		item->done = container_remove(s, item->name, &options, &one) == 0;
		if (item->done || one.kind == ERR_BUSY)
			continue;
		if (first.kind == ERR_NONE)
			first = one;
		else
			log_err(&one);
	}
	if (first.kind == ERR_NONE)
		return 0;
	*err = first;
	return -1;
}
