/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * The order of the operations is the order in which the child carries them out, and it is all here:
 *
 *   1. What needs neither mapped ids nor the cgroup, done while the parent writes the maps and
 *      makes the cgroup: oom score and time offsets (before anything makes us undumpable, which
 *      takes these files away from us), propagation, loopback, names, keyring.
 *   2. The go-ahead. From here on the child is root of its user namespace and in its cgroup, so the
 *      cgroup namespace can be made.
 *   3. The root is attached over "/" (the caller's "/" stays reachable by absolute paths until the
 *      pivot, which is how bind sources are found), then everything below it, each target resolved
 *      in the root by descriptor.
 *   4. Masks and read-only paths come after the mounts that they are to cover, and after sysctls,
 *      which are written through the container's own proc.
 *   5. pivot_root; then what must see the container's root. The root turns read-only last.
 */
#include "sandbox/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/hooks.h"

struct op *plan_add(struct sandbox_plan *p, enum op_kind kind, const char *path)
{
	struct op *op;

	if (p->n_ops == p->max_ops) {
		struct op *more;

		p->max_ops = p->max_ops ? 2 * p->max_ops : PLAN_USUAL_OPS;
		more = arena_calloc(&p->arena, p->max_ops, sizeof(*more));
		if (p->n_ops)
			memcpy(more, p->ops, p->n_ops * sizeof(*more));
		p->ops = more;
	}
	op = &p->ops[p->n_ops++];
	op->kind = kind;
	op->path = path;
	return op;
}

bool plan_uid_mapped(const struct sandbox_plan *p, uint32_t id)
{
	uint32_t outside;

	return !p->has_maps || id_map_to_outside(&p->maps.uid, id, &outside);
}

bool plan_gid_mapped(const struct sandbox_plan *p, uint32_t id)
{
	uint32_t outside;

	return !p->has_maps || id_map_to_outside(&p->maps.gid, id, &outside);
}

static int propagation_parse(const char *s, unsigned long *ret, struct err *err)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} words[] = {
		{"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
		{"slave", MS_SLAVE},	       {"rslave", MS_SLAVE | MS_REC},
		{"shared", MS_SHARED},	       {"rshared", MS_SHARED | MS_REC},
		{"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, s) == 0) {
			*ret = words[i].flags;
			return 0;
		}
	}
	return err_set(
		err, ERR_INVALID,
		"rootfsPropagation '%s' is not one of private, slave, shared, unbindable and "
		"their recursive forms (rprivate, ...)",
		s);
}

/*
 * Mounts of the caller's namespace must not see ours. They become private, or slaves where a mount
 * asks to receive what the host mounts later.
 */
static int plan_propagation(struct sandbox_plan *p, unsigned long *ret_root, struct err *err)
{
	const struct runtime_spec *s = p->spec;
	unsigned long caller = MS_PRIVATE;

	*ret_root = 0;
	if (s->linux_.rootfs_propagation && *s->linux_.rootfs_propagation) {
		if (propagation_parse(s->linux_.rootfs_propagation, ret_root, err) < 0)
			return -1;
		if (*ret_root & (MS_SHARED | MS_SLAVE))
			caller = *ret_root & (MS_SHARED | MS_SLAVE);
	}
	for (size_t i = 0; i < s->n_mounts; i++) {
		for (size_t j = 0; j < s->mounts[i].n_options; j++) {
			const char *o = s->mounts[i].options[j];

			if (caller == MS_PRIVATE &&
			    (str_suffix(o, "slave") || str_suffix(o, "shared")))
				caller = MS_SLAVE;
		}
	}
	p->caller_propagation = caller;
	plan_add(p, OP_PROPAGATION, "/")->flags = caller;
	return 0;
}

static int plan_before_wait(struct sandbox_plan *p, unsigned long *ret_root, struct err *err)
{
	const struct runtime_spec *s = p->spec;

	if (s->process.oom_score_adj)
		plan_add(p, OP_OOM_SCORE, NULL)->number = *s->process.oom_score_adj;
	if (p->ns[NS_MOUNT] == NS_NEW && plan_propagation(p, ret_root, err) < 0)
		return -1;
	if (p->ns[NS_NET] == NS_NEW)
		plan_add(p, OP_LOOPBACK, NULL);
	if (!str_empty(s->hostname))
		plan_add(p, OP_HOSTNAME, s->hostname);
	if (!str_empty(s->domainname))
		plan_add(p, OP_DOMAINNAME, s->domainname);
	if (p->ns[NS_TIME] == NS_NEW)
		plan_add(p, OP_TIME_NS, NULL);
	plan_add(p, OP_KEYRING, NULL);
	plan_add(p, OP_WAIT, NULL);
	return 0;
}

static int plan_root(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	if (p->ns[NS_MOUNT] == NS_JOIN) {
		plan_add(p, OP_ROOT_JOINED, "/");
		return 0;
	}
	if (!req->rootfs || req->rootfs->kind == ROOTFS_DIR) {
		if (str_empty(p->spec->root.path))
			return err_set(err, ERR_INVALID,
				       "root.path is missing: the directory with "
				       "the container's root file system");
		plan_add(p, OP_ROOT_DIR, p->spec->root.path);
		return 0;
	}
	if (req->rootfs->n_lower == 0)
		return err_set(err, ERR_INVALID, "the root overlay has no layer");
	plan_add(p, OP_ROOT_OVERLAY, "/");
	return 0;
}

static void plan_masks(struct sandbox_plan *p)
{
	const struct spec_linux *l = &p->spec->linux_;

	for (size_t i = 0; i < l->n_readonly_paths; i++)
		plan_add(p, OP_READONLY, l->readonly_paths[i]);
	for (size_t i = 0; i < l->n_masked_paths; i++)
		plan_add(p, OP_MASK, l->masked_paths[i]);
}

static int plan_own_root(struct sandbox_plan *p, const struct sandbox_request *req,
			 unsigned long root_propagation, struct err *err)
{
	const struct runtime_spec *s = p->spec;

	if (plan_mounts(p, req, err) < 0 || plan_devices(p, err) < 0 || plan_sysctls(p, err) < 0)
		return -1;
	plan_add(p, OP_USER, req->user);
	if (req->make_cwd && s->process.cwd && strcmp(s->process.cwd, "/") != 0)
		plan_add(p, OP_CWD, s->process.cwd);
	plan_masks(p);
	if (s->process.terminal)
		plan_add(p, OP_TERMINAL, NULL);
	if (hooks_before_pivot(s))
		plan_add(p, OP_HOOKS_CREATE, NULL);
	plan_add(p, OP_PIVOT, NULL);
	if (root_propagation & MS_SHARED)
		plan_add(p, OP_ROOT_PROPAGATION, "/")->flags = root_propagation;
	if (s->root.readonly)
		plan_add(p, OP_ROOT_READONLY, "/");
	return 0;
}

/* The mount namespace is somebody's: nothing in it is changed, only the process is ours. */
static void plan_joined_root(struct sandbox_plan *p, const struct sandbox_request *req)
{
	plan_add(p, OP_USER, req->user);
	if (p->spec->process.terminal)
		plan_add(p, OP_TERMINAL, NULL);
}

static int plan_build(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	unsigned long root_propagation = 0;

	if (plan_namespaces(p, req, err) < 0 || plan_process(p, req, err) < 0 ||
	    plan_before_wait(p, &root_propagation, err) < 0)
		return -1;
	if (p->ns[NS_USER] != NS_SHARED)
		plan_add(p, OP_IDENTITY, NULL);
	if (p->ns[NS_CGROUP] == NS_NEW)
		plan_add(p, OP_CGROUP_NS, NULL);
	if (plan_root(p, req, err) < 0)
		return -1;
	if (p->ns[NS_MOUNT] == NS_JOIN)
		plan_joined_root(p, req);
	else if (plan_own_root(p, req, root_propagation, err) < 0)
		return -1;
	return plan_process_steps(p, req, err);
}

int sandbox_plan_new(const struct sandbox_request *req, struct sandbox_plan **ret, struct err *err)
{
	struct sandbox_plan *p = xalloc(sizeof(*p));

	p->spec = req->spec;
	p->cgroup_v2 = req->host->cgroup_v2;
	if (plan_build(p, req, err) < 0) {
		sandbox_plan_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

void sandbox_plan_free(struct sandbox_plan *p)
{
	if (!p)
		return;
	id_maps_done(&p->maps);
	seccomp_filter_done(&p->seccomp);
	arena_done(&p->arena);
	free(p);
}
