/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NULL-terminated vectors of strings (the shape of argv and environ), and string helpers that work
 * on slices of text. A NULL vector is an empty one.
 */
#ifndef ONGGI_BASE_STRV_H
#define ONGGI_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define strv_foreach(it, v) for (char *const *it = (v); it && *it; it++)
#define ARRAY_SIZE(a)	    (sizeof(a) / sizeof((a)[0]))

/* Number of strings. */
size_t strv_len(char *const *v);
/* Release the vector and its strings. */
void strv_free(char **v);
/* Append a copy of s to *v, which may be NULL. */
void strv_add(char ***v, const char *s);
/* Append s itself: the vector owns it now. */
void strv_take(char ***v, char *s);
/* Deep copy; NULL gives an empty vector. */
char **strv_dup(char *const *v);
/* Is s one of the strings? */
bool strv_has(char *const *v, const char *s);
/* Split at each sep; empty fields are kept; "" gives one empty string. The caller strv_free()s. */
char **strv_split(const char *s, char sep);
/* The strings joined by sep, to be freed. */
char *strv_join(char *const *v, const char *sep);

/* For _cleanup_strv_ only. */
static inline void cleanup_strvp(char ***v)
{
	strv_free(*v);
}
#define _cleanup_strv_ __attribute__((cleanup(cleanup_strvp)))

/* Both NULL, or equal. */
bool str_eq(const char *a, const char *b);
/* Does s start with prefix? If so, and ret_rest is not NULL, it points behind it. */
bool str_prefix(const char *s, const char *prefix, const char **ret_rest);
/* Does s end with suffix? */
bool str_suffix(const char *s, const char *suffix);
/* NULL or "". */
bool str_empty(const char *s);
/* Value of NAME in a "NAME=value" vector, NULL where absent. The first of several counts. */
const char *env_get(char *const *env, const char *name);
/* Copy at most size - 1 bytes and terminate; returns false when src did not fit. */
bool str_copy(char *dst, size_t size, const char *src);
/*
 * The candidate nearest to word by edit distance, NULL when none is near enough to be meant (more
 * than a third of its letters differ). For "did you mean".
 */
const char *str_nearest(const char *word, const char *const *candidates, size_t count);

#endif
