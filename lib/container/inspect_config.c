/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of docker's container document that repeat what was asked. What this program never sets
 * has the value that docker shows where nothing was asked for.
 */
#include <ctype.h>
#include <string.h>

#include "base/strv.h"
#include "cli/value_table.h"
#include "container/inspect_parts.h"
#include "oci/device_string.h"
#include "oci/ulimit_string.h"

#define SHM_SIZE_DEFAULT ((int64_t)64 << 20)

struct value *inspect_pairs(struct arena *a, const struct json_pair *pairs, size_t n)
{
	struct value *map = value_map(a);

	for (size_t i = 0; i < n; i++)
		value_put_string(a, map, pairs[i].key, pairs[i].value);
	return map;
}

/* A map from "KEY<sep>VALUE"; null when nothing was given. */
static struct value *split_map(struct arena *a, char *const *items, size_t n, char sep)
{
	struct value *map;

	if (!n)
		return value_nil_of(a, VALUE_MAP);
	map = value_map(a);
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(items[i], (char[]){sep, '\0'});

		value_put_string(a, map, arena_strndup(a, items[i], len),
				 items[i][len] ? items[i] + len + 1 : "");
	}
	return map;
}

/* A set, as Go writes map[string]struct{}. */
static void put_set(struct arena *a, struct value **set, const char *key)
{
	if (!*set)
		*set = value_map(a);
	value_put(a, *set, key, value_struct(a));
}

static struct value *set_or_nil(struct arena *a, struct value *set)
{
	return set ? set : value_nil_of(a, VALUE_MAP);
}

/* ---- HostConfig ---- */

/* Without a ':' it is an anonymous volume, which docker doesn't count. */
static struct value *binds(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *list = NULL;

	for (size_t i = 0; i < r->n_binds; i++) {
		if (!strchr(r->binds[i], ':'))
			continue;
		list = list ? list : value_list(a);
		value_append(a, list, value_string(a, r->binds[i]));
	}
	return list ? list : value_nil_of(a, VALUE_LIST);
}

static struct value *log_config(struct arena *a, const void *src)
{
	struct value *v = value_struct(a);

	(void)src;
	value_put_string(a, v, "Type", "none");
	value_put(a, v, "Config", value_map(a));
	return v;
}

static struct value *restart_policy(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *v = value_struct(a);

	value_put_string(a, v, "Name", r->restart);
	value_put_int(a, v, "MaximumRetryCount", 0);
	return v;
}

static struct value *mode_or(struct arena *a, const char *mode, const char *otherwise)
{
	return value_string(a, str_empty(mode) ? otherwise : mode);
}

static struct value *ipc_mode(struct arena *a, const void *src)
{
	return mode_or(a, ((const struct container_record *)src)->ipc_mode, "private");
}

static struct value *cgroupns_mode(struct arena *a, const void *src)
{
	return mode_or(a, ((const struct container_record *)src)->cgroupns_mode, "private");
}

static struct value *runtime(struct arena *a, const void *src)
{
	(void)src;
	return value_string(a, "onggi");
}

static struct value *console_size(struct arena *a, const void *src)
{
	struct value *list = value_list(a);

	(void)src;
	value_append(a, list, value_int(a, 0));
	value_append(a, list, value_int(a, 0));
	return list;
}

static struct value *devices(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *list = value_list(a);

	for (size_t i = 0; i < r->n_devices; i++) {
		struct value *v = value_struct(a);
		struct device_request d;

		if (device_parse(a, r->devices[i], &d, NULL) < 0)
			continue;
		value_put_string(a, v, "PathOnHost", d.host);
		value_put_string(a, v, "PathInContainer", d.container);
		value_put_string(a, v, "CgroupPermissions", d.access);
		value_append(a, list, v);
	}
	return list;
}

/* "RLIMIT_NOFILE" is "nofile". */
static struct value *ulimit_name(struct arena *a, const char *type)
{
	const char *rest = type;
	char *name;

	str_prefix(type, "RLIMIT_", &rest);
	name = arena_strdup(a, rest);
	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return value_string(a, name);
}

/* Unlimited is -1, as for docker. */
static int64_t ulimit_number(uint64_t limit)
{
	return limit > INT64_MAX ? -1 : (int64_t)limit;
}

static struct value *ulimits(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *list = value_list(a);

	for (size_t i = 0; i < r->n_ulimits; i++) {
		struct value *v = value_struct(a);
		struct ulimit u;

		if (ulimit_parse(r->ulimits[i], &u, NULL) < 0)
			continue;
		value_put(a, v, "Name", ulimit_name(a, u.type));
		value_put_int(a, v, "Hard", ulimit_number(u.hard));
		value_put_int(a, v, "Soft", ulimit_number(u.soft));
		value_append(a, list, v);
	}
	return list;
}

static struct value *tmpfs(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return split_map(a, r->tmpfs, r->n_tmpfs, ':');
}

static struct value *sysctls(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return split_map(a, r->sysctls, r->n_sysctls, '=');
}

static struct value *swappiness(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return r->memory_swappiness ? value_int(a, *r->memory_swappiness)
				    : value_nil_of(a, VALUE_INT);
}

/* What was not asked for is what config_isolation.c gives. */
static struct value *shm_size(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return value_int(a, r->shm_size ? r->shm_size : SHM_SIZE_DEFAULT);
}

static struct value *pids_limit(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return r->pids_limit ? value_int(a, r->pids_limit) : value_nil_of(a, VALUE_INT);
}

static struct value *annotations(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return r->n_annotations ? inspect_pairs(a, r->annotations, r->n_annotations)
				: value_nil_of(a, VALUE_MAP);
}

#define R(kind, name, member) VALUE_ROW(VALUE_ROW_##kind, name, struct container_record, member)
#define RN(name, member)      VALUE_ROW_N(name, struct container_record, member)
#define NEVER(kind, name)     VALUE_ROW_FIXED(VALUE_ROW_##kind, name)

static const struct value_row host_rows[] = {
	VALUE_ROW_FN("Binds", binds),
	R(STRING, "ContainerIDFile", cidfile),
	VALUE_ROW_FN("LogConfig", log_config),
	R(STRING, "NetworkMode", network),
	NEVER(EMPTY_MAP, "PortBindings"),
	VALUE_ROW_FN("RestartPolicy", restart_policy),
	R(BOOL, "AutoRemove", auto_remove),
	NEVER(EMPTY, "VolumeDriver"),
	NEVER(NO_LIST, "VolumesFrom"),
	VALUE_ROW_FN("ConsoleSize", console_size),
	VALUE_ROW_FN("Annotations", annotations),
	RN("CapAdd", cap_add),
	RN("CapDrop", cap_drop),
	VALUE_ROW_FN("CgroupnsMode", cgroupns_mode),
	RN("Dns", dns),
	RN("DnsOptions", dns_option),
	RN("DnsSearch", dns_search),
	RN("ExtraHosts", add_host),
	RN("GroupAdd", group_add),
	VALUE_ROW_FN("IpcMode", ipc_mode),
	NEVER(EMPTY, "Cgroup"),
	NEVER(NO_LIST, "Links"),
	R(INT64, "OomScoreAdj", oom_score_adj),
	R(STRING, "PidMode", pid_mode),
	R(BOOL, "Privileged", privileged),
	NEVER(FALSE, "PublishAllPorts"),
	R(BOOL, "ReadonlyRootfs", read_only),
	RN("SecurityOpt", security_opt),
	VALUE_ROW_FN("Tmpfs", tmpfs),
	R(STRING, "UTSMode", uts_mode),
	R(STRING, "UsernsMode", userns),
	VALUE_ROW_FN("ShmSize", shm_size),
	VALUE_ROW_FN("Sysctls", sysctls),
	VALUE_ROW_FN("Runtime", runtime),
	NEVER(EMPTY, "Isolation"),
	R(INT64, "CpuShares", cpu_shares),
	R(INT64, "Memory", memory),
	R(INT64, "NanoCpus", nano_cpus),
	NEVER(EMPTY, "CgroupParent"),
	NEVER(ZERO, "BlkioWeight"),
	NEVER(NO_LIST, "BlkioWeightDevice"),
	NEVER(NO_LIST, "BlkioDeviceReadBps"),
	NEVER(NO_LIST, "BlkioDeviceWriteBps"),
	NEVER(NO_LIST, "BlkioDeviceReadIOps"),
	NEVER(NO_LIST, "BlkioDeviceWriteIOps"),
	R(INT64, "CpuPeriod", cpu_period),
	R(INT64, "CpuQuota", cpu_quota),
	NEVER(ZERO, "CpuRealtimePeriod"),
	NEVER(ZERO, "CpuRealtimeRuntime"),
	R(STRING, "CpusetCpus", cpuset_cpus),
	R(STRING, "CpusetMems", cpuset_mems),
	VALUE_ROW_FN("Devices", devices),
	NEVER(NO_LIST, "DeviceCgroupRules"),
	NEVER(NO_LIST, "DeviceRequests"),
	R(INT64, "MemoryReservation", memory_reservation),
	R(INT64, "MemorySwap", memory_swap),
	VALUE_ROW_FN("MemorySwappiness", swappiness),
	R(BOOL, "OomKillDisable", oom_kill_disable),
	VALUE_ROW_FN("PidsLimit", pids_limit),
	VALUE_ROW_FN("Ulimits", ulimits),
	NEVER(ZERO, "CpuCount"),
	NEVER(ZERO, "CpuPercent"),
	NEVER(ZERO, "IOMaximumIOps"),
	NEVER(ZERO, "IOMaximumBandwidth"),
	R(BOOL, "Init", init),
};

struct value *inspect_host_config(struct arena *a, const struct container_record *r)
{
	struct value *v = value_struct(a);

	value_put_rows(a, v, host_rows, ARRAY_SIZE(host_rows), r);
	return v;
}

/* ---- Config ---- */

static struct value *exposed_ports(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *set = NULL;

	for (size_t i = 0; i < r->n_exposed_ports; i++)
		put_set(a, &set, r->exposed_ports[i]);
	return set_or_nil(a, set);
}

static struct value *volumes(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *set = NULL;

	for (size_t i = 0; i < r->n_mounts; i++)
		if (r->mounts[i].anonymous)
			put_set(a, &set, r->mounts[i].destination);
	return set_or_nil(a, set);
}

static struct value *labels(struct arena *a, const void *src)
{
	const struct container_record *r = src;

	return inspect_pairs(a, r->labels, r->n_labels);
}

static const struct value_row config_rows[] = {
	R(STRING, "Hostname", hostname),
	R(STRING, "Domainname", domainname),
	R(STRING, "User", user),
	R(BOOL, "AttachStdin", open_stdin),
	NEVER(TRUE, "AttachStdout"),
	NEVER(TRUE, "AttachStderr"),
	VALUE_ROW_FN("ExposedPorts", exposed_ports),
	R(BOOL, "Tty", tty),
	R(BOOL, "OpenStdin", open_stdin),
	R(BOOL, "StdinOnce", open_stdin),
	RN("Env", env),
	RN("Cmd", cmd),
	R(STRING, "Image", image),
	VALUE_ROW_FN("Volumes", volumes),
	R(STRING, "WorkingDir", working_dir),
	RN("Entrypoint", entrypoint),
	NEVER(NO_LIST, "OnBuild"),
	VALUE_ROW_FN("Labels", labels),
	R(STRING, "StopSignal", stop_signal),
};

struct value *inspect_config(struct arena *a, const struct container_record *r)
{
	struct value *v = value_struct(a);

	value_put_rows(a, v, config_rows, ARRAY_SIZE(config_rows), r);
	return v;
}

/* ---- NetworkSettings ---- */

static const struct value_row endpoint_rows[] = {
	NEVER(NO_MAP, "IPAMConfig"),	    NEVER(NO_LIST, "Links"),
	NEVER(NO_LIST, "Aliases"),	    NEVER(EMPTY, "MacAddress"),
	NEVER(NO_MAP, "DriverOpts"),	    NEVER(EMPTY, "NetworkID"),
	NEVER(EMPTY, "EndpointID"),	    NEVER(EMPTY, "Gateway"),
	NEVER(EMPTY, "IPAddress"),	    NEVER(ZERO, "IPPrefixLen"),
	NEVER(EMPTY, "IPv6Gateway"),	    NEVER(EMPTY, "GlobalIPv6Address"),
	NEVER(ZERO, "GlobalIPv6PrefixLen"), NEVER(NO_LIST, "DNSNames"),
};

static struct value *networks(struct arena *a, const void *src)
{
	const struct container_record *r = src;
	struct value *map = value_map(a), *endpoint = value_struct(a);

	value_put_rows(a, endpoint, endpoint_rows, ARRAY_SIZE(endpoint_rows), r);
	value_put(a, map, str_empty(r->network) ? "none" : r->network, endpoint);
	return map;
}

static const struct value_row network_rows[] = {
	NEVER(EMPTY, "Bridge"),
	NEVER(EMPTY, "SandboxID"),
	NEVER(EMPTY, "SandboxKey"),
	NEVER(EMPTY_MAP, "Ports"),
	NEVER(FALSE, "HairpinMode"),
	NEVER(EMPTY, "LinkLocalIPv6Address"),
	NEVER(ZERO, "LinkLocalIPv6PrefixLen"),
	NEVER(NO_LIST, "SecondaryIPAddresses"),
	NEVER(NO_LIST, "SecondaryIPv6Addresses"),
	NEVER(EMPTY, "EndpointID"),
	NEVER(EMPTY, "Gateway"),
	NEVER(EMPTY, "GlobalIPv6Address"),
	NEVER(ZERO, "GlobalIPv6PrefixLen"),
	NEVER(EMPTY, "IPAddress"),
	NEVER(ZERO, "IPPrefixLen"),
	NEVER(EMPTY, "IPv6Gateway"),
	NEVER(EMPTY, "MacAddress"),
	VALUE_ROW_FN("Networks", networks),
};

struct value *inspect_network(struct arena *a, const struct container_record *r)
{
	struct value *v = value_struct(a);

	value_put_rows(a, v, network_rows, ARRAY_SIZE(network_rows), r);
	return v;
}
