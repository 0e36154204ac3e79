/* SPDX-License-Identifier: Apache-2.0 */
/* len, index and slice. */
#include <string.h>

#include "cli/template_private.h"

#define FUNCTION(name)                                                                             \
	int name(struct template_state *s, const struct template_call *c, const struct value **ret)

FUNCTION(template_len)
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

/* What a Go map of such values holds where it has no key: the zero of their type. */
static const struct value *absent(struct arena *a, const struct value *map)
{
	const struct value *first;

	if (map->kind == VALUE_NIL || map->members.n == 0)
		return value_string(a, "");
	first = map->members.members[0].value;
	switch (first->kind) {
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
		return first->kind == VALUE_STRUCT && first->members.n == 0 ? first : value_nil(a);
	}
}

/* A map's elements have one type in Go, or any: then what is absent is nil. */
static bool is_mixed(const struct value *map)
{
	for (size_t i = 1; map->kind == VALUE_MAP && i < map->members.n; i++) {
		if (map->members.members[i].value->kind != map->members.members[0].value->kind)
			return true;
	}
	return false;
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
	if (!found && !is_mixed(map))
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

static int index_once(struct template_state *s, const struct template_call *c, size_t i,
		      const struct value *v, const struct value **ret)
{
	size_t at = 0, n;

	if (v && (v->kind == VALUE_MAP || (v->kind == VALUE_NIL && v->nil_of != VALUE_LIST &&
					   c->args[i] && c->args[i]->kind == VALUE_STRING)))
		return index_map(s, c, i, v, ret);
	if (!v || (v->kind != VALUE_LIST && v->kind != VALUE_STRING && v->kind != VALUE_NIL))
		return template_fail(s->t, i > 1 ? c->places[i] : c->places[0], s->err,
				     "'index' wants a list, a map or a string, this is %s",
				     template_type(v));
	n = v->kind == VALUE_LIST ? v->list.n : v->kind == VALUE_STRING ? v->string.len : 0;
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

FUNCTION(template_index)
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

FUNCTION(template_slice)
{
	const struct value *v = c->args[0];
	size_t bounds[3] = {0}, n;
	struct value *r;

	if (!v || (v->kind != VALUE_STRING && v->kind != VALUE_LIST && v->kind != VALUE_NIL))
		return template_fail(s->t, c->places[0], s->err,
				     "'slice' wants a list or a string, this is %s",
				     template_type(v));
	n = v->kind == VALUE_STRING ? v->string.len : v->kind == VALUE_LIST ? v->list.n : 0;
	if (c->n > 4 || (c->n == 4 && v->kind == VALUE_STRING))
		return template_fail(s->t, c->pos, s->err, "'slice' has too many bounds: %zu",
				     c->n - 1);
	bounds[1] = bounds[2] = n;
	for (size_t i = 1; i < c->n; i++) {
		if (take_index(s, c, i, n, &bounds[i - 1]) < 0)
			return -1;
	}
	for (size_t i = 1; i < 3 && i < c->n - 1 + (c->n == 2); i++) {
		if (bounds[i - 1] > bounds[i])
			return template_fail(s->t, c->places[i < c->n - 1 ? i + 1 : i], s->err,
					     "the bounds %zu and %zu are in the wrong order",
					     bounds[i - 1], bounds[i]);
	}
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
