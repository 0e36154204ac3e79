/* SPDX-License-Identifier: Apache-2.0 */
/* The table of functions: Go's own, and docker's. */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"

#define FUNCTION(name)                                                                             \
	static int name(struct template_state *s, const struct template_call *c,                   \
			const struct value **ret)

int template_string(struct template_state *s, size_t pos, const char *text, size_t len,
		    const struct value **ret)
{
	if (template_spend(s, pos, sizeof(struct value) + len) < 0)
		return -1;
	*ret = value_string_n(&s->arena, text, len);
	return 0;
}

int template_take(struct template_state *s, size_t pos, struct buf *text, const struct value **ret)
{
	int rc = buf_check(text, "what a function of the template makes", s->err);

	if (rc == 0)
		rc = template_string(s, pos, buf_str(text), text->len, ret);
	buf_done(text);
	return rc;
}

FUNCTION(call_not)
{
	*ret = value_bool(&s->arena, !template_true(c->args[0]));
	return 0;
}

FUNCTION(call_call)
{
	(void)ret;
	return template_fail(s->t, c->places[0], s->err, "'call' wants a function, this is %s",
			     template_type(c->args[0]));
}

FUNCTION(call_print)
{
	struct buf text = BUF_INIT;

	template_sprint(&text, c->args, c->n);
	return template_take(s, c->pos, &text, ret);
}

FUNCTION(call_println)
{
	struct buf text = BUF_INIT;

	template_sprintln(&text, c->args, c->n);
	return template_take(s, c->pos, &text, ret);
}

/* The format with %s for each verb: a heading is text, whatever stands below it. */
static void heading_format(const char *format, struct buf *out)
{
	for (const char *p = format; *p; p++) {
		buf_addc(out, *p);
		if (*p != '%')
			continue;
		for (p++; *p && strchr("+-# 0123456789.[]*", *p); p++)
			buf_addc(out, *p);
		if (!*p)
			return;
		buf_addc(out, *p == '%' ? '%' : 's');
	}
}

FUNCTION(call_printf)
{
	_cleanup_(buf) struct buf headings = BUF_INIT;
	const struct value *format = c->args[0];
	struct buf text = BUF_INIT;

	if (s->headings) {
		heading_format(format->string.text, &headings);
		template_sprintf(&text, buf_str(&headings), headings.len, c->args + 1, c->n - 1);
	} else {
		template_sprintf(&text, format->string.text, format->string.len, c->args + 1,
				 c->n - 1);
	}
	return template_take(s, c->pos, &text, ret);
}

FUNCTION(call_json)
{
	struct buf text = BUF_INIT;

	if (c->args[0])
		value_json(c->args[0], 0, &text);
	else
		buf_adds(&text, "null");
	return template_take(s, c->pos, &text, ret);
}

/* Formats that say "table" as an action get nothing for it. */
FUNCTION(call_table)
{
	(void)c;
	*ret = value_string(&s->arena, "");
	return 0;
}

static const struct template_function functions[] = {
	{"and", 1, SIZE_MAX, NULL, 0, 0, true},
	{"or", 1, SIZE_MAX, NULL, 0, 0, true},
	{"not", 1, 1, call_not, 0, 0, true},
	{"call", 1, SIZE_MAX, call_call, 0, 0, false},
	{"len", 1, 1, template_len, 0, 0, false},
	{"index", 1, SIZE_MAX, template_index, 0, 0, false},
	{"slice", 1, SIZE_MAX, template_slice, 0, 0, false},
	{"print", 0, SIZE_MAX, call_print, 0, 0, true},
	{"printf", 1, SIZE_MAX, call_printf, 1, 0, true},
	{"println", 0, SIZE_MAX, call_println, 0, 0, true},
	{"html", 1, SIZE_MAX, template_html, 0, 0, false},
	{"js", 1, SIZE_MAX, template_js, 0, 0, false},
	{"urlquery", 1, SIZE_MAX, template_urlquery, 0, 0, false},
	{"eq", 1, SIZE_MAX, template_eq, 0, 0, true},
	{"ne", 2, 2, template_ne, 0, 0, true},
	{"lt", 2, 2, template_lt, 0, 0, true},
	{"le", 2, 2, template_le, 0, 0, true},
	{"gt", 2, 2, template_gt, 0, 0, true},
	{"ge", 2, 2, template_ge, 0, 0, true},
	{"json", 1, 1, call_json, 0, 0, false},
	{"join", 2, 2, template_join, 1 << 1, 0, false},
	{"split", 2, 2, template_split, 3, 0, false},
	{"lower", 1, 1, template_lower, 1, 0, false},
	{"upper", 1, 1, template_upper, 1, 0, false},
	{"title", 1, 1, template_title, 1, 0, false},
	{"pad", 3, 3, template_pad, 1, 6, false},
	{"truncate", 2, 2, template_truncate, 1, 2, false},
	{"table", 0, SIZE_MAX, call_table, 0, 0, true},
};

const struct template_function *template_function(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	}
	return NULL;
}

const char *template_nearest_function(const char *name)
{
	const char *names[ARRAY_SIZE(functions)];

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		names[i] = functions[i].name;
	return str_nearest(name, names, ARRAY_SIZE(names));
}
