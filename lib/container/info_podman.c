/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/strv.h"
#include "container/info_parts.h"
#include "oci/runtime_spec.h"

void twin_put(struct arena *a, const struct twin *t, const char *json, const char *go,
	      const struct value *v)
{
	value_put(a, t->json, json, v);
	value_put(a, t->go, go, v);
}

static struct twin twin_new(struct arena *a)
{
	return (struct twin){.json = value_struct(a), .go = value_struct(a)};
}

static void put_string(struct arena *a, const struct twin *t, const char *json, const char *go,
		       const char *s)
{
	twin_put(a, t, json, go, value_string(a, s));
}

static void put_int(struct arena *a, const struct twin *t, const char *json, const char *go,
		    int64_t n)
{
	twin_put(a, t, json, go, value_int(a, n));
}

static void put_twin(struct arena *a, const struct twin *t, const char *json, const char *go,
		     const struct twin *child)
{
	value_put(a, t->json, json, child->json);
	value_put(a, t->go, go, child->go);
}

const char *info_cgroup_driver(const struct machine *m)
{
	switch (m->cgroup.mode) {
	case CGROUP_SYSTEMD:
		return "systemd";
	case CGROUP_V1:
	case CGROUP_V2:
		return "cgroupfs";
	case CGROUP_NONE:
		break;
	}
	return "none";
}

static struct value *ranges(const struct id_map *map, struct arena *a)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < map->n_ranges; i++) {
		struct value *v = value_struct(a);

		value_put_int(a, v, "container_id", map->ranges[i].inside);
		value_put_int(a, v, "host_id", map->ranges[i].outside);
		value_put_int(a, v, "size", map->ranges[i].count);
		value_append(a, list, v);
	}
	return list;
}

static void put_parts(const struct machine *m, const struct twin *host, struct arena *a)
{
	struct twin distribution = twin_new(a), maps = twin_new(a), runtime = twin_new(a);
	struct twin socket = twin_new(a), security = twin_new(a);
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	put_string(a, &distribution, "distribution", "Distribution", m->os_id);
	put_string(a, &distribution, "version", "Version", m->os_version);
	put_string(a, &distribution, "codename", "Codename", m->os_codename);
	put_twin(a, host, "distribution", "Distribution", &distribution);
	twin_put(a, &maps, "gidmap", "GIDMap", ranges(&m->maps.gid, a));
	twin_put(a, &maps, "uidmap", "UIDMap", ranges(&m->maps.uid, a));
	put_twin(a, host, "idMappings", "IDMappings", &maps);
	put_string(a, &runtime, "name", "Name", "onggi");
	put_string(a, &runtime, "package", "Package", "onggi");
	put_string(a, &runtime, "path", "Path", path);
	put_string(a, &runtime, "version", "Version",
		   "onggi version " ONGGI_VERSION "\nspec: " RUNTIME_SPEC_VERSION);
	put_twin(a, host, "ociRuntime", "OCIRuntime", &runtime);
	/* There is no service and no socket. */
	put_string(a, &socket, "path", "Path", "");
	twin_put(a, &socket, "exists", "Exists", value_bool(a, false));
	put_twin(a, host, "remoteSocket", "RemoteSocket", &socket);
	twin_put(a, &security, "apparmorEnabled", "AppArmorEnabled", value_bool(a, false));
	twin_put(a, &security, "rootless", "Rootless", value_bool(a, m->host.rootless));
	twin_put(a, &security, "seccompEnabled", "SECCOMPEnabled", value_bool(a, true));
	put_string(a, &security, "seccompProfilePath", "SECCOMPProfilePath", "");
	twin_put(a, &security, "selinuxEnabled", "SELinuxEnabled", value_bool(a, false));
	put_twin(a, host, "security", "Security", &security);
}

struct twin info_host(const struct machine *m, struct arena *a)
{
	struct twin host = twin_new(a);
	int64_t unit = m->memory.mem_unit, up = m->memory.uptime;
	struct value *controllers = value_list(a);

	strv_foreach (c, m->cgroup.controllers)
		value_append(a, controllers, value_string(a, *c));
	put_string(a, &host, "arch", "Arch", m->arch);
	put_string(a, &host, "cgroupManager", "CgroupManager", info_cgroup_driver(m));
	put_string(a, &host, "cgroupVersion", "CgroupsVersion", m->host.cgroup_v2 ? "v2" : "v1");
	twin_put(a, &host, "cgroupControllers", "CgroupControllers", controllers);
	put_int(a, &host, "cpus", "CPUs", m->cpus);
	put_string(a, &host, "eventLogger", "EventLogger", "none");
	put_string(a, &host, "hostname", "Hostname", m->uts.nodename);
	put_string(a, &host, "kernel", "Kernel", m->uts.release);
	put_string(a, &host, "logDriver", "LogDriver", "none");
	put_int(a, &host, "memFree", "MemFree", (int64_t)m->memory.freeram * unit);
	put_int(a, &host, "memTotal", "MemTotal", (int64_t)m->memory.totalram * unit);
	put_string(a, &host, "networkBackend", "NetworkBackend", "none");
	put_string(a, &host, "os", "OS", "linux");
	twin_put(a, &host, "serviceIsRemote", "ServiceIsRemote", value_bool(a, false));
	put_int(a, &host, "swapFree", "SwapFree", (int64_t)m->memory.freeswap * unit);
	put_int(a, &host, "swapTotal", "SwapTotal", (int64_t)m->memory.totalswap * unit);
	put_string(a, &host, "uptime", "Uptime",
		   arena_printf(a, "%lldh %lldm %lld.00s", (long long)(up / 3600),
				(long long)(up / 60 % 60), (long long)(up % 60)));
	put_parts(m, &host, a);
	return host;
}

struct twin info_store(struct store *s, const struct machine *m, struct arena *a)
{
	struct twin store = twin_new(a), containers = twin_new(a), images = twin_new(a);
	const struct container_counts *c = &m->counts;
	struct statvfs fs = {.f_frsize = 0};

	if (statvfs(s->data_path, &fs) < 0)
		fs = (struct statvfs){.f_frsize = 0};
	put_int(a, &containers, "number", "Number", (int64_t)c->containers);
	put_int(a, &containers, "paused", "Paused", 0);
	put_int(a, &containers, "running", "Running", (int64_t)c->running);
	put_int(a, &containers, "stopped", "Stopped", (int64_t)(c->containers - c->running));
	put_int(a, &images, "number", "Number", (int64_t)c->images);
	put_string(a, &store, "configFile", "ConfigFile", "");
	put_twin(a, &store, "containerStore", "ContainerStore", &containers);
	put_string(a, &store, "graphDriverName", "GraphDriverName", "overlay");
	twin_put(a, &store, "graphOptions", "GraphOptions", value_map(a));
	put_string(a, &store, "graphRoot", "GraphRoot", s->data_path);
	put_int(a, &store, "graphRootAllocated", "GraphRootAllocated",
		(int64_t)(fs.f_blocks * fs.f_frsize));
	put_int(a, &store, "graphRootUsed", "GraphRootUsed",
		(int64_t)((fs.f_blocks - fs.f_bfree) * fs.f_frsize));
	twin_put(a, &store, "graphStatus", "GraphStatus", value_map(a));
	put_string(a, &store, "imageCopyTmpDir", "ImageCopyTmpDir", s->data_path);
	put_twin(a, &store, "imageStore", "ImageStore", &images);
	put_string(a, &store, "runRoot", "RunRoot", s->run_path);
	put_string(a, &store, "volumePath", "VolumePath",
		   arena_printf(a, "%s/volumes", s->data_path));
	return store;
}
