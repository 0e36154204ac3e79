/* SPDX-License-Identifier: Apache-2.0 */
/* len, index and slice. */
#include <string.h>

#include "cli/template_private.h"

static int call_len(struct template_state *s, const struct template_call *c,
		    const struct value **ret)
{
	const struct value *v = c->args[0];
	size_t n = 0;

	if (v && v->kind == VALUE_STRING)
		n = v->string.len;
	else if (v && v->kind == VALUE_LIST)
		n = v->list.n;
	else if (v && v->kind == VALUE_MAP)
		n = v->members.n;
	else if (!v || v->kind != VALUE_NIL || !v->nil_of)
		return template_fail(s->t, c->places[0], s->err,
				     "'len' wants a list, a map or a string, this is %s",
				     template_type(v));
	*ret = value_int(&s->arena, (int64_t)n);
	return 0;
}

/* The zero of the type that the members of a map have. */
static const struct value *zero_like(struct arena *a, const struct value *sample)
{
	switch (sample->kind) {
	case VALUE_STRING:
		return value_string(a, "");
	case VALUE_BOOL:
		return value_bool(a, false);
	case VALUE_INT:
		return value_int(a, 0);
	case VALUE_FLOAT:
		return value_float(a, 0);
	case VALUE_LIST:
		return value_nil_of(a, VALUE_LIST);
	case VALUE_MAP:
		return value_nil_of(a, VALUE_MAP);
	default:
		/* map[string]struct{} or a map of pointers */
		return sample->kind == VALUE_STRUCT && !sample->members.n ? sample : value_nil(a);
	}
}

/*
 * What a Go map of such values gives for a key that it has not: the zero of their type, or NULL
 * where their types differ, as in a map of anything. Nils tell no type.
 */
static const struct value *absent(struct arena *a, const struct value *map)
{
	const struct value *sample = NULL;

	if (map->kind != VALUE_MAP || !map->members.n)
		return value_string(a, "");
	for (size_t i = 0; i < map->members.n; i++) {
		const struct value *v = map->members.members[i].value;

		if (v->kind == VALUE_NIL)
			continue;
		if (sample && sample->kind != v->kind)
			return NULL;
		sample = v;
	}
	return sample ? zero_like(a, sample) : NULL;
}

static int index_map(struct template_state *s, const struct template_call *c, size_t i,
		     const struct value *map, const struct value **ret)
{
	const struct value *key = c->args[i], *found = NULL;

	if (!key || key->kind != VALUE_STRING)
		return template_fail(s->t, c->places[i], s->err,
				     "the keys of a map are strings, this is %s",
				     template_type(key));
	if (map->kind == VALUE_MAP && strlen(key->string.text) == key->string.len)
		found = value_get(map, key->string.text);
	if (!found)
		found = absent(&s->arena, map);
	*ret = template_element(found);
	return 0;
}

/* An index up to and with max. */
static int take_index(struct template_state *s, const struct template_call *c, size_t i, size_t max,
		      size_t *ret)
{
	const struct value *v = c->args[i];

	if (!v || v->kind != VALUE_INT)
		return template_fail(s->t, c->places[i], s->err,
				     "'%s' wants a whole number here, this is %s", c->name,
				     template_type(v));
	if (v->integer < 0 || (uint64_t)v->integer > max)
		return template_fail(s->t, c->places[i], s->err, "%lld is out of range",
				     (long long)v->integer);
	*ret = (size_t)v->integer;
	return 0;
}

/* Is v, or would it be if it were not nil, a map that this argument is a key of? */
static bool is_map(const struct value *v, const struct value *key)
{
	if (v->kind == VALUE_MAP || (v->kind == VALUE_NIL && v->nil_of == VALUE_MAP))
		return true;
	return v->kind == VALUE_NIL && !v->nil_of && key && key->kind == VALUE_STRING;
}

/* The length of a list, a string or nil; false for others. */
static bool length_of(const struct value *v, size_t *ret)
{
	*ret = 0;
	if (v && v->kind == VALUE_STRING)
		*ret = v->string.len;
	else if (v && v->kind == VALUE_LIST)
		*ret = v->list.n;
	else
		return v && v->kind == VALUE_NIL;
	return true;
}

static int index_once(struct template_state *s, const struct template_call *c, size_t i,
		      const struct value *v, const struct value **ret)
{
	size_t at = 0, n;

	if (v && is_map(v, c->args[i]))
		return index_map(s, c, i, v, ret);
	if (!length_of(v, &n))
		return template_fail(s->t, i > 1 ? c->places[i] : c->places[0], s->err,
				     "'index' wants a list, a map or a string, this is %s",
				     template_type(v));
	if (take_index(s, c, i, n ? n - 1 : 0, &at) < 0)
		return -1;
	if (n == 0)
		return template_fail(s->t, c->places[i], s->err, "%zu is out of range: it is empty",
				     at);
	if (v->kind == VALUE_LIST)
		*ret = template_element(v->list.items[at]);
	else
		*ret = value_int(&s->arena, (unsigned char)v->string.text[at]);
	return 0;
}

static int call_index(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	const struct value *v = c->args[0];

	for (size_t i = 1; i < c->n; i++) {
		if (template_spend(s, c->pos, sizeof(*v)) < 0 || index_once(s, c, i, v, &v) < 0)
			return -1;
	}
	if (!v && c->n == 1)
		return template_fail(s->t, c->places[0], s->err, "'index' can't look into nil");
	*ret = v;
	return 0;
}

/* The bounds behind the first argument, of which those that are left out are 0 and n. */
static int take_bounds(struct template_state *s, const struct template_call *c, size_t n,
		       size_t bounds[3])
{
	size_t given = c->n - 1;

	bounds[0] = 0;
	bounds[1] = bounds[2] = n;
	if (given > 3 || (given == 3 && c->args[0]->kind == VALUE_STRING))
		return template_fail(s->t, c->pos, s->err, "'slice' has too many bounds: %zu",
				     given);
	for (size_t i = 0; i < given; i++) {
		if (take_index(s, c, i + 1, n, &bounds[i]) < 0)
			return -1;
		if (i > 0 && bounds[i - 1] > bounds[i])
			return template_fail(s->t, c->places[i + 1], s->err,
					     "the bounds %zu and %zu are in the wrong order",
					     bounds[i - 1], bounds[i]);
	}
	return 0;
}

static int call_slice(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	const struct value *v = c->args[0];
	size_t bounds[3], n;
	struct value *r;

	if (!length_of(v, &n))
		return template_fail(s->t, c->places[0], s->err,
				     "'slice' wants a list or a string, this is %s",
				     template_type(v));
	if (take_bounds(s, c, n, bounds) < 0)
		return -1;
	if (v->kind == VALUE_STRING)
		return template_string(s, c->pos, v->string.text + bounds[0], bounds[1] - bounds[0],
				       ret);
	if (template_spend(s, c->pos, sizeof(*r)) < 0)
		return -1;
	/* It shares the items: values are never changed. */
	r = value_list(&s->arena);
	if (v->kind == VALUE_LIST)
		r->list.items = v->list.items + bounds[0];
	r->list.n = bounds[1] - bounds[0];
	*ret = r;
	return 0;
}

const struct template_function template_index_functions[] = {
	{"len", 1, 1, call_len, 0, 0, false},
	{"index", 1, SIZE_MAX, call_index, 0, 0, false},
	{"slice", 1, SIZE_MAX, call_slice, 0, 0, false},
	{NULL, 0, 0, NULL, 0, 0, false},
};
