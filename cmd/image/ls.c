/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "image/list.h"

struct images_args {
	bool all, digests, no_trunc, quiet, no_heading;
	char **filters;
	const char *format, *sort;
	const char *configured; /* the format that the configuration has */
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct images_args, all,
		 "accepted: there are no intermediate images to hide"),
	OPT_FLAG("digests", 0, struct images_args, digests, "show manifest digests"),
	OPT_LIST("filter", 'f', struct images_args, filters, "KEY=VALUE",
		 "only those that match: reference (a pattern), before, since, until, label, "
		 "dangling, id, digest"),
	OPT_STR("format", 0, struct images_args, format, "TEMPLATE",
		"print rows by a Go template, 'table TEMPLATE' or 'json'"),
	OPT_FLAG("no-trunc", 0, struct images_args, no_trunc, "nothing shortened"),
	OPT_FLAG("noheading", 0, struct images_args, no_heading, "no line of headings"),
	OPT_FLAG("quiet", 'q', struct images_args, quiet, "only ids"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "sort",
	 .offset = offsetof(struct images_args, sort),
	 .value = "KEY",
	 .choices = image_sort_keys,
	 .help = "order by that"},
	OPT_END,
};

static const struct format_column columns[] = {
	{"Containers", "CONTAINERS"},
	{"CreatedAt", "CREATED AT"},
	{"CreatedSince", "CREATED"},
	{"Digest", "DIGEST"},
	{"ID", "IMAGE ID"},
	{"Repository", "REPOSITORY"},
	{"SharedSize", "SHARED SIZE"},
	{"Size", "SIZE"},
	{"Tag", "TAG"},
	{"UniqueSize", "UNIQUE SIZE"},
	{"VirtualSize", "SIZE"},
	{"Created", "CREATED"},
	{"Labels", "LABELS"},
	{0},
};

static const char *standard(const struct images_args *a)
{
	if (a->quiet)
		return "{{.ID}}";
	if (a->digests)
		return "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t"
		       "{{.Size}}";
	return "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
}

static void configure(const struct cmd_context *ctx, void *args)
{
	((struct images_args *)args)->configured = ctx->config.values.images_format;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct images_args *a = args;
	const char *format = !str_empty(a->format) || a->quiet ? a->format : a->configured;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct image_list_request req = {
		.name = argc ? argv[0] : NULL,
		.filters = a->filters,
		.sort = a->sort,
		.no_trunc = a->no_trunc,
		/* Each needs a file more: only for whoever asks. */
		.labels = format && strstr(format, ".Labels"),
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

	if (cmd_store(ctx, &s, err) || image_list(s, &req, &arena, &list, &n, err) ||
	    format_rows(&f, (const struct value *const *)list, n, &out, err))
		return 1;
	return cmd_print(&out, err) ? 1 : 0;
}

#define IMAGES(name_)                                                                              \
	{                                                                                          \
		.name = (name_), .summary = "list images",                                         \
		.usage = "[OPTIONS] [REPOSITORY[:TAG]]",                                           \
		.description =                                                                     \
			"Lists images, one line for each name. REPOSITORY and TAG may be "         \
			"patterns; an asterisk ends at a slash. SIZE is that of the layers as "    \
			"they are stored: compressed where they came compressed. onggi system df " \
			"tells what lies on the disk. The fields of --format are ID, Repository, " \
			"Tag, Digest, CreatedSince, CreatedAt, Size and Labels.",                  \
		.examples = "onggi images\nonggi images --format "                                 \
			    "'{{.Repository}}:{{.Tag}} {{.Size}}'\n",                              \
		.max_args = 1, .args_size = sizeof(struct images_args), .options = rows,           \
		.configure = configure, .run = run                                                 \
	}

const struct command cmd_images = IMAGES("images");
const struct command cmd_image_ls = IMAGES("image ls");
const struct command cmd_image_list = IMAGES("image list");
