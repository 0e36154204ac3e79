/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/id.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "image/image.h"
#include "image/inspect.h"

#define CREATED_BY_WIDTH 45

struct history_args {
	bool human, no_trunc, quiet;
	const char *format, *platform;
};

static const struct opt rows[] = {
	OPT_STR("format", 0, struct history_args, format, "TEMPLATE",
		"print rows by a Go template, 'table TEMPLATE' or 'json'"),
	{.kind = OPT_KIND_FLAG,
	 .name = "human",
	 .shorthand = 'H',
	 .offset = offsetof(struct history_args, human),
	 .fallback = "true",
	 .help = "sizes and times for people"},
	OPT_FLAG("no-trunc", 0, struct history_args, no_trunc, "nothing shortened"),
	OPT_STR("platform", 0, struct history_args, platform, "OS/ARCH",
		"refuse an image of another platform"),
	OPT_FLAG("quiet", 'q', struct history_args, quiet, "only ids"),
	OPT_END,
};

static void defaults(void *args)
{
	((struct history_args *)args)->human = true;
}

static const struct format_column columns[] = {
	{"ID", "IMAGE"},
	{"CreatedAt", "CREATED AT"},
	{"CreatedSince", "CREATED"},
	{"CreatedBy", "CREATED BY"},
	{"Size", "SIZE"},
	{"Comment", "COMMENT"},
	{"Created", "CREATED"},
	{"Tags", "TAGS"},
	{0},
};

static const char *text_of(const struct value *entry, const char *name)
{
	return value_get(entry, name)->string.text;
}

static const char *short_id(const char *id, bool no_trunc, struct arena *a)
{
	const char *hex;

	if (no_trunc || !str_prefix(id, "sha256:", &hex))
		return id;
	return arena_printf(a, "%.*s", ID_SHORT_LEN, hex);
}

/* On one line, and as wide as docker's column. */
static const char *created_by(const char *text, bool no_trunc, struct arena *a)
{
	char *s = arena_strdup(a, text);
	size_t cut = CREATED_BY_WIDTH - 1;

	for (char *p = s; *p; p++)
		if (*p == '\t' || *p == '\n')
			*p = ' ';
	if (no_trunc || strlen(s) <= CREATED_BY_WIDTH)
		return s;
	while (cut > 0 && ((unsigned char)s[cut] & 0xc0) == 0x80)
		cut--;
	return arena_printf(a, "%.*s…", (int)cut, s);
}

static struct value *make_row(const struct value *entry, const struct history_args *a,
			      struct arena *arena, time_t now)
{
	struct value *v = value_struct(arena);
	const struct value *created = value_get(entry, "Created");
	int64_t size = value_get(entry, "Size")->integer;
	const char *at = "N/A", *since = "N/A";
	char text[FORMAT_MAX];

	if (created->time.seconds != INT64_MIN) {
		struct timespec t = {.tv_sec = created->time.seconds};

		at = arena_strdup(arena, format_time(t, text));
		since = at;
		if (a->human)
			since = arena_printf(arena, "%s ago", format_age(now - t.tv_sec, text));
	}
	value_put_string(arena, v, "ID", short_id(text_of(entry, "Id"), a->no_trunc, arena));
	value_put_string(arena, v, "CreatedAt", at);
	value_put_string(arena, v, "CreatedSince", since);
	value_put_string(arena, v, "CreatedBy",
			 created_by(text_of(entry, "CreatedBy"), a->no_trunc, arena));
	value_put_string(arena, v, "Size",
			 a->human ? format_size((uint64_t)size, text)
				  : arena_printf(arena, "%lld", (long long)size));
	value_put_string(arena, v, "Comment", text_of(entry, "Comment"));
	value_put_string(arena, v, "Created", since);
	value_put(arena, v, "Tags", value_get(entry, "Tags"));
	return v;
}

static const char *standard(const struct history_args *a)
{
	if (a->quiet)
		return "{{.ID}}";
	if (!a->human)
		return "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
	return "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct history_args *a = args;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	const struct format_rows f = {.format = a->format,
				      .standard = standard(a),
				      .columns = columns};
	const struct value *history;
	struct value **list;
	struct store *s;

	(void)argc;
	if (cmd_store(ctx, &s, err) || store_image_find(s, argv[0], &img, err) ||
	    (!str_empty(a->platform) && image_check_platform(&img, argv[0], a->platform, err)))
		return 1;
	history = image_history(s, &img, &arena);
	list = arena_calloc(&arena, history->list.n + 1, sizeof(struct value *));
	for (size_t i = 0; i < history->list.n; i++)
		list[i] = make_row(history->list.items[i], a, &arena, time(NULL));
	if (format_rows(&f, (const struct value *const *)list, history->list.n, &out, err))
		return 1;
	return cmd_print(&out, err) ? 1 : 0;
}

#define HISTORY(name_)                                                                             \
	{                                                                                          \
		.name = (name_), .summary = "show how an image was made",                          \
		.usage = "[OPTIONS] IMAGE",                                                        \
		.description =                                                                     \
			"Shows the steps that made an image, the newest first, and the size of "   \
			"the layer that each added, as it is stored. The fields of --format are "  \
			"ID, CreatedAt, CreatedSince, CreatedBy, Size and Comment.",               \
		.examples = "onggi history busybox\nonggi history --no-trunc --format "            \
			    "'{{.Size}} {{.CreatedBy}}' busybox\n",                                \
		.min_args = 1, .max_args = 1, .args_size = sizeof(struct history_args),            \
		.options = rows, .defaults = defaults, .run = run                                  \
	}

const struct command cmd_history = HISTORY("history");
const struct command cmd_image_history = HISTORY("image history");
