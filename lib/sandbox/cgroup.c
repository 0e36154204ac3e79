/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's cgroup, whichever kind it is.
 *
 * cgroup_new() makes directories and writes limits before there is a process, so that a limit that
 * can't be had stops the start early and nothing ever runs unlimited. A systemd scope needs a
 * process: there cgroup_add() does it all, while the container still waits for us.
 *
 * A user whose directory lacks a controller that a limit needs gets a scope for that container even
 * where directories can be made directly: what systemd doesn't know to be wanted, it may switch off
 * again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

static const char *v2_controller(const char *name)
{
	return str_eq(name, "blkio") ? "io" : name;
}

static bool host_has(const struct cgroup_host *h, const char *controller)
{
	for (size_t i = 0; i < h->n_controllers; i++)
		if (str_eq(h->controllers[i], v2_controller(controller)))
			return true;
	return false;
}

/* Words for the controllers that there are. */
static char *host_controllers(const struct cgroup_host *h)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	for (size_t i = 0; i < h->n_controllers; i++)
		buf_addf(&b, "%s%s", i ? " " : "", h->controllers[i]);
	return b.len ? buf_take(&b) : xstrdup("none");
}

static int check_host(const struct cgroup_host *h, const struct cgroup_plan *p, struct err *err)
{
	for (size_t i = 0; i < p->n_settings; i++) {
		const struct cgroup_setting *s = &p->settings[i];
		_cleanup_free_ char *words = NULL, *have = NULL;

		if (h->mode != CGROUP_NONE && host_has(h, s->controller))
			continue;
		/* v1 hierarchies that no line of the probe names are tried by their mount. */
		if (h->mode == CGROUP_V1 || s->optional)
			continue;
		words = cgroup_setting_words(s);
		if (h->mode == CGROUP_NONE) {
			err_set(err, ERR_UNSUPPORTED, "%s: no cgroup is writable here (%s)", words,
				h->why_none ? h->why_none : "none was found");
		} else {
			have = host_controllers(h);
			err_set(err, ERR_UNSUPPORTED,
				"%s: the cgroup controller '%s' is not available here; there are: "
				"%s (%s)",
				words, s->controller, have, h->why_none ? h->why_none : "");
		}
		return err_hint(err, "%s%s%s", h->hint ? h->hint : "", h->hint ? " " : "",
				h->mode == CGROUP_NONE ? "(onggi doctor cgroups)"
						       : "(onggi doctor cgroup-controllers)");
	}
	return 0;
}

static void copy_devices(struct cgroup *c, const struct spec_resources *r)
{
	if (!r || r->n_devices == 0)
		return;
	c->devices = arena_calloc(&c->arena, r->n_devices, sizeof(*c->devices));
	c->n_devices = r->n_devices;
	for (size_t i = 0; i < r->n_devices; i++) {
		const struct spec_device_rule *from = &r->devices[i];

		c->devices[i] = (struct spec_device_rule){
			.allow = from->allow,
			.type = arena_strdup(&c->arena, from->type),
			.major = from->major ? spec_int64(&c->arena, *from->major) : NULL,
			.minor = from->minor ? spec_int64(&c->arena, *from->minor) : NULL,
			.access = arena_strdup(&c->arena, from->access)};
	}
}

/* "slice:prefix:name" of runtimes with systemd, else a path whose last part names the scope. */
static int name_scope(struct cgroup *c, const char *id, const char *path, struct err *err)
{
	_cleanup_strv_ char **parts = path ? strv_split(path, ':') : NULL;

	c->slice = arena_strdup(&c->arena, geteuid() == 0 ? "system.slice" : "app.slice");
	if (strv_len(parts) == 3) {
		if (!str_empty(parts[0]))
			c->slice = arena_strdup(&c->arena, parts[0]);
		c->scope = str_empty(parts[1])
				   ? arena_printf(&c->arena, "%s.scope", parts[2])
				   : arena_printf(&c->arena, "%s-%s.scope", parts[1], parts[2]);
	} else {
		c->scope = arena_printf(&c->arena, CGROUP_OURS "-%s.scope", id);
	}
	if (!path_is_name(c->scope) || !str_suffix(c->slice, ".slice"))
		return err_set(err, ERR_INVALID,
			       "cgroupsPath '%s'; with systemd expected SLICE.slice:PREFIX:NAME",
			       path ? path : id);
	return 0;
}

static enum cgroup_mode choose_mode(const struct cgroup_host *h, const struct cgroup_plan *p)
{
	_cleanup_free_ char *parent = NULL;

	if (h->mode != CGROUP_V2 || !h->bus || p->n_settings == 0)
		return h->mode;
	parent = xasprintf(CGROUP_MOUNT "%s", h->parent);
	return cgroup_v2_enabled(parent, p) ? CGROUP_V2 : CGROUP_SYSTEMD;
}

static int make(struct cgroup *c, const struct cgroup_host *host, const char *id, const char *path,
		struct err *err)
{
	switch (c->mode) {
	case CGROUP_V1:
		return cgroup_v1_new(c, id, path, err);
	case CGROUP_V2:
		return cgroup_v2_new(c, host, id, path, err);
	case CGROUP_SYSTEMD:
		c->bus = arena_strdup(&c->arena, host->bus);
		return name_scope(c, id, path, err);
	case CGROUP_NONE:
		break;
	}
	return 0;
}

/* Is there anything to make it for? A scope costs milliseconds: only for limits. */
static bool is_wanted(const struct cgroup *c)
{
	switch (c->mode) {
	case CGROUP_V1:
		return c->plan.n_settings > 0 || c->n_devices > 0;
	case CGROUP_V2:
		return true;
	case CGROUP_SYSTEMD:
		return c->plan.n_settings > 0;
	case CGROUP_NONE:
		break;
	}
	return false;
}

int cgroup_new(const struct cgroup_host *host, const char *id, const char *path,
	       const struct spec_resources *r, struct cgroup **ret, struct err *err)
{
	struct cgroup *c = xalloc(sizeof(*c));

	c->dir_fd = -1;
	if (cgroup_plan_new(r, host->mode != CGROUP_V1, &c->plan, err) < 0 ||
	    check_host(host, &c->plan, err) < 0)
		goto fail;
	c->mode = choose_mode(host, &c->plan);
	copy_devices(c, r);
	if (!is_wanted(c)) {
		cgroup_free(c);
		*ret = NULL;
		return 0;
	}
	if (make(c, host, id, path, err) == 0) {
		*ret = c;
		return 0;
	}
	cgroup_remove(c);
	/* Without limits asked for, a missing cgroup is no error. */
	if (!c->plan.wants_limits && c->mode == CGROUP_V2 && !path) {
		err_clear(err);
		cgroup_free(c);
		*ret = NULL;
		return 0;
	}
fail:
	cgroup_free(c);
	return -1;
}

static void close_tasks(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n_dirs; i++)
		if (c->dirs[i].tasks_fd >= 0)
			close(c->dirs[i].tasks_fd);
}

/*
 * A thread that writes "0" to `tasks` moves itself, and only that needs no lock over the forks of
 * the whole machine (cgroup_procs_write_start() in the kernel). The child has this one thread.
 */
int cgroup_enter_self(const struct cgroup *c, struct err *err)
{
	if (!cgroup_enters_itself(c))
		return 0;
	for (size_t i = 0; i < c->n_dirs; i++)
		if (write(c->dirs[i].tasks_fd, "0", 1) != 1)
			return err_sys(err, "enter cgroup '%s'", c->dirs[i].path);
	close_tasks(c);
	return 0;
}

bool cgroup_enters_itself(const struct cgroup *c)
{
	return c && c->mode == CGROUP_V1;
}

int cgroup_dir_fd(const struct cgroup *c)
{
	return c ? c->dir_fd : -1;
}

/* A policy that may not be attached (no CAP_BPF, no such hierarchy) is not there; the rest is an
 * error. */
static int attach_devices(struct cgroup *c, bool *ret, struct err *err)
{
	struct err local = ERR_INIT;
	int rc = 0;

	*ret = false;
	if (c->n_devices == 0)
		return 0;
	if (cgroup_devices_allow_all(c->devices, c->n_devices)) {
		*ret = true;
		return 0;
	}
	if (c->mode == CGROUP_V2)
		rc = cgroup_devices_v2(c->dir_fd, c->devices, c->n_devices, &local);
	for (size_t i = 0; c->mode == CGROUP_V1 && i < c->n_dirs; i++) {
		if (!str_eq(c->dirs[i].controller, "devices"))
			continue;
		rc = cgroup_devices_v1(c->dirs[i].path, c->devices, c->n_devices, &local);
		*ret = rc == 0;
	}
	if (c->mode == CGROUP_V2)
		*ret = rc == 0;
	if (rc == 0 || local.sys == EPERM || local.sys == EACCES || local.sys == EINVAL ||
	    local.sys == ENOSYS)
		return 0;
	if (err)
		*err = local;
	return -1;
}

int cgroup_add(struct cgroup *c, pid_t pid, bool in_cgroup, bool *ret_devices, struct err *err)
{
	bool devices;

	if (c->mode == CGROUP_SYSTEMD) {
		if (cgroup_systemd_add(c, pid, err) < 0)
			return -1;
	} else if (!in_cgroup) {
		for (size_t i = 0; i < c->n_dirs; i++)
			if (cgroup_enter(c->dirs[i].path, pid, err) < 0)
				return -1;
	}
	if (attach_devices(c, &devices, err) < 0)
		return -1;
	*ret_devices = devices;
	return 0;
}

int cgroup_kill(struct cgroup *c, struct err *err)
{
	/* Every hierarchy of v1 has the same members. */
	return c && c->n_dirs > 0 ? cgroup_kill_dir(c->dirs[0].path, err) : 0;
}

bool cgroup_oom_killed(const struct cgroup *c)
{
	for (size_t i = 0; c && i < c->n_dirs; i++) {
		const struct cgroup_dir *d = &c->dirs[i];

		if (!d->controller)
			return cgroup_read_key(d->path, "memory.events", "oom_kill") > 0;
		if (str_eq(d->controller, "memory"))
			return cgroup_read_key(d->path, "memory.oom_control", "oom_kill") > 0;
	}
	return false;
}

void cgroup_remove(struct cgroup *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_dirs; i++)
		cgroup_rmdir(c->dirs[i].path);
	close_tasks(c);
	c->n_dirs = 0;
	cgroup_systemd_unpin(c);
}

void cgroup_free(struct cgroup *c)
{
	if (!c)
		return;
	close_tasks(c);
	if (c->dir_fd >= 0)
		close(c->dir_fd);
	cgroup_plan_done(&c->plan);
	arena_done(&c->arena);
	free(c);
}

char **cgroup_paths(const struct cgroup *c)
{
	char **v = NULL;

	for (size_t i = 0; c && i < c->n_dirs; i++)
		strv_add(&v, c->dirs[i].path);
	if (c && c->scope)
		strv_take(&v, xasprintf(CGROUP_SCOPE_PREFIX "%s", c->scope));
	return v ? v : strv_dup(NULL);
}
