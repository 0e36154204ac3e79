/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "prune.h"

static const struct opt rows[] = {
	PRUNE_OPT_ALL("every image that no container uses, not only those without a name"),
	OPT_FLAG("volumes", 0, struct prune_args, volumes,
		 "volumes that nobody named and no container uses, too"),
	PRUNE_OPT_FILTER("only what has until=TIME, label=KEY[=VALUE], label!=..."),
	OPT_GROUP(prune_rows, 0),
	OPT_END,
};

static bool has_until(char *const *filter)
{
	strv_foreach (f, filter)
		if (str_prefix(*f, "until=", NULL))
			return true;
	return false;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct prune_args *a = args;
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct prune_job job = {
		.containers = true,
		.images = true,
		.volumes = a->volumes,
		.filters = PRUNE_BY_UNTIL | PRUNE_BY_LABEL,
	};

	(void)argv;
	(void)argc;
	if (a->volumes && has_until(a->filter)) {
		err_set(err, ERR_USAGE, "the filter 'until' and --volumes exclude one another");
		err_hint(err, "volumes have no age that tells anything: `onggi volume prune`");
		return EXIT_ONGGI;
	}
	buf_adds(&text, "This will remove:\n  - all stopped containers\n");
	if (a->volumes)
		buf_adds(&text, "  - all anonymous volumes not used by at least one container\n");
	buf_adds(&text,
		 a->all ? "  - all images without at least one container associated to them\n"
			: "  - all dangling images\n");
	buf_adds(&text, "  - blobs, layers and files that killed commands left\n\n");
	job.warning = buf_str(&text);
	return cmd_prune(ctx, &job, a, err);
}

const struct command cmd_system_prune = {
	.name = "system prune",
	.summary = "remove what nobody needs",
	.usage = "[OPTIONS]",
	.description =
		"Removes ended containers, images without a name (with --all every image that no "
		"container uses then), with --volumes volumes that nobody named, and what killed "
		"commands left. `onggi system df` tells how much that is.",
	.examples = "onggi system prune --dry-run --all --volumes\n"
		    "onggi system prune --force --filter until=24h\n",
	.args_size = sizeof(struct prune_args),
	.options = rows,
	.run = run,
};
