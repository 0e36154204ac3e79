/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, the mounts that every container has, and devices. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/strv.h"
#include "container/config_parts.h"
#include "oci/device_string.h"

#define SHM_SIZE_DEFAULT ((uint64_t)64 << 20)
#define DEV_DEPTH	 4 /* directories below /dev: bus/usb/001 */

static void add_namespace(struct container_config *c, const char *type)
{
	struct spec_linux *l = &c->spec.linux_;
	struct spec_namespace *ns = arena_push(&c->spec.arena, l->namespaces, l->n_namespaces);

	ns->type = arena_strdup(&c->spec.arena, type);
}

static void add_id_mappings(struct arena *a, const struct id_map *m, struct spec_id_mapping **items,
			    size_t *n)
{
	for (size_t i = 0; i < m->n_ranges; i++) {
		struct spec_id_mapping *im = arena_push(a, *items, *n);

		im->container_id = m->ranges[i].inside;
		im->host_id = m->ranges[i].outside;
		im->size = m->ranges[i].count;
	}
}

static void config_namespaces(struct container_config *c)
{
	struct spec_linux *l = &c->spec.linux_;

	add_namespace(c, "mount");
	if (c->userns.separate) {
		add_namespace(c, "user");
		add_id_mappings(&c->spec.arena, &c->userns.maps.uid, &l->uid_mappings,
				&l->n_uid_mappings);
		add_id_mappings(&c->spec.arena, &c->userns.maps.gid, &l->gid_mappings,
				&l->n_gid_mappings);
	}
	if (!c->host_pid)
		add_namespace(c, "pid");
	if (!c->host_network)
		add_namespace(c, "network");
	if (!c->host_ipc)
		add_namespace(c, "ipc");
	if (!c->host_uts)
		add_namespace(c, "uts");
	if (!c->host_cgroupns)
		add_namespace(c, "cgroup");
}

static void add_mount(struct container_config *c, const char *dest, const char *type,
		      const char *source, const char *options)
{
	struct arena *a = &c->spec.arena;
	struct spec_mount *m = arena_push(a, c->spec.mounts, c->spec.n_mounts);
	_cleanup_strv_ char **parts = strv_split(options, ',');

	m->destination = arena_strdup(a, dest);
	m->type = arena_strdup(a, type);
	m->source = arena_strdup(a, source);
	strv_foreach (s, parts)
		arena_strv_add(a, &m->options, &m->n_options, arena_strdup(a, *s));
}

static void config_base_mounts(const struct container_options *o, struct container_config *c)
{
	uint64_t shm = o->shm_size ? (uint64_t)o->shm_size : SHM_SIZE_DEFAULT;
	const char *ro = o->privileged ? "" : ",ro";
	char options[128];

	/* A new proc shows the caller's processes only to those who own the pid namespace. */
	if (c->host_pid && c->userns.separate)
		add_mount(c, "/proc", "bind", "/proc", "rbind,nosuid,noexec,nodev");
	else
		add_mount(c, "/proc", "proc", "proc", "nosuid,noexec,nodev");
	add_mount(c, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
	add_mount(c, "/dev/pts", "devpts", "devpts",
		  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	snprintf(options, sizeof(options), "nosuid,noexec,nodev%s", ro);
	if (c->host_network && c->userns.separate) {
		snprintf(options, sizeof(options), "rbind,rnosuid,rnoexec,rnodev%s",
			 o->privileged ? "" : ",rro");
		add_mount(c, "/sys", "bind", "/sys", options);
	} else {
		add_mount(c, "/sys", "sysfs", "sysfs", options);
		snprintf(options, sizeof(options), "nosuid,noexec,nodev%s", ro);
		add_mount(c, "/sys/fs/cgroup", "cgroup", "cgroup", options);
	}
	/* In the host's namespace it shows the host's queues; the sandbox does without where there
	 * are none. */
	add_mount(c, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	if (c->host_ipc) {
		add_mount(c, "/dev/shm", "bind", "/dev/shm", "bind,nosuid,noexec,nodev");
		return;
	}
	if (str_eq(o->ipc, "none"))
		return;
	snprintf(options, sizeof(options), "nosuid,noexec,nodev,mode=1777,size=%llu",
		 (unsigned long long)shm);
	add_mount(c, "/dev/shm", "tmpfs", "shm", options);
}

static void add_rule(struct container_config *c, bool allow, const char *type, int64_t major,
		     int64_t minor, const char *access)
{
	struct arena *a = &c->spec.arena;
	struct spec_resources *r = c->spec.linux_.resources;
	struct spec_device_rule *rule = arena_push(a, r->devices, r->n_devices);

	rule->allow = allow;
	rule->type = arena_strdup(a, type);
	rule->major = major >= 0 ? spec_int64(a, major) : NULL;
	rule->minor = minor >= 0 ? spec_int64(a, minor) : NULL;
	rule->access = arena_strdup(a, access);
}

/* The devices that every container has are the sandbox's to add (config-linux.md, "Default
 * Devices"). */
static void config_device_rules(const struct container_options *o, struct container_config *c)
{
	add_rule(c, o->privileged, "a", -1, -1, "rwm");
}

/* Give the device at host in the container: a node as root, the host's own bound elsewhere. */
static void add_node(struct container_config *c, const char *host, const char *target,
		     const struct stat *st)
{
	struct arena *a = &c->spec.arena;
	struct spec_linux *l = &c->spec.linux_;
	struct spec_device *dev;

	if (c->userns.separate) {
		add_mount(c, target, "bind", host, "bind,nosuid,noexec");
		return;
	}
	dev = arena_push(a, l->devices, l->n_devices);
	dev->type = arena_strdup(a, S_ISCHR(st->st_mode) ? "c" : "b");
	dev->path = arena_strdup(a, target);
	dev->major = major(st->st_rdev);
	dev->minor = minor(st->st_rdev);
	dev->file_mode = spec_uint32(a, st->st_mode & 07777);
	dev->uid = spec_uint32(a, st->st_uid);
	dev->gid = spec_uint32(a, st->st_gid);
}

/* What every container has in /dev by itself, so that the host's is not put in its place. */
static bool is_standard_device(const char *name)
{
	static const char *const names[] = {
		"console", "full", "null",   "ptmx", "random", "tty",
		"urandom", "zero", "mqueue", "pts",  "shm",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

static bool is_device(mode_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

/* A node, and the permission to use it. access: NULL where all may be used. */
static void give_device(struct container_config *c, const char *host, const char *target,
			const char *access, const struct stat *st)
{
	if (access)
		add_rule(c, true, S_ISCHR(st->st_mode) ? "c" : "b", major(st->st_rdev),
			 minor(st->st_rdev), access);
	add_node(c, host, target, st);
}

/*
 * All devices of a directory of the host that the caller can see; those of subdirectories down to
 * DEV_DEPTH. Links and what can't be read are left out. Returns how many.
 */
static size_t add_all_devices(struct container_config *c, const char *dir, const char *target,
			      const char *access, unsigned depth)
{
	_cleanup_dir_ DIR *d = opendir(dir);
	bool is_dev = str_eq(target, "/dev");
	const struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = NULL, *inside = NULL;
		struct stat st;

		if (e->d_name[0] == '.' || (is_dev && is_standard_device(e->d_name)) ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		path = path_join(dir, e->d_name);
		inside = path_join(target, e->d_name);
		if (S_ISDIR(st.st_mode) && depth < DEV_DEPTH) {
			n += add_all_devices(c, path, inside, access, depth + 1);
		} else if (is_device(st.st_mode) &&
			   (!c->userns.separate || !faccessat(dirfd(d), e->d_name, R_OK, 0))) {
			give_device(c, path, inside, access, &st);
			n++;
		}
	}
	return n;
}

/* One --device: a device, or all that a directory holds. */
static int add_device(const char *s, struct container_config *c, struct err *err)
{
	struct device_request d;
	struct stat st;

	if (device_parse(&c->spec.arena, s, &d, err))
		return err_ctx(err, "--device");
	if (d.cdi)
		return err_set(err, ERR_UNSUPPORTED,
			       "--device '%s': CDI device names are not known to this version", s);
	if (stat(d.host, &st))
		return err_sys(err, "--device '%s'", d.host);
	if (is_device(st.st_mode))
		give_device(c, d.host, d.container, d.access, &st);
	else if (!S_ISDIR(st.st_mode))
		return err_set(
			err, ERR_INVALID,
			"--device '%s': not a device; use --volume to share a file or directory",
			d.host);
	else if (!add_all_devices(c, d.host, d.container, d.access, 0))
		return err_set(err, ERR_INVALID,
			       "--device '%s': there is no device in this directory%s", d.host,
			       c->userns.separate ? " that you may read" : "");
	return 0;
}

int config_isolation(const struct container_options *o, struct container_config *c, struct err *err)
{
	struct spec_linux *l = &c->spec.linux_;

	l->resources = arena_alloc(&c->spec.arena, sizeof(*l->resources));
	config_namespaces(c);
	config_base_mounts(o, c);
	config_device_rules(o, c);
	if (o->privileged)
		add_all_devices(c, "/dev", "/dev", NULL, 0);
	strv_foreach (s, o->device)
		if (add_device(*s, c, err))
			return -1;
	return 0;
}
