/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf of templates: the format language of Go's fmt, in which nothing is an error: what does not
 * fit is shown in the output as %!d(string=text).
 */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"
#include "cli/utf8.h"

/* Larger widths, precisions and argument numbers are refused by Go too. */
#define NUMBER_MAX 1000000

struct printf {
	const char *p, *end;
	const struct value *const *args;
	size_t n, next;
	bool after_index; /* an index such as [3] stands right before */
	bool good_index;  /* of this verb */
	bool reordered;	  /* there was an index at all */
};

static char at(const struct printf *s)
{
	return s->p < s->end ? *s->p : '\0';
}

/* A number at *p; false when there is none, or one that is too large: then *ret is 0. */
static bool take_number(const char **p, const char *end, int *ret)
{
	const char *from = *p;
	int v = 0;

	*ret = 0;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		if (v > NUMBER_MAX)
			return false;
		v = v * 10 + (**p - '0');
	}
	if (*p == from)
		return false;
	*ret = v;
	return true;
}

/* "[3]" */
static void take_index(struct printf *s)
{
	const char *close, *p = s->p + 1;
	int number;

	s->after_index = false;
	if (at(s) != '[')
		return;
	s->reordered = true;
	close = memchr(s->p, ']', (size_t)(s->end - s->p));
	if (!close) {
		s->good_index = false;
		s->p++;
		return;
	}
	if (!take_number(&p, close, &number) || p != close) {
		s->good_index = false;
		s->p = close + 1;
		return;
	}
	s->p = close + 1;
	s->after_index = true;
	if (number < 1 || (size_t)number > s->n)
		s->good_index = false;
	else
		s->next = (size_t)number - 1;
}

/* The argument for a "*"; false when it is no number that can be one. */
static bool star(struct printf *s, int *ret)
{
	const struct value *v;

	s->p++;
	s->after_index = false;
	*ret = 0;
	if (s->next >= s->n)
		return false;
	v = s->args[s->next++];
	if (!v || v->kind != VALUE_INT || v->integer > NUMBER_MAX || v->integer < -NUMBER_MAX)
		return false;
	*ret = (int)v->integer;
	return true;
}

static void take_flags(struct printf *s, struct template_verb *f)
{
	for (; at(s) && strchr("+-# 0", at(s)); s->p++) {
		switch (at(s)) {
		case '+':
			f->plus = true;
			break;
		case '-':
			f->minus = true;
			break;
		case '#':
			f->sharp = true;
			break;
		case ' ':
			f->space = true;
			break;
		default:
			f->zero = true;
			break;
		}
	}
	/* No zeros behind a number. */
	if (f->minus)
		f->zero = false;
}

static void take_width(struct printf *s, struct template_verb *f)
{
	if (at(s) == '*') {
		f->has_width = star(s, &f->width);
		if (!f->has_width)
			buf_adds(f->out, "%!(BADWIDTH)");
		if (f->width < 0) {
			f->width = -f->width;
			f->minus = true;
			f->zero = false;
		}
		return;
	}
	f->has_width = take_number(&s->p, s->end, &f->width);
	if (s->after_index && f->has_width)
		s->good_index = false;
}

static void take_precision(struct printf *s, struct template_verb *f)
{
	if (at(s) != '.' || s->p + 1 >= s->end)
		return;
	s->p++;
	if (s->after_index)
		s->good_index = false;
	take_index(s);
	if (at(s) == '*') {
		f->has_precision = star(s, &f->precision) && f->precision >= 0;
		if (f->precision < 0)
			f->precision = 0;
		if (!f->has_precision)
			buf_adds(f->out, "%!(BADPREC)");
		return;
	}
	(void)take_number(&s->p, s->end, &f->precision);
	f->has_precision = true;
}

/* A verb behind its %. */
static void print_verb(struct printf *s, struct buf *out)
{
	struct template_verb f = {.out = out};
	size_t len;

	s->good_index = true;
	take_flags(s, &f);
	take_index(s);
	take_width(s, &f);
	take_precision(s, &f);
	if (!s->after_index)
		take_index(s);
	if (s->p >= s->end) {
		buf_adds(out, "%!(NOVERB)");
		return;
	}
	if (utf8_decode(s->p, &len) == UTF8_INVALID)
		(void)str_copy(f.verb, sizeof(f.verb), "\xef\xbf\xbd");
	else
		memcpy(f.verb, s->p, len);
	s->p += len;
	if (f.verb[0] == '%') {
		buf_addc(out, '%');
	} else if (!s->good_index) {
		buf_addf(out, "%%!%s(BADINDEX)", f.verb);
	} else if (s->next >= s->n) {
		buf_addf(out, "%%!%s(MISSING)", f.verb);
	} else {
		if (strcmp(f.verb, "v") == 0) {
			f.sharp_v = f.sharp;
			f.plus_v = f.plus;
			f.sharp = f.plus = false;
		}
		template_print_verb(&f, s->args[s->next++]);
	}
}

static void print_extra(const struct printf *s, struct buf *out)
{
	buf_adds(out, "%!(EXTRA ");
	for (size_t i = s->next; i < s->n; i++) {
		const struct value *v = s->args[i];

		if (i > s->next)
			buf_adds(out, ", ");
		if (v && (v->kind != VALUE_NIL || v->nil_of))
			buf_addf(out, "%s=", template_type(v));
		template_print(out, v);
	}
	buf_addc(out, ')');
}

void template_sprintf(struct buf *out, const char *format, size_t len,
		      const struct value *const *args, size_t n)
{
	struct printf s = {.p = format, .end = format + len, .args = args, .n = n};

	while (s.p < s.end && !out->overflow) {
		const char *percent = memchr(s.p, '%', (size_t)(s.end - s.p));
		const char *stop = percent ? percent : s.end;

		buf_add(out, s.p, (size_t)(stop - s.p));
		s.p = stop;
		if (percent) {
			s.p++;
			print_verb(&s, out);
		}
	}
	if (!s.reordered && s.next < n)
		print_extra(&s, out);
}
