/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/mount_string.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/strv.h"
#include "oci/mount_options.h"

#define VOLUME_NAME_MAX 255
#define SHOWN_MAX	256 /* bytes of the refused string that an error echoes */

/* "." and ".." alone are paths too, as for docker's client. */
static bool is_host_path(const char *s)
{
	return *s == '/' || *s == '.' || *s == '~';
}

static int check_volume_name(const char *s, struct err *err)
{
	size_t len = strlen(s);
	bool good = len > 0 && len <= VOLUME_NAME_MAX && isalnum((unsigned char)s[0]);

	for (size_t i = 0; good && i < len; i++)
		good = isalnum((unsigned char)s[i]) || strchr("_.-", s[i]);
	if (good)
		return 0;
	(void)err_set(
		err, ERR_INVALID,
		"'%.128s' is no volume name, expected letters, digits, '_', '.' and '-'; a host "
		"path begins with '/', './', '../' or '~'",
		s);
	return len ? err_hint(err, "use './%.128s' for a path below the current directory", s) : -1;
}

/* Replace the target by its clean form. */
static int finish_target(struct mount_parse *p, struct err *err)
{
	char *target = p->request.target;
	_cleanup_free_ char *clean = NULL;

	if (str_empty(target))
		return err_set(err, ERR_INVALID, "the path in the container is missing");
	if (!path_is_abs(target))
		return err_set(err, ERR_INVALID,
			       "the path in the container, '%.128s', must be absolute", target);
	clean = path_clean(target);
	if (strcmp(clean, "/") == 0)
		return err_set(err, ERR_INVALID,
			       "the path in the container can't be '/', which is the image's");
	p->request.target = arena_strdup(p->arena, clean);
	return 0;
}

static int apply_list(struct mount_parse *p, const char *list, struct err *err)
{
	_cleanup_strv_ char **options = strv_split(list, ',');

	strv_foreach (option, options)
		if (mount_option_apply(p, *option, err) < 0)
			return -1;
	return 0;
}

static int parse_volume(struct mount_parse *p, char **parts, size_t n, struct err *err)
{
	struct mount_request *r = &p->request;

	if (n > 3 || !*parts[0])
		return err_set(err, ERR_INVALID, "expected [SOURCE:]TARGET[:OPTIONS]");
	r->kind = MOUNT_VOLUME;
	r->target = parts[n > 1 ? 1 : 0];
	if (n > 1) {
		r->source = arena_strdup(p->arena, parts[0]);
		if (is_host_path(r->source))
			r->kind = MOUNT_BIND;
		else if (check_volume_name(r->source, err) < 0)
			return -1;
	}
	if (finish_target(p, err) < 0)
		return -1;
	if (n > 2 && !*parts[2])
		return err_set(err, ERR_INVALID, "the options behind the second ':' are missing");
	return n > 2 ? apply_list(p, parts[2], err) : 0;
}

int mount_parse_volume(struct arena *a, const char *s, struct mount_request *ret, struct err *err)
{
	struct mount_parse p = {.arena = a, .form = MOUNT_FORM_VOLUME};
	_cleanup_strv_ char **parts = strv_split(s, ':');

	if (parse_volume(&p, parts, strv_len(parts), err) < 0)
		return err_ctx(err, "invalid volume '%.*s'", SHOWN_MAX, s);
	*ret = p.request;
	return 0;
}

static int parse_tmpfs(struct mount_parse *p, const char *s, struct err *err)
{
	const char *colon = strchr(s, ':');

	p->request.kind = MOUNT_TMPFS;
	p->request.target = arena_strndup(p->arena, s, colon ? (size_t)(colon - s) : strlen(s));
	if (finish_target(p, err) < 0)
		return -1;
	/* Docker takes "--tmpfs /run:" for one without options. */
	return colon && colon[1] ? apply_list(p, colon + 1, err) : 0;
}

int mount_parse_tmpfs(struct arena *a, const char *s, struct mount_request *ret, struct err *err)
{
	struct mount_parse p = {.arena = a, .form = MOUNT_FORM_TMPFS};

	if (parse_tmpfs(&p, s, err) < 0)
		return err_ctx(err, "invalid tmpfs '%.*s'", SHOWN_MAX, s);
	*ret = p.request;
	return 0;
}

/* One field of a CSV record (RFC 4180) from *s, which moves behind it and its comma; NULL at the
 * end. */
static int csv_field(const char **s, struct buf *out, struct err *err)
{
	const char *c = *s;

	if (*c != '"') {
		size_t len = strcspn(c, ",");

		if (memchr(c, '"', len))
			return err_set(err, ERR_INVALID,
				       "a quote stands inside a field, quote the whole field: "
				       "\"src=/a,b\"");
		buf_add(out, c, len);
		c += len;
	} else {
		for (c++; *c != '"' || c[1] == '"'; c++) {
			if (!*c)
				return err_set(err, ERR_INVALID, "a quote is not closed");
			buf_addc(out, *c);
			if (*c == '"')
				c++;
		}
		c++;
		if (*c && *c != ',')
			return err_set(err, ERR_INVALID, "text follows a closing quote");
	}
	*s = *c ? c + 1 : NULL;
	return 0;
}

static int csv_split(const char *s, char ***ret, struct err *err)
{
	_cleanup_strv_ char **fields = NULL;

	while (s) {
		_cleanup_(buf) struct buf field = BUF_INIT;

		if (csv_field(&s, &field, err) < 0)
			return -1;
		strv_take(&fields, buf_take(&field));
	}
	*ret = ptr_take(fields);
	return 0;
}

/* type= decides which keys there are, wherever it stands. Docker's default is a volume. */
static int find_kind(char *const *fields, enum mount_kind *ret, struct err *err)
{
	const char *type = NULL;

	strv_foreach (field, fields) {
		const char *value;

		if (!str_prefix(*field, "type=", &value))
			continue;
		if (type)
			return err_set(err, ERR_INVALID, "option 'type' is given twice");
		type = value;
	}
	if (!type) {
		*ret = MOUNT_VOLUME;
		return 0;
	}
	return mount_kind_parse(type, ret, err);
}

static int check_source(struct mount_request *r, struct err *err)
{
	switch (r->kind) {
	case MOUNT_BIND:
		r->must_exist = true;
		if (str_empty(r->source))
			return err_set(err, ERR_INVALID, "type=bind needs src=PATH");
		break;
	case MOUNT_VOLUME:
		if (str_empty(r->source)) {
			r->source = NULL;
			break;
		}
		if (is_host_path(r->source)) {
			(void)err_set(err, ERR_INVALID, "'%.128s' is a path, not a volume's name",
				      r->source);
			return err_hint(err, "use type=bind for a path of the host");
		}
		return check_volume_name(r->source, err);
	default:
		break;
	}
	return 0;
}

static int parse_long(struct mount_parse *p, char *const *fields, struct err *err)
{
	struct mount_request *r = &p->request;

	if (find_kind(fields, &r->kind, err) < 0)
		return -1;
	strv_foreach (field, fields)
		if (mount_option_apply(p, *field, err) < 0)
			return -1;
	if (finish_target(p, err) < 0 || check_source(r, err) < 0)
		return -1;
	if (r->recursive_readonly && !r->readonly)
		return err_set(err, ERR_INVALID, "bind-recursive=readonly needs readonly");
	return 0;
}

int mount_parse_long(struct arena *a, const char *s, struct mount_request *ret, struct err *err)
{
	struct mount_parse p = {.arena = a, .form = MOUNT_FORM_LONG};
	_cleanup_strv_ char **fields = NULL;

	if (csv_split(s, &fields, err) < 0 || parse_long(&p, fields, err) < 0)
		return err_ctx(err, "invalid mount '%.*s'", SHOWN_MAX, s);
	*ret = p.request;
	return 0;
}
