/* SPDX-License-Identifier: Apache-2.0 */
/* spec.mounts as operations: what to mount where, and what stands in where the kernel will refuse.
 */
#include "sandbox/plan.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "sandbox/mount_flags.h"

/* Files of procfs that may be covered: they inform, and nobody writes to them to protect himself.
 */
static bool proc_target_allowed(const char *path)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/net/dev",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (strcmp(allowed[i], path) == 0)
			return true;
	return false;
}

static int check_target(const struct spec_mount *m, size_t i, const char *clean, struct err *err)
{
	if (strcmp(clean, "/") == 0)
		return err_set(err, ERR_INVALID, "mounts[%zu]: destination '%s' is the root itself",
			       i, m->destination);
	if (path_below(clean, "/proc") && strcmp(clean, "/proc") != 0 &&
	    !proc_target_allowed(clean))
		return err_set(
			err, ERR_INVALID,
			"mounts[%zu]: destination '%s' lies inside /proc, where a mount could "
			"hide what protects the host",
			i, m->destination);
	return 0;
}

static void add_change(struct op_mount *o, struct mount_attr_change c)
{
	if (c.set || c.clear || c.propagation)
		o->changes[o->n_changes++] = c;
}

/* At most three calls of mount_setattr(2), and none where nothing differs from what the copy is. */
static void set_changes(const struct sandbox_plan *p, const struct mount_flags *f,
			struct op_mount *o)
{
	struct mount_attr_change top = {.set = f->set, .clear = f->clear};
	struct mount_attr_change rec = {.set = f->rec_set,
					.clear = f->rec_clear,
					.recursive = true};
	unsigned long propagation = f->propagation ? f->propagation : MS_PRIVATE;
	bool whole = f->propagation ? f->propagation_rec : true;

	if (propagation == MS_PRIVATE && p->caller_propagation == MS_PRIVATE)
		propagation = 0;
	if (whole && o->recursive)
		rec.propagation = propagation;
	else
		top.propagation = propagation;
	add_change(o, rec);
	add_change(o, top);
}

static int set_bind_source(const struct spec_mount *m, size_t i, struct op_mount *o,
			   struct err *err)
{
	const char *number;
	int64_t fd;

	if (str_empty(m->source))
		return err_set(err, ERR_INVALID, "mounts[%zu] on '%s': a bind needs a source", i,
			       m->destination);
	if (str_prefix(m->source, "fd:", &number)) {
		if (parse_int(number, 0, INT32_MAX, &fd, err) < 0)
			return err_ctx(err, "mounts[%zu].source '%s'", i, m->source);
		o->source_fd = (int)fd;
	}
	o->source = m->source;
	o->spec = m;
	return 0;
}

static int plan_bind(struct sandbox_plan *p, const struct spec_mount *m, size_t i,
		     const char *target, const struct mount_flags *f, struct err *err)
{
	struct op *op = plan_add(p, OP_BIND, target);
	struct op_mount *o = &op->mount;

	o->source_fd = -1;
	o->recursive = f->recursive;
	o->copy_up = f->copy_up;
	if (set_bind_source(m, i, o, err) < 0)
		return -1;
	set_changes(p, f, o);
	if (f->idmap || m->n_uid_mappings > 0) {
		o->idmap = true;
		o->idmap_rec = f->idmap_rec;
		o->idmap_index = p->n_idmapped++;
		if (m->n_uid_mappings == 0 && !p->has_maps)
			return err_set(
				err, ERR_INVALID,
				"mounts[%zu] on '%s': idmap without uidMappings means those of "
				"the user namespace, and the container has none",
				i, m->destination);
	}
	return 0;
}

/* A bind of a host directory that stands in for a file system we may not mount. */
static void bind_instead(struct op_mount *m, const char *source, bool readonly)
{
	struct mount_attr_change c = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					     MOUNT_ATTR_NOEXEC,
				      .recursive = true};

	if (readonly)
		c.set |= MOUNT_ATTR_RDONLY;
	m->source = source;
	m->source_fd = -1;
	m->recursive = true;
	m->n_changes = 0;
	add_change(m, c);
}

/* uid= and gid= that nobody has in this user namespace are left out: the kernel would refuse them.
 */
static bool option_is_mapped(const struct sandbox_plan *p, const char *option)
{
	const char *number;
	uint64_t id;

	if (str_prefix(option, "gid=", &number) && parse_uint(number, UINT32_MAX, &id, NULL) == 0)
		return plan_gid_mapped(p, (uint32_t)id);
	if (str_prefix(option, "uid=", &number) && parse_uint(number, UINT32_MAX, &id, NULL) == 0)
		return plan_uid_mapped(p, (uint32_t)id);
	return true;
}

static char **mapped_options(struct sandbox_plan *p, const struct mount_flags *f)
{
	char **kept = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->n_data; i++)
		if (option_is_mapped(p, f->data[i]))
			arena_strv_add(&p->arena, &kept, &n, f->data[i]);
	return kept;
}

/* What may not be mounted because its namespace is the host's, and what is bound instead. */
static const char *bound_instead(const struct sandbox_plan *p, const char *fstype)
{
	if (!p->in_userns)
		return NULL;
	if (strcmp(fstype, "proc") == 0 && p->ns[NS_PID] == NS_SHARED)
		return "/proc";
	if (strcmp(fstype, "sysfs") == 0 && p->ns[NS_NET] == NS_SHARED)
		return "/sys";
	if (strcmp(fstype, "mqueue") == 0 && p->ns[NS_IPC] == NS_SHARED)
		return "/dev/mqueue";
	return NULL;
}

static bool is_cgroup(const char *fstype)
{
	return strcmp(fstype, "cgroup") == 0 || strcmp(fstype, "cgroup2") == 0;
}

static void set_new_fs(struct sandbox_plan *p, const struct spec_mount *m,
		       const struct mount_flags *f, struct op_mount *o)
{
	o->source_fd = -1;
	o->source = m->source ? m->source : m->type;
	o->fstype = is_cgroup(m->type) ? "cgroup2" : m->type;
	o->data = mapped_options(p, f);
	o->copy_up = f->copy_up;
	o->attr = f->set | f->rec_set;
	if (f->copy_up && (o->attr & MOUNT_ATTR_RDONLY)) {
		o->attr &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		add_change(o, (struct mount_attr_change){.set = MOUNT_ATTR_RDONLY});
	}
	if (f->propagation && f->propagation != MS_PRIVATE)
		add_change(o, (struct mount_attr_change){.propagation = f->propagation});
	if (is_cgroup(m->type))
		o->bind_if_refused = "/sys/fs/cgroup";
	else if (strcmp(m->type, "sysfs") == 0 && p->in_userns)
		o->bind_if_refused = "/sys";
}

static void plan_new_fs(struct sandbox_plan *p, const struct sandbox_request *req,
			const struct spec_mount *m, const char *target, const struct mount_flags *f)
{
	const char *instead = bound_instead(p, m->type);
	bool v1 = is_cgroup(m->type) && !req->host->cgroup_v2;
	struct op *op;

	if (instead) {
		op = plan_add(p, OP_BIND, target);
		bind_instead(&op->mount, instead, strcmp(instead, "/sys") == 0);
	} else {
		op = plan_add(p, v1 ? OP_CGROUP_V1 : OP_MOUNT, target);
		set_new_fs(p, m, f, &op->mount);
	}
	op->mount.optional = strcmp(m->type, "mqueue") == 0;
}

static int plan_one(struct sandbox_plan *p, const struct sandbox_request *req, size_t i,
		    struct err *err)
{
	const struct spec_mount *m = &p->spec->mounts[i];
	_cleanup_free_ char *clean = NULL;
	struct mount_flags f;
	const char *target;

	if (str_empty(m->destination) || !path_is_abs(m->destination))
		return err_set(err, ERR_INVALID, "mounts[%zu]: destination '%s' is not absolute", i,
			       m->destination ? m->destination : "");
	clean = path_clean(m->destination);
	if (check_target(m, i, clean, err) < 0 ||
	    mount_flags_parse(m->options, m->n_options, m->destination, &p->arena, &f, err) < 0)
		return -1;
	target = strcmp(clean, m->destination) == 0 ? m->destination
						    : arena_strdup(&p->arena, clean);
	if (str_eq(m->type, "rbind"))
		f.recursive = true;
	if (f.bind || str_eq(m->type, "bind") || str_eq(m->type, "rbind"))
		return plan_bind(p, m, i, target, &f, err);
	if (str_empty(m->type) || strcmp(m->type, "none") == 0)
		return err_set(err, ERR_INVALID,
			       "mounts[%zu] on '%s' has neither a type nor the option 'bind'", i,
			       m->destination);
	plan_new_fs(p, req, m, target, &f);
	return 0;
}

static int check_paths(char *const *paths, size_t n, const char *member, struct err *err)
{
	if (n > PLAN_MAX_MOUNTS)
		return err_set(err, ERR_LIMIT, "linux.%s has %zu paths, at most %d are taken",
			       member, n, PLAN_MAX_MOUNTS);
	for (size_t i = 0; i < n; i++)
		if (!path_is_abs(paths[i]))
			return err_set(err, ERR_INVALID, "linux.%s[%zu] '%s' is not absolute",
				       member, i, paths[i]);
	return 0;
}

int plan_mounts(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err)
{
	const struct runtime_spec *s = p->spec;

	if (s->n_mounts > PLAN_MAX_MOUNTS)
		return err_set(err, ERR_LIMIT, "mounts has %zu entries, at most %d are taken",
			       s->n_mounts, PLAN_MAX_MOUNTS);
	if (check_paths(s->linux_.masked_paths, s->linux_.n_masked_paths, "maskedPaths", err) < 0 ||
	    check_paths(s->linux_.readonly_paths, s->linux_.n_readonly_paths, "readonlyPaths",
			err) < 0)
		return -1;
	for (size_t i = 0; i < s->n_mounts; i++)
		if (plan_one(p, req, i, err) < 0)
			return -1;
	return 0;
}
