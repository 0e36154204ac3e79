/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/http_head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read digits; moves *p behind them. */
static bool number(const char **p, uint64_t *ret)
{
	const char *s = *p;
	uint64_t v = 0;

	if (!digit(*s))
		return false;
	for (; digit(*s); s++) {
		if (v > (UINT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*p = s;
	*ret = v;
	return true;
}

bool http_number_parse(const char *value, uint64_t *ret)
{
	uint64_t v;

	if (!number(&value, &v) || *value)
		return false;
	*ret = v;
	return true;
}

bool http_content_range_parse(const char *value, struct http_content_range *ret)
{
	struct http_content_range r = {.complete = HTTP_COMPLETE_UNKNOWN};
	const char *s = value;

	if (strncasecmp(s, "bytes", 5) != 0 || s[5] != ' ')
		return false;
	s += 5;
	s += strspn(s, " ");
	if (*s == '*') {
		s++;
	} else {
		r.satisfied = true;
		if (!number(&s, &r.first) || *s++ != '-' || !number(&s, &r.last) ||
		    r.last < r.first)
			return false;
	}
	if (*s++ != '/')
		return false;
	if (*s == '*' && r.satisfied)
		s++;
	else if (!number(&s, &r.complete) || (r.satisfied && r.last >= r.complete))
		return false;
	if (*s)
		return false;
	*ret = r;
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; the names don't depend on the locale. */
static bool date(const char *s, int64_t *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4] = "", zone[4] = "";
	struct tm t = {.tm_isdst = 0};
	const char *m;

	if (sscanf(s, "%*3s, %2d %3s %4d %2d:%2d:%2d %3s", &t.tm_mday, month, &t.tm_year,
		   &t.tm_hour, &t.tm_min, &t.tm_sec, zone) != 7)
		return false;
	m = strstr(months, month);
	if (!m || strlen(month) != 3 || (m - months) % 3 || strcmp(zone, "GMT") != 0)
		return false;
	t.tm_mon = (int)(m - months) / 3;
	t.tm_year -= 1900;
	*ret = (int64_t)timegm(&t);
	return true;
}

int64_t http_retry_after_parse(const char *value, int64_t now)
{
	uint64_t seconds;
	int64_t at;

	if (http_number_parse(value, &seconds))
		return seconds > INT32_MAX ? INT32_MAX : (int64_t)seconds;
	if (!date(value, &at))
		return -1;
	return at > now ? at - now : 0;
}

/* ---- lists with quotes ---- */

static const char *blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* RFC 9110, "token". */
static size_t token_len(const char *s)
{
	return strspn(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/*
 * A quoted string or a token at s, into ret without its quotes and backslashes. Returns what is
 * behind it, NULL where it is malformed or too long.
 */
static const char *value_read(const char *s, char ret[CHALLENGE_VALUE_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	if (*s != '"') {
		n = token_len(s);
		if (!n || n >= CHALLENGE_VALUE_MAX)
			return NULL;
		memcpy(ret, s, n);
		ret[n] = '\0';
		return s + n;
	}
	for (s++; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		if (n + 1 >= CHALLENGE_VALUE_MAX)
			return NULL;
		ret[n++] = *s;
	}
	ret[n] = '\0';
	return *s == '"' ? s + 1 : NULL;
}

static bool word_is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

/*
 * Parameters behind a scheme, up to the next scheme or the end. A name that no "=" follows is the
 * next scheme. Returns where to go on; NULL where the rest can't be understood.
 */
static const char *challenge_params(const char *s, struct challenge *c)
{
	char value[CHALLENGE_VALUE_MAX];

	for (;;) {
		const char *name, *next;
		size_t len;

		s += strspn(s, " \t,");
		name = s;
		len = token_len(s);
		next = blanks(s + len);
		if (!len || *next != '=')
			return *s && !len ? NULL : s;
		next = value_read(blanks(next + 1), value);
		if (!next)
			return NULL;
		if (word_is(name, len, "realm"))
			memcpy(c->realm, value, sizeof(value));
		else if (word_is(name, len, "service"))
			memcpy(c->service, value, sizeof(value));
		s = next;
	}
}

/* "Negotiate abc==": behind the scheme stands one value instead of parameters. */
static const char *skip_token68(const char *s)
{
	size_t n = strspn(s, "-._~+/0123456789abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t pad = strspn(s + n, "=");
	const char *end = blanks(s + n + pad);

	return n && (!*end || *end == ',') ? end : s;
}

void challenge_parse(const char *value, struct challenge *ret)
{
	const char *s = value;

	while (s && *s) {
		struct challenge c = {.scheme = CHALLENGE_NONE};
		size_t len;

		s += strspn(s, " \t,");
		len = token_len(s);
		if (!len)
			return;
		if (word_is(s, len, "Bearer"))
			c.scheme = CHALLENGE_BEARER;
		else if (word_is(s, len, "Basic"))
			c.scheme = CHALLENGE_BASIC;
		s = challenge_params(skip_token68(blanks(s + len)), &c);
		if (c.scheme == CHALLENGE_BEARER && !c.realm[0])
			c.scheme = CHALLENGE_NONE;
		if (c.scheme > ret->scheme)
			*ret = c;
	}
}

/* ---- links ---- */

/* One parameter of a link: is it rel with the word "next"? Returns what is behind it, or NULL. */
static const char *link_param(const char *s, bool *next)
{
	char value[CHALLENGE_VALUE_MAX] = "";
	const char *name = blanks(s);
	size_t len = token_len(name);

	s = blanks(name + len);
	if (!len)
		return NULL;
	if (*s != '=')
		return s;
	s = value_read(blanks(s + 1), value);
	if (!s || !word_is(name, len, "rel"))
		return s;
	for (const char *w = value; *w;) {
		size_t n = strcspn(w, " ");

		if (word_is(w, n, "next"))
			*next = true;
		w += n;
		w += strspn(w, " ");
	}
	return s;
}

char *http_link_next(const char *value)
{
	const char *s = value;

	for (;;) {
		const char *target, *end;
		bool next = false;

		s += strspn(s, " \t,");
		if (*s != '<')
			return NULL;
		target = s + 1;
		end = strchr(target, '>');
		if (!end)
			return NULL;
		for (s = blanks(end + 1); s && *s == ';'; s = s ? blanks(s) : NULL)
			s = link_param(s + 1, &next);
		if (next && s)
			return xstrndup(target, (size_t)(end - target));
		if (!s || *s != ',')
			return NULL;
	}
}
