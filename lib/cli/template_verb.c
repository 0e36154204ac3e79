/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and text by a verb of printf, with its flags: https://pkg.go.dev/fmt */
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "cli/float_text.h"
#include "cli/template_private.h"
#include "cli/utf8.h"

#define INTEGER_BITS   64
#define CODE_POINT_MAX 0x10ffff
/* Digits of a floating point number; more are zeros anyway. */
#define FLOAT_DIGITS_MAX 1100
/* Digits behind the point of %e and %f that are not told how many. */
#define FLOAT_PRECISION 6

static void add_times(struct buf *out, char c, size_t n)
{
	if (!buf_reserve(out, n))
		return;
	for (; n; n--)
		buf_addc(out, c);
}

static size_t characters(const char *text, size_t len)
{
	size_t count = 0, n;

	for (size_t i = 0; i < len; i += n, count++)
		(void)utf8_decode(text + i, &n);
	return count;
}

static size_t missing(const struct template_verb *f, size_t width)
{
	return f->has_width && (size_t)f->width > width ? (size_t)f->width - width : 0;
}

/* Text and what fills it up to the width. */
static void pad_with(const struct template_verb *f, const char *text, size_t len, char fill)
{
	size_t n = f->has_width ? missing(f, characters(text, len)) : 0;

	if (!f->minus)
		add_times(f->out, fill, n);
	buf_add(f->out, text, len);
	if (f->minus)
		add_times(f->out, fill, n);
}

void template_pad_text(const struct template_verb *f, const char *text, size_t len)
{
	pad_with(f, text, len, f->zero ? '0' : ' ');
}

/* Is c shown as it is between quotes? */
static bool is_printable(unsigned c)
{
	static const struct {
		unsigned first, last;
	} hidden[] = {
		{0x00, 0x1f},	  {0x7f, 0xa0},	    {0xad, 0xad},     {0x2000, 0x200f},
		{0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0xd800, 0xf8ff},
		{0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, UTF8_INVALID},
	};

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	}
	return true;
}

static void quote_character(struct buf *out, unsigned c, const char *text, size_t len, char quote,
			    bool ascii)
{
	static const char letters[] = "\a\b\f\n\r\t\v\\";
	const char *at = c && c < 0x80 ? strchr(letters, (int)c) : NULL;

	if (c == UTF8_INVALID)
		buf_addf(out, "\\x%02x", (unsigned)(unsigned char)*text);
	else if (at)
		buf_addf(out, "\\%c", "abfnrtv\\"[at - letters]);
	else if (c == (unsigned char)quote)
		buf_addf(out, "\\%c", quote);
	else if (is_printable(c) && (c < 0x80 || !ascii))
		buf_add(out, text, len);
	else if (c < ' ' || c == 0x7f)
		buf_addf(out, "\\x%02x", c);
	else if (c < 0x10000)
		buf_addf(out, "\\u%04x", c);
	else
		buf_addf(out, "\\U%08x", c);
}

void template_quote(struct buf *out, const char *text, size_t len, char quote, bool ascii)
{
	size_t n;

	buf_addc(out, quote);
	for (size_t i = 0; i < len; i += n) {
		unsigned c = utf8_decode(text + i, &n);

		quote_character(out, c, text + i, n, quote, ascii);
	}
	buf_addc(out, quote);
}

/* The digits of v in a base, at least `least` of them. */
static void add_digits(struct buf *out, uint64_t v, unsigned base, bool upper, size_t least)
{
	char digits[INTEGER_BITS];
	size_t n = 0;

	do {
		digits[n++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[v % base];
		v /= base;
	} while (v);
	if (least > n)
		add_times(out, '0', least - n);
	while (n)
		buf_addc(out, digits[--n]);
}

/* How many digits there must be; false where a zero is to have none at all. */
static bool least_digits(const struct template_verb *f, bool sign, bool zero, size_t *ret)
{
	*ret = 0;
	if (f->has_precision)
		*ret = (size_t)f->precision;
	else if (f->zero && f->has_width && f->width > sign)
		*ret = (size_t)(f->width - sign);
	return !(f->has_precision && f->precision == 0 && zero);
}

static const char *base_prefix(const struct template_verb *f, unsigned base, const char *digits)
{
	if (f->verb[0] == 'O')
		return "0o";
	if (!f->sharp || base == 10)
		return "";
	if (base == 2)
		return "0b";
	if (base == 8)
		return *digits == '0' ? "" : "0";
	return f->verb[0] == 'X' ? "0X" : "0x";
}

static const char *sign_of(const struct template_verb *f, bool negative)
{
	if (negative)
		return "-";
	if (f->plus)
		return "+";
	return f->space ? " " : "";
}

static void print_integer(struct template_verb *f, int64_t v, unsigned base)
{
	_cleanup_(buf) struct buf digits = BUF_INIT, text = BUF_INIT;
	const char *sign = sign_of(f, v < 0);
	size_t least;

	if (!least_digits(f, *sign, v == 0, &least)) {
		add_times(f->out, ' ', missing(f, 0));
		return;
	}
	add_digits(&digits, v < 0 ? -(uint64_t)v : (uint64_t)v, base, f->verb[0] == 'X', least);
	buf_adds(&text, sign);
	buf_adds(&text, base_prefix(f, base, buf_str(&digits)));
	buf_add(&text, buf_str(&digits), digits.len);
	pad_with(f, buf_str(&text), text.len, ' ');
}

static void print_unicode(struct template_verb *f, int64_t v)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	buf_adds(&text, "U+");
	add_digits(&text, (uint64_t)v, 16, true,
		   f->has_precision && f->precision > 4 ? (size_t)f->precision : 4);
	if (f->sharp && v >= 0 && v <= CODE_POINT_MAX && is_printable((unsigned)v)) {
		buf_adds(&text, " '");
		template_add_utf8(&text, v);
		buf_addc(&text, '\'');
	}
	pad_with(f, buf_str(&text), text.len, ' ');
}

static void print_character(struct template_verb *f, int64_t v, bool quoted)
{
	_cleanup_(buf) struct buf text = BUF_INIT, quotes = BUF_INIT;

	template_add_utf8(&text, v);
	if (quoted)
		template_quote(&quotes, buf_str(&text), text.len, '\'', f->plus);
	if (quoted)
		template_pad_text(f, buf_str(&quotes), quotes.len);
	else
		template_pad_text(f, buf_str(&text), text.len);
}

bool template_print_int(struct template_verb *f, int64_t v)
{
	if (f->verb[1])
		return false;
	switch (f->verb[0]) {
	case 'v':
	case 'd':
		print_integer(f, v, 10);
		return true;
	case 'b':
		print_integer(f, v, 2);
		return true;
	case 'o':
	case 'O':
		print_integer(f, v, 8);
		return true;
	case 'x':
	case 'X':
		print_integer(f, v, 16);
		return true;
	case 'c':
	case 'q':
		print_character(f, v, f->verb[0] == 'q');
		return true;
	case 'U':
		print_unicode(f, v);
		return true;
	default:
		return false;
	}
}

/* Pad a number with its sign: zeros stand between the two. */
static void pad_number(struct template_verb *f, const char *sign, const char *number, bool zeros)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	buf_adds(&text, sign);
	if (zeros)
		add_times(&text, '0', missing(f, strlen(sign) + strlen(number)));
	buf_adds(&text, number);
	pad_with(f, buf_str(&text), text.len, ' ');
}

bool template_print_float(struct template_verb *f, double v)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	char verb = f->verb[0] == 'v' ? 'g' : f->verb[0] == 'F' ? 'f' : f->verb[0];
	int precision = (verb | 0x20) == 'g' ? -1 : FLOAT_PRECISION;
	const char *number, *sign;

	if (f->verb[1] || !strchr("eEfgG", verb))
		return false;
	if (f->has_precision)
		precision = f->precision < FLOAT_DIGITS_MAX ? f->precision : FLOAT_DIGITS_MAX;
	float_text(&text, v, verb, precision);
	number = buf_str(&text);
	sign = sign_of(f, *number == '-');
	/* Infinity has its sign in any case, and no zeros before it, nor has what is no number. */
	if (*number == '+' && !*sign)
		sign = "+";
	number += strspn(number, "+-");
	pad_number(f, sign, number, f->zero && *number <= '9');
	return true;
}

/* Bytes up to the precision, which counts characters. */
static size_t cut(const struct template_verb *f, const char *text, size_t len)
{
	size_t i = 0, n;

	if (!f->has_precision)
		return len;
	for (int left = f->precision; left > 0 && i < len; left--, i += n)
		(void)utf8_decode(text + i, &n);
	return i;
}

static void print_hex(struct template_verb *f, const char *text, size_t len)
{
	_cleanup_(buf) struct buf hex = BUF_INIT;
	bool upper = f->verb[0] == 'X';

	if (f->has_precision && (size_t)f->precision < len)
		len = (size_t)f->precision;
	for (size_t i = 0; i < len; i++) {
		if (f->space && i)
			buf_addc(&hex, ' ');
		if (f->sharp && (i == 0 || f->space))
			buf_adds(&hex, upper ? "0X" : "0x");
		add_digits(&hex, (unsigned char)text[i], 16, upper, 2);
	}
	template_pad_text(f, buf_str(&hex), hex.len);
}

/* Can it stand between back quotes? */
static bool is_raw(const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		unsigned c = utf8_decode(text + i, &n);

		if (c == UTF8_INVALID || c == 0xfeff || c == '`' || c == 0x7f ||
		    (c < ' ' && c != '\t'))
			return false;
	}
	return true;
}

static void print_quoted(struct template_verb *f, const char *text, size_t len)
{
	_cleanup_(buf) struct buf quoted = BUF_INIT;

	len = cut(f, text, len);
	if (f->sharp && is_raw(text, len)) {
		buf_addc(&quoted, '`');
		buf_add(&quoted, text, len);
		buf_addc(&quoted, '`');
	} else {
		template_quote(&quoted, text, len, '"', f->plus);
	}
	template_pad_text(f, buf_str(&quoted), quoted.len);
}

bool template_print_string(struct template_verb *f, const char *text, size_t len)
{
	if (f->verb[1])
		return false;
	switch (f->verb[0]) {
	case 'v':
		if (f->sharp_v)
			print_quoted(f, text, len);
		else
			template_pad_text(f, text, cut(f, text, len));
		return true;
	case 's':
		template_pad_text(f, text, cut(f, text, len));
		return true;
	case 'x':
	case 'X':
		print_hex(f, text, len);
		return true;
	case 'q':
		print_quoted(f, text, len);
		return true;
	default:
		return false;
	}
}
