/* SPDX-License-Identifier: Apache-2.0 */
#include "container/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "container/list_private.h"
#include "store/usage.h"

/* ---- order ---- */

static int by_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int newest_first(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;
	int order = list_compare_times((*y)->record.created, (*x)->record.created);

	return order ? order : by_text((*x)->record.id, (*y)->record.id);
}

static int by_created(const void *a, const void *b)
{
	return newest_first(b, a);
}

static int by_id(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;

	return by_text((*x)->record.id, (*y)->record.id);
}

static int by_name(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;

	return by_text((*x)->record.name, (*y)->record.name);
}

static int by_image(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;
	int order = by_text((*x)->record.image, (*y)->record.image);

	return order ? order : newest_first(a, b);
}

static int by_command(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;
	_cleanup_free_ char *s = strv_join((*x)->record.args, " ");
	_cleanup_free_ char *t = strv_join((*y)->record.args, " ");
	int order = strcmp(s, t);

	return order ? order : newest_first(a, b);
}

static int by_size(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;

	if ((*x)->size_changes != (*y)->size_changes)
		return (*x)->size_changes < (*y)->size_changes ? -1 : 1;
	return newest_first(a, b);
}

static int by_status(const void *a, const void *b)
{
	const struct list_item *const *x = a, *const *y = b;
	int order = (int)(*x)->state.status - (int)(*y)->state.status;

	return order ? order : newest_first(a, b);
}

const char *const container_sort_keys[] = {"command",	 "created", "id",     "image", "names",
					   "runningfor", "size",    "status", NULL};
static int (*const orders[])(const void *, const void *) = {by_command, by_created, by_id,
							    by_image,	by_name,    newest_first,
							    by_size,	by_status};

static void sort_items(struct list_item **items, size_t n, const char *key)
{
	int (*order)(const void *, const void *) = newest_first;

	for (size_t i = 0; key && container_sort_keys[i]; i++)
		if (strcmp(container_sort_keys[i], key) == 0)
			order = orders[i];
	if (n > 1)
		qsort(items, n, sizeof(*items), order);
}

/* ---- reading ---- */

static void item_done(struct list_item *i)
{
	container_record_done(&i->record);
	container_state_done(&i->state);
}

/* Returns 1 when it is there, 0 when it is gone or can't be read. */
static int read_item(struct store *s, const char *id, struct list_item *item)
{
	struct err err = ERR_INIT;
	bool stale;

	if (!store_container_read(s, id, &item->record, &err) &&
	    !store_container_state(s, id, &item->state, &stale, &err))
		return 1;
	if (err.kind != ERR_NOT_FOUND)
		log_err(&err);
	item_done(item);
	return 0;
}

static bool shows_all(const struct container_list_request *req, const struct filters *f)
{
	return req->all || req->last || filters_has(f, FILTER_STATUS) ||
	       filters_has(f, FILTER_EXITED) || filters_has(f, FILTER_HEALTH);
}

/* Bytes, for --size: all containers in one go, each image once. */
static int measure(struct store *s, struct list_item **items, size_t n, struct err *err)
{
	_cleanup_(store_usage) struct store_usage usage = STORE_USAGE_INIT;
	_cleanup_(image_index) struct image_index index = {.manifests = NULL};
	_cleanup_(map) struct map images = MAP_INIT_OWN(free);
	char text[DIGEST_STR_MAX];

	if (store_usage_measure(s, 1u << STORE_PART_CONTAINERS, &usage, err) < 0 ||
	    store_index_read(s, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		struct store_summary sum;
		uint64_t *size;

		if (store_image_summary(s, &index.manifests[i], &sum, NULL) < 0)
			continue;
		size = xalloc(sizeof(*size));
		*size = sum.size;
		map_set(&images, digest_str(&index.manifests[i].digest, text), size);
	}
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *path = xasprintf("containers/%s/upper", items[i]->record.id);
		const uint64_t *size = items[i]->record.manifest
					       ? map_get(&images, items[i]->record.manifest)
					       : NULL;

		items[i]->size_changes = store_usage_of(&usage, path);
		items[i]->size_image = size ? *size : 0;
	}
	return 0;
}

struct items {
	struct list_item **v; /* in the arena */
	size_t n;
};

static int read_items(struct list_context *c, const struct container_list_request *req,
		      const struct filters *f, struct arena *a, struct items *ret, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	bool all = shows_all(req, f);

	if (all ? store_container_list(c->store, &ids, err)
		: store_container_list_active(c->store, &ids, err))
		return -1;
	ret->v = arena_calloc(a, strv_len(ids) + 1, sizeof(*ret->v));
	strv_foreach (id, ids) {
		struct list_item *item = arena_alloc(a, sizeof(*item));

		item->context = c;
		if (!read_item(c->store, *id, item))
			continue;
		if ((all || item->state.status == CONTAINER_RUNNING) && filters_match(f, item))
			ret->v[ret->n++] = item;
		else
			item_done(item);
	}
	return 0;
}

static int make_rows(struct list_context *c, const struct container_list_request *req,
		     struct items *items, struct arena *a, struct value ***ret, struct err *err)
{
	if (req->size && measure(c->store, items->v, items->n, err) < 0)
		return -1;
	/* The newest ones are chosen before they are put in another order. */
	sort_items(items->v, items->n, NULL);
	while (req->last && items->n > (size_t)req->last)
		item_done(items->v[--items->n]);
	if (req->sort)
		sort_items(items->v, items->n, req->sort);
	*ret = arena_calloc(a, items->n + 1, sizeof(**ret));
	for (size_t i = 0; i < items->n; i++)
		(*ret)[i] = list_row(items->v[i], req, a);
	return 0;
}

int container_list(struct store *s, const struct container_list_request *req, struct arena *a,
		   struct value ***ret, size_t *ret_n, struct err *err)
{
	_cleanup_(filters) struct filters f = {0};
	struct list_context c = {.store = s, .now = time(NULL)};
	struct items items = {0};
	struct value **rows = NULL;
	int rc = -1;

	if (filters_parse(req->filters, list_filter_keys, &f, err) < 0)
		return -1;
	if (list_targets(&c, &f, err) == 0 && read_items(&c, req, &f, a, &items, err) == 0)
		rc = make_rows(&c, req, &items, a, &rows, err);
	for (size_t i = 0; i < items.n; i++)
		item_done(items.v[i]);
	list_context_done(&c);
	if (rc == 0) {
		*ret = rows;
		*ret_n = items.n;
	}
	return rc;
}
