/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox: from a runtime spec to a running, isolated process.
 *
 * Two halves. sandbox_plan_new() turns the spec, the root file system and facts about the host into
 * a typed list of operations without touching anything; the list can be printed and tested without
 * privileges. sandbox_start() clones a child into its namespaces, in which the list is applied in
 * order, and returns after the program was really executed or with the error that prevented it.
 *
 * The process that called sandbox_start() is the supervisor: when it dies, the container dies.
 */
#ifndef ONGGI_SANDBOX_SANDBOX_H
#define ONGGI_SANDBOX_SANDBOX_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"
#include "os/idmap.h"
#include "os/process.h"
#include "sandbox/cgroup.h"

/* Where the root file system comes from. */
enum rootfs_kind {
	ROOTFS_DIR,	/* spec->root.path, bound onto itself */
	ROOTFS_OVERLAY, /* lower layers, upper and work directory, mounted in the container's
			   namespaces */
};

struct sandbox_rootfs {
	enum rootfs_kind kind;
	int *lower_fds; /* ROOTFS_OVERLAY: directories, top layer first; borrowed */
	size_t n_lower;
	int upper_fd; /* -1 with work_fd -1: nothing may be written (read-only overlay) */
	int work_fd;
};

/* What the plan needs to know of the machine; tests make their own. */
struct sandbox_host {
	bool rootless;	   /* euid is not 0, or 0 in a user namespace without all ids */
	uint64_t caps;	   /* effective capabilities of the caller */
	uint64_t cap_all;  /* capabilities that the kernel knows */
	bool cgroup_v2;	   /* /sys/fs/cgroup is the unified hierarchy */
	bool has_apparmor; /* these two: only after sandbox_host_probe_labels() */
	bool has_selinux;
	uint64_t nofile_hard; /* RLIMIT_NOFILE's hard limit */
	bool can_raise_rlimits;
};
/* Look at this machine. Never fails: what can't be found out is absent. */
void sandbox_host_probe(struct sandbox_host *ret);
/* Look for the security modules that the spec has labels for; most have none, and pay nothing. */
void sandbox_host_probe_labels(const struct runtime_spec *spec, struct sandbox_host *h);

struct sandbox_request {
	const char *id; /* container id: names the cgroup */
	/*
	 * Bind sources may be open already: a mount in the spec whose source is "fd:N" uses N.
	 * (Volumes and files of the run directory are opened once, by whoever made them.)
	 */
	const struct runtime_spec *spec;
	const struct sandbox_rootfs *rootfs;
	const struct sandbox_host *host;
	/*
	 * The user namespace's maps; NULL: no user namespace. need_helpers as in os/idmap.h.
	 */
	const struct id_maps *maps;
	/*
	 * USER[:GROUP] by names or numbers as people and images write it, looked up in the
	 * container's own /etc/passwd and /etc/group; sets HOME where the environment has none.
	 * NULL: the numbers of spec->process.user.
	 */
	const char *user;
	char *const
		*group_add; /* names or numbers of further groups, looked up there too; or NULL */
	bool new_upper;	    /* the upper directory is new: it gets the owner and mode of the image's
			       root */
	bool make_cwd;	    /* create the working directory where it is missing */
	bool init;	    /* onggi-init stays as pid 1: reaps, forwards signals */
	bool rlimits_best_effort; /* rlimits above what can be set are lowered instead of refused */
	int stdio[3]; /* descriptors that become 0, 1, 2; -1: our own. Unused with a terminal */
	const sigset_t *ignored; /* the signals that are ignored here, and that the program is to
				    have by default again; NULL: not known */
	const int *preserve_fds; /* descriptors that stay open, as 3, 4, … in this order */
	size_t n_preserve_fds;
	const char
		*seccomp_cache; /* directory for compiled filters, made when needed; NULL: none */
	const char *bundle;	/* directory that hooks are told of; NULL: none */
	/*
	 * What must be done before the container's file systems are mounted, but not before the
	 * clone: the child makes its namespaces ready meanwhile. NULL: nothing. Its error ends the
	 * start.
	 */
	int (*meanwhile)(void *arg, struct err *err);
	void *meanwhile_arg;
	bool deny_mknod_without_cgroup; /* drop CAP_MKNOD when no device policy can be attached */
};

/* One step of the plan; sandbox/plan.h has the details. */
struct sandbox_plan;

/*
 * Make the plan. Refuses here whatever can be refused without acting: unknown namespaces, mount
 * options, rlimits, capabilities, sysctls outside the container's namespaces, relative targets.
 * Errors: ERR_INVALID, ERR_UNSUPPORTED, ERR_LIMIT, with the member's name and a hint.
 */
int sandbox_plan_new(const struct sandbox_request *req, struct sandbox_plan **ret, struct err *err);
void sandbox_plan_free(struct sandbox_plan *p);
DEFINE_CLEANUP(sandbox_plan, sandbox_plan_free)
/* One line for each namespace, limit and step, in order: what `--debug` shows. */
void sandbox_plan_print(const struct sandbox_plan *p, struct buf *out);

struct sandbox {
	struct process process; /* pid 1 of the container, as seen from here */
	int console_fd;		/* master of the terminal, -1 without one */
	int userns_fd;	       /* the container's user namespace, -1 without one: for cleaning up */
	struct cgroup *cgroup; /* NULL: none */
	bool degraded_devices; /* no device policy could be attached; CAP_MKNOD was dropped */
	bool outlives_init; /* no pid namespace of its own: other processes don't end with pid 1 */
};
#define SANDBOX_INIT                                                                               \
	{                                                                                          \
		.process = PROCESS_INIT, .console_fd = -1, .userns_fd = -1, .cgroup = NULL         \
	}

/*
 * Start. On success the user's program has been executed. Errors: ERR_EXEC when the program can't
 * be executed (err->sys ENOENT: docker's 127, else 126); everything else is ours (125). After an
 * error nothing is left: no process, no cgroup.
 */
int sandbox_start(const struct sandbox_request *req, const struct sandbox_plan *plan,
		  struct sandbox *ret, struct err *err);
/* Kill everything in the container (cgroup.kill, or SIGKILL to pid 1). */
int sandbox_kill(struct sandbox *s, struct err *err);
/*
 * After the end of pid 1: read what the cgroup tells (oom), remove it, close descriptors. What is
 * left in a pid namespace that is not the container's own is killed by its cgroup first.
 * ret_oom may be NULL.
 */
void sandbox_finish(struct sandbox *s, bool *ret_oom);
/*
 * Run the poststop hooks, after sandbox_finish(): the request must still be there. Errors: of the
 * first hook that fails; the container is gone all the same.
 */
int sandbox_run_poststop(const struct sandbox_request *req, struct err *err);

#endif
