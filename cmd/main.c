/* SPDX-License-Identifier: Apache-2.0 */
/* The global options, and then a command; nothing that only some commands need is done here.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cmd.h"
#include "help/help.h"
#include "os/fd.h"

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

#define NO_SERVICE "there is no service to talk to; --root names another store"

static const struct opt global_rows[] = {
	OPT_HEADING("Global options"),
	OPT_FLAG("debug", 'D', struct global_options, debug, "tell every step, and print the plan"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "log-level",
	 .offset = offsetof(struct global_options, log_level),
	 .value = "LEVEL",
	 .choices = log_levels,
	 .fallback = "warn",
	 .help = "how much to tell"},
	OPT_STR("root", 0, struct global_options, root, "DIR",
		"where images and containers are kept"),
	OPT_STR("runroot", 0, struct global_options, runroot, "DIR",
		"where run-time state is kept"),
	OPT_FLAG("version", 'v', struct global_options, version, "print the version"),
	/* docker's own */
	{.kind = OPT_KIND_REFUSE, .name = "config", .help = "ONGGI_CONFIG names a config.yaml"},
	{.kind = OPT_KIND_REFUSE, .name = "context", .shorthand = 'c', .help = NO_SERVICE},
	{.kind = OPT_KIND_REFUSE, .name = "host", .shorthand = 'H', .help = NO_SERVICE},
	{.kind = OPT_KIND_REFUSE, .name = "remote", .shorthand = 'r', .help = NO_SERVICE},
	OPT_END,
};

/* The program itself, as a command whose operands are the words of the real one. */
const struct command cmd_program = {
	.name = "",
	.summary = "run containers without a daemon",
	.usage = "[OPTIONS] COMMAND [ARG...]",
	.flags = CMD_STOP_AT_ARG,
	.max_args = -1,
	.args_size = sizeof(struct global_options),
	.description = "'onggi COMMAND --help' tells more of a command, 'onggi help TOPIC' of a "
		       "subject. Most commands are there under a noun, too: 'onggi image --help'.",
	.options = global_rows,
};

int cmd_store(struct cmd_context *ctx, struct store **ret, struct err *err)
{
	if (!ctx->store_open && store_open(ctx->global.root, ctx->global.runroot, &ctx->store, err))
		return -1;
	ctx->store_open = true;
	ctx->store.limits = (struct store_limits){
		.layer_entries = (uint64_t)ctx->config.values.layer_entries,
		.layer_bytes = (uint64_t)ctx->config.values.layer_size,
		.inflate_ratio = (uint64_t)ctx->config.values.inflate_ratio,
		.inflate_free = (uint64_t)ctx->config.values.inflate_free,
	};
	*ret = &ctx->store;
	return 0;
}

int cmd_print(const struct buf *text, struct err *err)
{
	if (fd_write_full(STDOUT_FILENO, buf_str(text), text->len))
		return err_sys(err, "write to standard output");
	return 0;
}

int cmd_fail(const struct err *err, int code)
{
	log_err(err);
	return code;
}

static int print_version(void)
{
	static char version[] = "onggi version " ONGGI_VERSION "\n";
	const struct buf text = {.data = version, .len = sizeof(version) - 1};
	struct err err = ERR_INIT;

	return cmd_print(&text, &err) ? cmd_fail(&err, 1) : 0;
}

/* Is the word behind a noun a request for help: `onggi container`, `onggi container --help`? */
static bool wants_noun_help(int argc, char **argv)
{
	return command_is_noun(&cmd_set, argv[0]) &&
	       (argc == 1 || str_eq(argv[1], "--help") || str_eq(argv[1], "-h"));
}

int cmd_configure(struct cmd_context *ctx, struct err *err)
{
	const struct config_values *v = &ctx->config.values;
	enum log_level level;

	if (config_load(&ctx->config, err))
		return -1;
	if (!ctx->global.root)
		ctx->global.root = v->data_root;
	if (!ctx->global.runroot)
		ctx->global.runroot = v->run_root;
	if (v->log_level && !ctx->global.log_level && !ctx->global.debug &&
	    !log_level_parse(v->log_level, &level, NULL))
		log_set_level(level);
	return 0;
}

static int run_command(struct cmd_context *ctx, const struct command *cmd, char **argv)
{
	_cleanup_free_ void *args = xalloc(cmd->args_size);
	struct command with_outer = *cmd;
	struct err err = ERR_INIT, config_err = ERR_INIT;
	char **operands;
	int n, code;

	if (cmd->defaults)
		cmd->defaults(args);
	/* A mistake in it stops the command, but not its --help. */
	if (!(cmd->flags & CMD_NO_CONFIG) && !cmd_configure(ctx, &config_err) && cmd->configure)
		cmd->configure(ctx, args);
	with_outer.outer = global_rows;
	switch (option_parse(&with_outer, argv, args, &operands, &n, &err)) {
	case 0:
		code = EXIT_ONGGI;
		if (config_err.kind != ERR_NONE)
			err = config_err;
		else
			code = cmd->run(ctx, args, operands, n, &err);
		if (err.kind != ERR_NONE)
			log_err(&err);
		break;
	case 1:
		code = cmd_help_print(NULL, cmd);
		break;
	default:
		code = cmd_fail(&err, EXIT_ONGGI);
	}
	option_release(cmd, args);
	if (cmd->done)
		cmd->done(args);
	return code;
}

static int dispatch(struct cmd_context *ctx, int argc, char **argv)
{
	const struct command *cmd;
	enum log_level level;
	struct err err = ERR_INIT;
	int words;

	if (ctx->global.debug)
		log_set_level(LOG_LEVEL_DEBUG);
	else if (ctx->global.log_level && !log_level_parse(ctx->global.log_level, &level, NULL))
		log_set_level(level);
	if (ctx->global.version)
		return print_version();
	if (argc == 0)
		return cmd_help_print(NULL, NULL);
	if (wants_noun_help(argc, argv))
		return cmd_help_print(argv[0], NULL);
	if (command_find(cmd_set.list, cmd_set.n, argv, &cmd, &words, &err))
		return cmd_unknown(argv, &err);
	return run_command(ctx, cmd, argv + words);
}

int main(int argc, char **argv)
{
	struct cmd_context ctx = {.store = STORE_INIT};
	struct err err = ERR_INIT;
	char **words;
	int n, code;

	/* Ignored by whoever started us, children would vanish before they can be waited for. */
	signal(SIGCHLD, SIG_DFL);
	if (fd_ensure_stdio(&err) || argc < 1)
		return EXIT_ONGGI;
	/* Asked by scripts before everything else: answered before anything is allocated. */
	if (argc == 2 && str_eq(argv[1], "--version"))
		return print_version();
	switch (option_parse(&cmd_program, argv + 1, &ctx.global, &words, &n, &err)) {
	case 0:
		code = dispatch(&ctx, n, words);
		break;
	case 1:
		code = cmd_help_print(NULL, NULL);
		break;
	default:
		code = cmd_fail(&err, EXIT_ONGGI);
	}
	if (ctx.store_open)
		store_done(&ctx.store);
	config_done(&ctx.config);
	return code;
}
