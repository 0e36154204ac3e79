/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "container/remove.h"
#include "oci/reference.h"
#include "store/containers.h"
#include "store/usage_report.h"

#define COMMAND_WIDTH 20

struct df_args {
	bool verbose;
	const char *format;
};

static const struct opt rows[] = {
	OPT_STR("format", 0, struct df_args, format, "TEMPLATE",
		"print with a template, or json or table"),
	OPT_FLAG("verbose", 'v', struct df_args, verbose, "each image, container and volume"),
	OPT_END,
};

static const struct format_column summary_columns[] = {
	{"Type", "TYPE"}, {"TotalCount", "TOTAL"},	  {"Active", "ACTIVE"},
	{"Size", "SIZE"}, {"Reclaimable", "RECLAIMABLE"}, {NULL, NULL},
};
#define SUMMARY "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"

/* ---- docker's rows ---- */

static const char *reclaimable(const struct usage_row *r, char *buf, size_t size)
{
	char text[FORMAT_MAX];

	format_size(r->reclaimable, text);
	if (r->size)
		snprintf(buf, size, "%s (%u%%)", text, (unsigned)(r->reclaimable * 100 / r->size));
	else
		snprintf(buf, size, "%s", text);
	return buf;
}

/* Members in the order of docker's JSON, which is the alphabet's, and the sizes in bytes. */
static struct value *summary_row(struct arena *a, const char *type, const struct usage_row *r)
{
	struct value *v = value_struct(a);
	char text[FORMAT_MAX * 2];

	snprintf(text, sizeof(text), "%zu", r->active);
	value_put_string(a, v, "Active", text);
	value_put_int(a, v, "RawReclaimable", (int64_t)r->reclaimable);
	value_put_int(a, v, "RawSize", (int64_t)r->size);
	value_put_string(a, v, "Reclaimable", reclaimable(r, text, sizeof(text)));
	value_put_string(a, v, "Size", format_size(r->size, text));
	snprintf(text, sizeof(text), "%zu", r->total);
	value_put_string(a, v, "TotalCount", text);
	value_put_string(a, v, "Type", type);
	return v;
}

static int print_summary(const struct usage_report *r, const char *format, struct buf *out,
			 struct err *err)
{
	static const struct usage_row none = {.total = 0};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct value *list[] = {
		summary_row(&a, "Images", &r->rows[STORE_PART_IMAGES]),
		summary_row(&a, "Containers", &r->rows[STORE_PART_CONTAINERS]),
		summary_row(&a, "Local Volumes", &r->rows[STORE_PART_VOLUMES]),
		summary_row(&a, "Build Cache", &none),
		summary_row(&a, "Other", &r->rows[STORE_PART_OTHER]),
	};
	const struct format_rows f = {.format = format,
				      .standard = SUMMARY,
				      .columns = summary_columns};

	return format_rows(&f, list, ARRAY_SIZE(list), out, err);
}

/* ---- docker's lists ---- */

static void put_size(struct arena *a, struct value *v, const char *name, uint64_t bytes)
{
	char text[FORMAT_MAX];

	value_put_string(a, v, name, format_size(bytes, text));
}

static void put_age(struct arena *a, struct value *v, const char *created)
{
	struct timespec t;
	char age[FORMAT_MAX];

	value_put_string(a, v, "CreatedAt", created);
	if (str_empty(created) || parse_time(created, &t, NULL)) {
		value_put_string(a, v, "CreatedSince", "N/A");
		return;
	}
	format_age(time(NULL) - t.tv_sec, age);
	value_put_string(a, v, "CreatedSince", arena_printf(a, "%s ago", age));
}

static struct value *image_row(struct arena *a, const struct usage_image *img, const char *name)
{
	struct value *v = value_struct(a);
	struct reference ref = {.tag = "<none>"};
	char text[REFERENCE_STR_MAX] = "<none>";
	const char *hex = img->id;

	if (name && reference_parse(name, &ref, NULL) == 0)
		reference_familiar(&ref, false, text);
	str_prefix(img->id, "sha256:", &hex);
	value_put_int(a, v, "Containers", (int64_t)img->containers);
	put_age(a, v, img->created);
	value_put_string(a, v, "ID", arena_strndup(a, hex, 12));
	value_put_string(a, v, "Repository", text);
	put_size(a, v, "SharedSize", img->shared);
	put_size(a, v, "Size", img->size);
	value_put_string(a, v, "Tag", *ref.tag ? ref.tag : "<none>");
	put_size(a, v, "UniqueSize", img->unique);
	return v;
}

static struct value *images_value(struct arena *a, const struct usage_report *r)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < r->n_images; i++) {
		const struct usage_image *img = &r->images[i];

		for (size_t k = 0; k < img->n_names; k++)
			value_append(a, list, image_row(a, img, img->names[k]));
		if (!img->n_names)
			value_append(a, list, image_row(a, img, NULL));
	}
	return list;
}

static struct value *container_row(struct store *s, struct arena *a,
				   const struct usage_container *c)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	struct value *v = value_struct(a);
	_cleanup_free_ char *line = NULL;
	int64_t volumes = 0;

	/* One that can't be read is listed with what is known of it. */
	if (store_container_read(s, c->id, &record, NULL))
		record = (struct container_record){.id = NULL};
	for (size_t i = 0; i < record.n_mounts; i++)
		volumes += str_eq(record.mounts[i].type, "volume");
	line = strv_join(record.args, " ");
	value_put_string(a, v, "Command",
			 strlen(line) <= COMMAND_WIDTH
				 ? arena_printf(a, "\"%s\"", line)
				 : arena_printf(a, "\"%.*s…\"", COMMAND_WIDTH - 1, line));
	put_age(a, v, record.created);
	value_put_string(a, v, "ID", arena_strndup(a, c->id, 12));
	value_put_string(a, v, "Image", record.image);
	value_put_int(a, v, "LocalVolumes", volumes);
	value_put_string(a, v, "Names", record.name);
	put_size(a, v, "Size", c->size);
	value_put_string(a, v, "Status", c->running ? "Up" : "Exited");
	return v;
}

static struct value *report_value(struct store *s, struct arena *a, const struct usage_report *r)
{
	struct value *v = value_struct(a);
	struct value *containers = value_list(a);
	struct value *volumes = value_list(a);

	for (size_t i = 0; i < r->n_containers; i++)
		value_append(a, containers, container_row(s, a, &r->containers[i]));
	for (size_t i = 0; i < r->n_volumes; i++) {
		struct value *row = value_struct(a);

		value_put_int(a, row, "Links", (int64_t)r->volumes[i].links);
		value_put_string(a, row, "Name", r->volumes[i].name);
		put_size(a, row, "Size", r->volumes[i].size);
		value_append(a, volumes, row);
	}
	value_put(a, v, "BuildCache", value_list(a));
	value_put(a, v, "Containers", containers);
	value_put(a, v, "Images", images_value(a, r));
	value_put(a, v, "Volumes", volumes);
	return v;
}

static const struct {
	const char *title, *member, *format;
	struct format_column columns[9];
} lists[] = {
	{"Images",
	 "Images",
	 "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t"
	 "{{.UniqueSize}}\t{{.Containers}}",
	 {{"Repository", "REPOSITORY"},
	  {"Tag", "TAG"},
	  {"ID", "IMAGE ID"},
	  {"CreatedSince", "CREATED"},
	  {"Size", "SIZE"},
	  {"SharedSize", "SHARED SIZE"},
	  {"UniqueSize", "UNIQUE SIZE"},
	  {"Containers", "CONTAINERS"},
	  {NULL, NULL}}},
	{"Containers",
	 "Containers",
	 "table "
	 "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.CreatedSince}}\t"
	 "{{.Status}}\t{{.Names}}",
	 {{"ID", "CONTAINER ID"},
	  {"Image", "IMAGE"},
	  {"Command", "COMMAND"},
	  {"LocalVolumes", "LOCAL VOLUMES"},
	  {"Size", "SIZE"},
	  {"CreatedSince", "CREATED"},
	  {"Status", "STATUS"},
	  {"Names", "NAMES"},
	  {NULL, NULL}}},
	{"Local Volumes",
	 "Volumes",
	 "table {{.Name}}\t{{.Links}}\t{{.Size}}",
	 {{"Name", "VOLUME NAME"}, {"Links", "LINKS"}, {"Size", "SIZE"}, {NULL, NULL}}},
};

static int print_verbose(struct store *s, const struct usage_report *r, const char *format,
			 struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct value *v = report_value(s, &a, r);
	char size[FORMAT_MAX];

	if (format && !str_eq(format, "table"))
		return format_object(format, v, out, err);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct format_rows f = {.standard = lists[i].format,
					      .columns = lists[i].columns};
		const struct value *list = value_get(v, lists[i].member);

		buf_addf(out, "%s space usage:\n\n", lists[i].title);
		if (format_rows(&f, list->list.items, list->list.n, out, err))
			return -1;
		buf_adds(out, "\n");
	}
	buf_addf(out, "Other: %s\n", format_size(r->rows[STORE_PART_OTHER].size, size));
	buf_addf(out, "Total: %s\n", format_size(r->usage.total, size));
	return 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(usage_report) struct usage_report r = USAGE_REPORT_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct df_args *a = args;
	struct store *s;

	(void)argv;
	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err) ||
	    store_usage_report(s, &r, err))
		return 1;
	if (a->verbose ? print_verbose(s, &r, a->format, &out, err)
		       : print_summary(&r, a->format, &out, err))
		return EXIT_ONGGI;
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_system_df = {
	.name = "system df",
	.summary = "what the store takes on disk",
	.usage = "[OPTIONS]",
	.description =
		"Shows what images, containers and volumes take on disk, and how much of it the "
		"prune commands with --all would give back. Blocks are counted as du(1) counts "
		"them, so that the sizes add up to what `du -s` says of the store; Other is the "
		"store's own directory and what it keeps in caches.",
	.examples = "onggi system df\nonggi system df --verbose\n",
	.args_size = sizeof(struct df_args),
	.options = rows,
	.run = run,
};
