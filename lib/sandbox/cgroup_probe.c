/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cgroups this machine offers the caller.
 *
 *	pure v2, root           /onggi below the mount's root
 *	pure v2, others         the nearest directory above the caller's own that may be written,
 *holds no processes and is a common ancestor (moving a process needs that); else a scope by the
 *user's systemd v1 and hybrid, root     the v1 controllers v1 and hybrid, others   nothing: v1
 *can't be delegated, and the v2 tree of a hybrid machine has no controllers
 *
 * Nothing is made, and no process is moved: a group whose own processes bar it from giving limits
 *to children (cgroup-v2.rst, "No Internal Process Constraint") is reported with its mend.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

#define HINT_DELEGATE                                                                              \
	"as root: mkdir -p /etc/systemd/system/user@.service.d && printf "                         \
	"'[Service]\\nDelegate=cpu "                                                               \
	"cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf && "        \
	"systemctl daemon-reload, then log in again"

static void add_controller(struct cgroup_host *h, const char *name)
{
	for (size_t i = 0; i < h->n_controllers; i++)
		if (str_eq(h->controllers[i], name))
			return;
	arena_strv_add(&h->arena, &h->controllers, &h->n_controllers,
		       arena_strdup(&h->arena, name));
}

static void add_controllers_of(struct cgroup_host *h, const char *dir, const char *file)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (!cgroup_read(dir, file, &text))
		return;
	for (const char *p = buf_str(&text); *p;) {
		size_t n = strcspn(p, " \n");
		_cleanup_free_ char *word = xstrndup(p, n);

		if (n > 0)
			add_controller(h, word);
		p += n;
		p += strspn(p, " \n");
	}
}

static void none(struct cgroup_host *h, const char *why, const char *hint)
{
	h->mode = CGROUP_NONE;
	h->why_none = why;
	h->hint = hint;
}

/* ---- v1 ---- */

static const struct {
	const char *v1, *v2;
} v1_names[] = {{"blkio", "io"}};

static const char *v2_name(const char *v1)
{
	for (size_t i = 0; i < ARRAY_SIZE(v1_names); i++)
		if (str_eq(v1_names[i].v1, v1))
			return v1_names[i].v2;
	return v1;
}

/* Controllers of v1 by the lines "4:cpu,cpuacct:/path" of /proc/self/cgroup. */
static void add_v1_controllers(struct cgroup_host *h, char **lines)
{
	strv_foreach (line, lines) {
		_cleanup_strv_ char **names = NULL;
		char *list = strchr(*line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		if (!path || path == list + 1)
			continue;
		*path = 0;
		names = strv_split(list + 1, ',');
		*path = ':';
		strv_foreach (name, names) {
			_cleanup_free_ char *dir = path_join(CGROUP_MOUNT, *name);

			if (!strchr(*name, '=') && access(dir, W_OK) == 0)
				add_controller(h, v2_name(*name));
		}
	}
}

static void found_v1(struct cgroup_host *h)
{
	h->mode = CGROUP_V1;
	h->why_none = "this machine has no such v1 controller mounted";
}

static void none_v1(struct cgroup_host *h)
{
	none(h,
	     "this machine has cgroup v1 controllers, which only root may use, and none that are "
	     "given to users",
	     "run as root, or boot with systemd.unified_cgroup_hierarchy=1");
}

static void probe_v1(struct cgroup_host *h, char **lines)
{
	if (geteuid() != 0) {
		none_v1(h);
		return;
	}
	add_v1_controllers(h, lines);
	if (h->n_controllers == 0) {
		none(h, "no v1 controller below /sys/fs/cgroup may be written here",
		     "inside a container: give it /sys/fs/cgroup writable, or run it with "
		     "--privileged");
		return;
	}
	found_v1(h);
}

/* ---- v2 ---- */

static bool writable(const char *dir, const char *file)
{
	_cleanup_free_ char *path = path_join(dir, file);

	return access(path, W_OK) == 0;
}

static bool populated(const char *dir)
{
	_cleanup_(buf) struct buf procs = BUF_INIT;

	return !cgroup_read(dir, "cgroup.procs", &procs) || procs.len > 0;
}

/* The true root has no cgroup.events, and may have processes and children with limits. */
static bool is_true_root(const char *dir)
{
	_cleanup_free_ char *path = path_join(dir, "cgroup.events");

	return access(path, F_OK) < 0;
}

static bool may_hold_containers(const char *dir)
{
	return access(dir, W_OK) == 0 && writable(dir, "cgroup.procs");
}

/* Controllers that can be had below dir: all that its topmost writable ancestor has. */
static void add_v2_controllers(struct cgroup_host *h, const char *dir)
{
	_cleanup_free_ char *top = xstrdup(dir);

	while (!str_eq(top, CGROUP_MOUNT)) {
		_cleanup_free_ char *up = path_dir(top);

		if (!writable(up, "cgroup.subtree_control") || (populated(up) && !is_true_root(up)))
			break;
		free(top);
		top = ptr_take(up);
	}
	add_controllers_of(h, top,
			   writable(top, "cgroup.subtree_control") ? "cgroup.controllers"
								   : "cgroup.subtree_control");
}

static bool probe_root_v2(struct cgroup_host *h)
{
	if (!may_hold_containers(CGROUP_MOUNT))
		return false;
	h->mode = CGROUP_V2;
	h->parent = arena_strdup(&h->arena, "/" CGROUP_OURS);
	if (is_true_root(CGROUP_MOUNT) || !populated(CGROUP_MOUNT)) {
		add_controllers_of(h, CGROUP_MOUNT, "cgroup.controllers");
		h->why_none = "this kernel lacks the controller, or a boot parameter disables it";
		return true;
	}
	add_controllers_of(h, CGROUP_MOUNT, "cgroup.subtree_control");
	h->why_none =
		"the root of this cgroup namespace has processes of its own, so that its children "
		"get no controllers";
	h->hint =
		"mkdir /sys/fs/cgroup/init && echo 0 > /sys/fs/cgroup/init/cgroup.procs, for each "
		"process in /sys/fs/cgroup/cgroup.procs";
	return true;
}

/* The nearest workable directory above `own`. */
static bool probe_delegated(struct cgroup_host *h, const char *own)
{
	_cleanup_free_ char *full = xasprintf(CGROUP_MOUNT "%s", own);
	_cleanup_free_ char *dir = path_dir(full);

	while (path_below(dir, CGROUP_MOUNT) && may_hold_containers(dir)) {
		_cleanup_free_ char *up = NULL;

		if (!populated(dir) || (str_eq(dir, CGROUP_MOUNT) && is_true_root(dir))) {
			h->mode = CGROUP_V2;
			h->parent = arena_strdup(&h->arena, str_eq(dir, CGROUP_MOUNT)
								    ? "/"
								    : dir + strlen(CGROUP_MOUNT));
			add_v2_controllers(h, dir);
			h->why_none = "the others are not delegated to this user";
			h->hint = HINT_DELEGATE;
			return true;
		}
		if (str_eq(dir, CGROUP_MOUNT))
			break;
		up = path_dir(dir);
		free(dir);
		dir = ptr_take(up);
	}
	return false;
}

static bool probe_systemd(struct cgroup_host *h)
{
	char *service;

	if (!h->bus)
		return false;
	h->mode = CGROUP_SYSTEMD;
	service = geteuid() == 0
			  ? arena_strdup(&h->arena, CGROUP_MOUNT)
			  : arena_printf(&h->arena,
					 CGROUP_MOUNT "/user.slice/user-%u.slice/user@%u.service",
					 geteuid(), geteuid());
	add_controllers_of(h, service, "cgroup.controllers");
	h->why_none = "the others are not delegated to this user";
	h->hint = HINT_DELEGATE;
	return true;
}

static void probe_v2(struct cgroup_host *h, const char *own)
{
	_cleanup_free_ char *bus = NULL;
	_cleanup_free_ char *dir = NULL;

	if (geteuid() == 0 && probe_root_v2(h))
		return;
	bus = cgroup_systemd_bus();
	h->bus = arena_strdup(&h->arena, bus);
	if (str_prefix(own, "/..", NULL)) {
		none(h, "this process stands outside the cgroup tree that is mounted here",
		     "mount the tree of this cgroup namespace: mount -t cgroup2 cgroup2 "
		     "/sys/fs/cgroup");
		return;
	}
	if (probe_delegated(h, own) || probe_systemd(h))
		return;
	dir = xasprintf(CGROUP_MOUNT "%s", own);
	if (may_hold_containers(dir))
		none(h,
		     "the only cgroup that may be written is the one that this process is in, and "
		     "a "
		     "group with processes gives no limits to children",
		     "start it in a child: mkdir CGROUP/shell && echo $$ > "
		     "CGROUP/shell/cgroup.procs");
	else
		none(h,
		     "this user may write no directory above its own cgroup and has no systemd "
		     "user manager on D-Bus",
		     "log in through PAM (ssh, console, `machinectl shell USER@`) or run: loginctl "
		     "enable-linger, or run as root");
}

void cgroup_host_probe(struct cgroup_host *ret)
{
	struct cgroup_host h = {.mode = CGROUP_NONE};
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;
	const char *own = "/", *rest;
	struct statfs fs;

	if (!cgroup_read("/proc/self", "cgroup", &text) || statfs(CGROUP_MOUNT, &fs) < 0) {
		none(&h, "/proc/self/cgroup or /sys/fs/cgroup can't be read",
		     "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
		*ret = h;
		return;
	}
	lines = strv_split(buf_str(&text), '\n');
	strv_foreach (line, lines) {
		if (str_prefix(*line, "0::", &rest))
			own = rest;
	}
	if (fs.f_type == CGROUP2_SUPER_MAGIC)
		probe_v2(&h, own);
	else
		probe_v1(&h, lines);
	*ret = h;
}

void cgroup_host_find(struct cgroup_host *ret)
{
	struct cgroup_host h = {.mode = CGROUP_NONE};
	struct statfs fs;
	bool v1 = statfs(CGROUP_MOUNT, &fs) == 0 && fs.f_type != CGROUP2_SUPER_MAGIC;

	if (v1 && geteuid() != 0)
		none_v1(&h);
	else if (v1 && access(CGROUP_MOUNT "/devices", W_OK) == 0)
		found_v1(&h);
	else
		cgroup_host_probe(&h);
	*ret = h;
}

void cgroup_host_done(struct cgroup_host *h)
{
	if (!h)
		return;
	arena_done(&h->arena);
	*h = (struct cgroup_host){.mode = CGROUP_NONE};
}
