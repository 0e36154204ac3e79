/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v1 controllers: one directory for each hierarchy that a limit needs, and devices. They are made
 * at the top of each hierarchy, /onggi/ID, as Docker makes its own: limits of the caller's group
 * are not the container's. Where only the caller's own group may be written (a container with
 * cgroups handed in), they are made below that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

static const char *const cpuset_files[] = {"cpuset.cpus", "cpuset.mems"};

/* The caller's path in a v1 hierarchy, from a line "4:cpu,cpuacct:/path"; NULL where there is none.
 */
static char *own_path(const char *controller)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;

	if (!cgroup_read("/proc/self", "cgroup", &text))
		return NULL;
	lines = strv_split(buf_str(&text), '\n');
	strv_foreach (line, lines) {
		_cleanup_strv_ char **names = NULL;
		char *list = strchr(*line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path = 0;
		names = strv_split(list + 1, ',');
		if (strv_has(names, controller))
			return xstrdup(path + 1);
	}
	return NULL;
}

/* A cpuset without CPUs takes no process: hand down the parent's, from the mount point on. */
static int cpuset_inherit(const char *path, struct err *err)
{
	_cleanup_free_ char *parent = path_dir(path);

	if (!path_below(parent, CGROUP_MOUNT "/cpuset"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(cpuset_files); i++) {
		_cleanup_(buf) struct buf mine = BUF_INIT;
		_cleanup_(buf) struct buf theirs = BUF_INIT;

		if (!cgroup_read(path, cpuset_files[i], &mine))
			continue;
		if (mine.len > 0 && mine.data[0] != '\n')
			continue;
		if (cpuset_inherit(parent, err) < 0)
			return -1;
		if (cgroup_read(parent, cpuset_files[i], &theirs) &&
		    cgroup_write(path, cpuset_files[i], buf_str(&theirs), err) < 0)
			return -1;
	}
	return 0;
}

static int make_at(const char *path, bool ours, struct err *err)
{
	struct err local = ERR_INIT;

	if (cgroup_mkdirs(path, &local) == 0)
		return 0;
	if (local.sys == EEXIST) {
		if (!ours) /* named by the caller's specification */
			return 0;
		/* Left by a dead container of that id. */
		if (cgroup_rmdir(path) && cgroup_mkdirs(path, &local) == 0)
			return 0;
	}
	if (err)
		*err = local;
	return -1;
}

/* Make the container's directory in one hierarchy; *ret belongs to the arena. */
static int make_dir(struct cgroup *c, const char *controller, const char *id, const char *path,
		    char **ret, struct err *err)
{
	_cleanup_free_ char *rel = path ? path_clean(path) : xasprintf("/" CGROUP_OURS "/%s", id);
	_cleanup_free_ char *own = NULL;
	char *full = arena_printf(&c->arena, CGROUP_MOUNT "/%s%s", controller, rel);

	if (make_at(full, !path, err) < 0) {
		if (err && err->sys != EACCES && err->sys != EPERM && err->sys != EROFS)
			return -1;
		own = own_path(controller);
		if (str_empty(own) || str_eq(own, "/"))
			return -1;
		full = arena_printf(&c->arena, CGROUP_MOUNT "/%s%s%s", controller, own, rel);
		if (make_at(full, !path, err) < 0)
			return -1;
		err_clear(err);
	}
	*ret = full;
	return 0;
}

static struct cgroup_dir *dir_of(const struct cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->n_dirs; i++)
		if (str_eq(c->dirs[i].controller, controller))
			return &c->dirs[i];
	return NULL;
}

static int need(struct cgroup *c, const char *controller, const char *id, const char *path,
		struct err *err)
{
	_cleanup_free_ char *tasks = NULL;
	struct cgroup_dir *d;
	char *full;

	if (dir_of(c, controller))
		return 0;
	if (make_dir(c, controller, id, path, &full, err) < 0)
		return -1;
	d = arena_push(&c->arena, c->dirs, c->n_dirs);
	d->controller = arena_strdup(&c->arena, controller);
	d->path = full;
	tasks = path_join(full, "tasks");
	d->tasks_fd = open(tasks, O_WRONLY | O_CLOEXEC);
	if (d->tasks_fd < 0)
		return err_sys(err, "open '%s'", tasks);
	if (str_eq(controller, "cpuset") && cpuset_inherit(full, err) < 0)
		return -1;
	return cgroup_apply(full, controller, &c->plan, err);
}

int cgroup_v1_new(struct cgroup *c, const char *id, const char *path, struct err *err)
{
	for (size_t i = 0; i < c->plan.n_settings; i++) {
		const struct cgroup_setting *s = &c->plan.settings[i];
		_cleanup_free_ char *mount = path_join(CGROUP_MOUNT, s->controller);
		_cleanup_free_ char *words = NULL;

		if (access(mount, F_OK) < 0) {
			words = cgroup_setting_words(s);
			err_set(err, ERR_UNSUPPORTED,
				"%s: the cgroup controller '%s' is not mounted at %s", words,
				s->controller, mount);
			return err_hint(err,
					"mkdir %s && mount -t cgroup -o %s cgroup %s (onggi doctor "
					"cgroup-controllers)",
					mount, s->controller, mount);
		}
		if (need(c, s->controller, id, path, err) < 0)
			return -1;
	}
	/* No devices hierarchy: no policy, and cgroup_add() says so. */
	if (c->n_devices > 0 && !cgroup_devices_allow_all(c->devices, c->n_devices) &&
	    access(CGROUP_MOUNT "/devices", F_OK) == 0)
		return need(c, "devices", id, path, err);
	return 0;
}
