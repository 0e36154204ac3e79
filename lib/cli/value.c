/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map's members are kept sorted, so that printing needs no second array and looking one up is a
 * binary search; documents that come with sorted keys, as Go writes them, are appended to.
 */
#include "cli/value.h"

#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "cli/go_time.h"

static struct value *make(struct arena *a, enum value_kind kind)
{
	struct value *v = arena_alloc(a, sizeof(*v));

	v->kind = kind;
	return v;
}

struct value *value_nil(struct arena *a)
{
	return make(a, VALUE_NIL);
}

struct value *value_nil_of(struct arena *a, enum value_kind kind)
{
	struct value *v = make(a, VALUE_NIL);

	v->nil_of = kind;
	return v;
}

struct value *value_bool(struct arena *a, bool v)
{
	struct value *r = make(a, VALUE_BOOL);

	r->boolean = v;
	return r;
}

struct value *value_int(struct arena *a, int64_t v)
{
	struct value *r = make(a, VALUE_INT);

	r->integer = v;
	return r;
}

struct value *value_duration(struct arena *a, int64_t ns)
{
	struct value *r = value_int(a, ns);

	r->unit = VALUE_DURATION;
	return r;
}

struct value *value_float(struct arena *a, double v)
{
	struct value *r = make(a, VALUE_FLOAT);

	r->number = v;
	return r;
}

struct value *value_string(struct arena *a, const char *s)
{
	return value_string_n(a, s, s ? strlen(s) : 0);
}

struct value *value_string_n(struct arena *a, const char *s, size_t len)
{
	struct value *r = make(a, VALUE_STRING);

	r->string.text = arena_strndup(a, s ? s : "", len);
	r->string.len = len;
	return r;
}

struct value *value_time(struct arena *a, const char *rfc3339)
{
	struct value *r = make(a, VALUE_TIME);
	struct timespec t;

	r->time.seconds = INT64_MIN;
	if (rfc3339 && parse_time(rfc3339, &t, NULL) == 0) {
		r->time.seconds = t.tv_sec;
		r->time.nanoseconds = (uint32_t)t.tv_nsec;
	}
	return r;
}

struct value *value_time_text(struct arena *a, const char *rfc3339)
{
	const struct value *time = value_time(a, rfc3339);
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct value *r;

	go_time_format(time, GO_RFC3339_NANO, &text);
	r = value_string_n(a, buf_str(&text), text.len);
	r->string.time = time;
	return r;
}

struct value *value_list(struct arena *a)
{
	return make(a, VALUE_LIST);
}

struct value *value_map(struct arena *a)
{
	return make(a, VALUE_MAP);
}

struct value *value_struct(struct arena *a)
{
	return make(a, VALUE_STRUCT);
}

void value_append(struct arena *a, struct value *list, const struct value *item)
{
	*arena_push(a, list->list.items, list->list.n) = item;
}

/* Where name stands among a map's members, or would have to; *ret_found tells which. */
static size_t map_position(const struct value *map, const char *name, bool *ret_found)
{
	size_t low = 0, high = map->members.n;

	*ret_found = false;
	/* The usual order of building: behind the last. */
	if (high > 0 && strcmp(map->members.members[high - 1].name, name) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(map->members.members[middle].name, name);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void value_put(struct arena *a, struct value *object, const char *name, const struct value *v)
{
	struct value_member *m;
	size_t at = object->members.n;
	bool found = false;

	if (object->kind == VALUE_MAP)
		at = map_position(object, name, &found);
	if (found) {
		object->members.members[at].value = v;
		return;
	}
	(void)arena_push(a, object->members.members, object->members.n);
	m = object->members.members + at;
	memmove(m + 1, m, (object->members.n - 1 - at) * sizeof(*m));
	m->name = arena_strdup(a, name);
	m->value = v;
}

void value_put_string(struct arena *a, struct value *object, const char *name, const char *s)
{
	value_put(a, object, name, value_string(a, s));
}

void value_put_int(struct arena *a, struct value *object, const char *name, int64_t v)
{
	value_put(a, object, name, value_int(a, v));
}

void value_put_bool(struct arena *a, struct value *object, const char *name, bool v)
{
	value_put(a, object, name, value_bool(a, v));
}

void value_put_strings(struct arena *a, struct value *object, const char *name, char *const *items,
		       size_t n)
{
	struct value *list = items ? value_list(a) : value_nil_of(a, VALUE_LIST);

	for (size_t i = 0; items && i < n; i++)
		value_append(a, list, value_string(a, items[i]));
	value_put(a, object, name, list);
}

const struct value *value_get(const struct value *object, const char *name)
{
	bool found;
	size_t at;

	if (object->kind == VALUE_MAP) {
		at = map_position(object, name, &found);
		return found ? object->members.members[at].value : NULL;
	}
	if (object->kind != VALUE_STRUCT)
		return NULL;
	for (size_t i = 0; i < object->members.n; i++) {
		if (strcmp(object->members.members[i].name, name) == 0)
			return object->members.members[i].value;
	}
	return NULL;
}
