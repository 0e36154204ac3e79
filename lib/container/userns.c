/* SPDX-License-Identifier: Apache-2.0 */
/* --userns: how ids inside relate to ids outside. */
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/strv.h"
#include "container/config.h"

void container_userns_done(struct container_userns *u)
{
	id_maps_done(&u->maps);
}

/* "keep-id:uid=1000,gid=1000". */
static int parse_keep_id(const char *rest, struct container_userns *u, struct err *err)
{
	_cleanup_strv_ char **parts = NULL;

	u->keep_id = true;
	u->keep_uid = geteuid();
	u->keep_gid = getegid();
	if (!*rest)
		return 0;
	parts = strv_split(rest + 1, ',');
	strv_foreach (p, parts) {
		const char *value;
		uint64_t n;

		if (str_prefix(*p, "uid=", &value)) {
			if (parse_uint(value, UINT32_MAX - 1, &n, err))
				return -1;
			u->keep_uid = (uint32_t)n;
		} else if (str_prefix(*p, "gid=", &value)) {
			if (parse_uint(value, UINT32_MAX - 1, &n, err))
				return -1;
			u->keep_gid = (uint32_t)n;
		} else {
			return err_set(err, ERR_INVALID,
				       "'%s' is not known; accepted are uid=N and gid=N", *p);
		}
	}
	return 0;
}

void container_userns_keep(struct id_map *m, uint32_t keep)
{
	struct id_map out = {.ranges = NULL};
	uint32_t inside = 0;

	for (size_t i = 1; i < m->n_ranges; i++) {
		uint32_t left = m->ranges[i].count, outside = m->ranges[i].outside;

		while (left) {
			uint32_t n = left;

			if (inside == keep)
				inside++;
			if (inside < keep && inside + n > keep)
				n = keep - inside;
			id_map_add(&out, inside, outside, n);
			inside += n;
			outside += n;
			left -= n;
		}
	}
	id_map_add(&out, keep, m->ranges[0].outside, 1);
	free(m->ranges);
	*m = out;
}

/* Without subordinate ids there is no id left for root when the user's own is not 0 inside. */
static bool keeps_root_only(const struct id_map *m, uint32_t keep)
{
	return m->n_ranges < 2 && keep != 0;
}

static int keep_ids(struct container_userns *u, const char *mode, struct err *err)
{
	if (keeps_root_only(&u->maps.uid, u->keep_uid) ||
	    keeps_root_only(&u->maps.gid, u->keep_gid)) {
		err_set(err, ERR_UNSUPPORTED,
			"--userns '%s': only one id is mapped (%s), and root in the container "
			"needs it",
			mode, u->why_single ? u->why_single : "users or groups have no others");
		return err_hint(err, "leave --userns out: root in the container is you already "
				     "(onggi doctor subordinate-ids)");
	}
	container_userns_keep(&u->maps.uid, u->keep_uid);
	container_userns_keep(&u->maps.gid, u->keep_gid);
	return 0;
}

int container_userns_decide(const char *mode, bool rootless, struct container_userns *ret,
			    struct err *err)
{
	struct container_userns u = {.separate = rootless};
	const char *rest = NULL;

	if (mode && str_prefix(mode, "keep-id", &rest) && (!*rest || *rest == ':')) {
		if (parse_keep_id(rest, &u, err))
			return err_ctx(err, "--userns '%s'", mode);
	} else if (!str_empty(mode) && !str_eq(mode, "host")) {
		return err_set(err, ERR_INVALID,
			       "--userns '%s': expected host or keep-id[:uid=N,gid=N]", mode);
	}
	if (!rootless && u.keep_id) {
		err_set(err, ERR_UNSUPPORTED,
			"--userns %s: root needs no user namespace to keep its ids", mode);
		return err_hint(err, "run onggi as an ordinary user, or leave --userns out");
	}
	if (rootless && id_maps_current_user(&u.maps, &u.why_single, err))
		return -1;
	if (u.keep_id && keep_ids(&u, mode, err)) {
		container_userns_done(&u);
		return -1;
	}
	*ret = u;
	return 0;
}
