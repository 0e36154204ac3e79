/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "os/idmap.h"
#include "sandbox/sandbox.h"
#include "store/containers.h"
#include "store/images.h"

static const struct opt rows[] = {OPT_END};

static int add_store(struct store *s, struct buf *out, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {.manifests = NULL};
	_cleanup_strv_ char **ids = NULL;
	size_t running = 0;

	if (store_index_read(s, &index, err) || store_container_list(s, &ids, err))
		return -1;
	strv_foreach (id, ids) {
		_cleanup_(container_state) struct container_state st = {.pid = 0};
		bool stale;

		if (!store_container_state(s, *id, &st, &stale, NULL))
			running += st.status == CONTAINER_RUNNING;
	}
	buf_addf(out, "Containers:       %zu\n", strv_len(ids));
	buf_addf(out, " Running:         %zu\n", running);
	buf_addf(out, " Ended:           %zu\n", strv_len(ids) - running);
	buf_addf(out, "Images:           %zu\n", index.n_manifests);
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

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct utsname u;
	struct sysinfo si;
	struct store *s;
	char size[FORMAT_MAX];

	(void)args;
	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err))
		return 1;
	if (uname(&u) || sysinfo(&si))
		return err_sys(err, "ask the kernel about itself"), 1;
	buf_addf(&out, "Version:          %s\n", ONGGI_VERSION);
	if (add_store(s, &out, err) || add_user(&out, err))
		return 1;
	add_cgroups(&out);
	buf_addf(&out, "Kernel:           %s\n", u.release);
	buf_addf(&out, "Architecture:     %s\n", u.machine);
	buf_addf(&out, "CPUs:             %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	buf_addf(&out, "Memory:           %s\n",
		 format_size((uint64_t)si.totalram * si.mem_unit, size));
	return cmd_print(&out, err) ? 1 : 0;
}

#define INFO(name_)                                                                                \
	{                                                                                          \
		.name = (name_), .summary = "tell about this machine and the store", .usage = "",  \
		.description =                                                                     \
			"Shows what is in the store and what this machine offers to containers.",  \
		.examples = "onggi info\n", .args_size = 1, .options = rows, .run = run            \
	}

const struct command cmd_info = INFO("info");
const struct command cmd_system_info = INFO("system info");
