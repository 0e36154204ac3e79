/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/strv.h"
#include "cmd.h"
#include "store/images.h"

struct untag_args {
	bool unused;
};

static const struct opt rows[] = {OPT_END};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	size_t n = (size_t)argc - 1;
	_cleanup_free_ struct reference *names = xcalloc(n, sizeof(*names));
	struct store *s;

	(void)args;
	for (size_t i = 0; i < n; i++) {
		if (reference_parse(argv[i + 1], &names[i], err))
			return EXIT_ONGGI;
	}
	return cmd_store(ctx, &s, err) || store_image_untag(s, argv[0], names, n, err) ? 1 : 0;
}

#define UNTAG(name_)                                                                               \
	{                                                                                          \
		.name = (name_), .summary = "take names from an image",                            \
		.usage = "IMAGE [NAME[:TAG]...]",                                                  \
		.description = "Without names, all of the image's. The image itself stays, and "   \
			       "is listed as <none> when it has no name left; rmi removes it.",    \
		.examples = "onggi untag busybox\nonggi untag onggi/hello onggi/hello:latest\n",   \
		.min_args = 1, .max_args = -1, .args_size = sizeof(struct untag_args),             \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_untag = UNTAG("untag");
const struct command cmd_image_untag = UNTAG("image untag");
