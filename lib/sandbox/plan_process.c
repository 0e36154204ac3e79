/* SPDX-License-Identifier: Apache-2.0 */
/* The process: capabilities, limits, seccomp, scheduling (config.md "Process"). */
#include "sandbox/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "sandbox/exec.h"

static const struct {
	const char *name;
	unsigned resource;
} rlimit_names[] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

static int rlimit_number(const char *name, unsigned *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(rlimit_names); i++) {
		if (str_eq(rlimit_names[i].name, name)) {
			*ret = rlimit_names[i].resource;
			return 0;
		}
	}
	return -1;
}

static const char *rlimit_name(unsigned resource)
{
	for (size_t i = 0; i < ARRAY_SIZE(rlimit_names); i++)
		if (rlimit_names[i].resource == resource)
			return rlimit_names[i].name;
	return "RLIMIT_?";
}

/* A name that no kernel knows is refused; one that only this kernel lacks is left out. */
static int cap_set(char *const *names, size_t n, const char *member, uint64_t known, uint64_t *ret,
		   struct err *err)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		int cap = cap_number(names[i]);

		if (cap < 0)
			return err_set(err, ERR_INVALID,
				       "process.capabilities.%s: '%s' is not a capability such as "
				       "CAP_NET_BIND_SERVICE",
				       member, names[i]);
		set |= CAP_BIT(cap);
	}
	*ret = set & known;
	return 0;
}

static int plan_caps(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct spec_capabilities *c = p->spec->process.capabilities;
	/* A new user namespace gives all of them; else what the caller hasn't can't be given. */
	uint64_t known = p->ns[NS_USER] != NS_SHARED ? req->host->cap_all : req->host->caps;

	if (!c)
		return 0;
	if (cap_set(c->bounding, c->n_bounding, "bounding", known, &p->caps.bounding, err) < 0 ||
	    cap_set(c->effective, c->n_effective, "effective", known, &p->caps.effective, err) <
		    0 ||
	    cap_set(c->permitted, c->n_permitted, "permitted", known, &p->caps.permitted, err) <
		    0 ||
	    cap_set(c->inheritable, c->n_inheritable, "inheritable", known, &p->caps.inheritable,
		    err) < 0 ||
	    cap_set(c->ambient, c->n_ambient, "ambient", known, &p->caps.ambient, err) < 0)
		return -1;
	if (p->caps.effective & ~p->caps.permitted)
		return err_set(
			err, ERR_INVALID,
			"process.capabilities.effective has capabilities that permitted lacks");
	/* capabilities(7): ambient needs both; the kernel would drop what isn't */
	p->caps.ambient &= p->caps.permitted & p->caps.inheritable;
	return 0;
}

static int check_lsm(const struct sandbox_plan *p, const struct sandbox_request *req,
		     struct err *err)
{
	const struct spec_process *s = &p->spec->process;

	if (!str_empty(s->apparmor_profile) && req->host->has_apparmor &&
	    strcmp(s->apparmor_profile, "unconfined") != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "process.apparmorProfile '%s': profiles are not applied by onggi",
			       s->apparmor_profile);
	if (!str_empty(s->selinux_label) && req->host->has_selinux)
		return err_set(err, ERR_UNSUPPORTED,
			       "process.selinuxLabel '%s': labels are not applied by onggi",
			       s->selinux_label);
	if (!str_empty(p->spec->linux_.mount_label) && req->host->has_selinux)
		return err_set(err, ERR_UNSUPPORTED,
			       "linux.mountLabel '%s': labels are not applied by onggi",
			       p->spec->linux_.mount_label);
	return 0;
}

static int check_ids(const struct sandbox_plan *p, const struct sandbox_request *req,
		     struct err *err)
{
	const struct spec_user *u = &p->spec->process.user;
	bool uid_ok = plan_uid_mapped(p, u->uid);

	if (req->user || (uid_ok && plan_gid_mapped(p, u->gid)))
		return 0;
	err_set(err, ERR_INVALID,
		"process.user: %s %u does not exist in the container's user namespace",
		uid_ok ? "group" : "user", uid_ok ? u->gid : u->uid);
	return err_hint(err, PLAN_HINT_IDS);
}

static int check_hooks(const struct spec_hooks *h, struct err *err)
{
	size_t n;

	if (!h)
		return 0;
	n = h->n_prestart + h->n_create_runtime + h->n_create_container + h->n_start_container +
	    h->n_poststart + h->n_poststop;
	if (n > PLAN_MAX_HOOKS)
		return err_set(err, ERR_LIMIT, "hooks has %zu programs, at most %d are taken", n,
			       PLAN_MAX_HOOKS);
	return 0;
}

/* config-linux.md "IntelRdt": the process would have to join a group of resctrl. */
static int check_rdt(const struct spec_linux *l, struct err *err)
{
	const char *member = l->intel_rdt_clos_id	    ? "closID"
			     : l->intel_rdt_l3_cache_schema ? "l3CacheSchema"
			     : l->intel_rdt_mem_bw_schema   ? "memBwSchema"
			     : l->intel_rdt_enable_cmt	    ? "enableCMT"
			     : l->intel_rdt_enable_mbm	    ? "enableMBM"
							    : NULL;

	if (!member)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "linux.intelRdt: %s is for the resctrl file system, which is not supported",
		       member);
}

/* The cache of compiled filters is opened only when one has to be compiled. Without it nothing is
 * lost but time. */
static int plan_seccomp(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct spec_seccomp *s = p->spec->linux_.seccomp;
	_cleanup_fd_ int cache = -1;

	if (req->seccomp_cache && !seccomp_is_ready(s, p->caps.bounding)) {
		mkdir(req->seccomp_cache, 0700);
		cache = open(req->seccomp_cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return seccomp_filter_new(s, p->caps.bounding, cache, &p->seccomp, err);
}

int plan_process(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct spec_process *s = &p->spec->process;

	if (s->n_args == 0)
		return err_set(err, ERR_INVALID, "process.args is empty: there is nothing to run");
	if (str_empty(s->args[0]))
		return exec_failed("", ENOENT, err);
	if (str_empty(s->cwd) || !path_is_abs(s->cwd))
		return err_set(err, ERR_INVALID, "process.cwd '%s' is not an absolute path",
			       s->cwd ? s->cwd : "");
	if (s->user.n_additional_gids > PLAN_MAX_GROUPS)
		return err_set(err, ERR_LIMIT,
			       "process.user.additionalGids has %zu groups, at most %d are taken",
			       s->user.n_additional_gids, PLAN_MAX_GROUPS);
	p->umask = s->user.umask ? *s->user.umask & 0777 : 0022;
	if (check_hooks(p->spec->hooks, err) < 0 || check_rdt(&p->spec->linux_, err) < 0 ||
	    plan_caps(p, req, err) < 0 || check_lsm(p, req, err) < 0 || check_ids(p, req, err) < 0)
		return -1;
	return plan_seccomp(p, req, err);
}

static int plan_personality(struct sandbox_plan *p, struct err *err)
{
	const struct spec_personality *s = p->spec->linux_.personality;
	unsigned long domain;

	if (!s)
		return 0;
	if (str_eq(s->domain, "LINUX"))
		domain = PER_LINUX;
	else if (str_eq(s->domain, "LINUX32"))
		domain = PER_LINUX32;
	else
		return err_set(err, ERR_INVALID,
			       "linux.personality.domain '%s' is neither LINUX nor LINUX32",
			       s->domain ? s->domain : "");
	plan_add(p, OP_PERSONALITY, s->domain)->flags = domain;
	return 0;
}

static int plan_io_priority(struct sandbox_plan *p, struct err *err)
{
	const struct spec_process *s = &p->spec->process;
	unsigned class;

	if (!s->io_priority_class)
		return 0;
	if (strcmp(s->io_priority_class, "IOPRIO_CLASS_RT") == 0)
		class = IOPRIO_CLASS_RT;
	else if (strcmp(s->io_priority_class, "IOPRIO_CLASS_BE") == 0)
		class = IOPRIO_CLASS_BE;
	else if (strcmp(s->io_priority_class, "IOPRIO_CLASS_IDLE") == 0)
		class = IOPRIO_CLASS_IDLE;
	else
		return err_set(err, ERR_INVALID,
			       "process.ioPriority.class '%s' is not one of IOPRIO_CLASS_RT, "
			       "IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE",
			       s->io_priority_class);
	if (s->io_priority < 0 || s->io_priority > 7)
		return err_set(err, ERR_INVALID, "process.ioPriority.priority %d is not 0 to 7",
			       s->io_priority);
	/* Not IOPRIO_PRIO_VALUE(): its type differs between point releases of the kernel's headers.
	 */
	plan_add(p, OP_IO_PRIORITY, s->io_priority_class)->number =
		(int64_t) class << IOPRIO_CLASS_SHIFT | s->io_priority;
	return 0;
}

const char *plan_rlimit_text(uint64_t limit, char text[PLAN_RLIMIT_TEXT])
{
	if (limit == RLIM64_INFINITY)
		return "unlimited";
	snprintf(text, PLAN_RLIMIT_TEXT, "%llu", (unsigned long long)limit);
	return text;
}

/*
 * A hard limit above the caller's can't be set without CAP_SYS_RESOURCE in the initial user
 * namespace. RLIMIT_NOFILE is known from the host's facts; the others are asked of the kernel when
 * they are set.
 */
static int plan_rlimit(struct sandbox_plan *p, const struct sandbox_request *req, size_t i,
		       struct err *err)
{
	const struct spec_rlimit *r = &p->spec->process.rlimits[i];
	struct rlimit64 limit = {.rlim_cur = r->soft, .rlim_max = r->hard};
	uint64_t max = req->host->nofile_hard;
	char text[PLAN_RLIMIT_TEXT];
	unsigned resource;
	struct op *op;

	if (rlimit_number(r->type, &resource) < 0)
		return err_set(
			err, ERR_INVALID,
			"process.rlimits[%zu].type '%s' is not a limit such as RLIMIT_NOFILE", i,
			r->type ? r->type : "");
	for (size_t j = 0; j < i; j++)
		if (str_eq(p->spec->process.rlimits[j].type, r->type))
			return err_set(err, ERR_INVALID, "process.rlimits: %s is given twice",
				       r->type);
	if (limit.rlim_cur > limit.rlim_max)
		return err_set(err, ERR_INVALID,
			       "process.rlimits: %s: soft limit %llu is above the hard limit %llu",
			       r->type, (unsigned long long)r->soft, (unsigned long long)r->hard);
	if (resource == RLIMIT_NOFILE && !req->host->can_raise_rlimits && limit.rlim_max > max) {
		if (!req->rlimits_best_effort) {
			err_set(err, ERR_DENIED,
				"%s: hard limit %s is above the caller's %llu, which it may not "
				"raise",
				r->type, plan_rlimit_text(r->hard, text), (unsigned long long)max);
			return err_hint(err,
					"ask for at most %llu, or raise the caller's: ulimit -Hn",
					(unsigned long long)max);
		}
		limit.rlim_max = max;
		if (limit.rlim_cur > max)
			limit.rlim_cur = max;
	}
	op = plan_add(p, OP_RLIMIT, rlimit_name(resource));
	op->rlimit.resource = resource;
	op->rlimit.limit = limit;
	return 0;
}

int plan_process_steps(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct runtime_spec *s = p->spec;

	if (plan_personality(p, err) < 0)
		return -1;
	if (s->process.scheduler && plan_scheduler(p, err) < 0)
		return -1;
	if (plan_io_priority(p, err) < 0)
		return -1;
	if (s->hooks && s->hooks->n_start_container > 0)
		plan_add(p, OP_HOOKS_START, NULL);
	plan_add(p, OP_STDIO, NULL);
	for (size_t i = 0; i < s->process.n_rlimits; i++)
		if (plan_rlimit(p, req, i, err) < 0)
			return -1;
	plan_add(p, OP_EXEC, s->process.args[0]);
	return 0;
}
