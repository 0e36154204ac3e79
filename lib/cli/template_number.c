/* SPDX-License-Identifier: Apache-2.0 */
/* Constants as Go writes them: https://go.dev/ref/spec, "Lexical elements". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/template_private.h"
#include "cli/utf8.h"

#define CODE_POINT_MAX 0x10ffff

/* Value of a digit in any base up to 16, 16 and more for others. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (unsigned)((c | 0x20) - 'a') + 10;
	return 16;
}

void template_add_utf8(struct buf *out, int64_t c)
{
	unsigned u =
		c < 0 || c > CODE_POINT_MAX || (c >= 0xd800 && c <= 0xdfff) ? 0xfffd : (unsigned)c;

	if (u < 0x80) {
		buf_addc(out, (char)u);
		return;
	}
	if (u < 0x800) {
		buf_addc(out, (char)(0xc0 | u >> 6));
	} else if (u < 0x10000) {
		buf_addc(out, (char)(0xe0 | u >> 12));
		buf_addc(out, (char)(0x80 | (u >> 6 & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | u >> 18));
		buf_addc(out, (char)(0x80 | (u >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (u >> 6 & 0x3f)));
	}
	buf_addc(out, (char)(0x80 | (u & 0x3f)));
}

static int bad_number(struct template *t, const struct template_token *token, const char *why,
		      struct err *err)
{
	return template_fail(t, token->pos, err, "'%.*s' %s", (int)token->len, token->text, why);
}

/*
 * Copy the digits without the underscores that part them; false where one does not stand between
 * digits, or behind 0x and its like.
 */
static bool strip_underscores(const char *s, char *out, bool hex)
{
	char before = '\0';
	size_t prefix = s[0] == '0' && strchr("xXoObB", s[1]) && s[1] ? 2 : 0;

	for (size_t i = 0; s[i]; i++) {
		if (s[i] == '_') {
			bool left = (i == prefix && prefix) || digit(before) < (hex ? 16 : 10);

			if (!left || digit(s[i + 1]) >= (hex ? 16 : 10))
				return false;
		} else {
			*out++ = s[i];
		}
		before = s[i];
	}
	*out = '\0';
	return true;
}

/* Digits of a base; false for others and for what passes 64 bits, told by *ret_large. */
static bool read_digits(const char *s, unsigned base, uint64_t *ret, bool *ret_large)
{
	uint64_t v = 0;

	*ret_large = false;
	if (!*s)
		return false;
	for (; *s; s++) {
		if (digit(*s) >= base)
			return false;
		if (v > (UINT64_MAX - digit(*s)) / base)
			*ret_large = true;
		v = v * base + digit(*s);
	}
	*ret = v;
	return true;
}

static bool read_integer(const char *s, uint64_t *ret, bool *ret_large)
{
	if (s[0] != '0' || !s[1])
		return read_digits(s, 10, ret, ret_large);
	switch (s[1] | 0x20) {
	case 'x':
		return read_digits(s + 2, 16, ret, ret_large);
	case 'o':
		return read_digits(s + 2, 8, ret, ret_large);
	case 'b':
		return read_digits(s + 2, 2, ret, ret_large);
	default:
		return read_digits(s + 1, 8, ret, ret_large);
	}
}

/* Only what Go takes for one gets to strtod(3), which would read "inf" and the like too. */
static bool read_float(const char *s, bool hex, double *ret)
{
	const char *p = s + (hex ? 2 : 0);
	size_t digits = 0;
	char *end;

	for (; digit(*p) < (hex ? 16 : 10) || *p == '.'; p++)
		digits += *p != '.';
	if (digits == 0 || (hex && (*p | 0x20) != 'p') || (!hex && *p && (*p | 0x20) != 'e'))
		return false;
	errno = 0;
	*ret = strtod(s, &end);
	return !*end && !(errno == ERANGE && (*ret > 1 || *ret < -1));
}

static int number_value(struct template *t, const struct template_token *token, const char *text,
			const struct value **ret, struct err *err)
{
	bool negative = text[0] == '-', large = false;
	const char *s = text + (negative || text[0] == '+');
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x';
	char *plain = arena_alloc(&t->arena, token->len + 1);
	uint64_t v, limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	double f;

	if (!strip_underscores(s, plain, hex))
		return bad_number(t, token, "is no number", err);
	if (read_integer(plain, &v, &large)) {
		if (large || v > limit)
			return bad_number(t, token, "is too large for a number", err);
		*ret = value_int(&t->arena, negative ? (int64_t)-v : (int64_t)v);
		return 0;
	}
	if (plain[0] && plain[strlen(plain) - 1] == 'i')
		return bad_number(t, token,
				  "is a complex number: whole numbers and fractions are "
				  "accepted",
				  err);
	/* What looks like an integer and is none, as 08, is not made one. */
	if (!strpbrk(plain, ".eEpP") || !read_float(plain, hex, &f))
		return bad_number(t, token, "is no number", err);
	*ret = value_float(&t->arena, negative ? -f : f);
	return 0;
}

/* Up to max digits of a base at *p; -1 when there are fewer. */
static int64_t take_code(const char **p, unsigned base, unsigned count)
{
	int64_t v = 0;

	for (; count; count--, (*p)++) {
		if (digit(**p) >= base)
			return -1;
		v = v * base + digit(**p);
	}
	return v;
}

/* \u00e9 and \U0001f600 behind their letter. */
static bool take_unicode(const char **p, unsigned digits, struct buf *out, int64_t *ret)
{
	int64_t code = take_code(p, 16, digits);

	if (code < 0 || code > CODE_POINT_MAX || (code >= 0xd800 && code <= 0xdfff))
		return false;
	template_add_utf8(out, code);
	*ret = code;
	return true;
}

/* The escape behind a backslash at *p. Returns false where Go knows none. */
static bool take_escape(const char **p, char quote, struct buf *out, int64_t *ret)
{
	static const char letters[] = "abfnrtv\\";
	static const char meanings[] = "\a\b\f\n\r\t\v\\";
	char c = *(*p)++;
	const char *at = c ? strchr(letters, c) : NULL;
	int64_t code = -1;

	if (c == 'u' || c == 'U')
		return take_unicode(p, c == 'u' ? 4 : 8, out, ret);
	if (at || c == quote) {
		code = at ? meanings[at - letters] : c;
	} else if (c == 'x') {
		code = take_code(p, 16, 2);
	} else if (c >= '0' && c <= '7') {
		(*p)--;
		code = take_code(p, 8, 3);
	}
	if (code < 0 || code > 0xff)
		return false;
	buf_addc(out, (char)code);
	*ret = code;
	return true;
}

int template_unquote(struct template *t, const struct template_token *token, const char **ret,
		     size_t *ret_len, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	const char *end = token->text + token->len - 1;
	bool raw = token->kind == TOKEN_RAW;
	int64_t code;

	for (const char *p = token->text + 1; p < end;) {
		const char *from = p;

		if (*p == '\\' && !raw) {
			p++;
			if (!take_escape(&p, '"', &text, &code) || p > end)
				return template_fail(t, (size_t)(from - t->text), err,
						     "'\\%c' is no escape: \\n, \\t, \\\", \\\\, "
						     "\\x41 and \\u00e9 are accepted",
						     from[1]);
		} else {
			/* Raw text has no carriage returns in Go. */
			if (*p != '\r' || !raw)
				buf_addc(&text, *p);
			p++;
		}
	}
	*ret = arena_strndup(&t->arena, buf_str(&text), text.len);
	*ret_len = text.len;
	return 0;
}

static int character(struct template *t, const struct template_token *token,
		     const struct value **ret, struct err *err)
{
	_cleanup_(buf) struct buf ignored = BUF_INIT;
	const char *p = token->text + 1, *end = token->text + token->len - 1;
	int64_t code = -1;
	size_t len;

	if (*p == '\\') {
		p++;
		if (!take_escape(&p, '\'', &ignored, &code))
			code = -1;
	} else if (p < end) {
		unsigned c = utf8_decode(p, &len);

		code = c == UTF8_INVALID ? 0xfffd : (int64_t)c;
		p += len;
	}
	if (code < 0 || p != end)
		return bad_number(t, token, "is no character", err);
	*ret = value_int(&t->arena, code);
	return 0;
}

int template_number(struct template *t, const struct template_token *token,
		    const struct value **ret, struct err *err)
{
	const char *text = arena_strndup(&t->arena, token->text, token->len);

	if (token->kind == TOKEN_CHARACTER)
		return character(t, token, ret, err);
	return number_value(t, token, text, ret, err);
}
