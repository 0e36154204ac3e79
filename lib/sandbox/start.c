/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The parent, which is the supervisor:
 *
 *   cgroup → clone → start the id-map helpers → into the cgroup → the caller's own work →
 *   helpers' end → go-ahead → wait for "executing" and the channel's end → wait for the report's
 * end
 *
 * The child works meanwhile on what needs neither maps nor cgroup. The channel is close-on-exec in
 * the child: its end after the frame "executing" says that onggi-init runs; its end without, that
 * the child died; an error frame says why nothing runs. From then on nothing that the child says is
 * believed but one number: onggi-init writes the errno of the program's execve(2) to a pipe, whose
 * end without it says that the program runs. Whatever fails, the child is killed and reaped and the
 * cgroup removed before the error is returned.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "os/channel.h"
#include "os/fd.h"
#include "sandbox/apply.h"
#include "sandbox/device_rules.h"
#include "sandbox/exec.h"
#include "sandbox/hooks.h"
#include "sandbox/idmapped.h"
#include "sandbox/sandbox.h"

#define PROC_PATH_MAX 48
#define ERRNO_MAX     4095 /* the kernel's MAX_ERRNO */

struct starter {
	const struct sandbox_request *req;
	const struct sandbox_plan *plan;
	int channel;   /* the parent's end */
	int report[2]; /* the pipe; [1] is the child's and closed when there is one */
	bool in_cgroup;
	bool executing;
	bool meanwhile_done;
	struct sources sources;
	struct sandbox box;
};

/* What the clone makes. The cgroup and time namespaces are made later, by the child. */
static uint64_t clone_flags(const struct sandbox_plan *p)
{
	uint64_t flags = 0;

	for (unsigned k = 0; k < NS_COUNT; k++)
		if (p->ns[k] == NS_NEW && k != NS_CGROUP && k != NS_TIME)
			flags |= ns_infos[k].flag;
	return flags;
}

/* Why a clone failed, in words that name the mend. */
static int clone_failed(const struct sandbox_plan *p, int sys, struct err *err)
{
	if (p->ns[NS_USER] == NS_NEW && sys != EAGAIN)
		return userns_clone_err(sys, err);
	if (sys == EPERM) {
		err_set(err, ERR_DENIED,
			"namespaces can't be made without root or a user namespace");
		err_hint(err, "run it as root, or with a user namespace");
	} else if (sys == ENOSPC || sys == EUSERS) {
		err_set(err, ERR_LIMIT, "no more namespaces may be made");
		err_hint(err, "sysctl -w user.max_user_namespaces=15000 (and the other user.max_* "
			      "limits) (onggi doctor user-namespaces)");
	} else if (sys == EAGAIN) {
		err_set(err, ERR_LIMIT, "no more processes may be made");
		err_hint(err,
			 "ulimit -u, or the pids limit of the surrounding cgroup (onggi doctor "
			 "processes)");
	}
	if (err && err->kind != ERR_SYSTEM)
		err->sys = sys;
	return -1;
}

static int make_cgroup(struct starter *s, struct err *err)
{
	_cleanup_(cgroup_host) struct cgroup_host host = {.mode = CGROUP_NONE};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct spec_linux *l = &s->plan->spec->linux_;

	if (!s->req->id)
		return 0;
	cgroup_host_find(&host);
	return cgroup_new(&host, s->req->id, l->cgroups_path,
			  device_rules_with_defaults(l->resources, &a), &s->box.cgroup, err);
}

/* The launcher sends us the child. */
static int receive_child(struct starter *s, struct process *launcher, struct err *err)
{
	struct channel_frame f;
	int r = channel_recv(s->channel, &f, err);
	int status;

	if (r == 1 && f.type == CHANNEL_FD && f.len == 1 + sizeof(pid_t) &&
	    f.data[0] == SANDBOX_FD_CHILD) {
		memcpy(&s->box.process.pid, f.data + 1, sizeof(pid_t));
		s->box.process.pidfd = f.n_fds == 1 ? f.fds[0] : -1;
	}
	if (process_wait(launcher, &status, r == 1 ? err : NULL) < 0)
		return -1;
	if (r < 0)
		return -1;
	return s->box.process.pid > 0
		       ? 0
		       : err_set(err, ERR_SYSTEM, "the process that enters the namespaces ended");
}

static int make_child(struct starter *s, int child_channel, struct err *err)
{
	const struct child_start start = {
		.req = s->req,
		.plan = s->plan,
		.sources = &s->sources,
		.cgroup = s->box.cgroup,
		.channel = child_channel,
		.parent_channel = s->channel,
		.report = s->report[1],
	};
	uint64_t flags = clone_flags(s->plan);
	struct process launcher = PROCESS_INIT;
	pid_t pid;

	if (s->plan->joins) {
		pid = process_clone(0, -1, NULL, &launcher, err);
		if (pid == 0)
			launcher_run(&start, flags);
		close(child_channel);
		if (pid < 0)
			return clone_failed(s->plan, errno, err);
		pid = receive_child(s, &launcher, err);
		process_done(&launcher);
		return pid;
	}
	pid = process_clone(flags, s->box.cgroup ? cgroup_dir_fd(s->box.cgroup) : -1, &s->in_cgroup,
			    &s->box.process, err);
	if (pid == 0)
		child_run(&start);
	if (pid < 0)
		clone_failed(s->plan, errno, err);
	close(child_channel);
	return pid < 0 ? -1 : 0;
}

/* The namespace's descriptor, while the child is dumpable: its /proc/PID is ours then. */
static int open_userns(struct starter *s, struct err *err)
{
	const char *path = s->plan->ns_path[NS_USER];
	char own[PROC_PATH_MAX];

	if (s->plan->ns[NS_USER] == NS_NEW) {
		snprintf(own, sizeof(own), "/proc/%d/ns/user", (int)s->box.process.pid);
		path = own;
	}
	s->box.userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->box.userns_fd < 0)
		return err_sys(err, "open the container's user namespace");
	return 0;
}

static int enter_cgroup(struct starter *s, struct err *err)
{
	bool devices = false;

	if (s->box.cgroup &&
	    cgroup_add(s->box.cgroup, s->box.process.pid,
		       s->in_cgroup || cgroup_enters_itself(s->box.cgroup), &devices, err) < 0)
		return -1;
	/* In a user namespace nobody makes device nodes: no policy is needed. */
	s->box.degraded_devices =
		s->req->deny_mknod_without_cgroup && !devices && !s->plan->in_userns;
	return 0;
}

/*
 * Limits above what the child could give itself: in a user namespace, CAP_SYS_RESOURCE counts for
 * nothing. Here it does, and what can't be raised here either is the child's to report.
 */
static void raise_limits(const struct starter *s)
{
	if (s->plan->ns[NS_USER] == NS_SHARED || !s->req->host->can_raise_rlimits)
		return;
	for (size_t i = 0; i < s->plan->n_ops; i++) {
		const struct op *op = &s->plan->ops[i];
		struct rlimit64 have;

		if (op->kind != OP_RLIMIT ||
		    prlimit64(s->box.process.pid, op->rlimit.resource, NULL, &have) < 0 ||
		    have.rlim_max >= op->rlimit.limit.rlim_max)
			continue;
		have.rlim_max = op->rlimit.limit.rlim_max;
		prlimit64(s->box.process.pid, op->rlimit.resource, &have, NULL);
	}
}

static int do_meanwhile(struct starter *s, struct err *err)
{
	if (!s->req->meanwhile || s->meanwhile_done)
		return 0;
	s->meanwhile_done = true;
	return s->req->meanwhile(s->req->meanwhile_arg, err);
}

/*
 * newuidmap and newgidmap take milliseconds of their own, and the child's first steps a tenth of
 * one: all else that there is to do is done meanwhile.
 */
static int set_up_child(struct starter *s, struct err *err)
{
	struct id_maps_writing maps;
	struct err late = ERR_INIT;
	int r;

	if (s->plan->has_maps &&
	    id_maps_write_begin(s->box.process.pid, &s->plan->maps, &maps, err) < 0)
		return -1;
	r = enter_cgroup(s, err);
	if (r == 0)
		r = do_meanwhile(s, err);
	if (r == 0 && s->plan->ns[NS_USER] != NS_SHARED)
		r = open_userns(s, err);
	if (r == 0)
		raise_limits(s);
	if (s->plan->has_maps && id_maps_write_finish(&maps, r == 0 ? err : &late) < 0)
		return -1;
	return r;
}

static int let_go(struct starter *s, struct err *err)
{
	const struct sandbox_go go = {.drop_mknod = s->box.degraded_devices,
				      .n_mounts = (unsigned)s->plan->n_idmapped};

	if (channel_send(s->channel, CHANNEL_GO, &go, sizeof(go), err) < 0)
		return -1;
	return s->plan->n_idmapped > 0 ? idmapped_send(s->plan, s->channel, s->box.userns_fd, err)
				       : 0;
}

static int take_frame(struct starter *s, struct channel_frame *f, struct err *err)
{
	if (f->type == CHANNEL_FD && f->len == 1 && f->data[0] == SANDBOX_FD_CONSOLE &&
	    f->n_fds == 1 && s->box.console_fd < 0) {
		s->box.console_fd = f->fds[0];
		return 0;
	}
	if (f->type == CHANNEL_READY && f->len == 1 && f->data[0] == SANDBOX_STAGE_EXEC) {
		s->executing = true;
		return 0;
	}
	if (f->type == CHANNEL_READY && f->len == 1 && f->data[0] == SANDBOX_STAGE_HOOKS) {
		if (hooks_run_runtime(s->req, s->box.process.pid, err) < 0)
			return -1;
		return channel_send(s->channel, CHANNEL_GO, NULL, 0, err);
	}
	for (size_t i = 0; i < f->n_fds; i++)
		close(f->fds[i]);
	return err_set(err, ERR_CORRUPT, "the container's first process sent an unknown frame");
}

/* Until the program runs, or the reason why not. */
static int await_program(struct starter *s, struct err *err)
{
	const struct spec_process *p = &s->plan->spec->process;
	int why;
	ssize_t n = fd_read_full(s->report[0], &why, sizeof(why));

	if (n == 0)
		return 0;
	if (n != sizeof(why) || why <= 0 || why > ERRNO_MAX)
		return err_set(err, ERR_CORRUPT, "the container's init sent an unknown report");
	return exec_refused(p->args[0], why, err);
}

/* Until the child has executed onggi-init. */
static int listen_to_child(struct starter *s, struct err *err)
{
	struct channel_frame f;
	int status;
	int r;

	while ((r = channel_recv(s->channel, &f, err)) > 0)
		if (take_frame(s, &f, err) < 0)
			return -1;
	if (r < 0)
		return -1;
	if (s->executing)
		return 0;
	if (process_wait(&s->box.process, &status, err) < 0)
		return -1;
	if (WIFSIGNALED(status))
		return err_set(
			err, ERR_SYSTEM,
			"the container's first process was killed by signal %d before it ran "
			"the program",
			WTERMSIG(status));
	return err_set(err, ERR_SYSTEM,
		       "the container's first process ended before it ran the program");
}

/*
 * A child that has failed already can't be set up, nor be told to go on: its own reason, if it gave
 * one, is the cause of ours.
 */
static int take_last_words(struct starter *s, struct err *err)
{
	struct err theirs = ERR_INIT;
	struct channel_frame f;
	int r;

	process_signal(&s->box.process, SIGKILL, NULL);
	while ((r = channel_recv(s->channel, &f, &theirs)) > 0)
		for (size_t i = 0; i < f.n_fds; i++)
			close(f.fds[i]);
	if (r < 0 && theirs.kind != ERR_NONE && err)
		*err = theirs;
	return -1;
}

static void starter_undo(struct starter *s)
{
	int status;

	if (s->box.process.pid > 0) {
		process_signal(&s->box.process, SIGKILL, NULL);
		process_wait(&s->box.process, &status, NULL);
	}
	sandbox_finish(&s->box, NULL);
}

static int start_steps(struct starter *s, int child_channel, struct err *err)
{
	bool remapped_root = s->plan->has_maps && !s->req->host->rootless;
	int r;

	if ((remapped_root &&
	     (do_meanwhile(s, err) < 0 || sources_open(s->plan, &s->sources, err) < 0)) ||
	    make_cgroup(s, err) < 0) {
		close(child_channel);
		return -1;
	}
	r = make_child(s, child_channel, err);
	close(fd_take(&s->report[1]));
	if (r < 0)
		return -1;
	if (set_up_child(s, err) < 0 || let_go(s, err) < 0)
		return take_last_words(s, err);
	if (listen_to_child(s, err) < 0 || await_program(s, err) < 0)
		return -1;
	return hooks_run_poststart(s->req, s->box.process.pid, err);
}

static void close_report(struct starter *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->report); i++)
		if (s->report[i] >= 0)
			close(fd_take(&s->report[i]));
}

int sandbox_start(const struct sandbox_request *req, const struct sandbox_plan *plan,
		  struct sandbox *ret, struct err *err)
{
	struct starter s = {.req = req, .plan = plan, .sources = SOURCES_INIT, .box = SANDBOX_INIT};
	struct err own = ERR_INIT;
	int channel[2];
	int r;

	if (pipe2(s.report, O_CLOEXEC) < 0)
		return err_sys(err, "make a pipe");
	if (channel_pair(channel, err) < 0) {
		close_report(&s);
		return -1;
	}
	s.channel = channel[0];
	s.box.outlives_init = plan->ns[NS_PID] != NS_NEW;
	r = start_steps(&s, channel[1], &own);
	sources_done(&s.sources);
	close(s.channel);
	close_report(&s);
	if (r < 0) {
		starter_undo(&s);
		if (err)
			*err = own;
		return -1;
	}
	*ret = s.box;
	return 0;
}

int sandbox_kill(struct sandbox *s, struct err *err)
{
	if (s->cgroup && cgroup_kill(s->cgroup, NULL) == 0)
		return 0;
	return process_signal(&s->process, SIGKILL, err);
}

void sandbox_finish(struct sandbox *s, bool *ret_oom)
{
	bool oom = s->cgroup && cgroup_oom_killed(s->cgroup);

	if (s->cgroup) {
		if (s->outlives_init)
			cgroup_kill(s->cgroup, NULL);
		cgroup_remove(s->cgroup);
		cgroup_free(s->cgroup);
		s->cgroup = NULL;
	}
	process_done(&s->process);
	if (s->console_fd >= 0)
		close(fd_take(&s->console_fd));
	if (s->userns_fd >= 0)
		close(fd_take(&s->userns_fd));
	if (ret_oom)
		*ret_oom = oom;
}
