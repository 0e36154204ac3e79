/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out the plan: what the child of the clone does. Internal to the sandbox.
 *
 * Nothing here prints; errors travel through the channel. The child is single-threaded and leaves
 * by execve(2) or _exit(2) only.
 */
#ifndef ONGGI_SANDBOX_APPLY_H
#define ONGGI_SANDBOX_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sandbox/plan.h"
#include "sandbox/source.h"
#include "sandbox/user.h"

/* Words of the frames between parent and child; data of CHANNEL_READY, CHANNEL_FD. */
#define SANDBOX_STAGE_HOOKS 'h' /* child: namespaces are there, run the runtime's hooks */
#define SANDBOX_STAGE_EXEC  'x' /* child: nothing but execve is left */
#define SANDBOX_FD_CONSOLE  'c' /* child: the terminal's master */
#define SANDBOX_FD_CHILD    'p' /* launcher: pidfd of the child; data: its pid */
#define SANDBOX_FD_MOUNT    'm' /* parent: mounts with mapped ids, in the plan's order */

/* What the parent tells the child with CHANNEL_GO. */
struct sandbox_go {
	bool drop_mknod;   /* no device policy: CAP_MKNOD goes */
	unsigned n_mounts; /* frames of SANDBOX_FD_MOUNT follow until so many came */
};

struct apply {
	const struct sandbox_request *req;
	const struct sandbox_plan *plan;
	int channel;
	struct sandbox_go go;
	bool oom_done;	  /* the launcher has set the score */
	int root_source;  /* prepared by the parent, -1: open it here */
	const int *binds; /* likewise, by operation; NULL: none */
	int root_fd;	  /* the container's root, attached */
	int proc_fd;	  /* the container's proc, or the caller's */
	int dev_fd;	  /* the container's /dev, -1 until used */
	int dev_pts_fd;	  /* the container's devpts, -1 without one */
	int empty_fd;	  /* an empty read-only directory for masks, -1 until used */
	int null_fd;	  /* the host's /dev/null, bound read-only, -1 until used */
	int tty_fd;	  /* the terminal's other end, -1 without one */
	int report_fd;	  /* for the errno of the program's execve(2) */
	int init_fd;	  /* onggi-init, -1 until it is needed */
	int *mapped_fds;  /* mounts with mapped ids */
	char *cgroups;	  /* v1: /proc/self/cgroup as the host sees it; NULL: not read */
	struct arena arena;
	struct container_user user;
};

/*
 * Carry out every operation. Returns only on error, or in the process that is not to go on.
 */
int apply_plan(struct apply *a, struct err *err);

/* apply_root.c: the root, pivot_root, propagation, read-only root. */
int apply_propagation(struct apply *a, const struct op *op, struct err *err);
int apply_root_dir(struct apply *a, const struct op *op, struct err *err);
int apply_root_overlay(struct apply *a, const struct op *op, struct err *err);
int apply_root_joined(struct apply *a, const struct op *op, struct err *err);
int apply_pivot(struct apply *a, const struct op *op, struct err *err);
int apply_root_propagation(struct apply *a, const struct op *op, struct err *err);
int apply_root_readonly(struct apply *a, const struct op *op, struct err *err);

/* apply_mount.c: file systems and binds. */
int apply_mount(struct apply *a, const struct op *op, struct err *err);
int apply_bind(struct apply *a, const struct op *op, struct err *err);
/* Open the target below the root, making what is missing: a directory, or a file. */
int apply_open_target(struct apply *a, const char *path, bool directory, int *ret, struct err *err);
/* Change attributes, keeping what a user namespace has locked. */
int apply_change_attr(int fd, const struct mount_attr_change *c, struct err *err);
/* apply_cgroup.c: the controllers of cgroup v1, each bound read-only. */
/* Remember the cgroups as the host sees them, on a v1 or hybrid machine: before the cgroup
 * namespace. */
void apply_read_cgroups(struct apply *a);
int apply_cgroup_v1(struct apply *a, const struct op *op, struct err *err);
/* apply_copy.c: copy the content of directory from, its owner and mode to directory to. */
int apply_copy_tree(int from, int to, struct err *err);
/* The same, unless there is something in to already. */
int apply_copy_into_empty(int from, int to, struct err *err);

/* apply_device.c: nodes and links in /dev, the terminal. */
int apply_device(struct apply *a, const struct op *op, struct err *err);
int apply_device_bind(struct apply *a, const struct op *op, struct err *err);
int apply_link(struct apply *a, const struct op *op, struct err *err);
int apply_terminal(struct apply *a, const struct op *op, struct err *err);

/* apply_mask.c: masked and read-only paths. */
int apply_mask(struct apply *a, const struct op *op, struct err *err);
int apply_readonly(struct apply *a, const struct op *op, struct err *err);

/* apply_namespace.c: names, loopback, identity, cgroup and time namespaces, sysctls. */
int apply_loopback(struct apply *a, const struct op *op, struct err *err);
int apply_hostname(struct apply *a, const struct op *op, struct err *err);
int apply_domainname(struct apply *a, const struct op *op, struct err *err);
int apply_keyring(struct apply *a, const struct op *op, struct err *err);
int apply_wait(struct apply *a, const struct op *op, struct err *err);
int apply_identity(struct apply *a, const struct op *op, struct err *err);
int apply_cgroup_ns(struct apply *a, const struct op *op, struct err *err);
int apply_time_ns(struct apply *a, const struct op *op, struct err *err);
int apply_sysctl(struct apply *a, const struct op *op, struct err *err);

/* apply_process.c: what the process has when it is executed. */
int apply_oom_score(struct apply *a, const struct op *op, struct err *err);
int apply_user(struct apply *a, const struct op *op, struct err *err);
int apply_cwd(struct apply *a, const struct op *op, struct err *err);
int apply_personality(struct apply *a, const struct op *op, struct err *err);
int apply_scheduler(struct apply *a, const struct op *op, struct err *err);
int apply_io_priority(struct apply *a, const struct op *op, struct err *err);
int apply_stdio(struct apply *a, const struct op *op, struct err *err);
int apply_rlimit(struct apply *a, const struct op *op, struct err *err);

/* hooks.c */
int apply_hooks_create(struct apply *a, const struct op *op, struct err *err);
int apply_hooks_start(struct apply *a, const struct op *op, struct err *err);

/* exec.c: become the user and execute. Does not return on success. */
int apply_exec(struct apply *a, const struct op *op, struct err *err);

struct child_start {
	const struct sandbox_request *req;
	const struct sandbox_plan *plan;
	const struct sources *sources;
	const struct cgroup *cgroup; /* to go into; may be NULL */
	int channel;		     /* ours */
	int parent_channel;	     /* the parent's, to be closed; -1: it is already */
	int report;		     /* end of a pipe to write to */
};
/* child.c: the child's end of the start: set up, apply, report. Never returns. */
void child_run(const struct child_start *s) __attribute__((noreturn));
/* child.c: enter the namespaces to be joined and clone the child from there. Never returns. */
void launcher_run(const struct child_start *s, uint64_t flags) __attribute__((noreturn));

#endif
