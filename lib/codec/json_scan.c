/* SPDX-License-Identifier: Apache-2.0 */
/* Only what json-c does not refuse itself is looked for here; json-c parses what passes. */
#include "codec/json_scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct scan {
	const char *text;
	size_t len;
	size_t at;
	const char *what;
};

static bool refuse(struct scan *s, size_t at, const char *what)
{
	s->at = at;
	s->what = what;
	return false;
}

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t json_utf8_len(const unsigned char *s, size_t left)
{
	unsigned char c = s[0];

	if (c < 0x80)
		return 1;
	if (left < 2 || !is_tail(s[1]))
		return 0;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (left < 3 || !is_tail(s[2]))
		return 0;
	if (c >= 0xe0 && c <= 0xef)
		return (c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) ? 0 : 3;
	if (left < 4 || !is_tail(s[3]))
		return 0;
	if (c >= 0xf0 && c <= 0xf4)
		return (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f) ? 0 : 4;
	return 0;
}

/* From behind the opening quote to behind the closing one. */
static bool scan_string(struct scan *s)
{
	while (s->at < s->len) {
		const unsigned char *p = (const unsigned char *)s->text + s->at;
		size_t n;

		if (*p == '"') {
			s->at++;
			return true;
		}
		if (*p < 0x20)
			return refuse(s, s->at, "raw control character in a string");
		n = json_utf8_len(p, s->len - s->at);
		if (!n)
			return refuse(s, s->at, "invalid UTF-8");
		s->at += n;
		/* What follows a backslash is json-c's to judge, unless it ends the text. */
		if (*p == '\\' && s->at < s->len && (unsigned char)s->text[s->at] < 0x80)
			s->at++;
	}
	return true; /* an open end is json-c's to report */
}

/* Do the digits, without leading zeros, fit the largest value that json-c holds? */
static bool digits_fit(const char *digits, size_t n, bool negative)
{
	const char *max = negative ? "9223372036854775808" : "18446744073709551615";
	size_t max_len = strlen(max);

	return n < max_len || (n == max_len && memcmp(digits, max, n) <= 0);
}

static bool scan_number(struct scan *s)
{
	size_t start = s->at, digits;
	bool negative = s->text[s->at] == '-';
	char c;

	s->at += negative;
	digits = s->at;
	while (s->at < s->len && isdigit((unsigned char)s->text[s->at]))
		s->at++;
	c = s->at < s->len ? s->text[s->at] : '\0';
	if (c == 'I')
		return refuse(s, s->at, "Infinity is no JSON number");
	if (c == '.') {
		s->at++;
		if (s->at >= s->len || !isdigit((unsigned char)s->text[s->at]))
			return refuse(s, s->at, "expected a digit after the decimal point");
	} else if (c != 'e' && c != 'E' &&
		   !digits_fit(s->text + digits, s->at - digits, negative)) {
		return refuse(s, start, "number out of range (64 bits)");
	}
	while (s->at < s->len && s->text[s->at] && strchr("0123456789+-eE.", s->text[s->at]))
		s->at++;
	return true;
}

static bool scan_token(struct scan *s, size_t *depth, size_t *deepest)
{
	char c = s->text[s->at];

	switch (c) {
	case '"':
		s->at++;
		return scan_string(s);
	case '\'':
		return refuse(s, s->at, "strings are written in double quotes");
	case '[':
	case '{':
		if (++*depth > *deepest)
			*deepest = *depth;
		break;
	case ']':
	case '}':
		if (*depth)
			--*depth;
		break;
	case '-':
		return scan_number(s);
	default:
		if (isdigit((unsigned char)c))
			return scan_number(s);
		/* null, true and false, in lower case only; what they end in is json-c's to judge.
		 */
		if (isupper((unsigned char)c))
			return refuse(s, s->at, "unknown word, expected null, true or false");
		break;
	}
	s->at++;
	return true;
}

size_t json_scan(const char *text, size_t len, const char **ret_what, size_t *ret_depth)
{
	struct scan s = {.text = text, .len = len};
	size_t depth = 0, deepest = 0;

	while (s.at < len)
		if (!scan_token(&s, &depth, &deepest)) {
			*ret_what = s.what;
			return s.at < len ? s.at : len - 1;
		}
	*ret_depth = deepest;
	return len;
}
