/* SPDX-License-Identifier: Apache-2.0 */
/* "linux" (runtime-spec, config-linux.md). */
#include "base/strv.h"
#include "oci/runtime_spec.h"
#include "oci/runtime_spec_tables.h"

static const struct json_field id_mapping_fields[] = {
	JSON_FIELD(JSON_F_UINT32, "containerID", struct spec_id_mapping, container_id,
		   JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT32, "hostID", struct spec_id_mapping, host_id, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT32, "size", struct spec_id_mapping, size, JSON_REQUIRED),
};
const struct json_table spec_id_mapping_table =
	JSON_TABLE(struct spec_id_mapping, id_mapping_fields);

static const struct json_field namespace_fields[] = {
	JSON_FIELD(JSON_F_STRING, "type", struct spec_namespace, type, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "path", struct spec_namespace, path, 0),
};
static const struct json_table namespace_table =
	JSON_TABLE(struct spec_namespace, namespace_fields);

static const struct json_field device_fields[] = {
	JSON_FIELD(JSON_F_STRING, "type", struct spec_device, type, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "path", struct spec_device, path, JSON_REQUIRED),
	/* Required unless the type is "p", and written always, as every other runtime does. */
	JSON_FIELD(JSON_F_INT64, "major", struct spec_device, major, JSON_KEEP_ZERO),
	JSON_FIELD(JSON_F_INT64, "minor", struct spec_device, minor, JSON_KEEP_ZERO),
	JSON_FIELD(JSON_F_OPT_UINT32, "fileMode", struct spec_device, file_mode, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "uid", struct spec_device, uid, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "gid", struct spec_device, gid, 0),
};
static const struct json_table device_table = JSON_TABLE(struct spec_device, device_fields);

static const struct json_field time_offset_fields[] = {
	JSON_FIELD(JSON_F_INT64, "secs", struct spec_time_offset, secs, 0),
	JSON_FIELD(JSON_F_UINT32, "nanosecs", struct spec_time_offset, nanosecs, 0),
};
static const struct json_table time_offset_table =
	JSON_TABLE(struct spec_time_offset, time_offset_fields);

static const struct json_field personality_fields[] = {
	JSON_FIELD(JSON_F_STRING, "domain", struct spec_personality, domain, JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_STRV, "flags", struct spec_personality, flags, NULL, 0),
};
static const struct json_table personality_table =
	JSON_TABLE(struct spec_personality, personality_fields);

#define LINUX(kind, key, member)	JSON_FIELD(kind, key, struct spec_linux, member, 0)
#define LINUX_N(kind, key, member, sub) JSON_FIELD_N(kind, key, struct spec_linux, member, sub, 0)
#define LINUX_PTR(key, member, sub)                                                                \
	JSON_FIELD_SUB(JSON_F_PTR, key, struct spec_linux, member, sub, 0)

/* The members of small objects live in struct spec_linux itself: their rows have offset 0. */
static const struct json_field time_offsets_fields[] = {
	LINUX_PTR("monotonic", time_monotonic, &time_offset_table),
	LINUX_PTR("boottime", time_boottime, &time_offset_table),
};
static const struct json_table time_offsets_table =
	JSON_TABLE(struct spec_linux, time_offsets_fields);

static const struct json_field intel_rdt_fields[] = {
	LINUX(JSON_F_STRING, "closID", intel_rdt_clos_id),
	LINUX(JSON_F_STRING, "l3CacheSchema", intel_rdt_l3_cache_schema),
	LINUX(JSON_F_STRING, "memBwSchema", intel_rdt_mem_bw_schema),
	LINUX(JSON_F_BOOL, "enableCMT", intel_rdt_enable_cmt),
	LINUX(JSON_F_BOOL, "enableMBM", intel_rdt_enable_mbm),
};
static const struct json_table intel_rdt_table = JSON_TABLE(struct spec_linux, intel_rdt_fields);

static const struct json_field linux_fields[] = {
	LINUX_N(JSON_F_ARRAY, "uidMappings", uid_mappings, &spec_id_mapping_table),
	LINUX_N(JSON_F_ARRAY, "gidMappings", gid_mappings, &spec_id_mapping_table),
	LINUX_N(JSON_F_PAIRS, "sysctl", sysctl, NULL),
	LINUX_PTR("resources", resources, &spec_resources_table),
	LINUX(JSON_F_STRING, "cgroupsPath", cgroups_path),
	LINUX_N(JSON_F_ARRAY, "namespaces", namespaces, &namespace_table),
	LINUX_N(JSON_F_ARRAY, "devices", devices, &device_table),
	LINUX_PTR("seccomp", seccomp, &spec_seccomp_table),
	LINUX(JSON_F_STRING, "rootfsPropagation", rootfs_propagation),
	LINUX_N(JSON_F_STRV, "maskedPaths", masked_paths, NULL),
	LINUX_N(JSON_F_STRV, "readonlyPaths", readonly_paths, NULL),
	LINUX(JSON_F_STRING, "mountLabel", mount_label),
	{.key = "intelRdt", .kind = JSON_F_STRUCT, .sub = &intel_rdt_table},
	LINUX_PTR("personality", personality, &personality_table),
	{.key = "timeOffsets", .kind = JSON_F_STRUCT, .sub = &time_offsets_table},
};
const struct json_table spec_linux_table = JSON_TABLE(struct spec_linux, linux_fields);
