/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: a typed list of what the child does between clone and exec, in order. Internal to the
 * sandbox; made by plan*.c without acting, carried out by apply*.c and exec.c.
 *
 * Strings are borrowed from the spec or live in the plan's arena; descriptors belong to the
 * request.
 */
#ifndef ONGGI_SANDBOX_PLAN_H
#define ONGGI_SANDBOX_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"
#include "os/caps.h"
#include "os/idmap.h"
#include "os/mount.h"
#include "sandbox/sandbox.h"
#include "sandbox/seccomp.h"

#define PLAN_MAX_MOUNTS	 4096 /* mounts, and paths of each kind, in one spec */
#define PLAN_MAX_GROUPS	 1024
#define PLAN_MAX_HOOKS	 256 /* of all kinds together */
#define PLAN_MAX_CHANGES 3
#define PLAN_RLIMIT_TEXT 24
#define PLAN_USUAL_OPS	 80 /* what docker's defaults need; grows */
/* For ids that are not mapped, told before the start or, of an image's user, in the child. */
#define PLAN_HINT_IDS                                                                              \
	"subordinate ids make more ids: usermod --add-subuids 100000-165535 "                      \
	"--add-subgids 100000-165535 USER (onggi doctor subordinate-ids)"

enum ns_kind {
	NS_USER, /* first: joined first, it gives the rights for the others */
	NS_MOUNT,
	NS_PID,
	NS_NET,
	NS_UTS,
	NS_IPC,
	NS_CGROUP,
	NS_TIME,
	NS_COUNT,
};

enum ns_mode {
	NS_SHARED, /* the caller's */
	NS_NEW,
	NS_JOIN,
};

/* Name in the spec ("network") and CLONE_NEW* flag of a kind. */
struct ns_info {
	const char *spec_name;
	uint64_t flag;
};
extern const struct ns_info ns_infos[NS_COUNT];

enum op_kind {
	/* before the go-ahead: nothing here needs mapped ids or the cgroup */
	OP_OOM_SCORE,
	OP_PROPAGATION,
	OP_LOOPBACK,
	OP_HOSTNAME,
	OP_DOMAINNAME,
	OP_TIME_NS,
	OP_KEYRING,
	OP_WAIT,
	/* with ids and cgroup */
	OP_IDENTITY,
	OP_CGROUP_NS,
	OP_ROOT_DIR,
	OP_ROOT_OVERLAY,
	OP_ROOT_JOINED,
	OP_MOUNT,
	OP_BIND,
	OP_CGROUP_V1,
	OP_DEVICE,
	OP_DEVICE_BIND,
	OP_LINK,
	OP_SYSCTL,
	OP_USER,
	OP_CWD,
	OP_MASK,
	OP_READONLY,
	OP_TERMINAL,
	OP_HOOKS_CREATE,
	OP_PIVOT,
	OP_ROOT_PROPAGATION,
	OP_ROOT_READONLY,
	/* inside the new root */
	OP_PERSONALITY,
	OP_SCHEDULER,
	OP_IO_PRIORITY,
	OP_HOOKS_START,
	OP_STDIO,
	OP_RLIMIT,
	OP_EXEC,
	OP_KIND_COUNT,
};

/* OP_MOUNT and OP_BIND. */
struct op_mount {
	const char *source; /* bind: path on the host; else any text */
	int source_fd;	    /* bind: open source, or -1 */
	const char *fstype; /* OP_MOUNT */
	char **data;	    /* NULL-terminated "key=value" options of the file system */
	uint64_t attr;	    /* OP_MOUNT: MOUNT_ATTR_* it is made with */
	struct mount_attr_change changes[PLAN_MAX_CHANGES]; /* made before it is attached */
	size_t n_changes;
	bool recursive; /* bind: with the mounts below */
	bool copy_up;	/* filled with what it covers; a bind only while it is empty */
	bool idmap;	/* bind: through the parent, which maps the ids */
	bool idmap_rec; /* the mounts below it too */
	size_t idmap_index;
	const struct spec_mount *spec; /* bind: where it was asked for; NULL: ours */
	const char *bind_if_refused;   /* OP_MOUNT: bind this, read-only, where EPERM says no */
	bool optional;		       /* a file system that the kernel lacks is no error */
};

struct op_device {
	const char *host; /* OP_DEVICE_BIND: path to bind */
	uint32_t mode;	  /* type and permissions */
	uint32_t major, minor;
	uint32_t uid, gid;
};

struct op {
	enum op_kind kind;
	const char *path; /* in the container: clean and absolute; or the operation's only text */
	const char *text; /* link target, sysctl value */
	union {
		struct op_mount mount;
		struct op_device device;
		unsigned long flags; /* MS_* of propagation, personality */
		int64_t number;	     /* oom score, I/O priority */
		struct {
			uint32_t policy;
			uint64_t flags;
		} scheduler;
		struct {
			unsigned resource;
			struct rlimit64 limit;
		} rlimit;
	};
};

struct sandbox_plan {
	struct arena arena;
	const struct runtime_spec *spec;
	enum ns_mode ns[NS_COUNT];
	const char *ns_path[NS_COUNT];
	bool joins;	/* any NS_JOIN: a launcher enters them first */
	bool in_userns; /* new or joined user namespace, or rootless */
	struct id_maps maps;
	bool has_maps;
	bool cgroup_v2; /* how limits are printed: the start looks for itself */
	struct op *ops;
	size_t n_ops, max_ops;
	struct cap_sets caps;
	struct seccomp_filter seccomp;
	uint32_t umask;
	size_t n_idmapped;		  /* mounts that the parent prepares */
	unsigned long caller_propagation; /* what mounts that we copy become: MS_PRIVATE, ... */
};

/* Append a zeroed operation. path is borrowed. */
struct op *plan_add(struct sandbox_plan *p, enum op_kind kind, const char *path);
/* Short name of a kind: "mount", "mask". */
const char *op_name(enum op_kind kind);

/* plan_mount.c: the root, spec.mounts, devices, masked and read-only paths. */
int plan_mounts(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err);
/* plan_device.c: default devices and links, and linux.devices. */
int plan_devices(struct sandbox_plan *p, struct err *err);
/* plan_namespace.c: namespaces, host name, sysctls, time offsets. */
int plan_namespaces(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err);
/* Refuse sysctls that are not the container's own (config-linux.md "Sysctl"). */
int plan_sysctls(struct sandbox_plan *p, struct err *err);
/* plan_process.c: capabilities, rlimits, seccomp; what of hooks and resctrl is refused. */
int plan_process(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err);
/* Steps inside the new root: personality, scheduler, priority, limits. */
int plan_process_steps(struct sandbox_plan *p, const struct sandbox_request *req, struct err *err);

/* scheduler.c: check process.scheduler and add the step. */
int plan_scheduler(struct sandbox_plan *p, struct err *err);

/* Is the id of the container mapped (always without maps)? */
bool plan_uid_mapped(const struct sandbox_plan *p, uint32_t id);
bool plan_gid_mapped(const struct sandbox_plan *p, uint32_t id);
/* A resource limit for people: the number, or "unlimited". Returns text or a constant. */
const char *plan_rlimit_text(uint64_t limit, char text[PLAN_RLIMIT_TEXT]);

#endif
