/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as text: one line for each namespace and step, in order. */
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "sandbox/plan.h"

static void print_attr(uint64_t attr, const char *sign, struct buf *out)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} bits[] = {
		{MOUNT_ATTR_RDONLY, "ro"},
		{MOUNT_ATTR_NOSUID, "nosuid"},
		{MOUNT_ATTR_NODEV, "nodev"},
		{MOUNT_ATTR_NOEXEC, "noexec"},
		{MOUNT_ATTR_NOATIME, "noatime"},
		{MOUNT_ATTR_STRICTATIME, "strictatime"},
		{MOUNT_ATTR_NODIRATIME, "nodiratime"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (attr & bits[i].bit)
			buf_addf(out, " %s%s", sign, bits[i].name);
}

static const char *propagation_name(unsigned long flags)
{
	switch (flags & ~(unsigned long)MS_REC) {
	case MS_SHARED:
		return "shared";
	case MS_SLAVE:
		return "slave";
	case MS_PRIVATE:
		return "private";
	default:
		return "unbindable";
	}
}

static void print_changes(const struct op_mount *m, struct buf *out)
{
	for (size_t i = 0; i < m->n_changes; i++) {
		const struct mount_attr_change *c = &m->changes[i];

		print_attr(c->set, c->recursive ? "r:" : "", out);
		print_attr(c->clear & ~c->set, c->recursive ? "r:not-" : "not-", out);
		if (c->propagation)
			buf_addf(out, " %s%s", c->recursive ? "r" : "",
				 propagation_name(c->propagation));
	}
}

static void print_mount(const struct op *op, struct buf *out)
{
	const struct op_mount *m = &op->mount;

	if (op->kind == OP_BIND)
		buf_addf(out, " %s from %s%s%s", op->path, m->source,
			 m->recursive ? " recursive" : "",
			 !m->idmap	? ""
			 : m->idmap_rec ? " ridmap"
					: " idmap");
	else
		buf_addf(out, " %s %s", op->path, m->fstype);
	strv_foreach (o, m->data)
		buf_addf(out, " %s", *o);
	print_attr(m->attr, "", out);
	print_changes(m, out);
	if (m->copy_up)
		buf_adds(out, " copy-up");
	if (m->bind_if_refused)
		buf_addf(out, " else-bind %s", m->bind_if_refused);
}

static void print_limit(uint64_t v, struct buf *out)
{
	if (v == RLIM64_INFINITY)
		buf_adds(out, " unlimited");
	else
		buf_addf(out, " %llu", (unsigned long long)v);
}

static void print_device(const struct op *op, struct buf *out)
{
	const struct op_device *d = &op->device;
	char type = S_ISBLK(d->mode) ? 'b' : S_ISFIFO(d->mode) ? 'p' : 'c';

	buf_addf(out, " %s %c %u:%u %04o", op->path, type, d->major, d->minor, d->mode & 07777);
}

static void print_process(const struct sandbox_plan *p, const struct op *op, struct buf *out)
{
	const struct spec_process *s = &p->spec->process;

	if (op->kind == OP_EXEC)
		buf_addf(out, " %s caps %#llx%s seccomp %zu", op->path,
			 (unsigned long long)p->caps.bounding,
			 s->no_new_privileges ? " no-new-privs" : "", p->seccomp.n_insns);
	else if (op->path)
		buf_addf(out, " '%s'", op->path);
	else
		buf_addf(out, " %u:%u", s->user.uid, s->user.gid);
}

static void print_op(const struct sandbox_plan *p, const struct op *op, struct buf *out)
{
	buf_adds(out, op_name(op->kind));
	switch (op->kind) {
	case OP_MOUNT:
	case OP_BIND:
	case OP_CGROUP_V1:
		print_mount(op, out);
		break;
	case OP_DEVICE:
		print_device(op, out);
		break;
	case OP_LINK:
		buf_addf(out, " %s to %s", op->path, op->text);
		break;
	case OP_SYSCTL:
		buf_addf(out, " %s = %s", op->path, op->text);
		break;
	case OP_PROPAGATION:
	case OP_ROOT_PROPAGATION:
		buf_addf(out, " %s", propagation_name(op->flags));
		break;
	case OP_OOM_SCORE:
		buf_addf(out, " %lld", (long long)op->number);
		break;
	case OP_RLIMIT:
		buf_addf(out, " %s", op->path);
		print_limit(op->rlimit.limit.rlim_cur, out);
		print_limit(op->rlimit.limit.rlim_max, out);
		break;
	case OP_USER:
	case OP_EXEC:
		print_process(p, op, out);
		break;
	default:
		buf_addf(out, "%s%s", op->path ? " " : "", op->path ? op->path : "");
	}
	buf_addc(out, '\n');
}

/* Where they are written to is decided by the start: with no usable cgroup they are not. */
static void print_limits(const struct sandbox_plan *p, struct buf *out)
{
	_cleanup_(cgroup_plan) struct cgroup_plan limits = {.settings = NULL};
	struct err err = ERR_INIT;

	if (cgroup_plan_new(p->spec->linux_.resources, p->cgroup_v2, &limits, &err) < 0)
		buf_addf(out, "cgroup refused: %s\n", err.text);
	else
		cgroup_plan_print(&limits, out);
}

void sandbox_plan_print(const struct sandbox_plan *p, struct buf *out)
{
	for (unsigned k = 0; k < NS_COUNT; k++) {
		if (p->ns[k] == NS_NEW)
			buf_addf(out, "namespace %s new\n", ns_infos[k].spec_name);
		else if (p->ns[k] == NS_JOIN)
			buf_addf(out, "namespace %s from %s\n", ns_infos[k].spec_name,
				 p->ns_path[k]);
	}
	print_limits(p, out);
	for (size_t i = 0; i < p->n_ops; i++)
		print_op(p, &p->ops[i], out);
}
