/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of container/list.h share. For them only. */
#ifndef ONGGI_CONTAINER_LIST_PRIVATE_H
#define ONGGI_CONTAINER_LIST_PRIVATE_H

#include <time.h>

#include "cli/filter.h"
#include "container/list.h"
#include "store/containers.h"
#include "store/images.h"

/* Of a filter that names another object: looked up once. */
struct list_target {
	const char *value; /* of the filter; NULL: not looked up */
	char *created;	   /* of a container: before and since */
	struct store_image image;
	bool has_image;
};

struct list_context {
	struct store *store;
	struct list_target *targets;
	size_t n_targets;
	time_t now;
};

struct list_item {
	const struct list_context *context;
	struct container_record record;
	struct container_state state;
	uint64_t size_changes, size_image;
};

enum {
	FILTER_ID,
	FILTER_NAME,
	FILTER_LABEL,
	FILTER_STATUS,
	FILTER_EXITED,
	FILTER_ANCESTOR,
	FILTER_BEFORE,
	FILTER_SINCE,
	FILTER_VOLUME,
	FILTER_NETWORK,
	FILTER_HEALTH,
	FILTER_PUBLISH,
};
/*
 * The order of two times of RFC 3339: negative, 0 or positive. What is no time (NULL too) is before
 * all others. As text they can't be compared: "5.1Z" is before "5.12Z".
 */
int list_compare_times(const char *a, const char *b);
/* The keys of --filter; rows are struct list_item. */
extern const struct filter_key list_filter_keys[];
/* Look up what the filters name. Errors: ERR_NOT_FOUND. */
int list_targets(struct list_context *c, const struct filters *f, struct err *err);
/* Release the targets. */
void list_context_done(struct list_context *c);

/* One row. */
struct value *list_row(const struct list_item *item, const struct container_list_request *req,
		       struct arena *a);

#endif
