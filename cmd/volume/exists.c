/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "store/volumes.h"

static const struct opt rows[] = {OPT_END};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(store_volume) struct store_volume v = {.name = NULL};
	struct store *s;

	(void)args;
	(void)argc;
	if (cmd_store(ctx, &s, err))
		return EXIT_ONGGI;
	if (store_volume_read(s, argv[0], &v, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return EXIT_ONGGI;
	err_clear(err);
	return 1;
}

const struct command cmd_volume_exists = {
	.name = "volume exists",
	.summary = "tell by the exit code whether a volume exists",
	.usage = "VOLUME",
	.description = "Ends with 0 when there is such a volume, with 1 when there is none.",
	.examples = "onggi volume create data && onggi volume exists data\n"
		    "onggi volume exists nothing || echo none\n",
	.min_args = 1,
	.max_args = 1,
	.args_size = 1,
	.options = rows,
	.run = run,
};
