/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/apply.h"

#include <errno.h>

#include "base/strv.h"
#include "os/mount_call.h"

typedef int apply_fn(struct apply *a, const struct op *op, struct err *err);

static const struct {
	const char *name;
	apply_fn *fn;
} kinds[OP_KIND_COUNT] = {
	[OP_OOM_SCORE] = {"oom-score", apply_oom_score},
	[OP_PROPAGATION] = {"propagation", apply_propagation},
	[OP_LOOPBACK] = {"loopback", apply_loopback},
	[OP_HOSTNAME] = {"hostname", apply_hostname},
	[OP_DOMAINNAME] = {"domainname", apply_domainname},
	[OP_KEYRING] = {"keyring", apply_keyring},
	[OP_WAIT] = {"wait", apply_wait},
	[OP_IDENTITY] = {"identity", apply_identity},
	[OP_CGROUP_NS] = {"cgroup-namespace", apply_cgroup_ns},
	[OP_TIME_NS] = {"time-namespace", apply_time_ns},
	[OP_ROOT_DIR] = {"root-directory", apply_root_dir},
	[OP_ROOT_OVERLAY] = {"root-overlay", apply_root_overlay},
	[OP_ROOT_JOINED] = {"root-joined", apply_root_joined},
	[OP_MOUNT] = {"mount", apply_mount},
	[OP_BIND] = {"bind", apply_bind},
	[OP_CGROUP_V1] = {"cgroup-v1", apply_cgroup_v1},
	[OP_DEVICE] = {"device", apply_device},
	[OP_DEVICE_BIND] = {"device-bind", apply_device_bind},
	[OP_LINK] = {"link", apply_link},
	[OP_SYSCTL] = {"sysctl", apply_sysctl},
	[OP_USER] = {"user", apply_user},
	[OP_CWD] = {"make-cwd", apply_cwd},
	[OP_MASK] = {"mask", apply_mask},
	[OP_READONLY] = {"read-only", apply_readonly},
	[OP_TERMINAL] = {"terminal", apply_terminal},
	[OP_HOOKS_CREATE] = {"hooks-create-container", apply_hooks_create},
	[OP_PIVOT] = {"pivot", apply_pivot},
	[OP_ROOT_PROPAGATION] = {"root-propagation", apply_root_propagation},
	[OP_ROOT_READONLY] = {"root-read-only", apply_root_readonly},
	[OP_PERSONALITY] = {"personality", apply_personality},
	[OP_SCHEDULER] = {"scheduler", apply_scheduler},
	[OP_IO_PRIORITY] = {"io-priority", apply_io_priority},
	[OP_HOOKS_START] = {"hooks-start-container", apply_hooks_start},
	[OP_STDIO] = {"stdio", apply_stdio},
	[OP_RLIMIT] = {"rlimit", apply_rlimit},
	[OP_EXEC] = {"exec", apply_exec},
};

const char *op_name(enum op_kind kind)
{
	return kind < OP_KIND_COUNT ? kinds[kind].name : "?";
}

/* Calls that nothing but a filter or a security module refuses to the root of new namespaces. */
static bool only_forbidden(enum op_kind kind)
{
	return kind == OP_PIVOT || kind == OP_CGROUP_NS || kind == OP_TIME_NS ||
	       kind == OP_HOSTNAME || kind == OP_DOMAINNAME;
}

/* What nothing may be mounted for is not this operation's, and has a mend of its own. */
static int explain(const struct apply *a, enum op_kind kind, struct err *err)
{
	if (err && !err->hint[0] && err->sys == EPERM && only_forbidden(kind))
		return err_hint(err,
				"a seccomp filter around onggi forbids it: start the outer "
				"container with --security-opt seccomp=unconfined (onggi doctor "
				"nesting)");
	if (!err || err->hint[0] || (err->sys != EPERM && err->sys != EACCES) || !mount_forbidden())
		return -1;
	return err_hint(err,
			"a seccomp filter or a security module around onggi forbids to mount: "
			"start the outer container with --security-opt seccomp=unconfined "
			"--security-opt apparmor=unconfined (onggi doctor %s)",
			a->plan->in_userns ? "user-namespaces" : "nesting");
}

int apply_plan(struct apply *a, struct err *err)
{
	for (size_t i = 0; i < a->plan->n_ops; i++) {
		const struct op *op = &a->plan->ops[i];

		if (kinds[op->kind].fn(a, op, err) < 0)
			return op->kind == OP_EXEC ? -1 : explain(a, op->kind, err);
	}
	return 0;
}
