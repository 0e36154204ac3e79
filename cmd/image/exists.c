/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "store/images.h"

static const struct opt rows[] = {OPT_END};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	struct store *s;

	(void)args;
	(void)argc;
	if (cmd_store(ctx, &s, err))
		return EXIT_ONGGI;
	if (store_image_find(s, argv[0], &img, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return EXIT_ONGGI;
	err_clear(err);
	return 1;
}

const struct command cmd_image_exists = {
	.name = "image exists",
	.summary = "tell by the exit code whether an image is in the store",
	.usage = "IMAGE",
	.description = "Ends with 0 when there is such an image, with 1 when there is none.",
	.examples = "onggi image exists busybox\nonggi image exists nothing || echo none\n",
	.min_args = 1,
	.max_args = 1,
	.args_size = 1,
	.options = rows,
	.run = run,
};
