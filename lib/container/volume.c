/* SPDX-License-Identifier: Apache-2.0 */
#include "container/volume.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/filter.h"
#include "os/fd.h"
#include "store/containers.h"

#define DRIVER "local"

enum {
	FILTER_DANGLING,
	FILTER_DRIVER,
	FILTER_LABEL,
	FILTER_NAME,
};

struct item {
	struct store_volume volume;
	const struct map *used; /* names */
};

static struct value *labels_value(const struct store_volume *v, struct arena *a)
{
	struct value *map;

	if (!v->n_labels)
		return value_nil_of(a, VALUE_MAP);
	map = value_map(a);
	for (size_t i = 0; i < v->n_labels; i++)
		value_put_string(a, map, v->labels[i].key, v->labels[i].value);
	return map;
}

struct value *container_volume_value(const struct store_volume *v, struct arena *a)
{
	struct value *object = value_struct(a);

	value_put(a, object, "CreatedAt", value_time_text(a, v->created));
	value_put_string(a, object, "Driver", DRIVER);
	value_put(a, object, "Labels", labels_value(v, a));
	value_put_string(a, object, "Mountpoint", v->mountpoint);
	value_put_string(a, object, "Name", v->name);
	value_put(a, object, "Options", value_nil_of(a, VALUE_MAP));
	value_put_string(a, object, "Scope", DRIVER);
	return object;
}

/* ---- filters ---- */

static bool match_dangling(const void *row, const char *value)
{
	const struct item *i = row;
	bool wanted = false;

	return !parse_bool(value, &wanted, NULL) && wanted == !map_has(i->used, i->volume.name);
}

static bool match_driver(const void *row, const char *value)
{
	(void)row;
	return str_eq(value, DRIVER);
}

static bool match_label(const void *row, const char *value)
{
	const struct store_volume *v = &((const struct item *)row)->volume;

	for (size_t i = 0; i < v->n_labels; i++)
		if (filter_label(value, v->labels[i].key, v->labels[i].value))
			return true;
	return false;
}

/* Any part of the name, as docker does. */
static bool match_name(const void *row, const char *value)
{
	return strstr(((const struct item *)row)->volume.name, value) != NULL;
}

static const struct filter_key filter_keys[] = {
	{"dangling", FILTER_DANGLING, false, match_dangling, filter_check_bool},
	{"driver", FILTER_DRIVER, false, match_driver, NULL},
	{"label", FILTER_LABEL, true, match_label, NULL},
	{"name", FILTER_NAME, false, match_name, NULL},
	{0},
};

/* ---- who uses what ---- */

/* Call use() for each volume of each container; one that returns false ends it. */
static int each_use(struct store *s,
		    bool (*use)(void *arg, const struct container_record *r, const char *volume),
		    void *arg, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		_cleanup_(container_record) struct container_record r = {.id = NULL};
		struct err one = ERR_INIT;

		if (store_container_read(s, *id, &r, &one) < 0) {
			if (one.kind != ERR_NOT_FOUND)
				log_err(&one);
			continue;
		}
		for (size_t i = 0; i < r.n_mounts; i++)
			if (str_eq(r.mounts[i].type, "volume") && r.mounts[i].name &&
			    !use(arg, &r, r.mounts[i].name))
				return 0;
	}
	return 0;
}

static bool note_use(void *arg, const struct container_record *r, const char *volume)
{
	(void)r;
	map_set(arg, volume, arg);
	return true;
}

struct search {
	const char *name;
	char *user;
};

static bool find_user(void *arg, const struct container_record *r, const char *volume)
{
	struct search *search = arg;

	if (strcmp(volume, search->name) != 0)
		return true;
	search->user = xstrdup(str_empty(r->name) ? r->id : r->name);
	return false;
}

/*
 * Under the exclusive lock of the images nobody begins to use a volume: container/run.c notes its
 * use under the shared one. A store without images has no containers.
 */
int container_volume_remove(struct store *s, const char *name, struct err *err)
{
	struct search search = {.name = name};
	_cleanup_free_ char *user = NULL;
	_cleanup_fd_ int lock = -1;

	if (fd_entry_exists(s->data_fd, "images") && store_lock_images(s, true, &lock, err) < 0)
		return -1;
	if (each_use(s, find_user, &search, err) < 0)
		return -1;
	user = search.user;
	if (user) {
		err_set(err, ERR_BUSY, "volume '%s' is in use by container %s", name, user);
		return err_hint(err, "onggi rm %s", user);
	}
	if (store_volume_retire(s, name, err) < 0)
		return -1;
	/* Deleting may take long. */
	if (lock >= 0)
		close(fd_take(&lock));
	return store_volumes_delete(s, err);
}

/* ---- rows ---- */

/* {{.Label "KEY"}} */
static int label(const struct value *self, const struct value *const *args, size_t n,
		 struct arena *a, const struct value **ret, struct err *err)
{
	const struct value *labels = self->members.self;
	const struct value *found = NULL;

	(void)n;
	if (args[0]->kind != VALUE_STRING)
		return err_set(err, ERR_INVALID, "the name of a label is a string");
	if (labels && labels->kind == VALUE_MAP)
		found = value_get(labels, args[0]->string.text);
	*ret = found ? found : value_string(a, "");
	return 0;
}

static const struct value_method methods[] = {{"Label", 1, 1, label}, {0}};

static struct value *make_row(const struct store_volume *v, struct arena *a)
{
	struct value *row = value_struct(a);
	_cleanup_(buf) struct buf labels = BUF_INIT;

	for (size_t i = 0; i < v->n_labels; i++)
		buf_addf(&labels, "%s%s=%s", i ? "," : "", v->labels[i].key, v->labels[i].value);
	row->members.methods = methods;
	row->members.self = labels_value(v, a);
	value_put_string(a, row, "Availability", "N/A");
	value_put_string(a, row, "CreatedAt", v->created);
	value_put_string(a, row, "Driver", DRIVER);
	value_put_string(a, row, "Group", "N/A");
	value_put_string(a, row, "Labels", buf_str(&labels));
	value_put_string(a, row, "Links", "N/A");
	value_put_string(a, row, "Mountpoint", v->mountpoint);
	value_put_string(a, row, "Name", v->name);
	value_put_string(a, row, "Scope", DRIVER);
	value_put_string(a, row, "Size", "N/A");
	value_put_string(a, row, "Status", "N/A");
	return row;
}

int container_volume_list(struct store *s, char *const *filters, struct arena *a,
			  struct value ***ret, size_t *ret_n, struct err *err)
{
	_cleanup_(filters) struct filters f = {.n = 0};
	_cleanup_(map) struct map used = MAP_INIT;
	_cleanup_strv_ char **names = NULL;
	struct value **rows;
	size_t n = 0;

	if (filters_parse(filters, filter_keys, &f, err) < 0 ||
	    store_volume_list(s, &names, err) < 0 ||
	    (filters_has(&f, FILTER_DANGLING) && each_use(s, note_use, &used, err) < 0))
		return -1;
	rows = arena_calloc(a, strv_len(names) + 1, sizeof(struct value *));
	strv_foreach (name, names) {
		struct item item = {.used = &used};
		struct err one = ERR_INIT;

		if (store_volume_read(s, *name, &item.volume, &one) < 0) {
			if (one.kind != ERR_NOT_FOUND)
				log_err(&one);
			continue;
		}
		if (filters_match(&f, &item))
			rows[n++] = make_row(&item.volume, a);
		store_volume_done(&item.volume);
	}
	*ret = rows;
	*ret_n = n;
	return 0;
}
