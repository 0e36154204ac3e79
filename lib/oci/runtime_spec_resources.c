/* SPDX-License-Identifier: Apache-2.0 */
/* "linux.resources" (runtime-spec, config-linux.md, "Control groups"). */
#include "base/strv.h"
#include "oci/runtime_spec.h"
#include "oci/runtime_spec_tables.h"

#define KEEP JSON_KEEP_ZERO

static const struct json_field device_rule_fields[] = {
	JSON_FIELD(JSON_F_BOOL, "allow", struct spec_device_rule, allow, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "type", struct spec_device_rule, type, 0),
	JSON_FIELD(JSON_F_OPT_INT64, "major", struct spec_device_rule, major, 0),
	JSON_FIELD(JSON_F_OPT_INT64, "minor", struct spec_device_rule, minor, 0),
	JSON_FIELD(JSON_F_STRING, "access", struct spec_device_rule, access, 0),
};
static const struct json_table device_rule_table =
	JSON_TABLE(struct spec_device_rule, device_rule_fields);

#define MEMORY(kind, key, member) JSON_FIELD(kind, key, struct spec_memory, member, 0)
static const struct json_field memory_fields[] = {
	MEMORY(JSON_F_OPT_INT64, "limit", limit),
	MEMORY(JSON_F_OPT_INT64, "reservation", reservation),
	MEMORY(JSON_F_OPT_INT64, "swap", swap),
	MEMORY(JSON_F_OPT_INT64, "kernel", kernel),
	MEMORY(JSON_F_OPT_INT64, "kernelTCP", kernel_tcp),
	MEMORY(JSON_F_OPT_UINT64, "swappiness", swappiness),
	MEMORY(JSON_F_OPT_BOOL, "disableOOMKiller", disable_oom_killer),
	MEMORY(JSON_F_OPT_BOOL, "useHierarchy", use_hierarchy),
	MEMORY(JSON_F_OPT_BOOL, "checkBeforeUpdate", check_before_update),
};
static const struct json_table memory_table = JSON_TABLE(struct spec_memory, memory_fields);

#define CPU(kind, key, member) JSON_FIELD(kind, key, struct spec_cpu, member, 0)
static const struct json_field cpu_fields[] = {
	CPU(JSON_F_OPT_UINT64, "shares", shares),
	CPU(JSON_F_OPT_INT64, "quota", quota),
	CPU(JSON_F_OPT_UINT64, "burst", burst),
	CPU(JSON_F_OPT_UINT64, "period", period),
	CPU(JSON_F_OPT_INT64, "realtimeRuntime", realtime_runtime),
	CPU(JSON_F_OPT_UINT64, "realtimePeriod", realtime_period),
	CPU(JSON_F_STRING, "cpus", cpus),
	CPU(JSON_F_STRING, "mems", mems),
	CPU(JSON_F_OPT_INT64, "idle", idle),
};
static const struct json_table cpu_table = JSON_TABLE(struct spec_cpu, cpu_fields);

static const struct json_field pids_fields[] = {
	JSON_FIELD(JSON_F_INT64, "limit", struct spec_pids, limit, KEEP),
};
static const struct json_table pids_table = JSON_TABLE(struct spec_pids, pids_fields);

static const struct json_field weight_device_fields[] = {
	JSON_FIELD(JSON_F_INT64, "major", struct spec_weight_device, major, JSON_REQUIRED),
	JSON_FIELD(JSON_F_INT64, "minor", struct spec_weight_device, minor, JSON_REQUIRED),
	JSON_FIELD(JSON_F_OPT_UINT32, "weight", struct spec_weight_device, weight, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "leafWeight", struct spec_weight_device, leaf_weight, 0),
};
static const struct json_table weight_device_table =
	JSON_TABLE(struct spec_weight_device, weight_device_fields);

static const struct json_field throttle_fields[] = {
	JSON_FIELD(JSON_F_INT64, "major", struct spec_throttle_device, major, JSON_REQUIRED),
	JSON_FIELD(JSON_F_INT64, "minor", struct spec_throttle_device, minor, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "rate", struct spec_throttle_device, rate, JSON_REQUIRED),
};
static const struct json_table throttle_table =
	JSON_TABLE(struct spec_throttle_device, throttle_fields);

#define THROTTLE(key, member)                                                                      \
	JSON_FIELD_N(JSON_F_ARRAY, key, struct spec_block_io, member, &throttle_table, 0)
static const struct json_field block_io_fields[] = {
	JSON_FIELD(JSON_F_OPT_UINT32, "weight", struct spec_block_io, weight, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "leafWeight", struct spec_block_io, leaf_weight, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "weightDevice", struct spec_block_io, weight_device,
		     &weight_device_table, 0),
	THROTTLE("throttleReadBpsDevice", read_bps),
	THROTTLE("throttleWriteBpsDevice", write_bps),
	THROTTLE("throttleReadIOPSDevice", read_iops),
	THROTTLE("throttleWriteIOPSDevice", write_iops),
};
static const struct json_table block_io_table = JSON_TABLE(struct spec_block_io, block_io_fields);

static const struct json_field hugepage_fields[] = {
	JSON_FIELD(JSON_F_STRING, "pageSize", struct spec_hugepage_limit, page_size, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "limit", struct spec_hugepage_limit, limit, JSON_REQUIRED),
};
static const struct json_table hugepage_table =
	JSON_TABLE(struct spec_hugepage_limit, hugepage_fields);

static const struct json_field priority_fields[] = {
	JSON_FIELD(JSON_F_STRING, "name", struct spec_network_priority, name, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT32, "priority", struct spec_network_priority, priority,
		   JSON_REQUIRED),
};
static const struct json_table priority_table =
	JSON_TABLE(struct spec_network_priority, priority_fields);

static const struct json_field network_fields[] = {
	JSON_FIELD(JSON_F_OPT_UINT32, "classID", struct spec_network, class_id, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "priorities", struct spec_network, priorities, &priority_table,
		     0),
};
static const struct json_table network_table = JSON_TABLE(struct spec_network, network_fields);

static const struct json_field rdma_fields[] = {
	JSON_FIELD(JSON_F_OPT_UINT32, "hcaHandles", struct spec_rdma, hca_handles, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "hcaObjects", struct spec_rdma, hca_objects, 0),
};
static const struct json_table rdma_table = JSON_TABLE(struct spec_rdma, rdma_fields);

/* A map from device names to objects. at: struct spec_resources, for the array and its count. */
static int rdma_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	struct spec_resources *r = at;
	struct json_iter it = {0};
	struct spec_rdma *items = NULL;
	size_t n = 0;

	if (json_type(j) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "expected an object");
	while (json_next(j, &it)) {
		struct spec_rdma *d = arena_push(a, items, n);

		d->device = arena_strdup(a, it.key);
		if (json_decode(&rdma_table, it.value, it.key, d, a, err) < 0)
			return -1;
	}
	r->rdma = items;
	r->n_rdma = n;
	return 0;
}

static void rdma_encode(struct json_writer *w, const void *at)
{
	const struct spec_resources *r = at;

	json_write_begin(w, '{');
	for (size_t i = 0; i < r->n_rdma; i++) {
		json_write_key(w, r->rdma[i].device);
		json_encode(&rdma_table, &r->rdma[i], w);
	}
	json_write_end(w, '}');
}

static bool rdma_is_empty(const void *at)
{
	const struct spec_resources *r = at;

	return r->n_rdma == 0;
}

#define PART(key, member, table)                                                                   \
	JSON_FIELD_SUB(JSON_F_PTR, key, struct spec_resources, member, &(table), 0)
static const struct json_field resources_fields[] = {
	JSON_FIELD_N(JSON_F_ARRAY, "devices", struct spec_resources, devices, &device_rule_table,
		     0),
	PART("memory", memory, memory_table),
	PART("cpu", cpu, cpu_table),
	PART("pids", pids, pids_table),
	PART("blockIO", block_io, block_io_table),
	JSON_FIELD_N(JSON_F_ARRAY, "hugepageLimits", struct spec_resources, hugepage_limits,
		     &hugepage_table, 0),
	PART("network", network, network_table),
	{.key = "rdma",
	 .kind = JSON_F_CUSTOM,
	 .decode = rdma_decode,
	 .encode = rdma_encode,
	 .is_empty = rdma_is_empty},
	JSON_FIELD_N(JSON_F_PAIRS, "unified", struct spec_resources, unified, NULL, 0),
};
const struct json_table spec_resources_table = JSON_TABLE(struct spec_resources, resources_fields);
