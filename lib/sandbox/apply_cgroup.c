/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup v1 and hybrid machines: /sys/fs/cgroup of the container is a tmpfs with one directory for
 * each hierarchy, onto which the container's own subtree of it is bound. All of it is read-only: in
 * v1 a writable subtree would let the container lift its own limits.
 *
 * The host has each hierarchy at /sys/fs/cgroup/NAME, where NAME is the list of controllers of
 * /proc/self/cgroup ("cpu,cpuacct"), "systemd" for the named one, and "unified" for v2 on a hybrid
 * machine. Only hierarchies in which the container has a cgroup of its own are shown: in the others
 * it is in somebody else's, which is none of its business. Nothing in a container depends on them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/rooted.h"
#include "sandbox/apply.h"

#define CGROUP_HOST  "/sys/fs/cgroup"
#define CGROUP_TEXT  16384 /* bytes of /proc/self/cgroup */
#define CGROUP_ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* One line "ID:CONTROLLERS:PATH", cut in place. False for a line of another form. */
static bool parse_line(char *line, const char **name, const char **path)
{
	char *controllers = strchr(line, ':');
	char *p = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!p)
		return false;
	*controllers++ = '\0';
	*p++ = '\0';
	if (*controllers == '\0')
		*name = "unified";
	else if (!str_prefix(controllers, "name=", name))
		*name = controllers;
	*path = p;
	return path_is_name(*name) && path_is_abs(*path) && !path_has_dotdot(*path);
}

/* Bind one hierarchy's subtree onto a directory of the tmpfs at `top`. */
static int bind_hierarchy(int top, const char *name, const char *path, struct err *err)
{
	_cleanup_free_ char *source_path = xasprintf(CGROUP_HOST "/%s%s", name, path);
	_cleanup_fd_ int source = open(source_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int target = -1, copy = -1;

	if (source < 0)
		return 0;
	if (mkdirat(top, name, 0755) < 0)
		return err_sys(err, "make directory '%s'", name);
	target = openat(top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(err, "open directory '%s'", name);
	if (mount_clone(source, false, &copy, NULL) < 0)
		return 0;
	return mount_attach(copy, target, err);
}

/* "cpu" → "cpu,cpuacct" and the like, as systemd has them. */
static int link_controllers(int top, const char *name, struct err *err)
{
	_cleanup_strv_ char **parts = NULL;

	if (!strchr(name, ','))
		return 0;
	parts = strv_split(name, ',');
	strv_foreach (c, parts)
		if (symlinkat(name, top, *c) < 0 && errno != EEXIST)
			return err_sys(err, "make link '%s'", *c);
	return 0;
}

void apply_read_cgroups(struct apply *a)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(CGROUP_TEXT);

	if (a->cgroups || a->req->host->cgroup_v2 ||
	    file_read_all(AT_FDCWD, "/proc/self/cgroup", CGROUP_TEXT, &text, NULL) < 0)
		return;
	a->cgroups = arena_strdup(&a->arena, buf_str(&text));
}

/* Is this the path of a cgroup that was made for the container? */
static bool is_own(const struct apply *a, const char *path)
{
	return a->req->id ? strstr(path, a->req->id) != NULL : strcmp(path, "/") != 0;
}

int apply_cgroup_v1(struct apply *a, const struct op *op, struct err *err)
{
	static char mode[] = "mode=0755";
	char *options[] = {mode, NULL};
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY | CGROUP_ATTRS,
					     .recursive = true};
	_cleanup_fd_ int target = -1, top = -1;
	struct err place = ERR_INIT;
	char *line;

	apply_read_cgroups(a);
	if (apply_open_target(a, op->path, true, &target, &place) < 0) {
		/* The host's own /sys, which stands in for one of the container's, has no place for
		 * them: they are not there on the host either. */
		if (place.sys == EROFS && path_below(op->path, "/sys"))
			return 0;
		if (err)
			*err = place;
		return err_ctx(err, "mount on '%s'", op->path);
	}
	if (mount_new("tmpfs", "cgroup", options, CGROUP_ATTRS, &top, err) < 0 ||
	    mount_attach(top, target, err) < 0)
		return err_ctx(err, "mount on '%s'", op->path);
	while ((line = strsep(&a->cgroups, "\n"))) {
		const char *name, *path;

		if (!parse_line(line, &name, &path) || !is_own(a, path))
			continue;
		if (bind_hierarchy(top, name, path, err) < 0 ||
		    link_controllers(top, name, err) < 0)
			return err_ctx(err, "cgroups on '%s'", op->path);
	}
	return apply_change_attr(top, &ro, err);
}
