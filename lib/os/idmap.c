/* SPDX-License-Identifier: Apache-2.0 */
#include "os/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "os/caps.h"
#include "os/fd.h"
#include "os/idmap_user.h"
#include "os/process.h"

#define ID_FILE_MAX ((size_t)64 << 20) /* /etc/passwd and /etc/subuid of a large site */
#define ALL_IDS	    UINT32_MAX	       /* the id 4294967295 itself is invalid */

void id_maps_done(struct id_maps *m)
{
	if (!m)
		return;
	free(m->uid.ranges);
	free(m->gid.ranges);
	*m = (struct id_maps)ID_MAPS_INIT;
}

static void copy_map(struct id_map *dst, const struct id_map *src)
{
	*dst = (struct id_map){.ranges = NULL};
	for (size_t i = 0; i < src->n_ranges; i++)
		id_map_add(dst, src->ranges[i].inside, src->ranges[i].outside,
			   src->ranges[i].count);
}

void id_maps_copy(struct id_maps *dst, const struct id_maps *src)
{
	copy_map(&dst->uid, &src->uid);
	copy_map(&dst->gid, &src->gid);
	dst->need_helpers = src->need_helpers;
}

void id_map_add(struct id_map *m, uint32_t inside, uint32_t outside, uint32_t count)
{
	m->ranges = xreallocarray(m->ranges, m->n_ranges + 1, sizeof(*m->ranges));
	m->ranges[m->n_ranges++] =
		(struct id_range){.inside = inside, .outside = outside, .count = count};
}

bool id_map_to_outside(const struct id_map *m, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < m->n_ranges; i++) {
		const struct id_range *r = &m->ranges[i];

		if (inside >= r->inside && inside - r->inside < r->count) {
			*ret = r->outside + (inside - r->inside);
			return true;
		}
	}
	return false;
}

uint64_t id_map_size(const struct id_map *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n_ranges; i++)
		n += m->ranges[i].count;
	return n;
}

char *id_user_name(uid_t uid)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct passwd pw, *found = NULL;
	char strings[4096];
	char *rest, *line;

	/* The file first: asking the name service opens libraries, and the file mostly has the
	 * answer. */
	if (file_read_all(AT_FDCWD, "/etc/passwd", ID_FILE_MAX, &text, NULL) == 0 && text.data) {
		rest = text.data;
		while ((line = strsep(&rest, "\n"))) {
			const char *name = strsep(&line, ":");
			const char *id;
			uint64_t n;

			strsep(&line, ":");
			id = strsep(&line, ":");
			if (!str_empty(name) && id && parse_uint(id, UINT32_MAX, &n, NULL) == 0 &&
			    n == uid)
				return xstrdup(name);
		}
	}
	if (getpwuid_r(uid, &pw, strings, sizeof(strings), &found) == 0 && found)
		return xstrdup(pw.pw_name);
	return NULL;
}

/* Does [start, start + count) meet a range of m on the outside? */
static bool overlaps(const struct id_map *m, uint32_t start, uint32_t count)
{
	for (size_t i = 0; i < m->n_ranges; i++) {
		const struct id_range *r = &m->ranges[i];

		if ((uint64_t)start < (uint64_t)r->outside + r->count &&
		    (uint64_t)r->outside < (uint64_t)start + count)
			return true;
	}
	return false;
}

/*
 * Take "OWNER:START:COUNT" when it is the user's. Lines that say nothing sensible are passed over
 * as newuidmap does, and so is a range of ids that is named twice, which the kernel would refuse.
 */
static void subid_line(char *line, const char *name, uid_t uid, struct id_map *m)
{
	const char *owner = strsep(&line, ":");
	const char *start_text = strsep(&line, ":");
	const char *count_text = strsep(&line, ":");
	uint64_t owner_id, start, n;

	if (!count_text || line)
		return;
	if (!str_eq(owner, name) &&
	    (parse_uint(owner, UINT32_MAX, &owner_id, NULL) < 0 || owner_id != uid))
		return;
	if (parse_uint(start_text, UINT32_MAX, &start, NULL) < 0 ||
	    parse_uint(count_text, UINT32_MAX, &n, NULL) < 0)
		return;
	if (n == 0 || start + n > ALL_IDS || overlaps(m, (uint32_t)start, (uint32_t)n))
		return;
	/* One extent is the user itself. */
	if (m->n_ranges < IDMAP_MAX - 1)
		id_map_add(m, 0, (uint32_t)start, (uint32_t)n);
}

int subid_read(const char *file, const char *name, uid_t uid, struct id_map *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct id_map m = {.ranges = NULL};
	struct err ours = ERR_INIT;
	char *rest, *line;

	if (file_read_all(AT_FDCWD, file, ID_FILE_MAX, &text, &ours) < 0) {
		if (ours.sys != ENOENT) {
			if (err)
				*err = ours;
			return -1;
		}
		*ret = m;
		return 0;
	}
	rest = text.data;
	while ((line = strsep(&rest, "\n")))
		subid_line(line, name, uid, &m);
	*ret = m;
	return 0;
}

/* Read a map of /proc. */
static int read_proc_map(const char *file, struct id_map *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct id_map m = {.ranges = NULL};
	char *rest, *line;

	if (file_read_all(AT_FDCWD, file, ID_FILE_MAX, &text, err) < 0)
		return -1;
	rest = text.data;
	while ((line = strsep(&rest, "\n"))) {
		uint64_t n[3];
		size_t i = 0;

		while (line && i < ARRAY_SIZE(n)) {
			const char *field = strsep(&line, " \t");

			if (*field && parse_uint(field, UINT32_MAX, &n[i++], NULL) < 0)
				break;
		}
		if (i == ARRAY_SIZE(n))
			id_map_add(&m, (uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]);
	}
	*ret = m;
	return 0;
}

/* The map of /proc as seen from inside: every id that exists here, to itself. */
static int identity(const char *file, struct id_map *ret, struct err *err)
{
	if (read_proc_map(file, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n_ranges; i++)
		ret->ranges[i].outside = ret->ranges[i].inside;
	return 0;
}

/* Own id at 0, the subordinate ones behind. */
static void compose(struct id_map *ret, uint32_t own, const struct id_map *sub)
{
	uint64_t next = 1;

	id_map_add(ret, 0, own, 1);
	for (size_t i = 0; i < sub->n_ranges; i++) {
		const struct id_range *r = &sub->ranges[i];

		if (overlaps(ret, r->outside, r->count) || next + r->count > ALL_IDS)
			continue;
		id_map_add(ret, (uint32_t)next, r->outside, r->count);
		next += r->count;
	}
}

bool id_helpers_available(void)
{
	_cleanup_free_ char *uid_helper = spawn_lookup("newuidmap");
	_cleanup_free_ char *gid_helper = uid_helper ? spawn_lookup("newgidmap") : NULL;

	return uid_helper && gid_helper;
}

/* Why the helpers could not map more than one id; NULL when they can be tried. */
static const char *helpers_refused(void)
{
	if (!id_helpers_available())
		return "newuidmap and newgidmap are not installed (apt install uidmap)";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "no_new_privs is set, so that newuidmap and newgidmap have no privilege";
	return NULL;
}

int id_maps_for_user(const char *subuid, const char *subgid, struct id_maps *ret,
		     const char **ret_why, struct err *err)
{
	struct id_map uids = {.ranges = NULL};
	struct id_map gids = {.ranges = NULL};
	_cleanup_free_ char *name = id_user_name(geteuid());
	struct id_maps m = ID_MAPS_INIT;
	const char *why = NULL;
	int r = -1;

	if (subid_read(subuid, name, geteuid(), &uids, err) < 0 ||
	    subid_read(subgid, name, geteuid(), &gids, err) < 0)
		goto out;
	if (!uids.n_ranges)
		why = "the user has no subordinate ids in /etc/subuid";
	else if (!gids.n_ranges)
		why = "the user has no subordinate ids in /etc/subgid";
	else
		why = helpers_refused();
	if (why)
		uids.n_ranges = gids.n_ranges = 0;
	compose(&m.uid, geteuid(), &uids);
	compose(&m.gid, getegid(), &gids);
	m.need_helpers = !why;
	*ret = m;
	if (ret_why)
		*ret_why = why;
	r = 0;
out:
	free(uids.ranges);
	free(gids.ranges);
	return r;
}

int id_maps_current_user(struct id_maps *ret, const char **ret_why, struct err *err)
{
	const uint64_t need = CAP_BIT(6) | CAP_BIT(7); /* CAP_SETGID, CAP_SETUID */
	struct id_maps m = ID_MAPS_INIT;

	if (geteuid() != 0 || (cap_current() & need) != need)
		return id_maps_for_user("/etc/subuid", "/etc/subgid", ret, ret_why, err);
	if (identity("/proc/self/uid_map", &m.uid, err) < 0 ||
	    identity("/proc/self/gid_map", &m.gid, err) < 0) {
		id_maps_done(&m);
		return -1;
	}
	*ret = m;
	if (ret_why)
		*ret_why = NULL;
	return 0;
}
