/* SPDX-License-Identifier: Apache-2.0 */
/* Functions on text. */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"
#include "cli/utf8.h"

/*
 * Letters with two cases, beyond which none is changed: a range of small ones and how far away the
 * capitals are; 1: capital and small letter take turns, the small one being odd (or even).
 */
static const struct case_range {
	unsigned first, last, distance;
} cases[] = {
	{'a', 'z', 32},	    {0xe0, 0xf6, 32},	{0xf8, 0xfe, 32},    {0x101, 0x12f, 1},
	{0x133, 0x137, 1},  {0x13a, 0x148, 1},	{0x14b, 0x177, 1},   {0x17a, 0x17e, 1},
	{0x3b1, 0x3c1, 32}, {0x3c3, 0x3cb, 32}, {0x430, 0x44f, 32},  {0x450, 0x45f, 80},
	{0x461, 0x481, 1},  {0x561, 0x586, 48}, {0x1e01, 0x1e95, 1}, {0x1ea1, 0x1eff, 1},
};

static unsigned change_case(unsigned c, bool upper)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct case_range *r = &cases[i];
		unsigned small = upper ? c : c + r->distance;

		if (small < r->first || small > r->last)
			continue;
		if (r->distance > 1 || small % 2 == r->first % 2)
			return upper ? c - r->distance : c + r->distance;
	}
	return c;
}

static bool is_letter(unsigned c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		       c == '_';
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !utf8_is_control(c) &&
	       (c & ~0x7fu) != 0x2000 && c != 0x3000;
}

enum change {
	CHANGE_LOWER,
	CHANGE_UPPER,
	CHANGE_TITLE, /* the first letter of each word */
};

static int change(struct template_state *s, const struct template_call *c, enum change how,
		  const struct value **ret)
{
	const char *p = c->args[0]->string.text, *end = p + c->args[0]->string.len;
	struct buf text = BUF_INIT;
	bool in_word = false;
	size_t n;

	for (; p < end; p += n) {
		unsigned ch = utf8_decode(p, &n);

		if (ch == UTF8_INVALID)
			template_add_utf8(&text, 0xfffd);
		else if (how == CHANGE_TITLE && in_word)
			buf_add(&text, p, n);
		else
			template_add_utf8(&text, change_case(ch, how != CHANGE_LOWER));
		in_word = is_letter(ch);
	}
	return template_take(s, c->pos, &text, ret);
}

static int call_lower(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	return change(s, c, CHANGE_LOWER, ret);
}

static int call_upper(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	return change(s, c, CHANGE_UPPER, ret);
}

static int call_title(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	return change(s, c, CHANGE_TITLE, ret);
}

/* The text that html, js and urlquery work on: a string, or what print makes of the arguments. */
static void add_arguments(const struct template_call *c, struct buf *text)
{
	if (c->n == 1 && c->args[0] && c->args[0]->kind == VALUE_STRING)
		buf_add(text, c->args[0]->string.text, c->args[0]->string.len);
	else if (c->n == 1 && !c->args[0])
		buf_adds(text, "<no value>");
	else
		template_sprint(text, c->args, c->n);
}

static int call_html(struct template_state *s, const struct template_call *c,
		     const struct value **ret)
{
	_cleanup_(buf) struct buf plain = BUF_INIT;
	struct buf text = BUF_INIT;

	add_arguments(c, &plain);
	for (const char *p = buf_str(&plain), *end = p + plain.len; p < end; p++) {
		switch (*p) {
		case '&':
			buf_adds(&text, "&amp;");
			break;
		case '<':
			buf_adds(&text, "&lt;");
			break;
		case '>':
			buf_adds(&text, "&gt;");
			break;
		case '"':
			buf_adds(&text, "&#34;");
			break;
		case '\'':
			buf_adds(&text, "&#39;");
			break;
		case '\0':
			buf_adds(&text, "\xef\xbf\xbd");
			break;
		default:
			buf_addc(&text, *p);
		}
	}
	return template_take(s, c->pos, &text, ret);
}

static int call_js(struct template_state *s, const struct template_call *c,
		   const struct value **ret)
{
	_cleanup_(buf) struct buf plain = BUF_INIT;
	struct buf text = BUF_INIT;
	size_t n;

	add_arguments(c, &plain);
	for (const char *p = buf_str(&plain), *end = p + plain.len; p < end; p += n) {
		unsigned ch = utf8_decode(p, &n);

		if (ch == UTF8_INVALID)
			buf_adds(&text, "\\uFFFD");
		else if (ch == '\\' || ch == '\'' || ch == '"')
			buf_addf(&text, "\\%c", (char)ch);
		else if (ch < ' ' || (ch < 0x80 && strchr("<>&=\x7f", (int)ch)) ||
			 utf8_is_control(ch))
			buf_addf(&text, "\\u%04X", ch);
		else
			buf_add(&text, p, n);
	}
	return template_take(s, c->pos, &text, ret);
}

static int call_urlquery(struct template_state *s, const struct template_call *c,
			 const struct value **ret)
{
	_cleanup_(buf) struct buf plain = BUF_INIT;
	struct buf text = BUF_INIT;

	add_arguments(c, &plain);
	for (const char *p = buf_str(&plain), *end = p + plain.len; p < end; p++) {
		if (((unsigned char)*p < 0x80 && is_letter((unsigned char)*p)) ||
		    (*p && strchr("-.~", *p)))
			buf_addc(&text, *p);
		else if (*p == ' ')
			buf_addc(&text, '+');
		else
			buf_addf(&text, "%%%02X", (unsigned)(unsigned char)*p);
	}
	return template_take(s, c->pos, &text, ret);
}

/* docker's: blanks before and behind what is not empty. */
static int call_pad(struct template_state *s, const struct template_call *c,
		    const struct value **ret)
{
	const struct value *v = c->args[0];
	struct buf text = BUF_INIT;

	for (size_t i = 1; i <= 2; i++) {
		if (c->args[i]->integer < 0 ||
		    c->args[i]->integer > (int64_t)TEMPLATE_MAX_OUTPUT / 4)
			return template_fail(s->t, c->places[i], s->err,
					     "'pad' can't put %lld blanks there",
					     (long long)c->args[i]->integer);
	}
	if (v->string.len)
		buf_addf(&text, "%*s", (int)c->args[1]->integer, "");
	buf_add(&text, v->string.text, v->string.len);
	if (v->string.len)
		buf_addf(&text, "%*s", (int)c->args[2]->integer, "");
	return template_take(s, c->pos, &text, ret);
}

/* docker's: bytes, not characters. */
static int call_truncate(struct template_state *s, const struct template_call *c,
			 const struct value **ret)
{
	const struct value *v = c->args[0];
	int64_t n = c->args[1]->integer;

	if (n < 0)
		return template_fail(s->t, c->places[1], s->err,
				     "'truncate' takes a length from 0 on, not %lld", (long long)n);
	return template_string(s, c->pos, v->string.text,
			       (uint64_t)n < v->string.len ? (size_t)n : v->string.len, ret);
}

static int add_piece(struct template_state *s, const struct template_call *c, struct value *list,
		     const char *text, size_t len)
{
	const struct value *piece;

	if (template_string(s, c->pos, text, len, &piece) < 0)
		return -1;
	s->memory += 2 * sizeof(piece);
	value_append(&s->arena, list, piece);
	return 0;
}

static int call_split(struct template_state *s, const struct template_call *c,
		      const struct value **ret)
{
	const char *p = c->args[0]->string.text, *end = p + c->args[0]->string.len;
	const char *separator = c->args[1]->string.text;
	size_t separator_len = c->args[1]->string.len, n;
	struct value *list = value_list(&s->arena);

	*ret = list;
	if (separator_len == 0) {
		/* Into its characters. */
		for (; p < end; p += n) {
			(void)utf8_decode(p, &n);
			if (add_piece(s, c, list, p, n) < 0)
				return -1;
		}
		return 0;
	}
	for (;;) {
		const char *at = memmem(p, (size_t)(end - p), separator, separator_len);

		if (add_piece(s, c, list, p, (size_t)((at ? at : end) - p)) < 0)
			return -1;
		if (!at)
			return 0;
		p = at + separator_len;
	}
}

/* Lists of anything are joined, not of strings alone: there is no other meaning to be mistaken for.
 */
static int call_join(struct template_state *s, const struct template_call *c,
		     const struct value **ret)
{
	const struct value *list = c->args[0], *separator = c->args[1];
	struct buf text = BUF_INIT;

	if (list && list->kind == VALUE_NIL)
		return template_string(s, c->pos, "", 0, ret);
	if (!list || list->kind != VALUE_LIST)
		return template_fail(s->t, c->places[0], s->err,
				     "'join' wants a list here, this is %s", template_type(list));
	for (size_t i = 0; i < list->list.n; i++) {
		if (i)
			buf_add(&text, separator->string.text, separator->string.len);
		template_print(&text, list->list.items[i]);
	}
	return template_take(s, c->pos, &text, ret);
}

const struct template_function template_text_functions[] = {
	{"html", 1, SIZE_MAX, call_html, 0, 0, false},
	{"js", 1, SIZE_MAX, call_js, 0, 0, false},
	{"urlquery", 1, SIZE_MAX, call_urlquery, 0, 0, false},
	{"join", 2, 2, call_join, 1 << 1, 0, false},
	{"split", 2, 2, call_split, 3, 0, false},
	{"lower", 1, 1, call_lower, 1, 0, false},
	{"upper", 1, 1, call_upper, 1, 0, false},
	{"title", 1, 1, call_title, 1, 0, false},
	{"pad", 3, 3, call_pad, 1, 6, false},
	{"truncate", 2, 2, call_truncate, 1, 2, false},
	{NULL, 0, 0, NULL, 0, 0, false},
};
