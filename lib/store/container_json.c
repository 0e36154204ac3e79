/* SPDX-License-Identifier: Apache-2.0 */
/* The documents container.json and state.json as tables. */
#include <string.h>

#include "base/strv.h"
#include "store/containers_private.h"

#define MOUNT_F(kind, key, member) JSON_FIELD(kind, key, struct record_mount, member, 0)
#define REC_F(kind, key, member)   JSON_FIELD(kind, key, struct container_record, member, 0)
#define REC_N(kind, key, member)   JSON_FIELD_N(kind, key, struct container_record, member, NULL, 0)
#define STATE_F(kind, key, member) JSON_FIELD(kind, key, struct container_state, member, 0)

static const struct json_field mount_fields[] = {
	MOUNT_F(JSON_F_STRING, "type", type),
	MOUNT_F(JSON_F_STRING, "name", name),
	MOUNT_F(JSON_F_STRING, "source", source),
	MOUNT_F(JSON_F_STRING, "destination", destination),
	MOUNT_F(JSON_F_STRING, "mode", mode),
	MOUNT_F(JSON_F_BOOL, "readonly", readonly),
	MOUNT_F(JSON_F_BOOL, "anonymous", anonymous),
};
static const struct json_table mount_table = JSON_TABLE(struct record_mount, mount_fields);

static const struct json_field record_fields[] = {
	JSON_FIELD(JSON_F_STRING, "id", struct container_record, id, JSON_REQUIRED),
	REC_F(JSON_F_STRING, "name", name),
	REC_F(JSON_F_STRING, "created", created),
	REC_F(JSON_F_STRING, "image", image),
	REC_F(JSON_F_STRING, "imageId", image_id),
	REC_F(JSON_F_STRING, "manifest", manifest),
	REC_N(JSON_F_STRV, "layers", layers),
	REC_N(JSON_F_STRV, "args", args),
	REC_N(JSON_F_STRV, "entrypoint", entrypoint),
	REC_N(JSON_F_STRV, "cmd", cmd),
	REC_N(JSON_F_STRV, "env", env),
	REC_F(JSON_F_STRING, "workingDir", working_dir),
	REC_F(JSON_F_STRING, "user", user),
	REC_F(JSON_F_STRING, "hostname", hostname),
	REC_F(JSON_F_STRING, "network", network),
	REC_F(JSON_F_STRING, "userns", userns),
	REC_F(JSON_F_STRING, "stopSignal", stop_signal),
	REC_F(JSON_F_STRING, "restart", restart),
	REC_N(JSON_F_PAIRS, "labels", labels),
	JSON_FIELD_N(JSON_F_ARRAY, "mounts", struct container_record, mounts, &mount_table, 0),
	REC_F(JSON_F_INT64, "memory", memory),
	REC_F(JSON_F_INT64, "memorySwap", memory_swap),
	REC_F(JSON_F_INT64, "nanoCpus", nano_cpus),
	REC_F(JSON_F_INT64, "pidsLimit", pids_limit),
	REC_F(JSON_F_INT64, "shmSize", shm_size),
	REC_F(JSON_F_BOOL, "tty", tty),
	REC_F(JSON_F_BOOL, "openStdin", open_stdin),
	REC_F(JSON_F_BOOL, "autoRemove", auto_remove),
	REC_F(JSON_F_BOOL, "init", init),
	REC_F(JSON_F_BOOL, "privileged", privileged),
	REC_F(JSON_F_BOOL, "readOnly", read_only),
	REC_N(JSON_F_STRV, "binds", binds),
	REC_N(JSON_F_STRV, "tmpfs", tmpfs),
	REC_N(JSON_F_STRV, "devices", devices),
	REC_N(JSON_F_STRV, "capAdd", cap_add),
	REC_N(JSON_F_STRV, "capDrop", cap_drop),
	REC_N(JSON_F_STRV, "securityOpt", security_opt),
	REC_N(JSON_F_STRV, "groupAdd", group_add),
	REC_N(JSON_F_STRV, "dns", dns),
	REC_N(JSON_F_STRV, "dnsSearch", dns_search),
	REC_N(JSON_F_STRV, "dnsOption", dns_option),
	REC_N(JSON_F_STRV, "addHost", add_host),
	REC_N(JSON_F_STRV, "ulimits", ulimits),
	REC_N(JSON_F_STRV, "sysctls", sysctls),
	REC_N(JSON_F_STRV, "exposedPorts", exposed_ports),
	REC_N(JSON_F_PAIRS, "annotations", annotations),
	REC_F(JSON_F_STRING, "domainname", domainname),
	REC_F(JSON_F_STRING, "pidMode", pid_mode),
	REC_F(JSON_F_STRING, "ipcMode", ipc_mode),
	REC_F(JSON_F_STRING, "utsMode", uts_mode),
	REC_F(JSON_F_STRING, "cgroupnsMode", cgroupns_mode),
	REC_F(JSON_F_STRING, "cpusetCpus", cpuset_cpus),
	REC_F(JSON_F_STRING, "cpusetMems", cpuset_mems),
	REC_F(JSON_F_STRING, "cidfile", cidfile),
	REC_F(JSON_F_STRING, "layersView", layers_view),
	REC_F(JSON_F_INT64, "memoryReservation", memory_reservation),
	REC_F(JSON_F_INT64, "cpuShares", cpu_shares),
	REC_F(JSON_F_INT64, "cpuPeriod", cpu_period),
	REC_F(JSON_F_INT64, "cpuQuota", cpu_quota),
	REC_F(JSON_F_INT64, "oomScoreAdj", oom_score_adj),
	REC_F(JSON_F_OPT_INT64, "memorySwappiness", memory_swappiness),
	REC_F(JSON_F_BOOL, "oomKillDisable", oom_kill_disable),
};
const struct json_table container_record_table = JSON_TABLE(struct container_record, record_fields);

static const char *const status_names[] = {
	[CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",
	[CONTAINER_EXITED] = "exited",
	[CONTAINER_REMOVING] = "removing",
};

static int status_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	const char *s = json_string(j, NULL);
	enum container_status *status = at;

	(void)a;
	for (size_t i = 0; i < ARRAY_SIZE(status_names); i++) {
		if (str_eq(s, status_names[i])) {
			*status = (enum container_status)i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "status is '%s', expected created, running, exited or "
		       "removing",
		       s ? s : "no string");
}

static void status_encode(struct json_writer *w, const void *at)
{
	const enum container_status *status = at;

	json_write_string(w, status_names[*status]);
}

static const struct json_field state_fields[] = {
	{.key = "status",
	 .kind = JSON_F_CUSTOM,
	 .flags = JSON_REQUIRED,
	 .offset = offsetof(struct container_state, status),
	 .decode = status_decode,
	 .encode = status_encode},
	STATE_F(JSON_F_INT32, "pid", pid),
	STATE_F(JSON_F_UINT64, "pidStart", pid_start),
	STATE_F(JSON_F_INT32, "exitCode", exit_code),
	STATE_F(JSON_F_STRING, "startedAt", started_at),
	STATE_F(JSON_F_STRING, "finishedAt", finished_at),
	STATE_F(JSON_F_STRING, "error", error),
	STATE_F(JSON_F_BOOL, "oomKilled", oom_killed),
	JSON_FIELD_N(JSON_F_STRV, "cgroups", struct container_state, cgroups, NULL, 0),
};
const struct json_table container_state_table = JSON_TABLE(struct container_state, state_fields);

void container_record_done(struct container_record *r)
{
	arena_done(&r->arena);
	*r = (struct container_record){0};
}

void container_state_done(struct container_state *s)
{
	arena_done(&s->arena);
	*s = (struct container_state){0};
}
