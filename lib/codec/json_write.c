/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON. Every value passes through value_begin(), which puts the comma, the line break and
 * the indentation that belong before it.
 */
#include "codec/json.h"

#include <inttypes.h>
#include <string.h>

#include "codec/json_scan.h"

static void newline(struct json_writer *w)
{
	if (!w->indent)
		return;
	buf_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		buf_addc(w->out, ' ');
}

static void value_begin(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->need_comma)
		buf_addc(w->out, ',');
	if (w->depth)
		newline(w);
}

void json_write_begin(struct json_writer *w, char open)
{
	value_begin(w);
	buf_addc(w->out, open);
	w->depth++;
	w->need_comma = false;
}

void json_write_end(struct json_writer *w, char close)
{
	w->depth--;
	if (w->need_comma)
		newline(w);
	buf_addc(w->out, close);
	w->need_comma = true;
}

static void add_escape(struct buf *out, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letter[] = "\"\\bfnrt";
	const char *p = strchr(plain, (char)c);

	if (p)
		buf_addf(out, "\\%c", letter[p - plain]);
	else
		buf_addf(out, "\\u%04x", c);
}

static void add_quoted(struct buf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s, *run = p;
	const unsigned char *end = p + strlen(s);
	size_t n;

	buf_addc(out, '"');
	while (p < end) {
		n = json_utf8_len(p, (size_t)(end - p));
		if (n && *p >= 0x20 && *p != '"' && *p != '\\') {
			p += n;
			continue;
		}
		buf_add(out, run, (size_t)(p - run));
		if (n)
			add_escape(out, *p);
		else
			buf_adds(out, "\xef\xbf\xbd");
		run = ++p;
	}
	buf_add(out, run, (size_t)(p - run));
	buf_addc(out, '"');
}

void json_write_key(struct json_writer *w, const char *key)
{
	value_begin(w);
	add_quoted(w->out, key);
	buf_adds(w->out, w->indent ? ": " : ":");
	w->after_key = true;
}

void json_write_literal(struct json_writer *w, const char *text)
{
	value_begin(w);
	buf_adds(w->out, text);
	w->need_comma = true;
}

void json_write_string(struct json_writer *w, const char *s)
{
	if (!s) {
		json_write_null(w);
		return;
	}
	value_begin(w);
	add_quoted(w->out, s);
	w->need_comma = true;
}

void json_write_int(struct json_writer *w, int64_t v)
{
	value_begin(w);
	buf_addf(w->out, "%" PRId64, v);
	w->need_comma = true;
}

void json_write_uint(struct json_writer *w, uint64_t v)
{
	value_begin(w);
	buf_addf(w->out, "%" PRIu64, v);
	w->need_comma = true;
}

void json_write_bool(struct json_writer *w, bool v)
{
	json_write_literal(w, v ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
	json_write_literal(w, "null");
}
