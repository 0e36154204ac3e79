/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/strv.h"
#include "cmd.h"
#include "store/images.h"

struct tag_args {
	bool unused;
};

static const struct opt rows[] = {OPT_END};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	size_t n = (size_t)argc - 1;
	_cleanup_free_ struct reference *names = xcalloc(n, sizeof(*names));
	struct store *s;

	(void)args;
	/* Nothing is named when one of the names can't be. */
	for (size_t i = 0; i < n; i++) {
		if (reference_parse(argv[i + 1], &names[i], err))
			return EXIT_ONGGI;
	}
	if (cmd_store(ctx, &s, err))
		return 1;
	for (size_t i = 0; i < n; i++) {
		if (store_image_tag(s, argv[0], &names[i], err))
			return 1;
	}
	return 0;
}

#define TAG(name_)                                                                                 \
	{                                                                                          \
		.name = (name_), .summary = "give an image another name",                          \
		.usage = "IMAGE NAME[:TAG] [NAME[:TAG]...]",                                       \
		.description = "A name that belongs to another image moves to this one; the "      \
			       "other stays, listed without a name when that was its last. A "     \
			       "name without a tag gets the tag latest.",                          \
		.examples = "onggi tag busybox localhost/tools\n"                                  \
			    "onggi tag busybox localhost/tools:1.0 localhost/tools:1\n",           \
		.min_args = 2, .max_args = -1, .args_size = sizeof(struct tag_args),               \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_tag = TAG("tag");
const struct command cmd_image_tag = TAG("image tag");
