/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lexical paths: nothing here touches a file system. Opening a path below a root that somebody else
 * controls is os/rooted.h's business.
 */
#ifndef ONGGI_BASE_PATH_H
#define ONGGI_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Absolute? */
bool path_is_abs(const char *p);
/* dir + "/" + name with exactly one slash between; to be freed. */
char *path_join(const char *dir, const char *name);
/*
 * The path as if seen from a root: absolute, without ".", "..", doubled or trailing slashes; ".."
 * stops at the root. "a/../../b" gives "/b". To be freed.
 */
char *path_clean(const char *p);
/* Is p equal to dir or below it? Both clean and absolute. */
bool path_below(const char *p, const char *dir);
/* The part behind the last slash (points into p); "" for a path that ends in a slash. */
const char *path_base(const char *p);
/* The part before the last slash, to be freed; "." or "/" as dirname(3). */
char *path_dir(const char *p);
/*
 * Next component of *p, skipping slashes: returns its start and sets *ret_len, moves *p behind it;
 * NULL at the end. Does not judge "." and "..".
 */
const char *path_next(const char **p, size_t *ret_len);
/* Has the path a ".." component? */
bool path_has_dotdot(const char *p);
/* May s be a single file name: not empty, ".", "..", no slash, at most 255 bytes? */
bool path_is_name(const char *s);

#endif
