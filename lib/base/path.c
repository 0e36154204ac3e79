/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <limits.h>
#include <string.h>

#include "base/alloc.h"

bool path_is_abs(const char *p)
{
	return p[0] == '/';
}

char *path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	while (*name == '/')
		name++;
	return xasprintf("%.*s/%s", (int)n, dir, name);
}

const char *path_next(const char **p, size_t *ret_len)
{
	const char *s = *p + strspn(*p, "/");

	if (!*s) {
		*p = s;
		return NULL;
	}
	*ret_len = strcspn(s, "/");
	*p = s + *ret_len;
	return s;
}

static bool is_dot(const char *s, size_t len)
{
	return len == 1 && s[0] == '.';
}

static bool is_dotdot(const char *s, size_t len)
{
	return len == 2 && s[0] == '.' && s[1] == '.';
}

char *path_clean(const char *p)
{
	/* Never longer than the input with a slash before it. */
	char *out = xalloc(strlen(p) + 2);
	size_t len, n = 0;
	const char *s;

	while ((s = path_next(&p, &len))) {
		if (is_dot(s, len))
			continue;
		if (is_dotdot(s, len)) {
			while (n > 0 && out[--n] != '/')
				;
			continue;
		}
		out[n++] = '/';
		memcpy(out + n, s, len);
		n += len;
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

bool path_below(const char *p, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1 && dir[0] == '/')
		return path_is_abs(p);
	return strncmp(p, dir, n) == 0 && (p[n] == '\0' || p[n] == '/');
}

const char *path_base(const char *p)
{
	const char *slash = strrchr(p, '/');

	return slash ? slash + 1 : p;
}

char *path_dir(const char *p)
{
	size_t n = strlen(p);

	while (n > 0 && p[n - 1] == '/')
		n--;
	if (n == 0)
		return xstrdup(p[0] == '/' ? "/" : ".");
	while (n > 0 && p[n - 1] != '/')
		n--;
	if (n == 0)
		return xstrdup(".");
	while (n > 0 && p[n - 1] == '/')
		n--;
	return n == 0 ? xstrdup("/") : xstrndup(p, n);
}

bool path_has_dotdot(const char *p)
{
	const char *s;
	size_t len;

	while ((s = path_next(&p, &len)))
		if (is_dotdot(s, len))
			return true;
	return false;
}

bool path_is_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= NAME_MAX && !is_dot(s, n) && !is_dotdot(s, n) && !strchr(s, '/');
}
