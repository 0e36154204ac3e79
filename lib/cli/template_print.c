/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as Go's fmt prints them. A verb reaches the leaves of a list, map or struct with its flags
 * and width, so "%5d" pads each number of a list.
 */
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "cli/go_time.h"
#include "cli/template_private.h"

/* Deeper trees are cut: nobody builds one. */
#define PRINT_MAX_DEPTH 200

static bool is_verb(const struct template_verb *f, const char *verbs)
{
	return f->verb[0] && !f->verb[1] && strchr(verbs, f->verb[0]);
}

/* %!d(string=text) */
static void bad_verb(struct template_verb *f, const struct value *v)
{
	struct template_verb inner = *f;

	buf_addf(f->out, "%%!%s(", f->verb);
	if (v && (v->kind != VALUE_NIL || v->nil_of)) {
		buf_addf(f->out, "%s=", template_type(v));
		(void)str_copy(inner.verb, sizeof(inner.verb), "v");
		inner.in_error = true;
		template_print_verb(&inner, v);
	} else {
		buf_adds(f->out, "<nil>");
	}
	buf_addc(f->out, ')');
}

/* What has a String() method in Go. Returns false where the verb is not one for text. */
static bool print_as_text(struct template_verb *f, const struct value *v)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (f->in_error || f->sharp_v || !is_verb(f, "vsxXq"))
		return false;
	if (v->kind == VALUE_TIME)
		go_time_format(v, GO_TIME_STRING, &text);
	else if (v->unit == VALUE_DURATION)
		go_duration_format(v->integer, &text);
	else if (v->unit == VALUE_MONTH)
		buf_adds(&text, go_month_name(v->integer));
	else if (v->unit == VALUE_WEEKDAY)
		buf_adds(&text, go_weekday_name(v->integer));
	else
		return false;
	return template_print_string(f, buf_str(&text), text.len);
}

static void separate(struct template_verb *f, size_t i)
{
	if (i)
		buf_adds(f->out, f->sharp_v ? ", " : " ");
}

static void print_list(struct template_verb *f, const struct value *v)
{
	if (f->sharp_v)
		buf_addf(f->out, "%s{", template_type(v));
	else
		buf_addc(f->out, '[');
	for (size_t i = 0; i < v->list.n && !f->out->overflow; i++) {
		separate(f, i);
		template_print_verb(f, v->list.items[i]);
	}
	buf_addc(f->out, f->sharp_v ? '}' : ']');
}

static void print_members(struct template_verb *f, const struct value *v)
{
	bool map = v->kind == VALUE_MAP;

	if (f->sharp_v)
		buf_adds(f->out, template_type(v));
	else if (map)
		buf_adds(f->out, "map");
	buf_addc(f->out, map && !f->sharp_v ? '[' : '{');
	for (size_t i = 0; i < v->members.n && !f->out->overflow; i++) {
		const struct value_member *m = &v->members.members[i];
		const struct value key = {.kind = VALUE_STRING,
					  .string = {.text = m->name, .len = strlen(m->name)}};

		separate(f, i);
		if (map)
			template_print_verb(f, &key);
		else if (f->plus_v || f->sharp_v)
			buf_adds(f->out, m->name);
		if (map || f->plus_v || f->sharp_v)
			buf_addc(f->out, ':');
		template_print_verb(f, m->value);
	}
	buf_addc(f->out, map && !f->sharp_v ? ']' : '}');
}

static bool print_bool(struct template_verb *f, bool v)
{
	if (!is_verb(f, "tv"))
		return false;
	template_pad_text(f, v ? "true" : "false", v ? 4 : 5);
	return true;
}

static bool print_nil(struct template_verb *f, const struct value *v)
{
	if (v && v->nil_of && !f->sharp_v) {
		buf_adds(f->out, v->nil_of == VALUE_LIST ? "[]" : "map[]");
		return true;
	}
	if (v && v->nil_of) {
		buf_addf(f->out, "%s(nil)", template_type(v));
		return true;
	}
	/* Within a list the verb doesn't matter, nor does its width. */
	if (f->depth > 1) {
		buf_adds(f->out, "<nil>");
		return true;
	}
	if (!is_verb(f, "v"))
		return false;
	template_pad_text(f, "<nil>", 5);
	return true;
}

/* The time in words or, where the verb is not one for words, what Go would show of its inside. */
static bool print_kind(struct template_verb *f, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NIL:
		return print_nil(f, v);
	case VALUE_BOOL:
		return print_bool(f, v->boolean);
	case VALUE_INT:
		return (v->unit && print_as_text(f, v)) || template_print_int(f, v->integer);
	case VALUE_FLOAT:
		return template_print_float(f, v->number);
	case VALUE_STRING:
		return template_print_string(f, v->string.text, v->string.len);
	case VALUE_TIME:
		return print_as_text(f, v);
	case VALUE_LIST:
		print_list(f, v);
		return true;
	case VALUE_MAP:
	case VALUE_STRUCT:
		print_members(f, v);
		return true;
	}
	return true;
}

void template_print_verb(struct template_verb *f, const struct value *v)
{
	bool done;

	if (f->depth == PRINT_MAX_DEPTH) {
		buf_adds(f->out, "...");
		return;
	}
	f->depth++;
	if (v && v->kind == VALUE_TIME && (f->in_error || f->sharp_v)) {
		go_time_format(v, GO_TIME_STRING, f->out);
		done = true;
	} else if (f->depth == 1 && is_verb(f, "T")) {
		const char *type =
			v && (v->kind != VALUE_NIL || v->nil_of) ? template_type(v) : "<nil>";

		template_pad_text(f, type, strlen(type));
		done = true;
	} else {
		done = v ? print_kind(f, v) : print_nil(f, NULL);
	}
	if (!done)
		bad_verb(f, v);
	f->depth--;
}

void template_print(struct buf *out, const struct value *v)
{
	struct template_verb f = {.out = out, .verb = "v"};

	if (v && v->kind == VALUE_STRING)
		buf_add(out, v->string.text, v->string.len);
	else
		template_print_verb(&f, v);
}

void template_sprint(struct buf *out, const struct value *const *args, size_t n)
{
	bool text = false;

	for (size_t i = 0; i < n; i++) {
		bool string = args[i] && args[i]->kind == VALUE_STRING;

		/* Between two of which neither is a string. */
		if (i && !string && !text)
			buf_addc(out, ' ');
		template_print(out, args[i]);
		text = string;
	}
}

void template_sprintln(struct buf *out, const struct value *const *args, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ' ');
		template_print(out, args[i]);
	}
	buf_addc(out, '\n');
}
