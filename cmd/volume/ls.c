/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format.h"
#include "cmd.h"
#include "container/volume.h"

struct ls_args {
	bool quiet, no_heading;
	char **filters;
	const char *format;
};

static const struct opt rows[] = {
	OPT_LIST("filter", 'f', struct ls_args, filters, "KEY=VALUE",
		 "only those that match: name, label, dangling, driver"),
	OPT_STR("format", 0, struct ls_args, format, "TEMPLATE",
		"print rows by a Go template, 'table TEMPLATE' or 'json'"),
	OPT_FLAG("noheading", 'n', struct ls_args, no_heading, "no line of headings"),
	OPT_FLAG("quiet", 'q', struct ls_args, quiet, "only names"),
	OPT_END,
};

static const struct format_column columns[] = {
	{"Availability", "AVAILABILITY"},
	{"CreatedAt", "CREATED AT"},
	{"Driver", "DRIVER"},
	{"Group", "GROUP"},
	{"Labels", "LABELS"},
	{"Links", "LINKS"},
	{"Mountpoint", "MOUNTPOINT"},
	{"Name", "VOLUME NAME"},
	{"Scope", "SCOPE"},
	{"Size", "SIZE"},
	{"Status", "STATUS"},
	{0},
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct ls_args *a = args;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct format_rows f = {
		.format = a->format,
		.standard = a->quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}",
		.columns = columns,
		.no_heading = a->no_heading,
	};
	struct value **list;
	struct store *s;
	size_t n;

	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) ||
	    container_volume_list(s, a->filters, &arena, &list, &n, err) ||
	    format_rows(&f, (const struct value *const *)list, n, &out, err))
		return 1;
	return cmd_print(&out, err) ? 1 : 0;
}

#define LS(name_)                                                                                  \
	{                                                                                          \
		.name = (name_), .summary = "list volumes", .usage = "[OPTIONS]",                  \
		.description = "Lists volumes by name. The fields of --format are Name, Driver, "  \
			       "Mountpoint, Labels, Label \"KEY\", CreatedAt and Scope.",          \
		.examples = "onggi volume ls\nonggi volume ls --filter dangling=true -q\n",        \
		.args_size = sizeof(struct ls_args), .options = rows, .run = run                   \
	}

const struct command cmd_volume_ls = LS("volume ls");
const struct command cmd_volume_list = LS("volume list");
