/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name may be a container's, an image's or a volume's, looked for in docker's order. What was
 * found is printed, then what was not is told, and the exit code is 1.
 */
#include <string.h>

#include "base/strv.h"
#include "cli/format.h"
#include "cmd.h"
#include "container/inspect.h"
#include "container/remove.h"
#include "image/image.h"
#include "image/inspect.h"
#include "store/volumes.h"
#include "container/volume.h"

struct inspect_args {
	const char *type, *format, *platform;
	bool size;
};

static const char *const types[] = {"container", "image", "volume", NULL};

#define OPT_FORMAT                                                                                 \
	OPT_STR("format", 'f', struct inspect_args, format, "TEMPLATE",                            \
		"print each object by a Go template, or 'json' for one line")
#define OPT_SIZE                                                                                   \
	OPT_FLAG("size", 's', struct inspect_args, size,                                           \
		 "measure containers: SizeRw and SizeRootFs")
#define OPT_PLATFORM                                                                               \
	OPT_STR("platform", 0, struct inspect_args, platform, "OS/ARCH",                           \
		"refuse an image of another platform")

static const struct opt all_rows[] = {
	OPT_FORMAT,
	OPT_SIZE,
	{.kind = OPT_KIND_CHOICE,
	 .name = "type",
	 .offset = offsetof(struct inspect_args, type),
	 .value = "TYPE",
	 .choices = types,
	 .help = "only objects of that type"},
	OPT_END,
};
static const struct opt container_rows[] = {OPT_FORMAT, OPT_SIZE, OPT_END};
static const struct opt image_rows[] = {OPT_FORMAT, OPT_PLATFORM, OPT_END};
static const struct opt volume_rows[] = {OPT_FORMAT, OPT_END};

struct look {
	const struct inspect_args *args;
	struct store *store;
	struct image_index index; /* read at first use */
	bool have_index;
	struct arena arena;
};

static int look_container(struct look *l, const char *name, struct value **ret, struct err *err)
{
	_cleanup_(container_record) struct container_record r = {.id = NULL};
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	struct container_sizes sizes;
	char id[ID_LEN + 1];
	bool stale;

	if (store_container_resolve(l->store, name, id, err) ||
	    store_container_read(l->store, id, &r, err) ||
	    store_container_state(l->store, id, &st, &stale, err) ||
	    (l->args->size && container_sizes(l->store, &r, &sizes, err)))
		return -1;
	*ret = container_inspect(l->store, &r, &st, l->args->size ? &sizes : NULL, &l->arena);
	return 0;
}

static int look_image(struct look *l, const char *name, struct value **ret, struct err *err)
{
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	char **names;
	size_t n;

	if (!l->have_index && store_index_read(l->store, &l->index, err))
		return -1;
	l->have_index = true;
	if (store_image_find_in(l->store, &l->index, name, &img, err) ||
	    (l->args->platform && image_check_platform(&img, name, l->args->platform, err)))
		return -1;
	names = image_names(&l->index, &img, &l->arena, &n);
	*ret = image_inspect(l->store, &img, names, n, &l->arena);
	return 0;
}

static int look_volume(struct look *l, const char *name, struct value **ret, struct err *err)
{
	_cleanup_(store_volume) struct store_volume v = {.name = NULL};

	if (store_volume_read(l->store, name, &v, err))
		return -1;
	*ret = container_volume_value(&v, &l->arena);
	return 0;
}

static int look(struct look *l, const char *name, struct value **ret, struct err *err)
{
	static int (*const lookers[])(struct look *, const char *, struct value **,
				      struct err *) = {look_container, look_image, look_volume};

	for (size_t i = 0; types[i]; i++) {
		if (l->args->type && !str_eq(l->args->type, types[i]))
			continue;
		err_clear(err);
		if (lookers[i](l, name, ret, err) == 0)
			return 0;
		if (err->kind != ERR_NOT_FOUND && err->kind != ERR_INVALID)
			return -1;
		if (l->args->type)
			return -1;
		/* An ambiguous prefix, not a word that can't be a volume's name. */
		if (err->kind == ERR_INVALID && i < 2)
			return -1;
	}
	err_set(err, ERR_NOT_FOUND, "no such object: %s", name);
	return err_hint(err, "`onggi ps -a`, `onggi images` and `onggi volume ls` list what there "
			     "is");
}

static int add_object(struct look *l, struct value *all, struct value *v, struct buf *out,
		      struct err *err)
{
	const char *format = l->args->format;

	if (!str_empty(format) && strcmp(format, "json") != 0)
		return format_object(format, v, out, err);
	value_append(&l->arena, all, v);
	return 0;
}

static int inspect(struct look *l, char **names, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct value *all = value_list(&l->arena);
	const char *format = l->args->format;
	bool list = str_empty(format) || strcmp(format, "json") == 0;
	struct err *missing = arena_calloc(&l->arena, strv_len(names) + 1, sizeof(*missing));
	size_t n_missing = 0;

	strv_foreach (name, names) {
		struct value *v;

		if (look(l, *name, &v, &missing[n_missing]))
			n_missing++;
		else if (add_object(l, all, v, &out, err))
			break;
	}
	if (list && err->kind == ERR_NONE && format_object(format, all, &out, err))
		return 1;
	if (cmd_print(&out, err->kind == ERR_NONE ? err : NULL))
		return 1;
	for (size_t i = 0; i < n_missing; i++)
		cmd_fail(&missing[i], 1);
	return n_missing || err->kind != ERR_NONE;
}

static int run_as(struct cmd_context *ctx, struct inspect_args *a, const char *type, char **names,
		  struct err *err)
{
	struct look l = {.args = a};
	int code;

	if (type)
		a->type = type;
	if (cmd_store(ctx, &l.store, err) || container_reconcile(l.store, err))
		return 1;
	code = inspect(&l, names, err);
	image_index_done(&l.index);
	arena_done(&l.arena);
	return code;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	(void)argc;
	return run_as(ctx, args, NULL, argv, err);
}

static int run_container(struct cmd_context *ctx, void *args, char **argv, int argc,
			 struct err *err)
{
	(void)argc;
	return run_as(ctx, args, "container", argv, err);
}

static int run_image(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	(void)argc;
	return run_as(ctx, args, "image", argv, err);
}

static int run_volume(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	(void)argc;
	return run_as(ctx, args, "volume", argv, err);
}

#define INSPECT_COMMON .min_args = 1, .max_args = -1, .args_size = sizeof(struct inspect_args)

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show everything about containers, images and volumes",
	.usage = "[OPTIONS] NAME [NAME...]",
	.description = "Shows all that is known of objects as a JSON array, in docker's names and "
		       "shapes. A name is looked for among containers, then images, then volumes.",
	.examples = "onggi inspect web\nonggi inspect --format '{{.State.ExitCode}}' web\n",
	.options = all_rows,
	.run = run,
	INSPECT_COMMON,
};
const struct command cmd_container_inspect = {
	.name = "container inspect",
	.summary = "show everything about containers",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.description = "Shows all that is known of containers as a JSON array, in docker's names "
		       "and shapes.",
	.examples = "onggi container inspect --size web\n"
		    "onggi container inspect --format '{{json .Config.Env}}' web\n",
	.options = container_rows,
	.run = run_container,
	INSPECT_COMMON,
};
const struct command cmd_image_inspect = {
	.name = "image inspect",
	.summary = "show everything about images",
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.description = "Shows all that is known of images as a JSON array, in docker's names and "
		       "shapes. Size is that of the layers as they are stored.",
	.examples = "onggi image inspect busybox\n"
		    "onggi image inspect --format '{{.Architecture}} {{.Size}}' busybox\n",
	.options = image_rows,
	.run = run_image,
	INSPECT_COMMON,
};
const struct command cmd_volume_inspect = {
	.name = "volume inspect",
	.summary = "show everything about volumes",
	.usage = "[OPTIONS] VOLUME [VOLUME...]",
	.description = "Shows all that is known of volumes as a JSON array.",
	.examples = "onggi volume create data && onggi volume inspect data\n"
		    "onggi volume create data && onggi volume inspect -f '{{.Mountpoint}}' data\n",
	.options = volume_rows,
	.run = run_volume,
	INSPECT_COMMON,
};
