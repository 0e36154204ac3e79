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

/* Only the subordinate ids, from 0 on. */
static void drop_self(struct id_map *m)
{
	struct id_map out = {.ranges = NULL};

	for (size_t i = 1; i < m->n_ranges; i++)
		id_map_add(&out, m->ranges[i].inside - 1, m->ranges[i].outside, m->ranges[i].count);
	free(m->ranges);
	*m = out;
}

/* Root keeps its ids anyway. */
static int decide_for_root(const char *mode, bool plain, struct err *err)
{
	if (plain)
		return 0;
	err_set(err, ERR_UNSUPPORTED, "--userns %s: root needs no user namespace to keep its ids",
		mode);
	return err_hint(err, "run onggi as an ordinary user, or leave --userns out");
}

static int refuse_nomap(const char *why, struct err *err)
{
	err_set(err, ERR_UNSUPPORTED,
		"--userns nomap: there are no subordinate ids to map instead (%s)", why);
	return err_hint(
		err, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER");
}

/* The maps of the calling user, rearranged for the mode. */
static int decide_for_user(bool nomap, struct container_userns *u, struct err *err)
{
	if (id_maps_current_user(&u->maps, &u->why_single, err))
		return -1;
	if (nomap && u->why_single) {
		container_userns_done(u);
		return refuse_nomap(u->why_single, err);
	}
	if (u->keep_id) {
		container_userns_keep(&u->maps.uid, u->keep_uid);
		container_userns_keep(&u->maps.gid, u->keep_gid);
	} else if (nomap) {
		drop_self(&u->maps.uid);
		drop_self(&u->maps.gid);
	}
	return 0;
}

int container_userns_decide(const char *mode, bool rootless, struct container_userns *ret,
			    struct err *err)
{
	struct container_userns u = {.separate = rootless};
	const char *rest = NULL;
	bool nomap = str_eq(mode, "nomap");

	if (str_prefix(mode, "keep-id", &rest) && (!*rest || *rest == ':')) {
		if (parse_keep_id(rest, &u, err))
			return err_ctx(err, "--userns '%s'", mode);
	} else if (!str_empty(mode) && !nomap && !str_eq(mode, "host")) {
		return err_set(err, ERR_INVALID,
			       "--userns '%s': expected host, keep-id[:uid=N,gid=N] or nomap",
			       mode);
	}
	if (rootless ? decide_for_user(nomap, &u, err)
		     : decide_for_root(mode, !u.keep_id && !nomap, err))
		return -1;
	*ret = u;
	return 0;
}
