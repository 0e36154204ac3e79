/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation of userns_run(). The child is made in its namespaces, waits for GO while the
 * parent writes the maps, becomes root in the namespace and runs the function. Everything it says
 * goes over the channel; its end is the channel's end, and the wait status tells the rest. It
 * touches no stdio. It dies with its parent: PDEATHSIG is set last, since changing ids clears it,
 * and whether the parent died before that shows in the parent's pid.
 */
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/channel.h"
#include "os/idmap.h"
#include "os/process.h"

int userns_clone_err(int sys, struct err *err)
{
	errno = sys;
	err_sys(err, "create a user namespace");
	switch (sys) {
	case EPERM:
		if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER)
			return err_hint(err,
					"a seccomp filter around onggi forbids it: start the outer "
					"container with --security-opt seccomp=unconfined (onggi "
					"doctor user-namespaces)");
		return err_hint(err,
				"allow it: sysctl kernel.unprivileged_userns_clone=1 (Debian) or"
				" kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"
				" (onggi doctor user-namespaces)");
	case ENOSPC:
	case EUSERS:
		return err_hint(
			err,
			"raise the limit: sysctl user.max_user_namespaces=15000 (at most 32 may"
			" be nested) (onggi doctor user-namespaces)");
	case EINVAL:
		return err_hint(err, "the kernel must be built with CONFIG_USER_NS (onggi doctor "
				     "user-namespaces)");
	default:
		return -1;
	}
}

/* In the child: become root of the namespace. */
static int become_root(const struct userns_call *call, struct err *err)
{
	if (call->join_fd >= 0 && setns(call->join_fd, CLONE_NEWUSER) < 0)
		return err_sys(err, "enter a user namespace");
	/* Refused where setgroups is denied: the groups stay, and give no rights that we lack. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(err, "drop groups in a user namespace");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		err_sys(err, "become root of a user namespace");
		return err_hint(err, "a seccomp filter or a security module makes user namespaces "
				     "useless here (onggi doctor user-namespaces)");
	}
	if (call->join_fd >= 0 && call->new_mount_ns && unshare(CLONE_NEWNS) < 0)
		return err_sys(err, "create a mount namespace");
	return 0;
}

static int die_with_parent(pid_t parent, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(err, "tie a process to its parent");
	if (getppid() != parent)
		return err_set(err, ERR_CANCELLED, "the parent has ended");
	return 0;
}

static int child_run(const struct userns_call *call, pid_t parent, int channel, struct err *err)
{
	struct channel_frame frame;

	if (die_with_parent(parent, err) < 0)
		return -1;
	if (call->join_fd < 0) {
		int r = channel_recv(channel, &frame, err);

		if (r < 0)
			return -1;
		if (r == 0 || frame.type != CHANNEL_GO)
			return err_set(err, ERR_CANCELLED, "the parent has ended");
	}
	if (become_root(call, err) < 0 || die_with_parent(parent, err) < 0)
		return -1;
	return call->fn(call->arg, channel, err);
}

_Noreturn static void child_main(const struct userns_call *call, pid_t parent, int channel)
{
	struct err err = ERR_INIT;

	if (child_run(call, parent, channel, &err) == 0)
		_exit(0);
	if (err.kind == ERR_NONE)
		err_set(&err, ERR_SYSTEM, "the work in a user namespace failed without a reason");
	channel_send_err(channel, &err);
	_exit(1);
}

/* Take the child's frames until it closes the channel. Returns -1 with its error. */
static int receive_all(const struct userns_call *call, int channel, struct err *err)
{
	for (;;) {
		struct channel_frame frame;
		int r = channel_recv(channel, &frame, err);

		if (r <= 0)
			return r;
		for (size_t i = 0; i < frame.n_fds; i++)
			close(frame.fds[i]);
		if (frame.type == CHANNEL_DATA && call->on_data)
			call->on_data(call->data_arg, frame.data, frame.len);
	}
}

static int parent_run(const struct userns_call *call, struct process *p, int channel,
		      struct err *err)
{
	int status = 0;
	int r = 0;

	if (call->join_fd < 0) {
		r = id_maps_write(p->pid, call->maps, err);
		if (r == 0)
			r = channel_send(channel, CHANNEL_GO, NULL, 0, err);
		if (r < 0)
			process_signal(p, SIGKILL, NULL);
	}
	if (r == 0)
		r = receive_all(call, channel, err);
	/* After its error, or one of the channel's, it has nothing to say any more. */
	if (r < 0)
		process_signal(p, SIGKILL, NULL);
	if (process_wait(p, &status, r < 0 ? NULL : err) < 0 || r < 0)
		return -1;
	if (call->ret_status) {
		*call->ret_status = status;
		return 0;
	}
	if (WIFSIGNALED(status))
		return err_set(err, ERR_SYSTEM,
			       "the process in the user namespace was killed by signal %d (%s)",
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		return err_set(err, ERR_SYSTEM,
			       "the process in the user namespace ended with status %d",
			       WEXITSTATUS(status));
	return 0;
}

int userns_run(const struct userns_call *call, struct err *err)
{
	uint64_t flags = 0;
	struct process p = PROCESS_INIT;
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;
	int r;

	if (call->join_fd < 0)
		flags = (uint64_t)CLONE_NEWUSER | (call->new_mount_ns ? (uint64_t)CLONE_NEWNS : 0);
	if (channel_pair(ends, err) < 0)
		return -1;
	pid = process_clone(flags, -1, NULL, &p, err);
	if (pid == 0) {
		close(ends[0]);
		child_main(call, parent, ends[1]);
	}
	if (pid < 0 && flags)
		userns_clone_err(errno, err);
	close(ends[1]);
	r = pid < 0 ? -1 : parent_run(call, &p, ends[0], err);
	close(ends[0]);
	process_done(&p);
	return r;
}
