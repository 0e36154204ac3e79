/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/strv.h"
#include "cmd.h"
#include "container/remove.h"
#include "store/containers.h"

struct rm_args {
	bool all, force, ignore, volumes;
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct rm_args, all, "remove every container that does not run"),
	OPT_FLAG("force", 'f', struct rm_args, force,
		 "kill it first when it runs; one that does not exist is no failure"),
	OPT_FLAG("ignore", 'i', struct rm_args, ignore,
		 "tell nothing of a container that does not exist"),
	OPT_FLAG("volumes", 'v', struct rm_args, volumes, "with its anonymous volumes"),
	OPT_END,
};

/* Remove one; prints what was asked for, as docker does. */
static int remove_one(struct store *s, const struct rm_args *a, const char *name, struct err *err)
{
	const struct container_remove_options o = {.force = a->force, .volumes = a->volumes};
	_cleanup_(buf) struct buf out = BUF_INIT;
	char id[ID_LEN + 1];

	if (store_container_resolve(s, name, id, err) || container_remove(s, id, &o, err)) {
		if (err->kind != ERR_NOT_FOUND || !a->ignore)
			return -1;
		err_clear(err);
		return 0;
	}
	buf_addf(&out, "%s\n", name);
	return cmd_print(&out, err);
}

/* Tell why one stays. Returns the exit code that it is worth. */
static int tell(const struct rm_args *a, const struct err *err)
{
	if (a->all && err->kind == ERR_BUSY && !a->force)
		return 0;
	log_err(err);
	/* As docker has it: what is forced away and was not there is told, no more. */
	return a->force && err->kind == ERR_NOT_FOUND ? 0 : 1;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct rm_args *a = args;
	_cleanup_strv_ char **ids = NULL;
	struct store *s;
	int code = 0;

	if (argc && a->all)
		return err_set(err, ERR_USAGE, "--all and names of containers exclude one another"),
		       1;
	if (!argc && !a->all) {
		err_set(err, ERR_USAGE, "the name of a container is missing");
		return err_hint(err, "onggi ps -a lists them"), EXIT_ONGGI;
	}
	if (cmd_store(ctx, &s, err) || container_sweep(s, err) ||
	    (a->all && store_container_list(s, &ids, err)))
		return 1;
	strv_foreach (name, a->all ? ids : argv) {
		struct err one = ERR_INIT;

		if (remove_one(s, a, *name, &one) && tell(a, &one))
			code = 1;
	}
	return code;
}

#define RM(name_)                                                                                  \
	{                                                                                          \
		.name = (name_), .summary = "remove containers",                                   \
		.usage = "[OPTIONS] CONTAINER [CONTAINER...]",                                     \
		.description =                                                                     \
			"Removes containers with their changes to the image. A running one is "    \
			"refused unless --force is given.",                                        \
		.examples = "onggi rm --all\nonggi rm --force --ignore web\n", .max_args = -1,     \
		.args_size = sizeof(struct rm_args), .options = rows, .run = run                   \
	}

const struct command cmd_rm = RM("rm");
const struct command cmd_container_rm = RM("container rm");
const struct command cmd_container_remove = RM("container remove");
