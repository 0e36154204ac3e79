/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"

/* Names that are told where no name is near. */
#define NAMES_SHOWN 12

static const char *list_type(const struct value *v)
{
	bool strings = v->list.n > 0;

	for (size_t i = 0; i < v->list.n; i++)
		strings = strings && v->list.items[i]->kind == VALUE_STRING;
	return strings ? "[]string" : "[]interface {}";
}

static const char *map_type(const struct value *v)
{
	for (size_t i = 0; i < v->members.n; i++) {
		if (v->members.members[i].value->kind != VALUE_STRING)
			return "map[string]interface {}";
	}
	return "map[string]string";
}

const char *template_type(const struct value *v)
{
	static const char *const units[] = {
		[VALUE_PLAIN] = "int",
		[VALUE_DURATION] = "time.Duration",
		[VALUE_MONTH] = "time.Month",
		[VALUE_WEEKDAY] = "time.Weekday",
	};

	if (!v)
		return "nil";
	switch (v->kind) {
	case VALUE_NIL:
		return v->nil_of == VALUE_LIST	? "[]string"
		       : v->nil_of == VALUE_MAP ? "map[string]string"
						: "nil";
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
		return units[v->unit];
	case VALUE_FLOAT:
		return "float64";
	case VALUE_STRING:
		return "string";
	case VALUE_TIME:
		return "time.Time";
	case VALUE_LIST:
		return list_type(v);
	case VALUE_MAP:
		return map_type(v);
	case VALUE_STRUCT:
		return "struct";
	}
	return "";
}

/* The names of v as a hint, nearest or all. */
static void hint_names(const struct value *v, const char *name, struct err *err)
{
	_cleanup_(buf) struct buf all = BUF_INIT;
	size_t n = 0;
	_cleanup_free_ const char **names = xcalloc(v->members.n + 1, sizeof(*names));
	const char *near;

	for (; n < v->members.n; n++) {
		names[n] = v->members.members[n].name;
		if (n <= NAMES_SHOWN)
			buf_addf(&all, " .%s", n < NAMES_SHOWN ? names[n] : "..");
	}
	near = str_nearest(name, names, n);
	if (near)
		(void)err_hint(err, "did you mean '.%s'?", near);
	else if (n)
		(void)err_hint(err, "there are%s: '{{json .}}' shows them all", buf_str(&all));
}

static int no_field(struct template_state *s, const struct value *v, const struct template_call *c)
{
	if (v->kind == VALUE_NIL)
		return template_fail(
			s->t, c->pos, s->err,
			"what stands before '.%.100s' is nil: {{if}} or {{with}} tells", c->name);
	if (v->kind != VALUE_STRUCT)
		return template_fail(s->t, c->pos, s->err, "a %s has no field '.%.100s'",
				     template_type(v), c->name);
	(void)template_fail(s->t, c->pos, s->err, "there is no field '.%.100s'", c->name);
	hint_names(v, c->name, s->err);
	return -1;
}

static const struct value_method *find_method(const struct value *v, const char *name)
{
	const struct value_method *m = template_time_methods(v);

	if (v->kind == VALUE_STRUCT)
		m = v->members.methods;
	for (; m && m->name; m++) {
		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

/* What stands above {{.Label "com.example.some-name"}}: SOME NAME. */
static int heading_of_method(struct template_state *s, const struct template_call *c,
			     const struct value **ret)
{
	const char *text = c->name, *dot;
	struct buf out = BUF_INIT;

	if (c->n && c->args[0] && c->args[0]->kind == VALUE_STRING) {
		text = c->args[0]->string.text;
		dot = strrchr(text, '.');
		text = dot && dot[1] ? dot + 1 : text;
	}
	for (; *text; text++) {
		if (*text >= 'a' && *text <= 'z')
			buf_addc(&out, (char)(*text - 'a' + 'A'));
		else
			buf_addc(&out, *text == '-' || *text == '_' ? ' ' : *text);
	}
	return template_take(s, c->pos, &out, ret);
}

static int call_method(struct template_state *s, const struct value *v,
		       const struct value_method *m, const struct template_call *c,
		       const struct value **ret)
{
	struct err err = ERR_INIT;

	if (c->n < (size_t)m->min_args || c->n > (size_t)m->max_args)
		return template_fail(s->t, c->pos, s->err, "'.%s' takes %d argument%s, not %zu",
				     m->name, m->min_args, m->min_args == 1 ? "" : "s", c->n);
	if (s->headings)
		return heading_of_method(s, c, ret);
	if (template_spend(s, c->pos, sizeof(*v)) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->args[i])
			return template_fail(s->t, c->places[i], s->err, "'.%s' can't be given nil",
					     m->name);
	}
	if (m->call(template_time_of(v), c->args, c->n, &s->arena, ret, &err) == 0) {
		if (*ret && (*ret)->kind == VALUE_STRING)
			s->memory += (*ret)->string.len;
		return 0;
	}
	(void)template_fail(s->t, c->n ? c->places[0] : c->pos, s->err, "'.%s': %s", m->name,
			    err.text);
	if (err.hint[0])
		(void)err_hint(s->err, "%s", err.hint);
	return -1;
}

const struct value *template_element(const struct value *v)
{
	return v && v->kind == VALUE_NIL && !v->nil_of ? NULL : v;
}

int template_get(struct template_state *s, const struct value *v, const struct template_call *c,
		 const struct value **ret)
{
	const struct value_method *m;
	const struct value *found;

	if (!v) {
		*ret = NULL;
		return 0;
	}
	/* A field of a heading stands below the same heading. */
	if (s->headings && v->kind == VALUE_STRING) {
		*ret = v;
		return 0;
	}
	m = find_method(v, c->name);
	if (m)
		return call_method(s, v, m, c, ret);
	if (v->kind == VALUE_NIL && v->nil_of == VALUE_MAP) {
		*ret = NULL;
		return 0;
	}
	found = value_get(v, c->name);
	if (!found && v->kind != VALUE_MAP)
		return no_field(s, v, c);
	if (c->n)
		return template_fail(s->t, c->pos, s->err,
				     "'.%.100s' is no method: it can't be given an argument",
				     c->name);
	*ret = v->kind == VALUE_MAP ? template_element(found) : found;
	return 0;
}
