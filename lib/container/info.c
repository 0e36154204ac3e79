/* SPDX-License-Identifier: Apache-2.0 */
#include "container/info.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/value_table.h"
#include "container/info_parts.h"
#include "oci/platform.h"
#include "oci/runtime_spec.h"
#include "os/fd.h"
#include "store/containers.h"
#include "store/images.h"

#define OS_RELEASE_MAX ((size_t)64 << 10)

/* ---- counting ---- */

static int count_images(struct store *s, size_t *ret, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {.manifests = NULL};
	_cleanup_(map) struct map ids = MAP_INIT;
	char text[DIGEST_STR_MAX];

	if (store_index_read(s, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct descriptor *d = &index.manifests[i];
		const char *id = descriptor_annotation(d, ANNOTATION_IMAGE_ID);

		map_set(&ids, id ? id : digest_str(&d->digest, text), &ids);
	}
	*ret = ids.count;
	return 0;
}

int container_counts(struct store *s, struct container_counts *ret, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	_cleanup_strv_ char **active = NULL;
	struct container_counts c = {.containers = 0};

	if (count_images(s, &c.images, err) < 0 || store_container_list(s, &ids, err) < 0 ||
	    store_container_list_active(s, &active, err) < 0)
		return -1;
	c.containers = strv_len(ids);
	strv_foreach (id, active) {
		_cleanup_(container_state) struct container_state st = {.pid = 0};
		bool stale;

		if (store_container_state(s, *id, &st, &stale, NULL) == 0)
			c.running += st.status == CONTAINER_RUNNING;
	}
	*ret = c;
	return 0;
}

/* ---- the machine ---- */

/* A value of /etc/os-release (os-release(5)): quotes taken off; "" where there is none. */
static char *os_release(const char *text, const char *key, struct arena *a)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line += strspn(line, "\n")) {
		const char *value = line + len + 1;
		size_t n = strcspn(line, "\n");

		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			n -= len + 1;
			if (n >= 2 && strchr("\"'", *value) && value[n - 1] == *value) {
				value++;
				n -= 2;
			}
			return arena_strndup(a, value, n);
		}
		line += n;
	}
	return arena_strdup(a, "");
}

static int look(struct store *s, struct machine *m, struct arena *a, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	const char *why;
	struct platform p;

	if (uname(&m->uts) || sysinfo(&m->memory))
		return err_sys(err, "ask the kernel about itself");
	/* Machines without the file have no name for their system. */
	if (file_read_all(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &text, NULL) < 0)
		buf_reset(&text);
	m->os_pretty = os_release(buf_str(&text), "PRETTY_NAME", a);
	m->os_id = os_release(buf_str(&text), "ID", a);
	m->os_version = os_release(buf_str(&text), "VERSION_ID", a);
	m->os_codename = os_release(buf_str(&text), "VERSION_CODENAME", a);
	platform_host(&p);
	m->arch = arena_strdup(a, p.arch);
	m->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	sandbox_host_probe(&m->host);
	cgroup_host_probe(&m->cgroup);
	if (m->host.rootless && id_maps_current_user(&m->maps, &why, err) < 0)
		return -1;
	return container_counts(s, &m->counts, err);
}

static void machine_done(struct machine *m)
{
	cgroup_host_done(&m->cgroup);
	id_maps_done(&m->maps);
}

/* ---- version ---- */

static struct value *version_side(bool server, struct arena *a)
{
	struct value *v = value_struct(a), *platform = value_struct(a);
	struct platform p;
	struct utsname uts;
	char text[PLATFORM_STR_MAX];

	platform_host(&p);
	value_put_string(a, platform, "Name", "onggi");
	value_put(a, v, "Platform", platform);
	value_put_string(a, v, "Version", ONGGI_VERSION);
	/* There is no interface over a network whose version this could be. */
	value_put_string(a, v, "APIVersion", "");
	value_put_string(a, v, "DefaultAPIVersion", "");
	value_put_string(a, v, "MinAPIVersion", "");
	value_put_string(a, v, "GitCommit", "");
	value_put_string(a, v, "GoVersion", "");
	value_put_string(a, v, "Os", p.os);
	value_put_string(a, v, "Arch", p.arch);
	value_put_string(a, v, "OsArch", platform_str(&p, text));
	value_put_string(a, v, "BuildTime", "");
	value_put_string(a, v, "BuiltTime", "");
	value_put_int(a, v, "Built", 0);
	value_put_string(a, v, "Context", "default");
	value_put_bool(a, v, "Experimental", false);
	value_put_string(a, v, "RuntimeSpec", RUNTIME_SPEC_VERSION);
	if (server && uname(&uts) == 0)
		value_put_string(a, v, "KernelVersion", uts.release);
	return v;
}

/* docker's {{.ServerOK}}. */
static int server_ok(const struct value *self, const struct value *const *args, size_t n,
		     struct arena *a, const struct value **ret, struct err *err)
{
	(void)self;
	(void)args;
	(void)n;
	(void)err;
	*ret = value_bool(a, true);
	return 0;
}

static const struct value_method version_methods[] = {{"ServerOK", 0, 0, server_ok}, {0}};

struct value *container_version(struct arena *a)
{
	struct value *v = value_struct(a), *server = version_side(true, a);

	v->members.methods = version_methods;
	value_put(a, v, "Client", version_side(false, a));
	value_put(a, v, "Server", server);
	for (size_t i = 1; i < server->members.n; i++)
		value_put(a, v, server->members.members[i].name, server->members.members[i].value);
	return v;
}

/* ---- info ---- */

static const struct value_row fixed_rows[] = {
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "MemoryLimit"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "SwapLimit"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "CpuCfsPeriod"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "CpuCfsQuota"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "CPUShares"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "CPUSet"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "PidsLimit"),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "Debug"),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "ExperimentalBuild"),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "LiveRestoreEnabled"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "HttpProxy"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "HttpsProxy"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "NoProxy"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "Isolation"),
	VALUE_ROW_FIXED(VALUE_ROW_NO_LIST, "Labels"),
	VALUE_ROW_FIXED(VALUE_ROW_NO_LIST, "Warnings"),
};

/* Which limits can be set depends on the controllers. */
static void put_limits(struct value *v, const struct machine *m, struct arena *a)
{
	static const struct {
		const char *controller;
		size_t rows;
	} groups[] = {{"memory", 2}, {"cpu", 3}, {"cpuset", 1}, {"pids", 1}};
	size_t row = 0;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (size_t i = 0; i < groups[g].rows; i++)
			value_put_bool(a, v, fixed_rows[row++].name,
				       strv_has(m->cgroup.controllers, groups[g].controller));
	value_put_rows(a, v, fixed_rows + row, ARRAY_SIZE(fixed_rows) - row, NULL);
}

static struct value *security_options(const struct machine *m, struct arena *a)
{
	struct value *list = value_list(a);

	value_append(a, list, value_string(a, "name=seccomp,profile=builtin"));
	if (m->host.rootless)
		value_append(a, list, value_string(a, "name=rootless"));
	value_append(a, list, value_string(a, "name=cgroupns"));
	return list;
}

static struct value *words(struct arena *a, const char *const *w)
{
	struct value *list = value_list(a);

	for (; *w; w++)
		value_append(a, list, value_string(a, *w));
	return list;
}

static void put_plugins(struct value *v, struct arena *a)
{
	struct value *plugins = value_struct(a), *runtimes = value_map(a);
	struct value *runtime = value_struct(a), *swarm = value_struct(a);

	value_put(a, plugins, "Volume", words(a, (const char *const[]){"local", NULL}));
	value_put(a, plugins, "Network", words(a, (const char *const[]){"host", "none", NULL}));
	value_put(a, plugins, "Authorization", value_nil_of(a, VALUE_LIST));
	value_put(a, plugins, "Log", words(a, (const char *const[]){"none", NULL}));
	value_put(a, v, "Plugins", plugins);
	value_put_string(a, runtime, "path", "onggi");
	value_put(a, runtimes, "onggi", runtime);
	value_put(a, v, "Runtimes", runtimes);
	value_put_string(a, v, "DefaultRuntime", "onggi");
	value_put_string(a, swarm, "LocalNodeState", "inactive");
	value_put_bool(a, swarm, "ControlAvailable", false);
	value_put(a, v, "Swarm", swarm);
}

static void put_docker(struct value *v, const struct store *s, const struct machine *m,
		       struct arena *a)
{
	const struct container_counts *c = &m->counts;
	char text[FORMAT_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	value_put_string(a, v, "ID", "");
	value_put_int(a, v, "Containers", (int64_t)c->containers);
	value_put_int(a, v, "ContainersRunning", (int64_t)c->running);
	value_put_int(a, v, "ContainersPaused", 0);
	value_put_int(a, v, "ContainersStopped", (int64_t)(c->containers - c->running));
	value_put_int(a, v, "Images", (int64_t)c->images);
	value_put_string(a, v, "Driver", "overlay");
	value_put(a, v, "DriverStatus", value_list(a));
	put_limits(v, m, a);
	value_put_string(a, v, "SystemTime", format_time(now, text));
	value_put_string(a, v, "LoggingDriver", "none");
	value_put_string(a, v, "CgroupDriver", info_cgroup_driver(m));
	value_put_string(a, v, "CgroupVersion", m->host.cgroup_v2 ? "2" : "1");
	value_put_string(a, v, "KernelVersion", m->uts.release);
	value_put_string(a, v, "OperatingSystem", m->os_pretty);
	value_put_string(a, v, "OSVersion", m->os_version);
	value_put_string(a, v, "OSType", "linux");
	value_put_string(a, v, "Architecture", m->uts.machine);
	value_put_string(a, v, "IndexServerAddress", "https://index.docker.io/v1/");
	value_put_int(a, v, "NCPU", m->cpus);
	value_put_int(a, v, "MemTotal", (int64_t)m->memory.totalram * m->memory.mem_unit);
	value_put_string(a, v, "DockerRootDir", s->data_path);
	value_put_string(a, v, "Name", m->uts.nodename);
	value_put_string(a, v, "ServerVersion", ONGGI_VERSION);
	value_put_string(a, v, "InitBinary", "onggi");
	value_put(a, v, "SecurityOptions", security_options(m, a));
	put_plugins(v, a);
}

/* podman's templates ask for .Host.Arch where its JSON has host.arch. */
struct podman {
	struct twin host, store;
	struct value *version;
};

static int podman_host(const struct value *self, const struct value *const *args, size_t n,
		       struct arena *a, const struct value **ret, struct err *err)
{
	(void)args;
	(void)n;
	(void)a;
	(void)err;
	*ret = ((const struct podman *)self->members.self)->host.go;
	return 0;
}

static int podman_store(const struct value *self, const struct value *const *args, size_t n,
			struct arena *a, const struct value **ret, struct err *err)
{
	(void)args;
	(void)n;
	(void)a;
	(void)err;
	*ret = ((const struct podman *)self->members.self)->store.go;
	return 0;
}

static int podman_version(const struct value *self, const struct value *const *args, size_t n,
			  struct arena *a, const struct value **ret, struct err *err)
{
	(void)args;
	(void)n;
	(void)a;
	(void)err;
	*ret = ((const struct podman *)self->members.self)->version;
	return 0;
}

static const struct value_method info_methods[] = {
	{"Host", 0, 0, podman_host},
	{"Store", 0, 0, podman_store},
	{"Version", 0, 0, podman_version},
	{0},
};

int container_info(struct store *s, struct arena *a, struct value **ret, struct err *err)
{
	struct machine m = {.maps = ID_MAPS_INIT};
	struct podman *p = arena_alloc(a, sizeof(*p));
	struct value *v = value_struct(a);

	if (look(s, &m, a, err) < 0) {
		machine_done(&m);
		return -1;
	}
	p->host = info_host(&m, a);
	p->store = info_store(s, &m, a);
	p->version = version_side(true, a);
	put_docker(v, s, &m, a);
	value_put(a, v, "host", p->host.json);
	value_put(a, v, "store", p->store.json);
	value_put(a, v, "version", p->version);
	v->members.methods = info_methods;
	v->members.self = p;
	machine_done(&m);
	*ret = v;
	return 0;
}
