/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "container/info.h"
#include "container/remove.h"
#include "os/idmap.h"
#include "sandbox/sandbox.h"

struct info_args {
	const char *format;
};

static const struct opt rows[] = {
	OPT_STR("format", 'f', struct info_args, format, "TEMPLATE",
		"print by a Go template, or 'json'"),
	OPT_END,
};

static int add_store(struct store *s, struct buf *out, struct err *err)
{
	struct container_counts c;

	if (container_counts(s, &c, err))
		return -1;
	buf_addf(out, "Containers:       %zu\n", c.containers);
	buf_addf(out, " Running:         %zu\n", c.running);
	buf_addf(out, " Ended:           %zu\n", c.containers - c.running);
	buf_addf(out, "Images:           %zu\n", c.images);
	buf_addf(out, "Data:             %s\n", s->data_path);
	buf_addf(out, "Run-time state:   %s\n", s->run_path);
	return 0;
}

/* Is there a controller for each limit that can be asked for? */
static bool has_all_controllers(const struct cgroup_host *h)
{
	static const char *const wanted[] = {"cpu", "cpuset", "memory", "pids"};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!strv_has(h->controllers, wanted[i]))
			return false;
	return true;
}

static void add_cgroups(struct buf *out)
{
	static const char *const modes[] = {"none", "v1", "v2", "v2, by systemd"};
	_cleanup_(cgroup_host) struct cgroup_host h = {.parent = NULL};
	_cleanup_free_ char *controllers = NULL;

	cgroup_host_probe(&h);
	controllers = strv_join(h.controllers, " ");
	buf_addf(out, "Cgroups:          %s\n", modes[h.mode]);
	buf_addf(out, " Controllers:     %s\n", *controllers ? controllers : "none");
	if (has_all_controllers(&h))
		return;
	if (h.why_none)
		buf_addf(out, " Missing:         %s\n", h.why_none);
	if (h.hint)
		buf_addf(out, " Mend:            %s\n", h.hint);
}

static int add_user(struct buf *out, struct err *err)
{
	struct sandbox_host host;
	struct id_maps maps = ID_MAPS_INIT;
	const char *why = NULL;

	sandbox_host_probe(&host);
	buf_addf(out, "Rootless:         %s\n", host.rootless ? "yes" : "no");
	if (!host.rootless)
		return 0;
	if (id_maps_current_user(&maps, &why, err))
		return -1;
	buf_addf(out, " User ids:        %llu\n", (unsigned long long)id_map_size(&maps.uid));
	if (why)
		buf_addf(out, " Missing:         %s\n", why);
	id_maps_done(&maps);
	return 0;
}

static int add_text(struct store *s, struct buf *out, struct err *err)
{
	struct utsname u;
	struct sysinfo si;
	char size[FORMAT_MAX];

	if (uname(&u) || sysinfo(&si))
		return err_sys(err, "ask the kernel about itself");
	buf_addf(out, "Version:          %s\n", ONGGI_VERSION);
	if (add_store(s, out, err) || add_user(out, err))
		return -1;
	add_cgroups(out);
	buf_addf(out, "Kernel:           %s\n", u.release);
	buf_addf(out, "Architecture:     %s\n", u.machine);
	buf_addf(out, "CPUs:             %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	buf_addf(out, "Memory:           %s\n",
		 format_size((uint64_t)si.totalram * si.mem_unit, size));
	return 0;
}

static int add_format(struct store *s, const char *format, struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct value *v;

	return container_info(s, &a, &v, err) || format_object(format, v, out, err) ? -1 : 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct info_args *a = args;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct store *s;

	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err) ||
	    (!str_empty(a->format) ? add_format(s, a->format, &out, err) : add_text(s, &out, err)))
		return 1;
	return cmd_print(&out, err) ? 1 : 0;
}

#define INFO(name_)                                                                                \
	{                                                                                          \
		.name = (name_), .summary = "tell about this machine and the store",               \
		.usage = "[OPTIONS]",                                                              \
		.description =                                                                     \
			"Shows what is in the store and what this machine offers to containers. "  \
			"--format knows docker's fields (Containers, Images, Driver, NCPU, "       \
			"MemTotal, CgroupVersion, ...) and podman's (Host, Store, Version).",      \
		.examples = "onggi info\nonggi info --format '{{.Images}} {{.Host.Kernel}}'\n",    \
		.args_size = sizeof(struct info_args), .options = rows, .run = run                 \
	}

const struct command cmd_info = INFO("info");
const struct command cmd_system_info = INFO("system info");
