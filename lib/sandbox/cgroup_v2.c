/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A v2 directory below a parent that we may write. Controllers reach it only when each directory
 * from the mount point down to its parent enables them for its children (cgroup-v2.rst,
 * "Controlling controllers"), which an ordinary user can do from the delegated directory on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

bool cgroup_v2_enabled(const char *dir, const struct cgroup_plan *p)
{
	for (size_t i = 0; i < p->n_settings; i++)
		if (!cgroup_has_word(dir, "cgroup.subtree_control", p->settings[i].controller))
			return false;
	return true;
}

/* Enable in one directory what is missing there. Failures show later, where they matter. */
static void enable_in(const char *dir, const struct cgroup_plan *p, struct err *err)
{
	for (size_t i = 0; i < p->n_settings; i++) {
		const char *controller = p->settings[i].controller;
		_cleanup_free_ char *text = NULL;

		if (cgroup_has_word(dir, "cgroup.subtree_control", controller))
			continue;
		text = xasprintf("+%s", controller);
		cgroup_write(dir, "cgroup.subtree_control", text, err);
	}
}

static int missing(const char *dir, const struct cgroup_plan *p, const struct err *cause,
		   struct err *err)
{
	for (size_t i = 0; i < p->n_settings; i++) {
		_cleanup_free_ char *words = NULL;

		if (cgroup_has_word(dir, "cgroup.subtree_control", p->settings[i].controller))
			continue;
		words = cgroup_setting_words(&p->settings[i]);
		err_set(err, ERR_UNSUPPORTED,
			"%s: the cgroup controller '%s' can't be enabled below %s%s%s", words,
			p->settings[i].controller, dir, cause->kind != ERR_NONE ? ": " : "",
			cause->text);
		if (cause->sys == EBUSY)
			return err_hint(err,
					"a cgroup with processes of its own gives no limits to "
					"children: start onggi from a child of %s (onggi doctor "
					"cgroups)",
					dir);
		return -1;
	}
	return 0;
}

int cgroup_v2_enable(const char *dir, const struct cgroup_plan *p, struct err *err)
{
	struct err cause = ERR_INIT;
	char partial[CGROUP_MAX_PATH];

	if (cgroup_v2_enabled(dir, p))
		return 0;
	if (!str_copy(partial, sizeof(partial), dir))
		return err_set(err, ERR_LIMIT, "cgroup path '%s' is too long", dir);
	for (char *q = partial + strlen(CGROUP_MOUNT);; q++) {
		char c = *q;

		if (c != '/' && c != 0)
			continue;
		*q = 0;
		err_clear(&cause);
		enable_in(partial, p, &cause);
		*q = c;
		if (c == 0)
			break;
	}
	return missing(dir, p, &cause, err);
}

static char *leaf_path(struct cgroup *c, const struct cgroup_host *h, const char *id,
		       const char *path)
{
	_cleanup_free_ char *clean = path ? path_clean(path) : NULL;
	const char *parent = str_eq(h->parent, "/") ? "" : h->parent;

	if (clean && path_is_abs(path))
		return arena_printf(&c->arena, CGROUP_MOUNT "%s", clean);
	if (clean)
		return arena_printf(&c->arena, CGROUP_MOUNT "%s%s", parent, clean);
	if (str_eq(path_base(h->parent), CGROUP_OURS))
		return arena_printf(&c->arena, CGROUP_MOUNT "%s/%s", parent, id);
	return arena_printf(&c->arena, CGROUP_MOUNT "%s/" CGROUP_OURS "-%s", parent, id);
}

static int make_leaf(const char *leaf, bool ours, struct err *err)
{
	struct err local = ERR_INIT;

	if (cgroup_mkdirs(leaf, &local) == 0)
		return 0;
	if (local.sys == EEXIST && !ours)
		return 0;
	if (local.sys == EEXIST && cgroup_rmdir(leaf) && cgroup_mkdirs(leaf, &local) == 0)
		return 0;
	if (err)
		*err = local;
	return -1;
}

int cgroup_v2_new(struct cgroup *c, const struct cgroup_host *h, const char *id, const char *path,
		  struct err *err)
{
	char *leaf = leaf_path(c, h, id, path);
	_cleanup_free_ char *parent = path_dir(leaf);
	struct cgroup_dir *d;

	if (make_leaf(leaf, !path, err) < 0)
		return -1;
	d = arena_push(&c->arena, c->dirs, c->n_dirs);
	d->path = leaf;
	d->tasks_fd = -1;
	if (c->plan.n_settings > 0 && cgroup_v2_enable(parent, &c->plan, err) < 0)
		return -1;
	if (cgroup_apply(leaf, NULL, &c->plan, err) < 0)
		return -1;
	c->dir_fd = open(leaf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir_fd < 0)
		return err_sys(err, "open cgroup '%s'", leaf);
	return 0;
}
