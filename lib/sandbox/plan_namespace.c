/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, id maps and what belongs to one namespace (host name, sysctls). */
#include "sandbox/plan.h"

#include <sched.h>
#include <string.h>

#include "base/path.h"
#include "base/strv.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct ns_info ns_infos[NS_COUNT] = {
	[NS_USER] = {"user", CLONE_NEWUSER},	   [NS_MOUNT] = {"mount", CLONE_NEWNS},
	[NS_PID] = {"pid", CLONE_NEWPID},	   [NS_NET] = {"network", CLONE_NEWNET},
	[NS_UTS] = {"uts", CLONE_NEWUTS},	   [NS_IPC] = {"ipc", CLONE_NEWIPC},
	[NS_CGROUP] = {"cgroup", CLONE_NEWCGROUP}, [NS_TIME] = {"time", CLONE_NEWTIME},
};

static int namespace_kind(const char *type, enum ns_kind *ret)
{
	for (unsigned i = 0; type && i < NS_COUNT; i++) {
		if (strcmp(ns_infos[i].spec_name, type) == 0) {
			*ret = (enum ns_kind)i;
			return 0;
		}
	}
	return -1;
}

static int read_namespaces(struct sandbox_plan *p, struct err *err)
{
	const struct spec_linux *l = &p->spec->linux_;

	for (size_t i = 0; i < l->n_namespaces; i++) {
		const struct spec_namespace *n = &l->namespaces[i];
		enum ns_kind kind;

		if (namespace_kind(n->type, &kind) < 0)
			return err_set(err, ERR_INVALID,
				       "linux.namespaces[%zu].type '%s' is not one of user, mount, "
				       "pid, network, uts, ipc, cgroup, time",
				       i, n->type ? n->type : "");
		if (p->ns[kind] != NS_SHARED)
			return err_set(err, ERR_INVALID,
				       "linux.namespaces: type '%s' is given twice", n->type);
		if (str_empty(n->path)) {
			p->ns[kind] = NS_NEW;
			continue;
		}
		if (!path_is_abs(n->path))
			return err_set(err, ERR_INVALID,
				       "linux.namespaces[%zu].path '%s' is not an absolute path", i,
				       n->path);
		p->ns[kind] = NS_JOIN;
		p->ns_path[kind] = n->path;
		p->joins = true;
	}
	return 0;
}

static void maps_from_spec(const struct spec_id_mapping *m, size_t n, struct id_map *ret)
{
	for (size_t i = 0; i < n; i++)
		id_map_add(ret, m[i].container_id, m[i].host_id, m[i].size);
}

static int read_maps(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct spec_linux *l = &p->spec->linux_;

	if (req->maps && p->ns[NS_USER] == NS_SHARED)
		p->ns[NS_USER] = NS_NEW;
	if (p->ns[NS_USER] != NS_NEW)
		return 0;
	if (l->n_uid_mappings > IDMAP_MAX || l->n_gid_mappings > IDMAP_MAX)
		return err_set(err, ERR_LIMIT,
			       "linux.uidMappings: the kernel takes at most %d ranges", IDMAP_MAX);
	if (req->maps) {
		id_maps_copy(&p->maps, req->maps);
	} else {
		maps_from_spec(l->uid_mappings, l->n_uid_mappings, &p->maps.uid);
		maps_from_spec(l->gid_mappings, l->n_gid_mappings, &p->maps.gid);
		p->maps.need_helpers = req->host->rootless && (id_map_size(&p->maps.uid) > 1 ||
							       id_map_size(&p->maps.gid) > 1);
	}
	p->has_maps = true;
	if (p->maps.uid.n_ranges == 0 || p->maps.gid.n_ranges == 0)
		return err_set(
			err, ERR_INVALID,
			"a new user namespace needs linux.uidMappings and linux.gidMappings");
	if (!plan_uid_mapped(p, 0) || !plan_gid_mapped(p, 0))
		return err_set(err, ERR_INVALID,
			       "linux.uidMappings: id 0 of the container is mapped to nothing, but "
			       "its root file system is made by it");
	return 0;
}

/* kernel.* that belong to the IPC namespace (ipc_namespaces(7)). */
static bool sysctl_is_ipc(const char *name)
{
	static const char *const names[] = {
		"kernel/msgmax",      "kernel/msgmnb",		"kernel/msgmni",
		"kernel/sem",	      "kernel/shmall",		"kernel/shmmax",
		"kernel/shmmni",      "kernel/shm_rmid_forced", "kernel/auto_msgmni",
		"kernel/msg_next_id", "kernel/sem_next_id",	"kernel/shm_next_id",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return str_prefix(name, "fs/mqueue/", NULL);
}

/*
 * Path below /proc/sys. As sysctl(8): when the first separator is a dot, dots separate and a slash
 * stands for a dot ("net.ipv4.conf.eth0/1.forwarding"); else the name is a path already.
 */
static char *sysctl_path(struct arena *a, const char *name)
{
	char *path = arena_strdup(a, name);

	if (path[strcspn(path, "./")] != '.')
		return path;
	for (char *c = path; *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

static int sysctl_refuse(const char *name, struct err *err)
{
	err_set(err, ERR_INVALID, "sysctl '%s' belongs to the whole machine, not to a container",
		name);
	return err_hint(err, "allowed are net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem "
			     "and kernel.domainname; set others on the host with sysctl");
}

static int sysctl_check(const struct sandbox_plan *p, const char *name, const char *path,
			struct err *err)
{
	enum ns_kind kind;

	if (path[0] == '/' || path_has_dotdot(path) || path[0] == '\0')
		return err_set(err, ERR_INVALID,
			       "sysctl '%s' is not a name such as net.ipv4.ip_forward", name);
	if (sysctl_is_ipc(path))
		kind = NS_IPC;
	else if (str_prefix(path, "net/", NULL))
		kind = NS_NET;
	else if (strcmp(path, "kernel/domainname") == 0 || strcmp(path, "kernel/hostname") == 0)
		kind = NS_UTS;
	else
		return sysctl_refuse(name, err);
	if (p->ns[kind] == NS_SHARED) {
		err_set(err, ERR_INVALID,
			"sysctl '%s' would change the host: the container shares its %s namespace",
			name, ns_infos[kind].spec_name);
		return err_hint(err,
				"give the container its own %s namespace, or set it on the host",
				ns_infos[kind].spec_name);
	}
	return 0;
}

int plan_sysctls(struct sandbox_plan *p, struct err *err)
{
	const struct spec_linux *l = &p->spec->linux_;

	for (size_t i = 0; i < l->n_sysctl; i++) {
		const char *name = l->sysctl[i].key;
		const char *path = sysctl_path(&p->arena, name);
		struct op *op;

		if (sysctl_check(p, name, path, err) < 0)
			return -1;
		op = plan_add(p, OP_SYSCTL, path);
		op->text = l->sysctl[i].value ? l->sysctl[i].value : "";
	}
	return 0;
}

static int check_names(const struct sandbox_plan *p, struct err *err)
{
	const struct runtime_spec *s = p->spec;

	if (p->ns[NS_UTS] != NS_SHARED)
		return 0;
	if (!str_empty(s->hostname) || !str_empty(s->domainname)) {
		err_set(err, ERR_INVALID,
			"%s '%s' would change the host's: the container shares its UTS namespace",
			str_empty(s->hostname) ? "domainname" : "hostname",
			str_empty(s->hostname) ? s->domainname : s->hostname);
		return err_hint(err, "leave it out, or give the container its own UTS namespace");
	}
	return 0;
}

int plan_namespaces(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct spec_linux *l = &p->spec->linux_;

	if (read_namespaces(p, err) < 0 || read_maps(p, req, err) < 0)
		return -1;
	p->in_userns = p->ns[NS_USER] != NS_SHARED || req->host->rootless;
	if (p->ns[NS_MOUNT] == NS_SHARED)
		return err_set(
			err, ERR_UNSUPPORTED,
			"linux.namespaces has no mount namespace: a container's root is made "
			"by pivot_root, which would change the host's");
	if ((l->time_monotonic || l->time_boottime) && p->ns[NS_TIME] != NS_NEW)
		return err_set(err, ERR_INVALID,
			       "linux.timeOffsets needs a new time namespace in linux.namespaces");
	return check_names(p, err);
}
