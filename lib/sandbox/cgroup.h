/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups of one container: v2 in a subtree that we may write, v2 through a transient
 * systemd scope over the user's (or system's) bus, v1 controllers as root on v1 and hybrid
 * machines, or none.
 *
 * Limits that were asked for and can't be set are errors that name the reason and the mend; without
 * limits asked for, a missing cgroup is no error.
 */
#ifndef ONGGI_SANDBOX_CGROUP_H
#define ONGGI_SANDBOX_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

enum cgroup_mode {
	CGROUP_NONE,	/* nothing usable */
	CGROUP_V1,	/* v1 controllers (v1 and hybrid machines), root only */
	CGROUP_V2,	/* a v2 subtree that we may write */
	CGROUP_SYSTEMD, /* a transient scope by systemd */
};

/* What this machine offers the caller. */
struct cgroup_host {
	enum cgroup_mode mode;
	char *parent;	    /* v2: path below the mount where containers are made ("/onggi") */
	char **controllers; /* usable for limits, by v2 names ("memory", "pids", "cpu", "io") */
	size_t n_controllers;
	const char *why_none; /* when mode is CGROUP_NONE or controllers are missing */
	const char *hint;     /* the mend, or NULL */
	char *bus; /* address of the D-Bus where systemd makes scopes for this user, or NULL */
	struct arena arena;
};
/*
 * Look at /proc/self/cgroup, the mounts and permissions; creates nothing. Never fails.
 */
void cgroup_host_probe(struct cgroup_host *ret);
/*
 * The same for a start, which of v1 asks only whether it may be used: each limit tries its own
 * controller. There the list of controllers is left out, and two calls do instead of twenty.
 */
void cgroup_host_find(struct cgroup_host *ret);
/* Release; accepts NULL and zeroed values. */
void cgroup_host_done(struct cgroup_host *h);
DEFINE_CLEANUP_VALUE(cgroup_host, cgroup_host_done)

/* One assignment: what would be written where; the plan of the limits. */
struct cgroup_setting {
	char *controller; /* v1: which hierarchy; v2: which controller is needed */
	char *file;	  /* "memory.max" */
	char *value;	  /* "67108864" */
	bool optional;	  /* absence of the file is no error (memory.swap.max without swap) */
};
struct cgroup_plan {
	struct arena arena;
	struct cgroup_setting *settings;
	size_t n_settings;
	bool wants_limits; /* did the spec ask for any limit (device rules aside)? */
};
/*
 * Translate the spec's resources to files of v1 or v2 (v2: shares → weight, swap without memory, …;
 * runtime-spec config-linux.md "Control groups", cgroup-v2.md). Pure.
 */
int cgroup_plan_new(const struct spec_resources *r, bool v2, struct cgroup_plan *ret,
		    struct err *err);
/* Release; accepts NULL and zeroed plans. */
void cgroup_plan_done(struct cgroup_plan *p);
DEFINE_CLEANUP_VALUE(cgroup_plan, cgroup_plan_done)
/* One line for each setting. */
void cgroup_plan_print(const struct cgroup_plan *p, struct buf *out);

struct cgroup; /* a container's cgroup, or cgroups */

/*
 * Make the container's cgroup and set its limits, before the clone.
 *
 * id    container id; the directory is "onggi-ID" or "onggi/ID", the scope "onggi-ID.scope"
 * path  spec's cgroupsPath or NULL
 * ret   NULL when nothing was made (and nothing was asked for). With CGROUP_SYSTEMD the scope
 *       comes into being in cgroup_add(), since it needs a process
 */
int cgroup_new(const struct cgroup_host *host, const char *id, const char *path,
	       const struct spec_resources *r, struct cgroup **ret, struct err *err);
/* Directory for CLONE_INTO_CGROUP (v2, not systemd), or -1. Borrowed. */
int cgroup_dir_fd(const struct cgroup *c);
/*
 * For the child of the clone, first of all: go into the v1 groups by itself. That takes 0.04 ms; to
 * be moved by another process waits for an RCU grace period, 10 ms on an idle machine. Nothing
 * happens with other modes and NULL. Only system calls are made; the descriptors are closed.
 */
int cgroup_enter_self(const struct cgroup *c, struct err *err);
/* For its parent: is it so that the child goes in by itself? */
bool cgroup_enters_itself(const struct cgroup *c);
/*
 * Move the waiting process in (all hierarchies), make the scope where it is systemd's, and then
 * attach the device policy (v1: devices.*; v2: a BPF program).
 *
 * in_cgroup    it was born in the directory, or goes in by itself
 * ret_devices  was the device policy attached? False without device rules, true where they allow
 *              all
 *
 * The process must unshare its cgroup namespace after this, not at its birth: the namespace's root
 * is the group that it is in then. The calling thread must live as long as the container: with
 * CGROUP_SYSTEMD a process that keeps the scope ends with it.
 */
int cgroup_add(struct cgroup *c, pid_t pid, bool in_cgroup, bool *ret_devices, struct err *err);
/* SIGKILL every member (cgroup.kill, or by reading cgroup.procs until it is empty). */
int cgroup_kill(struct cgroup *c, struct err *err);
/* Was a process killed for want of memory? (memory.events oom_kill, memory.oom_control) */
bool cgroup_oom_killed(const struct cgroup *c);
/* Remove the directories (and empty children in them). Best effort, bounded retries. */
void cgroup_remove(struct cgroup *c);
/* Forget without removing. */
void cgroup_free(struct cgroup *c);
/*
 * For the record, and to find it again after a crash: NULL-terminated absolute paths of the
 * directories (systemd: the scope's name too, as "scope:NAME"). To be strv_free()d.
 */
char **cgroup_paths(const struct cgroup *c);
/* Remove what a dead container left, by cgroup_paths(). Kills members first. */
void cgroup_remove_paths(char *const *paths);
/*
 * The same by the id alone, where its record names no cgroups: looks wherever cgroup_new() would
 * have put them without a path in the spec. Cheap when there is nothing; never fails.
 */
void cgroup_remove_id(const char *id);

#endif
