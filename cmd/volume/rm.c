/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "container/volume.h"

struct rm_args {
	bool force;
};

static const struct opt rows[] = {
	OPT_FLAG("force", 'f', struct rm_args, force, "a volume that does not exist is no error"),
	OPT_END,
};

static int remove_one(struct store *s, const struct rm_args *a, const char *name, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	if (container_volume_remove(s, name, err)) {
		if (err->kind != ERR_NOT_FOUND || !a->force)
			return -1;
		err_clear(err);
		return 0;
	}
	buf_addf(&out, "%s\n", name);
	return cmd_print(&out, err);
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	struct store *s;
	int code = 0;

	(void)argc;
	if (cmd_store(ctx, &s, err) || container_reconcile(s, err))
		return 1;
	strv_foreach (name, argv) {
		struct err one = ERR_INIT;

		if (remove_one(s, args, *name, &one))
			code = cmd_fail(&one, 1);
	}
	return code;
}

#define RM(name_)                                                                                  \
	{                                                                                          \
		.name = (name_), .summary = "remove volumes",                                      \
		.usage = "[OPTIONS] VOLUME [VOLUME...]",                                           \
		.description = "Removes volumes and what is in them. One that a container uses, "  \
			       "be it an ended one, stays.",                                       \
		.examples = "onggi volume create data && onggi volume rm data\n"                   \
			    "onggi volume rm --force nothing\n",                                   \
		.min_args = 1, .max_args = -1, .args_size = sizeof(struct rm_args),                \
		.options = rows, .run = run                                                        \
	}

const struct command cmd_volume_rm = RM("volume rm");
const struct command cmd_volume_remove = RM("volume remove");
