/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The child of the clone is a copy of the supervisor until it executes
 * onggi-init: its descriptors are close-on-exec, its memory is undumpable from the go-ahead on, and
 * it speaks only through the channel.
 *
 * Namespaces that exist already are entered by a launcher, a short-lived process between the two:
 * entering a pid namespace counts for children only, and entering a user namespace must come before
 * the others are made in it. The launcher clones the child with CLONE_PARENT, so that the
 * supervisor is its parent all the same, sends its pidfd, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/channel.h"
#include "sandbox/apply.h"

#define CHILD_FAILED 125 /* docker's code for "ours" */

static void child_end(int channel, const struct err *err) __attribute__((noreturn));
static void child_end(int channel, const struct err *err)
{
	channel_send_err(channel, err);
	_exit(CHILD_FAILED);
}

static void apply_init(const struct child_start *s, struct apply *ret)
{
	*ret = (struct apply){
		.req = s->req,
		.plan = s->plan,
		.channel = s->channel,
		.root_source = s->sources->root,
		.binds = s->sources->binds,
		.root_fd = -1,
		.proc_fd = -1,
		.dev_fd = -1,
		.dev_pts_fd = -1,
		.empty_fd = -1,
		.null_fd = -1,
		.tty_fd = -1,
		.report_fd = s->report,
		.init_fd = -1,
		.oom_done = s->plan->joins,
	};
}

/*
 * As a program expects them: nothing ignored. (execve(2) resets what has a handler and leaves what
 * is ignored, as does CLONE_CLEAR_SIGHAND.) What is blocked stays so until execve(2).
 */
static void reset_handlers(const sigset_t *ignored)
{
	const struct sigaction dfl = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && (!ignored || sigismember(ignored, sig)))
			sigaction(sig, &dfl, NULL);
}

void child_run(const struct child_start *s)
{
	struct err err = ERR_INIT;
	struct apply a;

	if (s->parent_channel >= 0)
		close(s->parent_channel);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		err_sys(&err, "ask to end with the supervisor");
		child_end(s->channel, &err);
	}
	if (cgroup_enter_self(s->cgroup, &err) < 0)
		child_end(s->channel, &err);
	/* A session of its own: what the terminal does to the supervisor's is not for the
	 * container. */
	setsid();
	umask(0);
	reset_handlers(s->req->ignored);
	apply_init(s, &a);
	if (apply_plan(&a, &err) == 0)
		err_set(&err, ERR_INVALID, "the plan has no program to execute");
	/* An arena needs no release in a process that ends; its memory is a copy. */
	child_end(a.channel, &err);
}

static int open_namespaces(const struct sandbox_plan *p, int *fds, struct err *err)
{
	for (unsigned k = 0; k < NS_COUNT; k++) {
		fds[k] = -1;
		if (p->ns[k] != NS_JOIN)
			continue;
		fds[k] = open(p->ns_path[k], O_RDONLY | O_CLOEXEC);
		if (fds[k] < 0)
			return err_sys(err, "open %s namespace '%s'", ns_infos[k].spec_name,
				       p->ns_path[k]);
	}
	return 0;
}

static int enter(const struct sandbox_plan *p, unsigned k, int fd, struct err *err)
{
	if (setns(fd, (int)ns_infos[k].flag) == 0)
		return 0;
	err_sys(err, "enter %s namespace '%s'", ns_infos[k].spec_name, p->ns_path[k]);
	return errno == EINVAL ? err_hint(err, "it must be a namespace of this kind that is not "
					       "entered already")
			       : -1;
}

/*
 * With a new user namespace or none, our own rights count; with a joined one, those that it gives,
 * except for namespaces that belong to our own user namespace: these are tried before it.
 */
static int join_namespaces(const struct sandbox_plan *p, struct err *err)
{
	int fds[NS_COUNT];

	if (open_namespaces(p, fds, err) < 0)
		return -1;
	for (unsigned k = NS_USER + 1; p->ns[NS_USER] == NS_JOIN && k < NS_COUNT; k++)
		if (fds[k] >= 0 && k != NS_MOUNT && setns(fds[k], (int)ns_infos[k].flag) == 0)
			close(fd_take(&fds[k]));
	for (unsigned k = 0; k < NS_COUNT; k++) {
		if (fds[k] < 0)
			continue;
		if (enter(p, k, fds[k], err) < 0)
			return -1;
		close(fds[k]);
	}
	return 0;
}

static int launch(const struct child_start *s, uint64_t flags, struct process *child,
		  struct err *err)
{
	struct apply a;

	if (s->plan->ops[0].kind == OP_OOM_SCORE) {
		apply_init(s, &a);
		a.oom_done = false;
		if (apply_oom_score(&a, &s->plan->ops[0], err) < 0)
			return -1;
	}
	/* Processes of the namespaces that we enter must not look at us. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, "become undumpable");
	if (join_namespaces(s->plan, err) < 0)
		return -1;
	if (process_clone(flags | CLONE_PARENT, -1, NULL, child, err) < 0)
		return -1;
	return 0;
}

void launcher_run(const struct child_start *s, uint64_t flags)
{
	struct child_start here = *s;
	struct process child = PROCESS_INIT;
	struct err err = ERR_INIT;
	char data[1 + sizeof(child.pid)] = {SANDBOX_FD_CHILD};

	close(s->parent_channel);
	here.parent_channel = -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (launch(s, flags, &child, &err) < 0)
		child_end(s->channel, &err);
	if (child.pid == 0)
		child_run(&here);
	memcpy(data + 1, &child.pid, sizeof(child.pid));
	if (channel_send_fd(s->channel, CHANNEL_FD, data, sizeof(data), child.pidfd, &err) < 0)
		process_signal(&child, SIGKILL, NULL);
	_exit(0);
}
