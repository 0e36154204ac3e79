/* SPDX-License-Identifier: Apache-2.0 */
#include "prune.h"

static const struct opt rows[] = {
	PRUNE_OPT_ALL("volumes with a name, too"),
	PRUNE_OPT_FILTER("only volumes with label=KEY[=VALUE], label!=..."),
	OPT_GROUP(prune_rows, 0),
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct prune_args *a = args;
	const struct prune_job job = {
		.volumes = true,
		.all_volumes = a->all,
		.filters = PRUNE_BY_LABEL,
		.warning = a->all ? "This will remove all local volumes not used by at least one "
				    "container.\n"
				  : "This will remove anonymous local volumes not used by at least "
				    "one container.\n",
	};

	(void)argv;
	(void)argc;
	return cmd_prune(ctx, &job, a, err);
}

const struct command cmd_volume_prune = {
	.name = "volume prune",
	.summary = "remove volumes that no container uses",
	.usage = "[OPTIONS]",
	.description =
		"Removes volumes that nobody named and no container uses any more, with --all "
		"those with a name, too. What is in them is gone.",
	.examples = "onggi volume prune --dry-run --all\nonggi volume prune --force\n",
	.args_size = sizeof(struct prune_args),
	.options = rows,
	.run = run,
};
