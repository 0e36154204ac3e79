/* SPDX-License-Identifier: Apache-2.0 */
#include "prune.h"

static const struct opt rows[] = {
	PRUNE_OPT_FILTER("only containers with until=TIME, label=KEY[=VALUE], label!=..."),
	OPT_GROUP(prune_rows, 0),
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	static const struct prune_job job = {
		.containers = true,
		.filters = PRUNE_BY_UNTIL | PRUNE_BY_LABEL,
		.warning = "This will remove all stopped containers.\n",
	};

	(void)argv;
	(void)argc;
	return cmd_prune(ctx, &job, args, err);
}

const struct command cmd_container_prune = {
	.name = "container prune",
	.summary = "remove all ended containers",
	.usage = "[OPTIONS]",
	.description = "Removes every container that does not run, with its changes to the image. "
		       "Its volumes stay.",
	.examples = "onggi container prune --dry-run\n"
		    "onggi container prune --force --filter until=24h\n",
	.args_size = sizeof(struct prune_args),
	.options = rows,
	.run = run,
};
