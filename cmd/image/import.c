/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "image/image.h"

struct import_args {
	char **change;
	const char *message, *platform;
	bool quiet;
};

static const struct opt rows[] = {
	OPT_LIST("change", 'c', struct import_args, change, "INSTRUCTION",
		 "Dockerfile instruction: CMD, ENTRYPOINT, ENV, ..."),
	OPT_STR("message", 'm', struct import_args, message, "TEXT",
		"message of the history entry"),
	OPT_STR("platform", 0, struct import_args, platform, "OS/ARCH", "platform of the image"),
	OPT_FLAG("quiet", 'q', struct import_args, quiet, "no progress output"),
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct import_args *a = args;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct image_import_request req = {.input = argv[0],
					   .fd = STDIN_FILENO,
					   .message = a->message,
					   .changes = a->change};
	struct reference ref;
	struct platform platform;
	struct digest id;
	char text[DIGEST_STR_MAX];
	struct store *s;

	if (str_eq(argv[0], "-"))
		req.input = NULL;
	if (str_prefix(argv[0], "http://", NULL) || str_prefix(argv[0], "https://", NULL)) {
		err_set(err, ERR_UNSUPPORTED, "'%.200s': this version fetches no archives",
			argv[0]);
		return err_hint(err, "curl -fL %.200s | onggi import - NAME", argv[0]), EXIT_ONGGI;
	}
	if (argc > 1) {
		if (reference_parse(argv[1], &ref, err))
			return EXIT_ONGGI;
		req.name = &ref;
	}
	if (!str_empty(a->platform)) {
		if (platform_parse(a->platform, &platform, err))
			return err_ctx(err, "--platform"), EXIT_ONGGI;
		req.platform = &platform;
	}
	if (cmd_store(ctx, &s, err) || container_sweep(s, err) || image_import(s, &req, &id, err))
		return 1;
	buf_addf(&out, "%s\n", digest_str(&id, text));
	return cmd_print(&out, err) ? 1 : 0;
}

#define IMPORT(name_)                                                                              \
	{                                                                                          \
		.name = (name_), .summary = "make an image from the tar of a root file system",    \
		.usage = "[OPTIONS] FILE|- [NAME[:TAG]]",                                          \
		.description =                                                                     \
			"Makes an image of one layer from a tar archive, plain or compressed.",    \
		.examples = "onggi import rootfs.tar base\n"                                       \
			    "onggi import -c 'CMD [\"/bin/sh\"]' rootfs.tar base:sh\n",            \
		.min_args = 1, .max_args = 2, .args_size = sizeof(struct import_args),             \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_import = IMPORT("import");
const struct command cmd_image_import = IMPORT("image import");
