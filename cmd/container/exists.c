/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "store/containers.h"

static const struct opt rows[] = {
	{.kind = OPT_KIND_ACCEPT, .name = "external", .help = "there are no other containers"},
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	char id[ID_LEN + 1];
	struct store *s;

	(void)args;
	(void)argc;
	if (cmd_store(ctx, &s, err))
		return EXIT_ONGGI;
	if (store_container_resolve(s, argv[0], id, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return EXIT_ONGGI;
	err_clear(err);
	return 1;
}

const struct command cmd_container_exists = {
	.name = "container exists",
	.summary = "tell by the exit code whether a container exists",
	.usage = "CONTAINER",
	.description = "Ends with 0 when there is such a container, with 1 when there is none.",
	.examples = "onggi container exists web\nonggi container exists nobody || echo none\n",
	.min_args = 1,
	.max_args = 1,
	.args_size = 1,
	.options = rows,
	.run = run,
};
