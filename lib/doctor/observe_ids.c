/* SPDX-License-Identifier: Apache-2.0 */
/* Subordinate ids, the helpers that map them, and whether they do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/idmap_user.h"
#include "os/process.h"

#define FILE_MAX      ((size_t)64 << 20)
#define RANGE	      65536u
#define RANGES_MAX    100000 /* lines that are looked at */
#define SETUID_HELPER 04000u

/* "OWNER:START:COUNT"; false for what says nothing sensible. Cuts the line. */
static bool parse_line(char *line, char **ret_owner, uint32_t *ret_start, uint32_t *ret_count)
{
	char *owner = strsep(&line, ":"), *start = strsep(&line, ":"), *count = strsep(&line, ":");
	uint64_t s, n;

	if (!count || line || parse_uint(start, UINT32_MAX, &s, NULL) < 0 ||
	    parse_uint(count, UINT32_MAX, &n, NULL) < 0 || n == 0 || s + n > UINT32_MAX)
		return false;
	*ret_owner = owner;
	*ret_start = (uint32_t)s;
	*ret_count = (uint32_t)n;
	return true;
}

static bool is_ours(const char *owner, const struct observe_user *u)
{
	uint64_t id;

	return (*u->name && str_eq(owner, u->name)) ||
	       (parse_uint(owner, UINT32_MAX, &id, NULL) == 0 && id == u->uid);
}

/* Note the first range of somebody else's that meets one of ours. */
static void compare(const struct id_map *ours, const struct id_range *r, const char *owner,
		    struct observe_subids *ret)
{
	for (size_t i = 0; i < ours->n_ranges && !*ret->other; i++) {
		const struct id_range *o = &ours->ranges[i];

		if ((uint64_t)o->outside + o->count <= r->outside ||
		    (uint64_t)r->outside + r->count <= o->outside)
			continue;
		str_copy(ret->other, sizeof(ret->other), owner);
		ret->other_start = r->outside;
		ret->other_count = r->count;
		ret->shared_start = o->outside;
		ret->shared_count = o->count;
	}
}

/* Behind every range of anybody's. */
static uint32_t first_free(const struct id_map *all)
{
	uint64_t end = OBSERVE_FREE_ID_MIN;

	for (size_t i = 0; i < all->n_ranges; i++) {
		uint64_t e = (uint64_t)all->ranges[i].outside + all->ranges[i].count;

		end = e > end ? e : end;
	}
	return end + RANGE < UINT32_MAX ? (uint32_t)end : 0;
}

static void see_file(const char *file, const struct observe_user *u, struct observe_subids *ret)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;
	struct id_map ours = {.ranges = NULL}, others = {.ranges = NULL};
	struct err err = ERR_INIT;

	if (subid_read(file, *u->name ? u->name : NULL, u->uid, &ours, &err) < 0 ||
	    file_read_all(AT_FDCWD, file, FILE_MAX, &text, &err) < 0)
		ret->read_errno = err.sys;
	ret->exists = ret->read_errno != ENOENT;
	ret->count = id_map_size(&ours);
	ret->start = ours.n_ranges ? ours.ranges[0].outside : 0;
	lines = strv_split(buf_str(&text), '\n');
	for (size_t i = 0; lines[i] && i < RANGES_MAX; i++) {
		struct id_range r = {.inside = 0};
		char *owner;

		if (!parse_line(lines[i], &owner, &r.outside, &r.count))
			continue;
		id_map_add(&others, 0, r.outside, r.count);
		if (!is_ours(owner, u))
			compare(&ours, &r, owner, ret);
	}
	ret->free = first_free(&others);
	free(ours.ranges);
	free(others.ranges);
}

/* The same 65536 ids for users and groups: what useradd does, and easier to read. */
static void align_free(struct observe_subids *a, struct observe_subids *b)
{
	uint32_t both = a->free > b->free ? a->free : b->free;

	a->free = b->free = a->free && b->free ? both : 0;
}

static void see_helper(const char *name, struct observe_helper *ret)
{
	_cleanup_free_ char *path = spawn_lookup(name);
	_cleanup_free_ char *real = path ? realpath(path, NULL) : NULL;
	char type[OBSERVE_WORD];
	struct statvfs fs;
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return;
	str_copy(ret->path, sizeof(ret->path), real);
	ret->root_owned = st.st_uid == 0;
	ret->setuid = st.st_mode & SETUID_HELPER;
	ret->file_caps = getxattr(real, "security.capability", NULL, 0) > 0;
	ret->nosuid = statvfs(real, &fs) == 0 && (fs.f_flag & ST_NOSUID);
	if (ret->nosuid)
		observe_mount(real, ret->mount, type);
}

/* Source of subordinate ids by "subid: sss" of nsswitch.conf. */
static void see_name_service(struct observe_ids *ids)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;

	if (file_read_all(AT_FDCWD, "/etc/nsswitch.conf", FILE_MAX, &text, NULL) < 0)
		return;
	lines = strv_split(buf_str(&text), '\n');
	strv_foreach (line, lines) {
		const char *value;

		if (!str_prefix(*line, "subid:", &value))
			continue;
		value += strspn(value, " \t");
		if (!str_prefix(value, "files", NULL))
			str_copy(ids->name_service, sizeof(ids->name_service), value);
		ids->name_service[strcspn(ids->name_service, " \t")] = '\0';
	}
}

static int nothing(void *arg, int channel, struct err *err)
{
	(void)arg;
	(void)channel;
	(void)err;
	return 0;
}

/* Map the ids as a container would. */
static void try_map(struct observe_ids *ids)
{
	struct id_maps maps = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	const char *why = NULL;
	const struct userns_call call = {.maps = &maps, .join_fd = -1, .fn = nothing};

	if (id_maps_current_user(&maps, &why, &err) < 0 || why)
		return;
	ids->map_errno = userns_run(&call, &err) == 0 ? 0 : err.sys ? err.sys : EIO;
	str_copy(ids->map_error, sizeof(ids->map_error), err.text);
	id_maps_done(&maps);
}

void observe_ids(const struct observe_request *r, struct observations *o)
{
	struct observe_ids *ids = &o->ids;

	(void)r;
	ids->map_errno = OBSERVE_NOT_TRIED;
	see_file("/etc/subuid", &o->user, &ids->uid);
	see_file("/etc/subgid", &o->user, &ids->gid);
	align_free(&ids->uid, &ids->gid);
	see_name_service(ids);
	see_helper("newuidmap", &ids->newuidmap);
	see_helper("newgidmap", &ids->newgidmap);
	if (o->user.rootless)
		try_map(ids);
}
