/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"

/* Longer words are not typed by hand. */
#define NEAREST_MAX 64
/* So many letters of a longer word are enough to mean it. */
#define NEAREST_PREFIX 3

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

void strv_free(char **v)
{
	for (size_t i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}

void strv_add(char ***v, const char *s)
{
	strv_take(v, xstrdup(s));
}

void strv_take(char ***v, char *s)
{
	size_t n = strv_len(*v);

	*v = xreallocarray(*v, n + 2, sizeof(**v));
	(*v)[n] = s;
	(*v)[n + 1] = NULL;
}

char **strv_dup(char *const *v)
{
	size_t n = strv_len(v);
	char **copy = xcalloc(n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(v[i]);
	return copy;
}

bool strv_has(char *const *v, const char *s)
{
	strv_foreach (it, v)
		if (strcmp(*it, s) == 0)
			return true;
	return false;
}

char **strv_split(const char *s, char sep)
{
	size_t n = 1, i = 0;
	const char *end;
	char **v;

	for (const char *p = s; *p; p++)
		n += *p == sep;
	v = xcalloc(n + 1, sizeof(*v));
	for (; (end = strchr(s, sep)) && i + 1 < n; s = end + 1)
		v[i++] = xstrndup(s, (size_t)(end - s));
	v[i] = xstrdup(s);
	return v;
}

char *strv_join(char *const *v, const char *sep)
{
	size_t total = 1, sep_len = strlen(sep), n;
	char *s, *p;

	strv_foreach (it, v)
		total += strlen(*it) + sep_len;
	s = p = xalloc(total);
	strv_foreach (it, v) {
		if (it != v) {
			memcpy(p, sep, sep_len);
			p += sep_len;
		}
		n = strlen(*it);
		memcpy(p, *it, n);
		p += n;
	}
	return s;
}

bool str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool str_prefix(const char *s, const char *prefix, const char **ret_rest)
{
	size_t n = strlen(prefix);

	if (strncmp(s, prefix, n) != 0)
		return false;
	if (ret_rest)
		*ret_rest = s + n;
	return true;
}

bool str_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_empty(const char *s)
{
	return !s || !*s;
}

const char *env_get(char *const *env, const char *name)
{
	const char *rest;

	strv_foreach (it, env)
		if (str_prefix(*it, name, &rest) && *rest == '=')
			return rest + 1;
	return NULL;
}

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);
	bool fits = n < size;

	if (size == 0)
		return false;
	if (!fits)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Damerau-Levenshtein distance in its optimal string alignment form: insertions, deletions, changes
 * and swaps of neighbours cost one each. Both at most NEAREST_MAX letters, any case.
 */
static unsigned edit_distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned rows[3][NEAREST_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2], *spare;

	memset(before, 0, sizeof(rows[0]));
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);
			unsigned cost = ca != cb;

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    tolower((unsigned char)a[i - 2]) == cb && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[m];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t n = strlen(word);
	unsigned best = NEAREST_MAX;
	const char *nearest = NULL;

	if (n == 0 || n > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t m = strlen(candidates[i]);
		unsigned d;

		if (m > NEAREST_MAX)
			continue;
		d = edit_distance(word, n, candidates[i], m);
		/* A word left unfinished is as near as one slip. */
		if (d > 1 && n >= NEAREST_PREFIX && strncasecmp(word, candidates[i], n) == 0)
			d = 1;
		else if (3 * (size_t)d > (n > m ? n : m))
			continue;
		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
