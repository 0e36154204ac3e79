/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/strv.h"
#include "cli/table.h"
#include "cmd.h"

struct config_args {
	bool origin, all;
};

static const struct opt show_rows[] = {
	OPT_FLAG("all", 'a', struct config_args, all, "keys that nobody has set, too"),
	OPT_FLAG("origin", 0, struct config_args, origin, "say where each value comes from"),
	OPT_END,
};
static const struct opt no_rows[] = {OPT_END};

static int show(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	static const char *const headers[] = {"KEY", "VALUE", "ORIGIN"};
	const struct config_args *a = args;
	_cleanup_(table) struct table t = {.columns = 0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	size_t columns = a->origin ? 3 : 2;

	(void)argv;
	(void)argc;
	table_init(&t, headers, columns);
	for (size_t i = 0; i < config_key_count; i++) {
		const char *value = config_value_text(&ctx->config, &config_keys[i]);
		char name[CONFIG_NAME_MAX];

		if (!value && !a->all)
			continue;
		table_add(&t, config_key_name(&config_keys[i], name));
		table_add(&t, value ? value : config_keys[i].fallback);
		if (a->origin)
			table_add(&t, value ? ctx->config.origins[i] : "default");
	}
	table_print(&t, &out);
	return cmd_print(&out, err) ? 1 : 0;
}

static int keys(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	(void)ctx;
	(void)args;
	(void)argv;
	(void)argc;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *k = &config_keys[i];
		char name[CONFIG_NAME_MAX], type[160];

		config_key_type(k, type, sizeof(type));
		buf_addf(&out, "%s: %s\n  %s\n  default: %s\n", config_key_name(k, name), type,
			 k->help, k->fallback);
		if (k->variable)
			buf_addf(&out, "  environment: %s\n", k->variable);
	}
	return cmd_print(&out, err) ? 1 : 0;
}

static int check(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(config) struct config c = {.files = NULL};
	_cleanup_(buf) struct buf out = BUF_INIT;
	bool found = true;

	(void)ctx;
	(void)args;
	if (argc ? config_load_file(&c, argv[0], &found, err) : config_load(&c, err))
		return 1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no file '%s'", argv[0]), 1;
	for (size_t i = 0; i < c.n_files; i++)
		buf_addf(&out, "%s: right\n", c.files[i]);
	if (!c.n_files)
		buf_adds(&out, "there is no configuration; all is as by default\n");
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_config_show = {
	.name = "config show",
	.summary = "show what is configured",
	.usage = "[OPTIONS]",
	.description =
		"Shows the values that config.yaml and the environment set, and with --origin "
		"the file and line, or the variable, that each comes from. Read in this order, "
		"later ones winning: /etc/onggi/config.yaml, "
		"$XDG_CONFIG_HOME/onggi/config.yaml, the file that ONGGI_CONFIG names, "
		"variables of the environment.",
	.examples = "onggi config show --origin\nonggi config show --all\n",
	.args_size = sizeof(struct config_args),
	.options = show_rows,
	.run = show,
};

const struct command cmd_config_keys = {
	.name = "config keys",
	.summary = "list all keys of config.yaml",
	.usage = "",
	.description =
		"Lists every key with its type, its default and the environment variable that "
		"sets it. A key a.b stands below 'a:' in the file.",
	.examples = "onggi config keys\nonggi config keys | grep -A2 ^registries\n",
	.flags = CMD_NO_CONFIG,
	.args_size = 1,
	.options = no_rows,
	.run = keys,
};

const struct command cmd_config_check = {
	.name = "config check",
	.summary = "check configuration files",
	.usage = "[FILE]",
	.description =
		"Checks all configuration that there is, or one file. What is wrong is shown "
		"with its line and column.",
	.examples = "onggi config check\nonggi config check /dev/null\n",
	.flags = CMD_NO_CONFIG,
	.max_args = 1,
	.args_size = 1,
	.options = no_rows,
	.run = check,
};
