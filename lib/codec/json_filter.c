/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document of thousands of elements of which one is wanted: its structure is followed byte by
 * byte, strings from quote to quote, and only what is kept goes on to be parsed. Nothing is judged
 * here but what decides where an element ends.
 */
#include <string.h>

#include "codec/json.h"

struct filter {
	const char *at, *end;
};

static char skip_blanks(struct filter *f)
{
	while (f->at < f->end && strchr(" \t\r\n", *f->at))
		f->at++;
	return f->at < f->end ? *f->at : '\0';
}

/* From behind the opening quote to behind the closing one. */
static bool skip_string(struct filter *f)
{
	const char *quote;

	while ((quote = memchr(f->at, '"', (size_t)(f->end - f->at)))) {
		size_t backslashes = 0;

		while (quote - backslashes > f->at && quote[-(ptrdiff_t)backslashes - 1] == '\\')
			backslashes++;
		f->at = quote + 1;
		if (backslashes % 2 == 0)
			return true;
	}
	return false;
}

/* Arrays and objects by their brackets' number, whatever their kinds; a number or word by its end.
 */
static bool skip_value(struct filter *f)
{
	size_t depth = 0;

	do {
		char c = skip_blanks(f);

		if (!c || (!depth && strchr(",:]}", c)))
			return false;
		f->at++;
		if (c == '"' && !skip_string(f))
			return false;
		if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		else if (!depth && c != '"')
			while (f->at < f->end && !strchr(",]} \t\r\n", *f->at))
				f->at++;
	} while (depth);
	return true;
}

/* From behind the opening bracket to the closing one. */
static bool filter_elements(struct filter *f,
			    bool (*keep)(const char *element, size_t len, const void *data),
			    const void *data, struct buf *out)
{
	bool first = true;

	if (skip_blanks(f) == ']')
		return true;
	for (;; f->at++) {
		const char *start;

		skip_blanks(f);
		start = f->at;
		if (!skip_value(f))
			return false;
		if (keep(start, (size_t)(f->at - start), data)) {
			buf_adds(out, first ? "" : ",");
			buf_add(out, start, (size_t)(f->at - start));
			first = false;
		}
		if (skip_blanks(f) != ',')
			return f->at < f->end && *f->at == ']';
	}
}

/* A member's name and its colon. Returns 1 for the one that is looked for, 0, or -1. */
static int skip_name(struct filter *f, const char *member)
{
	const char *start;
	size_t len;

	if (skip_blanks(f) != '"')
		return -1;
	start = ++f->at;
	if (!skip_string(f))
		return -1;
	len = (size_t)(f->at - start) - 1;
	/* Written with escapes it could be any name. */
	if (memchr(start, '\\', len) || skip_blanks(f) != ':')
		return -1;
	f->at++;
	return len == strlen(member) && memcmp(start, member, len) == 0;
}

bool json_filter(const char *text, size_t len, const char *member,
		 bool (*keep)(const char *element, size_t len, const void *data), const void *data,
		 struct buf *out)
{
	struct filter f = {.at = text, .end = text + len};
	const char *copied = text;
	bool seen = false;

	if (skip_blanks(&f) != '{')
		return false;
	do {
		int wanted;

		f.at++;
		wanted = skip_name(&f, member);
		/* Of two members with one name the last counts; here nobody has written two. */
		if (wanted < 0 || (wanted && seen))
			return false;
		if (!wanted) {
			if (!skip_value(&f))
				return false;
			continue;
		}
		seen = true;
		if (skip_blanks(&f) != '[')
			return false;
		f.at++;
		buf_add(out, copied, (size_t)(f.at - copied));
		if (!filter_elements(&f, keep, data, out))
			return false;
		copied = f.at++;
	} while (skip_blanks(&f) == ',');
	buf_add(out, copied, (size_t)(f.end - copied));
	return seen;
}
