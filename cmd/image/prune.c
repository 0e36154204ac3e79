/* SPDX-License-Identifier: Apache-2.0 */
#include "prune.h"

static const struct opt rows[] = {
	PRUNE_OPT_ALL("every image that no container uses, not only those without a name"),
	PRUNE_OPT_FILTER("only images with until=TIME, label=KEY[=VALUE], label!=..., "
			 "dangling=BOOL"),
	OPT_GROUP(prune_rows, 0),
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct prune_args *a = args;
	const struct prune_job job = {
		.images = true,
		.filters = PRUNE_BY_UNTIL | PRUNE_BY_LABEL | PRUNE_BY_DANGLING,
		.warning = a->all ? "This will remove all images without at least one container "
				    "associated to them.\n"
				  : "This will remove all dangling images.\n",
	};

	(void)argv;
	(void)argc;
	return cmd_prune(ctx, &job, a, err);
}

const struct command cmd_image_prune = {
	.name = "image prune",
	.summary = "remove images that nobody needs",
	.usage = "[OPTIONS]",
	.description =
		"Removes images without a name, with --all every image that no container uses, and "
		"blobs and layers that belong to no image: a pull that was stopped leaves them, to "
		"go on from there.",
	.examples = "onggi image prune --dry-run\n"
		    "onggi image prune --force --filter until=24h\n",
	.args_size = sizeof(struct prune_args),
	.options = rows,
	.run = run,
};
