/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The kernel takes each map once. A caller with CAP_SETUID and CAP_SETGID
 * writes any map; one without writes only its own id, and for groups only after setgroups was
 * denied; all else goes through newuidmap and newgidmap, which check /etc/subuid and /etc/subgid.
 * Both are started before either is waited for: their time is mostly their own start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/caps.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/idmap_user.h"
#include "os/process.h"

#define CAP_SETGID_NUMBER 6
#define CAP_SETUID_NUMBER 7

static bool may_write_any(void)
{
	const uint64_t need = CAP_BIT(CAP_SETGID_NUMBER) | CAP_BIT(CAP_SETUID_NUMBER);

	return (cap_current() & need) == need;
}

static int check(const struct id_map *m, const char *what, struct err *err)
{
	if (!m->n_ranges)
		return err_set(err, ERR_INVALID, "the %s map is empty", what);
	if (m->n_ranges > IDMAP_MAX)
		return err_set(err, ERR_LIMIT, "the %s map has %zu ranges; the kernel takes %d",
			       what, m->n_ranges, IDMAP_MAX);
	return 0;
}

static int write_map(int proc_fd, const char *file, const struct id_map *m, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	for (size_t i = 0; i < m->n_ranges; i++)
		buf_addf(&text, "%u %u %u\n", m->ranges[i].inside, m->ranges[i].outside,
			 m->ranges[i].count);
	return file_write_text(proc_fd, file, buf_str(&text), err);
}

static int write_direct(pid_t pid, const struct id_maps *m, struct err *err)
{
	_cleanup_fd_ int proc_fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return err_sys(err, "open '%s' to map ids", path);
	if (!may_write_any() && file_write_text(proc_fd, "setgroups", "deny", err) < 0)
		return -1;
	if (write_map(proc_fd, "uid_map", &m->uid, err) < 0 ||
	    write_map(proc_fd, "gid_map", &m->gid, err) < 0)
		return err_ctx(err, "map ids of process %d", (int)pid);
	return 0;
}

/* "newuidmap PID INSIDE OUTSIDE COUNT..." */
static char **helper_argv(struct arena *a, const char *helper, pid_t pid, const struct id_map *m)
{
	char **argv = NULL;
	size_t n = 0;

	arena_strv_add(a, &argv, &n, arena_strdup(a, helper));
	arena_strv_add(a, &argv, &n, arena_printf(a, "%d", (int)pid));
	for (size_t i = 0; i < m->n_ranges; i++) {
		arena_strv_add(a, &argv, &n, arena_printf(a, "%u", m->ranges[i].inside));
		arena_strv_add(a, &argv, &n, arena_printf(a, "%u", m->ranges[i].outside));
		arena_strv_add(a, &argv, &n, arena_printf(a, "%u", m->ranges[i].count));
	}
	return argv;
}

/* Add the mend to an error of a helper: the file, and the line that it lacks. */
static void explain(const struct id_map *m, const char *file, struct err *err)
{
	_cleanup_free_ char *name = id_user_name(geteuid());
	const struct id_range *r = &m->ranges[m->n_ranges - 1];

	if (!err || err->kind == ERR_NONE)
		return;
	if (err->kind == ERR_NOT_FOUND)
		err_hint(err, "apt install uidmap (onggi doctor setuid-helpers)");
	else if (strstr(err->text, "not allowed"))
		err_hint(
			err,
			"'%s' needs a line '%s:%u:%u' for this user (onggi doctor subordinate-ids)",
			file, name ? name : "USER", r->outside, r->count);
	else if (strstr(err->text, "not permitted") || strstr(err->text, "Permission denied"))
		err_hint(err, "newuidmap and newgidmap must be owned by root with the setuid bit "
			      "(mode 4755)"
			      " on a file system that is not mounted nosuid (onggi doctor "
			      "setuid-helpers)");
}

static void helpers_begin(pid_t pid, const struct id_maps *m, struct id_maps_writing *w)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;

	w->uid_r = spawn_start(helper_argv(&a, "newuidmap", pid, &m->uid), &w->uid, &w->uid_err);
	if (w->uid_r == 0)
		w->gid_r = spawn_start(helper_argv(&a, "newgidmap", pid, &m->gid), &w->gid,
				       &w->gid_err);
	/* It is borrowed from the vector, which ends here. */
	w->uid.name = "newuidmap";
	w->gid.name = "newgidmap";
}

static int helpers_finish(struct id_maps_writing *w, struct err *err)
{
	/* Both are waited for, whichever fails. */
	if (w->uid_r == 0 && w->gid_r == 0)
		w->gid_r = spawn_finish(&w->gid, &w->gid_err);
	if (w->uid_r == 0)
		w->uid_r = spawn_finish(&w->uid, &w->uid_err);
	if (w->uid_r < 0) {
		explain(&w->maps->uid, "/etc/subuid", &w->uid_err);
		err_ctx(&w->uid_err, "map user ids");
	} else if (w->gid_r < 0) {
		explain(&w->maps->gid, "/etc/subgid", &w->gid_err);
		err_ctx(&w->gid_err, "map group ids");
	} else {
		return 0;
	}
	if (err)
		*err = w->uid_r < 0 ? w->uid_err : w->gid_err;
	return -1;
}

int id_maps_write_begin(pid_t pid, const struct id_maps *m, struct id_maps_writing *ret,
			struct err *err)
{
	struct id_maps_writing w = {.maps = m};

	if (check(&m->uid, "user id", err) < 0 || check(&m->gid, "group id", err) < 0)
		return -1;
	w.by_helpers = m->need_helpers && !may_write_any();
	if (w.by_helpers)
		helpers_begin(pid, m, &w);
	else if (write_direct(pid, m, err) < 0)
		return -1;
	*ret = w;
	return 0;
}

int id_maps_write_finish(struct id_maps_writing *w, struct err *err)
{
	return w->by_helpers ? helpers_finish(w, err) : 0;
}

int id_maps_write(pid_t pid, const struct id_maps *m, struct err *err)
{
	struct id_maps_writing w;

	if (id_maps_write_begin(pid, m, &w, err) < 0)
		return -1;
	return id_maps_write_finish(&w, err);
}
