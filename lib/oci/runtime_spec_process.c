/* SPDX-License-Identifier: Apache-2.0 */
/* "process" (runtime-spec, config.md, "Process"). */
#include "base/strv.h"
#include "oci/runtime_spec.h"
#include "oci/runtime_spec_tables.h"

#define KEEP JSON_KEEP_ZERO

#define CAPS(member) JSON_FIELD_N(JSON_F_STRV, #member, struct spec_capabilities, member, NULL, 0)
static const struct json_field capabilities_fields[] = {
	CAPS(bounding), CAPS(effective), CAPS(permitted), CAPS(inheritable), CAPS(ambient),
};
static const struct json_table capabilities_table =
	JSON_TABLE(struct spec_capabilities, capabilities_fields);

static const struct json_field rlimit_fields[] = {
	JSON_FIELD(JSON_F_STRING, "type", struct spec_rlimit, type, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "hard", struct spec_rlimit, hard, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "soft", struct spec_rlimit, soft, JSON_REQUIRED),
};
static const struct json_table rlimit_table = JSON_TABLE(struct spec_rlimit, rlimit_fields);

static const struct json_field user_fields[] = {
	JSON_FIELD(JSON_F_UINT32, "uid", struct spec_user, uid, KEEP),
	JSON_FIELD(JSON_F_UINT32, "gid", struct spec_user, gid, KEEP),
	JSON_FIELD(JSON_F_OPT_UINT32, "umask", struct spec_user, umask, 0),
	JSON_FIELD_N(JSON_F_UINT32S, "additionalGids", struct spec_user, additional_gids, NULL, 0),
	JSON_FIELD(JSON_F_STRING, "username", struct spec_user, username, 0),
};
static const struct json_table user_table = JSON_TABLE(struct spec_user, user_fields);

static const struct json_field console_size_fields[] = {
	JSON_FIELD(JSON_F_UINT32, "height", struct spec_console_size, height, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT32, "width", struct spec_console_size, width, JSON_REQUIRED),
};
static const struct json_table console_size_table =
	JSON_TABLE(struct spec_console_size, console_size_fields);

static const struct json_field scheduler_fields[] = {
	JSON_FIELD(JSON_F_STRING, "policy", struct spec_scheduler, policy, JSON_REQUIRED),
	JSON_FIELD(JSON_F_INT32, "nice", struct spec_scheduler, nice, 0),
	JSON_FIELD(JSON_F_INT32, "priority", struct spec_scheduler, priority, 0),
	JSON_FIELD_N(JSON_F_STRV, "flags", struct spec_scheduler, flags, NULL, 0),
	JSON_FIELD(JSON_F_UINT64, "runtime", struct spec_scheduler, runtime, 0),
	JSON_FIELD(JSON_F_UINT64, "deadline", struct spec_scheduler, deadline, 0),
	JSON_FIELD(JSON_F_UINT64, "period", struct spec_scheduler, period, 0),
};
static const struct json_table scheduler_table =
	JSON_TABLE(struct spec_scheduler, scheduler_fields);

#define PROCESS(kind, key, member, flags) JSON_FIELD(kind, key, struct spec_process, member, flags)

/* The members of small objects live in struct spec_process itself: their rows have offset 0. */
static const struct json_field io_priority_fields[] = {
	PROCESS(JSON_F_STRING, "class", io_priority_class, 0),
	PROCESS(JSON_F_INT32, "priority", io_priority, 0),
};
static const struct json_table io_priority_table =
	JSON_TABLE(struct spec_process, io_priority_fields);

static const struct json_field cpu_affinity_fields[] = {
	PROCESS(JSON_F_STRING, "initial", exec_cpu_initial, 0),
	PROCESS(JSON_F_STRING, "final", exec_cpu_final, 0),
};
static const struct json_table cpu_affinity_table =
	JSON_TABLE(struct spec_process, cpu_affinity_fields);

static const struct json_field process_fields[] = {
	PROCESS(JSON_F_BOOL, "terminal", terminal, 0),
	JSON_FIELD_SUB(JSON_F_PTR, "consoleSize", struct spec_process, console_size,
		       &console_size_table, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "user", struct spec_process, user, &user_table, KEEP),
	JSON_FIELD_N(JSON_F_STRV, "args", struct spec_process, args, NULL, 0),
	JSON_FIELD_N(JSON_F_STRV, "env", struct spec_process, env, NULL, 0),
	PROCESS(JSON_F_STRING, "cwd", cwd, JSON_REQUIRED),
	JSON_FIELD_SUB(JSON_F_PTR, "capabilities", struct spec_process, capabilities,
		       &capabilities_table, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "rlimits", struct spec_process, rlimits, &rlimit_table, 0),
	PROCESS(JSON_F_BOOL, "noNewPrivileges", no_new_privileges, 0),
	PROCESS(JSON_F_STRING, "apparmorProfile", apparmor_profile, 0),
	PROCESS(JSON_F_STRING, "selinuxLabel", selinux_label, 0),
	PROCESS(JSON_F_OPT_INT64, "oomScoreAdj", oom_score_adj, 0),
	JSON_FIELD_SUB(JSON_F_PTR, "scheduler", struct spec_process, scheduler, &scheduler_table,
		       0),
	{.key = "ioPriority", .kind = JSON_F_STRUCT, .sub = &io_priority_table},
	{.key = "execCPUAffinity", .kind = JSON_F_STRUCT, .sub = &cpu_affinity_table},
};
const struct json_table spec_process_table = JSON_TABLE(struct spec_process, process_fields);
