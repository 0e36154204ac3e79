/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "store/images.h"

struct rmi_args {
	bool force, ignore;
};

static const struct opt rows[] = {
	OPT_FLAG("force", 'f', struct rmi_args, force,
		 "remove names even while a container uses the image; one that does not "
		 "exist is no failure"),
	OPT_FLAG("ignore", 'i', struct rmi_args, ignore,
		 "tell nothing of an image that does not exist"),
	OPT_END,
};

static int remove_one(struct store *s, const struct rmi_args *a, const char *name, struct err *err)
{
	struct store_removal removal = {.lines = NULL};
	_cleanup_(buf) struct buf out = BUF_INIT;
	int r = store_image_remove(s, name, a->force, &removal, err);

	if (r && err->kind == ERR_NOT_FOUND && a->ignore) {
		err_clear(err);
		r = 0;
	}
	strv_foreach (line, removal.lines)
		buf_addf(&out, "%s\n", *line);
	strv_free(removal.lines);
	return r ? r : cmd_print(&out, err);
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct rmi_args *a = args;
	struct store *s;
	int code = 0;

	(void)argc;
	if (cmd_store(ctx, &s, err) || container_sweep(s, err))
		return 1;
	strv_foreach (name, argv) {
		struct err one = ERR_INIT;

		if (remove_one(s, a, *name, &one)) {
			log_err(&one);
			/* As docker has it: told, no more. */
			if (one.kind != ERR_NOT_FOUND || !a->force)
				code = 1;
		}
	}
	return code;
}

#define RMI(name_)                                                                                 \
	{                                                                                          \
		.name = (name_), .summary = "remove images",                                       \
		.usage = "[OPTIONS] IMAGE [IMAGE...]",                                             \
		.description =                                                                     \
			"Removes names of images, and with the last name the image itself.",       \
		.examples = "onggi rmi --ignore onggi/hello\n"                                     \
			    "onggi tag busybox copy:1 && onggi rmi copy:1\n",                      \
		.min_args = 1, .max_args = -1, .args_size = sizeof(struct rmi_args),               \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_rmi = RMI("rmi");
const struct command cmd_image_rm = RMI("image rm");
const struct command cmd_image_remove = RMI("image remove");
