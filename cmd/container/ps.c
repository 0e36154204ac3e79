/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "container/list.h"
#include "container/remove.h"

struct ps_args {
	bool all, quiet, no_trunc, latest, size, no_heading;
	int64_t last;
	char **filters;
	const char *format, *sort;
	const char *configured; /* the format that the configuration has */
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct ps_args, all, "ended containers, too"),
	OPT_LIST("filter", 'f', struct ps_args, filters, "KEY=VALUE",
		 "only those that match: id, name, label, status, exited, ancestor, before, since, "
		 "volume, network"),
	OPT_STR("format", 0, struct ps_args, format, "TEMPLATE",
		"print rows by a Go template, 'table TEMPLATE' or 'json'"),
	{.kind = OPT_KIND_INT,
	 .name = "last",
	 .shorthand = 'n',
	 .offset = offsetof(struct ps_args, last),
	 .value = "N",
	 .min = -1,
	 .max = 1000000,
	 .help = "only the N newest, ended ones included"},
	OPT_FLAG("latest", 'l', struct ps_args, latest, "only the newest, ended ones included"),
	OPT_FLAG("no-trunc", 0, struct ps_args, no_trunc, "nothing shortened"),
	OPT_FLAG("noheading", 0, struct ps_args, no_heading, "no line of headings"),
	OPT_FLAG("quiet", 'q', struct ps_args, quiet, "only ids"),
	OPT_FLAG("size", 's', struct ps_args, size,
		 "how much each has written, and with its image"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "sort",
	 .offset = offsetof(struct ps_args, sort),
	 .value = "KEY",
	 .choices = container_sort_keys,
	 .help = "order by that"},
	OPT_END,
};

static const struct format_column columns[] = {
	{"Command", "COMMAND"},
	{"CreatedAt", "CREATED AT"},
	{"ID", "CONTAINER ID"},
	{"Image", "IMAGE"},
	{"Labels", "LABELS"},
	{"LocalVolumes", "LOCAL VOLUMES"},
	{"Mounts", "MOUNTS"},
	{"Names", "NAMES"},
	{"Networks", "NETWORKS"},
	{"Ports", "PORTS"},
	{"RunningFor", "CREATED"},
	{"Size", "SIZE"},
	{"State", "STATE"},
	{"Status", "STATUS"},
	{"AutoRemove", "AUTOREMOVE"},
	{"CIDFile", "CIDFILE"},
	{"Created", "CREATED"},
	{"CreatedHuman", "CREATED"},
	{"ExitCode", "EXIT CODE"},
	{"Exited", "EXITED"},
	{"ExitedAt", "EXITED AT"},
	{"ImageID", "IMAGE ID"},
	{"Pid", "PID"},
	{"Restarts", "RESTARTS"},
	{"StartedAt", "STARTED AT"},
	{0},
};

static const char *standard(const struct ps_args *a)
{
	if (a->quiet)
		return "{{.ID}}";
	if (a->size)
		return "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
		       "{{.Ports}}\t{{.Names}}\t{{.Size}}";
	return "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t"
	       "{{.Names}}";
}

static void configure(const struct cmd_context *ctx, void *args)
{
	((struct ps_args *)args)->configured = ctx->config.values.ps_format;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct ps_args *a = args;
	const char *format = !str_empty(a->format) || a->quiet ? a->format : a->configured;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct container_list_request req = {
		.filters = a->filters,
		.all = a->all,
		.last = a->latest     ? 1
			: a->last > 0 ? a->last
				      : 0,
		.sort = a->sort,
		/* As docker does, whoever asks for sizes gets them. */
		.size = a->size || (format && strstr(format, ".Size")),
		.no_trunc = a->no_trunc,
	};
	const struct format_rows f = {
		.format = a->quiet && str_eq(format, "table") ? NULL : format,
		.standard = standard(a),
		.columns = columns,
		.no_heading = a->no_heading,
	};
	struct value **list;
	struct store *s;
	size_t n;

	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err) ||
	    container_list(s, &req, &arena, &list, &n, err) ||
	    format_rows(&f, (const struct value *const *)list, n, &out, err))
		return 1;
	return cmd_print(&out, err) ? 1 : 0;
}

#define PS(name_)                                                                                  \
	{                                                                                          \
		.name = (name_), .summary = "list containers", .usage = "[OPTIONS]",               \
		.description =                                                                     \
			"Lists running containers, with --all the ended ones, too. The fields of " \
			"--format are docker's (ID, Image, Command, CreatedAt, RunningFor, "       \
			"Ports, State, Status, Size, Names, Labels, Label \"KEY\", Mounts, "       \
			"LocalVolumes, Networks) and of podman's Created, StartedAt, Exited, "     \
			"ExitedAt, ExitCode, ImageID, Pid and others.",                            \
		.examples = "onggi ps --all\nonggi ps -a --filter status=exited --format "         \
			    "'{{.Names}}: {{.Status}}'\n",                                         \
		.args_size = sizeof(struct ps_args), .options = rows, .configure = configure,      \
		.run = run                                                                         \
	}

const struct command cmd_ps = PS("ps");
const struct command cmd_container_ps = PS("container ps");
const struct command cmd_container_ls = PS("container ls");
const struct command cmd_container_list = PS("container list");
