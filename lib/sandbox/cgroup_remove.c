/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing what a dead container left: by its record, or by its id alone where the supervisor was
 * killed before the record named the cgroups.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

/* A record is a file: nothing but a directory below the mount is believed. */
static bool is_removable(const char *path)
{
	return path_below(path, CGROUP_MOUNT) && !str_eq(path, CGROUP_MOUNT) &&
	       !path_has_dotdot(path);
}

/* True when there was such a directory. */
static bool remove_dir(const char *path)
{
	if (access(path, F_OK) < 0)
		return false;
	cgroup_kill_dir(path, NULL);
	cgroup_rmdir(path);
	return true;
}

void cgroup_remove_paths(char *const *paths)
{
	bool seen = false;

	strv_foreach (p, paths) {
		const char *scope;
		_cleanup_free_ char *bus = NULL;

		if (is_removable(*p)) {
			seen = true;
			remove_dir(*p);
		} else if (!seen && str_prefix(*p, CGROUP_SCOPE_PREFIX, &scope)) {
			/* The scope was being made when its maker died: systemd knows where it is.
			 */
			bus = cgroup_systemd_bus();
			if (bus)
				cgroup_systemd_stop(bus, scope);
		}
	}
}

/* One hierarchy of v1: at its top, or below the caller's own group (cgroup_v1.c). */
static void remove_v1(const char *controller, const char *own, const char *id)
{
	_cleanup_free_ char *top = xasprintf(CGROUP_MOUNT "/%s/" CGROUP_OURS "/%s", controller, id);
	_cleanup_free_ char *below =
		xasprintf(CGROUP_MOUNT "/%s%s/" CGROUP_OURS "/%s", controller, own, id);

	remove_dir(top);
	if (!str_eq(own, "/") && !path_has_dotdot(own))
		remove_dir(below);
}

/* Each directory from the caller's own group up can have been the parent (cgroup_probe.c). */
static void remove_v2(const char *own, const char *id)
{
	_cleanup_free_ char *top = xasprintf(CGROUP_MOUNT "/" CGROUP_OURS "/%s", id);
	_cleanup_free_ char *dir = path_join(CGROUP_MOUNT, own);

	remove_dir(top);
	while (is_removable(dir)) {
		_cleanup_free_ char *up = path_dir(dir);
		_cleanup_free_ char *leaf = xasprintf("%s/" CGROUP_OURS "-%s", up, id);

		remove_dir(leaf);
		free(dir);
		dir = ptr_take(up);
	}
}

/* A scope whose directory is still there: systemd is asked only then. */
static void remove_scope(const char *id)
{
	_cleanup_free_ char *scope = xasprintf(CGROUP_OURS "-%s.scope", id);
	_cleanup_free_ char *dir = NULL, *bus = NULL;

	if (geteuid() == 0)
		dir = xasprintf(CGROUP_MOUNT "/system.slice/%s", scope);
	else
		dir = xasprintf(CGROUP_MOUNT
				"/user.slice/user-%u.slice/user@%u.service/app.slice/%s",
				geteuid(), geteuid(), scope);
	if (!remove_dir(dir))
		return;
	bus = cgroup_systemd_bus();
	if (bus)
		cgroup_systemd_stop(bus, scope);
}

void cgroup_remove_id(const char *id)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;

	if (!path_is_name(id) || !cgroup_read("/proc/self", "cgroup", &text))
		return;
	lines = strv_split(buf_str(&text), '\n');
	strv_foreach (line, lines) {
		_cleanup_strv_ char **names = NULL;
		char *list = strchr(*line, ':'), *own = list ? strchr(list + 1, ':') : NULL;

		if (!own)
			continue;
		*own++ = 0;
		if (list[1] == 0)
			remove_v2(own, id);
		names = strv_split(list + 1, ',');
		strv_foreach (name, names) {
			if (!str_empty(*name) && !strchr(*name, '='))
				remove_v1(*name, own, id);
		}
	}
	remove_scope(id);
}
