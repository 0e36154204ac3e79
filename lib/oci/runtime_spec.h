/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI runtime configuration for Linux (runtime-spec v1.2: config.md, config-linux.md) as one
 * struct. `onggi run` builds it in memory, onggi-runtime parses it out of config.json: one sandbox,
 * two front doors. All strings and arrays belong to `arena`. Optional numbers are pointers: NULL
 * means "not asked for".
 */
#ifndef ONGGI_OCI_RUNTIME_SPEC_H
#define ONGGI_OCI_RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "codec/json.h"

#define RUNTIME_SPEC_VERSION  "1.2.0"
#define RUNTIME_SPEC_MAX_SIZE ((size_t)8 << 20) /* bytes of config.json */

struct spec_root {
	char *path;
	bool readonly;
};

struct spec_id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct spec_mount {
	char *destination;
	char *type; /* "bind", "tmpfs", "proc", ...; NULL: bind when options say so */
	char *source;
	char **options;
	size_t n_options;
	struct spec_id_mapping *uid_mappings;
	size_t n_uid_mappings;
	struct spec_id_mapping *gid_mappings;
	size_t n_gid_mappings;
};

struct spec_rlimit {
	char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft;
	uint64_t hard;
};

struct spec_capabilities {
	char **bounding;
	size_t n_bounding;
	char **effective;
	size_t n_effective;
	char **permitted;
	size_t n_permitted;
	char **inheritable;
	size_t n_inheritable;
	char **ambient;
	size_t n_ambient;
};

struct spec_user {
	uint32_t uid;
	uint32_t gid;
	uint32_t *umask; /* NULL: 0022 */
	uint32_t *additional_gids;
	size_t n_additional_gids;
	char *username;
};

struct spec_console_size {
	uint32_t height;
	uint32_t width;
};

struct spec_scheduler {
	char *policy;
	int32_t nice;
	int32_t priority;
	char **flags;
	size_t n_flags;
	uint64_t runtime, deadline, period;
};

struct spec_process {
	bool terminal;
	struct spec_console_size *console_size;
	struct spec_user user;
	char **args;
	size_t n_args;
	char **env;
	size_t n_env;
	char *cwd;
	struct spec_capabilities *capabilities;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	char *apparmor_profile;
	char *selinux_label;
	int64_t *oom_score_adj;
	struct spec_scheduler *scheduler;
	char *io_priority_class; /* "IOPRIO_CLASS_BE"; NULL: not asked for */
	int32_t io_priority;
	char *exec_cpu_initial; /* execCPUAffinity: CPU lists for exec */
	char *exec_cpu_final;
};

struct spec_hook {
	char *path;
	char **args;
	size_t n_args;
	char **env;
	size_t n_env;
	int64_t *timeout; /* seconds */
};

struct spec_hooks {
	struct spec_hook *prestart;
	size_t n_prestart;
	struct spec_hook *create_runtime;
	size_t n_create_runtime;
	struct spec_hook *create_container;
	size_t n_create_container;
	struct spec_hook *start_container;
	size_t n_start_container;
	struct spec_hook *poststart;
	size_t n_poststart;
	struct spec_hook *poststop;
	size_t n_poststop;
};

struct spec_namespace {
	char *type; /* "pid" "network" "mount" "ipc" "uts" "user" "cgroup" "time" */
	char *path; /* NULL: a new one */
};

struct spec_device {
	char *type; /* "c" "b" "u" "p" */
	char *path;
	int64_t major;
	int64_t minor;
	uint32_t *file_mode;
	uint32_t *uid;
	uint32_t *gid;
};

struct spec_device_rule {
	bool allow;
	char *type;	/* "a" "c" "b"; NULL: a */
	int64_t *major; /* NULL: all */
	int64_t *minor;
	char *access; /* "rwm" */
};

struct spec_memory {
	int64_t *limit;
	int64_t *reservation;
	int64_t *swap; /* memory and swap together; -1: unlimited */
	int64_t *kernel;
	int64_t *kernel_tcp;
	uint64_t *swappiness;
	bool *disable_oom_killer;
	bool *use_hierarchy;
	bool *check_before_update;
};

struct spec_cpu {
	uint64_t *shares;
	int64_t *quota; /* microseconds in a period */
	uint64_t *burst;
	uint64_t *period; /* microseconds */
	int64_t *realtime_runtime;
	uint64_t *realtime_period;
	char *cpus;
	char *mems;
	int64_t *idle;
};

struct spec_pids {
	int64_t limit; /* <= 0: unlimited */
};

struct spec_weight_device {
	int64_t major, minor;
	uint32_t *weight;
	uint32_t *leaf_weight;
};

struct spec_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};

struct spec_block_io {
	uint32_t *weight;
	uint32_t *leaf_weight;
	struct spec_weight_device *weight_device;
	size_t n_weight_device;
	struct spec_throttle_device *read_bps;
	size_t n_read_bps;
	struct spec_throttle_device *write_bps;
	size_t n_write_bps;
	struct spec_throttle_device *read_iops;
	size_t n_read_iops;
	struct spec_throttle_device *write_iops;
	size_t n_write_iops;
};

struct spec_hugepage_limit {
	char *page_size;
	uint64_t limit;
};

struct spec_network_priority {
	char *name; /* of the interface */
	uint32_t priority;
};

struct spec_network {
	uint32_t *class_id;
	struct spec_network_priority *priorities;
	size_t n_priorities;
};

struct spec_rdma {
	char *device; /* the key in "rdma" */
	uint32_t *hca_handles;
	uint32_t *hca_objects;
};

struct spec_resources {
	struct spec_device_rule *devices;
	size_t n_devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	struct spec_hugepage_limit *hugepage_limits;
	size_t n_hugepage_limits;
	struct spec_network *network;
	struct spec_rdma *rdma;
	size_t n_rdma;
	struct json_pair *unified;
	size_t n_unified;
};

struct spec_seccomp_arg {
	uint32_t index;
	uint64_t value;
	uint64_t value_two;
	char *op; /* "SCMP_CMP_EQ" ... */
};

/* A condition of Docker's profile format: all that is given must hold. */
struct spec_seccomp_condition {
	char **caps; /* "CAP_SYS_ADMIN": the container has one of them */
	size_t n_caps;
	char **arches; /* "amd64", "s390x" (Docker's short names) */
	size_t n_arches;
	char *min_kernel; /* "4.8" */
};

/* Docker's archMap: the foreign ABIs that a native architecture brings along. */
struct spec_seccomp_arch {
	char *architecture; /* "SCMP_ARCH_X86_64" */
	char **sub_architectures;
	size_t n_sub_architectures;
};

struct spec_seccomp_rule {
	char *name; /* Docker's older format: one name instead of `names` */
	char **names;
	size_t n_names;
	char *action; /* "SCMP_ACT_ALLOW" ... */
	uint32_t *errno_ret;
	struct spec_seccomp_arg *args;
	size_t n_args;
	struct spec_seccomp_condition
		*includes; /* Docker's format only: apply the rule when it holds */
	struct spec_seccomp_condition
		*excludes; /* Docker's format only: skip the rule when it holds */
};

struct spec_seccomp {
	char *default_action;
	uint32_t *default_errno_ret;
	char **architectures;
	size_t n_architectures;
	struct spec_seccomp_arch *arch_map; /* Docker's format only */
	size_t n_arch_map;
	char **flags;
	size_t n_flags;
	char *listener_path;
	char *listener_metadata;
	struct spec_seccomp_rule *syscalls;
	size_t n_syscalls;
	/*
	 * Not in the specification: true means "the default policy embedded in the binary", and
	 * everything above is unused; extra capabilities are taken from process.capabilities.
	 */
	bool builtin;
};

struct spec_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_personality {
	char *domain; /* "LINUX" or "LINUX32" */
	char **flags;
	size_t n_flags;
};

struct spec_linux {
	struct spec_namespace *namespaces;
	size_t n_namespaces;
	struct spec_id_mapping *uid_mappings;
	size_t n_uid_mappings;
	struct spec_id_mapping *gid_mappings;
	size_t n_gid_mappings;
	struct spec_time_offset *time_monotonic; /* timeOffsets */
	struct spec_time_offset *time_boottime;
	struct spec_device *devices;
	size_t n_devices;
	char *cgroups_path;
	struct spec_resources *resources;
	char *rootfs_propagation;
	struct spec_seccomp *seccomp;
	struct json_pair *sysctl;
	size_t n_sysctl;
	char **masked_paths;
	size_t n_masked_paths;
	char **readonly_paths;
	size_t n_readonly_paths;
	char *mount_label;
	char *intel_rdt_clos_id;
	char *intel_rdt_l3_cache_schema;
	char *intel_rdt_mem_bw_schema;
	bool intel_rdt_enable_cmt;
	bool intel_rdt_enable_mbm;
	struct spec_personality *personality;
};

struct runtime_spec {
	struct arena arena;
	char *oci_version;
	struct spec_root root;
	struct spec_mount *mounts;
	size_t n_mounts;
	struct spec_process process;
	char *hostname;
	char *domainname;
	struct spec_hooks *hooks;
	struct json_pair *annotations;
	size_t n_annotations;
	struct spec_linux linux_;
};

/*
 * Parse config.json. process is zeroed (cwd NULL) where the document has none. Errors: ERR_LIMIT
 * beyond RUNTIME_SPEC_MAX_SIZE; ERR_UNSUPPORTED for another major version; ERR_INVALID with the
 * member's path. Values are checked for form only (types, ranges); whether they can be applied is
 * the sandbox's plan to say.
 */
int runtime_spec_parse(const char *text, size_t len, const char *what, struct runtime_spec *ret,
		       struct err *err);
/* Release; NULL and zeroed values are accepted. */
void runtime_spec_done(struct runtime_spec *s);
DEFINE_CLEANUP_VALUE(runtime_spec, runtime_spec_done)
/* Append as JSON, indented by 2 (a config.json that other runtimes accept; builtin is left out). */
void runtime_spec_write(const struct runtime_spec *s, struct buf *out);
/* The namespace entry of a type ("pid"), NULL where the container shares the caller's. */
const struct spec_namespace *runtime_spec_namespace(const struct runtime_spec *s, const char *type);

/* A heap (arena) copy of a number, for the optional members. */
int64_t *spec_int64(struct arena *a, int64_t v);
/* The same. */
uint64_t *spec_uint64(struct arena *a, uint64_t v);
/* The same. */
uint32_t *spec_uint32(struct arena *a, uint32_t v);
/* The same. */
bool *spec_bool(struct arena *a, bool v);

/* A seccomp profile in Docker's file format or the runtime-spec's form, into the spec's arena. */
extern const struct json_table spec_seccomp_table;

#endif
