/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/device_string.h"

#include <ctype.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"

#define FORM "HOST[:CONTAINER[:PERMISSIONS]] or VENDOR/CLASS=NAME"

/* Each of r, w and m at most once, at least one. */
static bool access_valid(const char *s)
{
	bool seen[256] = {false};

	for (const char *c = s; *c; c++) {
		if (!strchr("rwm", *c) || seen[(unsigned char)*c])
			return false;
		seen[(unsigned char)*c] = true;
	}
	return *s != '\0';
}

/* A name of the Container Device Interface: "vendor.com/class=name". */
static bool is_cdi(const char *s)
{
	const char *slash = strchr(s, '/');
	const char *equals = slash ? strchr(slash, '=') : NULL;

	if (!isalpha((unsigned char)*s) || !equals || equals == slash + 1 || !equals[1])
		return false;
	for (const char *c = s; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-/=:", *c))
			return false;
	return !strchr(slash + 1, '/');
}

static char *clean(struct arena *a, const char *path)
{
	_cleanup_free_ char *p = path_clean(path);

	return arena_strdup(a, p);
}

int device_parse(struct arena *a, const char *s, struct device_request *ret, struct err *err)
{
	_cleanup_strv_ char **parts = strv_split(s, ':');
	const char *container, *access;
	size_t n = strv_len(parts);

	if (is_cdi(s)) {
		*ret = (struct device_request){.host = arena_strdup(a, s),
					       .container = NULL,
					       .access = arena_strdup(a, "rwm"),
					       .cdi = true};
		return 0;
	}
	if (n > 3 || !path_is_abs(parts[0]))
		return err_set(err, ERR_INVALID, "invalid device '%.256s': expected " FORM, s);
	container = n > 1 ? parts[1] : parts[0];
	access = n > 2 ? parts[2] : "rwm";
	/* Docker's short form: HOST:PERMISSIONS. */
	if (n == 2 && access_valid(parts[1])) {
		container = parts[0];
		access = parts[1];
	}
	if (!path_is_abs(container))
		return err_set(err, ERR_INVALID,
			       "invalid device '%.256s': '%.128s' is neither an absolute path nor "
			       "permissions of r, w and m",
			       s, container);
	if (!access_valid(access))
		return err_set(
			err, ERR_INVALID,
			"invalid device '%.256s': permissions '%.32s' are refused, expected some "
			"of r, w and m",
			s, access);
	*ret = (struct device_request){.host = clean(a, parts[0]),
				       .container = clean(a, container),
				       .access = arena_strdup(a, access)};
	return 0;
}
