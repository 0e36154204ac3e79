/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "cli/float_text.h"
#include "cli/go_time.h"
#include "cli/utf8.h"
#include "cli/value.h"

static void add_string(struct buf *out, const char *s, size_t len)
{
	size_t n;

	buf_addc(out, '"');
	for (const char *p = s; p < s + len; p += n) {
		unsigned c = utf8_decode(p, &n);
		/* The short forms stand at the place of their letters. */
		static const char letters[] = "\b\f\n\r\t\"\\";
		const char *at = c && c < 0x80 ? strchr(letters, (int)c) : NULL;

		if (c == UTF8_INVALID)
			buf_adds(out, "\\ufffd");
		else if (at)
			buf_addf(out, "\\%c", "bfnrt\"\\"[at - letters]);
		else if (c < 0x20 || c == 0x2028 || c == 0x2029)
			buf_addf(out, "\\u%04x", c);
		else
			buf_add(out, p, n);
	}
	buf_addc(out, '"');
}

static void add_line(unsigned indent, unsigned level, struct buf *out)
{
	if (indent) {
		buf_addc(out, '\n');
		for (unsigned i = 0; i < indent * level; i++)
			buf_addc(out, ' ');
	}
}

static void add_value(const struct value *v, unsigned indent, unsigned level, struct buf *out);

static void add_list(const struct value *v, unsigned indent, unsigned level, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < v->list.n; i++) {
		if (i)
			buf_addc(out, ',');
		add_line(indent, level + 1, out);
		add_value(v->list.items[i], indent, level + 1, out);
	}
	if (v->list.n)
		add_line(indent, level, out);
	buf_addc(out, ']');
}

static void add_members(const struct value *v, unsigned indent, unsigned level, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < v->members.n; i++) {
		const struct value_member *m = &v->members.members[i];

		if (i)
			buf_addc(out, ',');
		add_line(indent, level + 1, out);
		add_string(out, m->name, strlen(m->name));
		buf_adds(out, indent ? ": " : ":");
		add_value(m->value, indent, level + 1, out);
	}
	if (v->members.n)
		add_line(indent, level, out);
	buf_addc(out, '}');
}

static void add_value(const struct value *v, unsigned indent, unsigned level, struct buf *out)
{
	switch (v->kind) {
	case VALUE_NIL:
		buf_adds(out, "null");
		break;
	case VALUE_BOOL:
		buf_adds(out, v->boolean ? "true" : "false");
		break;
	case VALUE_INT:
		buf_addf(out, "%lld", (long long)v->integer);
		break;
	case VALUE_FLOAT:
		/* JSON has no word for the others. */
		if (isfinite(v->number))
			float_text_json(out, v->number);
		else
			buf_adds(out, "null");
		break;
	case VALUE_STRING:
		add_string(out, v->string.text, v->string.len);
		break;
	case VALUE_TIME:
		buf_addc(out, '"');
		go_time_format(v, GO_RFC3339_NANO, out);
		buf_addc(out, '"');
		break;
	case VALUE_LIST:
		add_list(v, indent, level, out);
		break;
	case VALUE_MAP:
	case VALUE_STRUCT:
		add_members(v, indent, level, out);
		break;
	}
}

void value_json(const struct value *v, unsigned indent, struct buf *out)
{
	add_value(v, indent, 0, out);
}
