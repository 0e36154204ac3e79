/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run.h"

#include <errno.h>

#include "base/strv.h"
#include "cmd.h"
#include "progress.h"
#include "registry.h"

static const struct opt rows[] = {
	OPT_GROUP(container_opts_process, 0),	 OPT_GROUP(container_opts_identity, 0),
	OPT_GROUP(container_opts_filesystem, 0), OPT_GROUP(container_opts_network, 0),
	OPT_GROUP(container_opts_security, 0),	 OPT_GROUP(container_opts_limits, 0),
	OPT_GROUP(container_opts_refused, 0),	 OPT_END,
};

static void defaults(void *args)
{
	container_options_defaults(args);
}

static void configure(const struct cmd_context *ctx, void *args)
{
	const struct config_values *v = &ctx->config.values;
	struct container_options *o = args;

	strv_foreach (variable, v->env)
		strv_add(&o->env, *variable);
	o->init = v->init;
	o->memory = v->memory;
	o->nano_cpus = v->nano_cpus;
	o->network = v->network;
	o->pids_limit = v->pids_limit;
	o->platform = v->platform;
	o->pull = v->pull_policy;
	o->shm_size = v->shm_size;
	o->userns = v->userns;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(progress_view) struct progress_view *view = NULL;
	struct container_options *o = args;
	struct store *store;
	int code;

	(void)argc;
	if (cmd_store(ctx, &store, err))
		return EXIT_ONGGI;
	cmd_registry(ctx, &o->fetch, &o->registry);
	view = cmd_progress(ctx, NULL, o->quiet, false, "pulling");
	o->progress = progress_view_events(view);
	if (!container_run(store, args, argv[0], argv + 1, &code, err))
		return code;
	if (err->kind != ERR_EXEC)
		return EXIT_ONGGI;
	return err->sys == ENOENT ? 127 : 126;
}

#define RUN(name_)                                                                                 \
	{                                                                                          \
		.name = (name_), .summary = "run a program in a new container",                    \
		.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",                                     \
		.description = "Makes a container from an image and runs a program in it until "   \
			       "it ends. The exit "                                                \
			       "code is the program's, 128 + N when signal N ended it, 127 when "  \
			       "there is no "                                                      \
			       "such program, 126 when it can't be executed, and 125 when onggi "  \
			       "itself failed.",                                                   \
		.examples = "onggi run --rm onggi/hello\n"                                         \
			    "onggi run --rm -m 64m --pids-limit 20 onggi/hello\n",                 \
		.flags = CMD_STOP_AT_ARG, .min_args = 1, .max_args = -1,                           \
		.args_size = sizeof(struct container_options), .options = rows,                    \
		.defaults = defaults, .configure = configure, .run = run                           \
	}

const struct command cmd_run = RUN("run");
const struct command cmd_container_run = RUN("container run");
