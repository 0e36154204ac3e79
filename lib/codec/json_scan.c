/* SPDX-License-Identifier: Apache-2.0 */
/* Only what json-c does not refuse itself is looked for here; json-c parses what passes. */
#include "codec/json_scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/strv.h"

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

/* Unicode, table 3-7: the second byte's range excludes overlong forms and surrogates. */
static const struct {
	unsigned char first_min, first_max, second_min, second_max;
	size_t len;
} sequences[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t json_utf8_len(const unsigned char *s, size_t left)
{
	size_t k = 0;

	if (s[0] < 0x80)
		return 1;
	while (k < ARRAY_SIZE(sequences) && s[0] > sequences[k].first_max)
		k++;
	if (k == ARRAY_SIZE(sequences) || s[0] < sequences[k].first_min || left < sequences[k].len)
		return 0;
	if (s[1] < sequences[k].second_min || s[1] > sequences[k].second_max)
		return 0;
	for (size_t i = 2; i < sequences[k].len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return sequences[k].len;
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
