/* SPDX-License-Identifier: Apache-2.0 */
/* eq, ne, lt, le, gt and ge. Only values of one type are compared; nil equals nil alone. */
#include <string.h>

#include "cli/template_private.h"

static bool is_nil(const struct value *v)
{
	return !v || v->kind == VALUE_NIL;
}

static int incomparable(struct template_state *s, const struct template_call *c, size_t i)
{
	return template_fail(s->t, c->places[i], s->err, "'%s' can't compare %s with %s", c->name,
			     template_type(c->args[0]), template_type(c->args[i]));
}

static int order_strings(const struct value *a, const struct value *b)
{
	size_t n = a->string.len < b->string.len ? a->string.len : b->string.len;
	int order = memcmp(a->string.text, b->string.text, n);

	if (order)
		return order;
	return a->string.len < b->string.len ? -1 : a->string.len > b->string.len;
}

static bool same_time(const struct value *a, const struct value *b)
{
	return a->time.seconds == b->time.seconds && a->time.nanoseconds == b->time.nanoseconds;
}

/* Are the first argument and the i-th equal? */
static int equal(struct template_state *s, const struct template_call *c, size_t i, bool *ret)
{
	const struct value *a = c->args[0], *b = c->args[i];

	if (is_nil(a) || is_nil(b)) {
		*ret = is_nil(a) && is_nil(b);
		return 0;
	}
	if (a->kind != b->kind)
		return incomparable(s, c, i);
	switch (a->kind) {
	case VALUE_BOOL:
		*ret = a->boolean == b->boolean;
		return 0;
	case VALUE_INT:
		*ret = a->integer == b->integer;
		return 0;
	case VALUE_FLOAT:
		*ret = !(a->number < b->number || a->number > b->number);
		return 0;
	case VALUE_STRING:
		*ret = order_strings(a, b) == 0;
		return 0;
	case VALUE_TIME:
		*ret = same_time(a, b);
		return 0;
	default:
		return incomparable(s, c, i);
	}
}

/* Does the first argument equal any other? */
static int call_eq(struct template_state *s, const struct template_call *c,
		   const struct value **ret)
{
	bool same = false;

	if (c->n < 2)
		return template_fail(s->t, c->pos, s->err, "'eq' needs something to compare with");
	if (!is_nil(c->args[0]) && c->args[0]->kind >= VALUE_LIST)
		return incomparable(s, c, 1);
	for (size_t i = 1; i < c->n && !same; i++) {
		if (equal(s, c, i, &same) < 0)
			return -1;
	}
	*ret = value_bool(&s->arena, same);
	return 0;
}

static int call_ne(struct template_state *s, const struct template_call *c,
		   const struct value **ret)
{
	bool same;

	if (equal(s, c, 1, &same) < 0)
		return -1;
	*ret = value_bool(&s->arena, !same);
	return 0;
}

/* Below, equal, above: -1, 0, 1. */
static int order(struct template_state *s, const struct template_call *c, int *ret)
{
	const struct value *a = c->args[0], *b = c->args[1];

	if (!a || !b || a->kind != b->kind)
		return incomparable(s, c, 1);
	switch (a->kind) {
	case VALUE_INT:
		*ret = a->integer < b->integer ? -1 : a->integer > b->integer;
		return 0;
	case VALUE_FLOAT:
		*ret = a->number < b->number ? -1 : a->number > b->number;
		return 0;
	case VALUE_STRING:
		*ret = order_strings(a, b);
		return 0;
	default:
		return incomparable(s, c, 1);
	}
}

#define ORDER(name, test)                                                                          \
	static int name(struct template_state *s, const struct template_call *c,                   \
			const struct value **ret)                                                  \
	{                                                                                          \
		int o;                                                                             \
                                                                                                   \
		if (order(s, c, &o) < 0)                                                           \
			return -1;                                                                 \
		*ret = value_bool(&s->arena, o test 0);                                            \
		return 0;                                                                          \
	}

ORDER(call_lt, <)
ORDER(call_le, <=)
ORDER(call_gt, >)
ORDER(call_ge, >=)

const struct template_function template_compare_functions[] = {
	{"eq", 1, SIZE_MAX, call_eq, 0, 0, true}, {"ne", 2, 2, call_ne, 0, 0, true},
	{"lt", 2, 2, call_lt, 0, 0, true},	  {"le", 2, 2, call_le, 0, 0, true},
	{"gt", 2, 2, call_gt, 0, 0, true},	  {"ge", 2, 2, call_ge, 0, 0, true},
	{NULL, 0, 0, NULL, 0, 0, false},
};
