/* SPDX-License-Identifier: Apache-2.0 */
/* The table of functions: Go's own, and docker's. */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"

/* More than there are. */
#define FUNCTIONS_MAX 64

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

static int call_not(struct template_state *s, const struct template_call *c,
		    const struct value **ret)
{
	*ret = value_bool(&s->arena, !template_true(c->args[0]));
	return 0;
}

static int call_call(struct template_state *s, const struct template_call *c,
		     const struct value **ret)
{
	(void)ret;
	return template_fail(s->t, c->places[0], s->err, "'call' wants a function, this is %s",
			     template_type(c->args[0]));
}

static int call_print(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	struct buf text = BUF_INIT;

	template_sprint(&text, c->args, c->n);
	return template_take(s, c->pos, &text, ret);
}

static int call_println(struct template_state *s, const struct template_call *c,
			const struct value **ret)
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

static int call_printf(struct template_state *s, const struct template_call *c,
		       const struct value **ret)
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

static int call_json(struct template_state *s, const struct template_call *c,
		     const struct value **ret)
{
	struct buf text = BUF_INIT;

	if (c->args[0])
		value_json(c->args[0], 0, &text);
	else
		buf_adds(&text, "null");
	return template_take(s, c->pos, &text, ret);
}

/* Formats that say "table" as an action get nothing for it. */
static int call_table(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	(void)c;
	*ret = value_string(&s->arena, "");
	return 0;
}

static const struct template_function own_functions[] = {
	{"and", 1, SIZE_MAX, NULL, 0, 0, true},
	{"or", 1, SIZE_MAX, NULL, 0, 0, true},
	{"not", 1, 1, call_not, 0, 0, true},
	{"call", 1, SIZE_MAX, call_call, 0, 0, false},
	{"print", 0, SIZE_MAX, call_print, 0, 0, true},
	{"printf", 1, SIZE_MAX, call_printf, 1, 0, true},
	{"println", 0, SIZE_MAX, call_println, 0, 0, true},
	{"json", 1, 1, call_json, 0, 0, false},
	{"table", 0, SIZE_MAX, call_table, 0, 0, true},
	{NULL, 0, 0, NULL, 0, 0, false},
};

static const struct template_function *const tables[] = {own_functions, template_compare_functions,
							 template_index_functions,
							 template_text_functions};

const struct template_function *template_function(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct template_function *f = tables[i]; f->name; f++) {
			if (strcmp(f->name, name) == 0)
				return f;
		}
	}
	return NULL;
}

const char *template_nearest_function(const char *name)
{
	const char *names[FUNCTIONS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct template_function *f = tables[i]; f->name && n < FUNCTIONS_MAX;
		     f++)
			names[n++] = f->name;
	}
	return str_nearest(name, names, n);
}
