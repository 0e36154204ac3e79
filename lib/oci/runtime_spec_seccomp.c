/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "linux.seccomp" (runtime-spec, config-linux.md, "Seccomp") and Docker's profile files, which add
 * archMap and conditions. One table reads both: a condition that was dropped here would allow calls
 * that the profile's author forbade.
 */
#include "base/strv.h"
#include "oci/runtime_spec.h"

static const struct json_field arg_fields[] = {
	JSON_FIELD(JSON_F_UINT32, "index", struct spec_seccomp_arg, index, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "value", struct spec_seccomp_arg, value, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "valueTwo", struct spec_seccomp_arg, value_two, 0),
	JSON_FIELD(JSON_F_STRING, "op", struct spec_seccomp_arg, op, JSON_REQUIRED),
};
static const struct json_table arg_table = JSON_TABLE(struct spec_seccomp_arg, arg_fields);

#define CONDITION(kind, key, member)                                                               \
	JSON_FIELD_N(kind, key, struct spec_seccomp_condition, member, NULL, 0)
static const struct json_field condition_fields[] = {
	CONDITION(JSON_F_STRV, "caps", caps),
	CONDITION(JSON_F_STRV, "arches", arches),
	JSON_FIELD(JSON_F_STRING, "minKernel", struct spec_seccomp_condition, min_kernel, 0),
};
static const struct json_table condition_table =
	JSON_TABLE(struct spec_seccomp_condition, condition_fields);

static const struct json_field arch_fields[] = {
	JSON_FIELD(JSON_F_STRING, "architecture", struct spec_seccomp_arch, architecture,
		   JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_STRV, "subArchitectures", struct spec_seccomp_arch, sub_architectures,
		     NULL, 0),
};
static const struct json_table arch_table = JSON_TABLE(struct spec_seccomp_arch, arch_fields);

static const struct json_field rule_fields[] = {
	JSON_FIELD(JSON_F_STRING, "name", struct spec_seccomp_rule, name, 0),
	JSON_FIELD_N(JSON_F_STRV, "names", struct spec_seccomp_rule, names, NULL, 0),
	JSON_FIELD(JSON_F_STRING, "action", struct spec_seccomp_rule, action, JSON_REQUIRED),
	JSON_FIELD(JSON_F_OPT_UINT32, "errnoRet", struct spec_seccomp_rule, errno_ret, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "args", struct spec_seccomp_rule, args, &arg_table, 0),
	JSON_FIELD_SUB(JSON_F_PTR, "includes", struct spec_seccomp_rule, includes, &condition_table,
		       0),
	JSON_FIELD_SUB(JSON_F_PTR, "excludes", struct spec_seccomp_rule, excludes, &condition_table,
		       0),
};
static const struct json_table rule_table = JSON_TABLE(struct spec_seccomp_rule, rule_fields);

static const struct json_field seccomp_fields[] = {
	JSON_FIELD(JSON_F_STRING, "defaultAction", struct spec_seccomp, default_action,
		   JSON_REQUIRED),
	JSON_FIELD(JSON_F_OPT_UINT32, "defaultErrnoRet", struct spec_seccomp, default_errno_ret, 0),
	JSON_FIELD_N(JSON_F_STRV, "architectures", struct spec_seccomp, architectures, NULL, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "archMap", struct spec_seccomp, arch_map, &arch_table, 0),
	JSON_FIELD_N(JSON_F_STRV, "flags", struct spec_seccomp, flags, NULL, 0),
	JSON_FIELD(JSON_F_STRING, "listenerPath", struct spec_seccomp, listener_path, 0),
	JSON_FIELD(JSON_F_STRING, "listenerMetadata", struct spec_seccomp, listener_metadata, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "syscalls", struct spec_seccomp, syscalls, &rule_table, 0),
};
const struct json_table spec_seccomp_table = JSON_TABLE(struct spec_seccomp, seccomp_fields);
