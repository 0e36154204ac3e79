/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: `onggi __tables` prints what the tables and topics say, one row on each line, its
 * fields parted by tabulators, newlines in them as "\n":
 *
 *   command NAME SHOWN-AS STOPS-AT-OPERAND USAGE SUMMARY DESCRIPTION
 *   option  COMMAND NAME SHORTHAND VALUE SHOWN ALIAS HELP
 *   topic   NAME SUMMARY FIRST-LINE
 *   example COMMAND-OR-TOPIC LINE
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/option_row.h"
#include "help/help.h"

/* What begins an example in a topic. */
#define EXAMPLE "    $ "

static const struct opt rows[] = {OPT_END};

/* A tabulator and the text of a field, NULL for none. */
static void add_field(struct buf *out, const char *text)
{
	buf_addc(out, '\t');
	for (; text && *text; text++) {
		if (*text == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *text);
	}
}

/* Lines that begin with mark, without it. */
static void add_examples(struct buf *out, const char *page, const char *text, const char *mark)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *line;

		if (str_prefix(text, mark, &line))
			buf_addf(out, "example\t%s\t%.*s\n", page, (int)(len - strlen(mark)), line);
		text += len;
		text += *text == '\n';
	}
}

static void add_options(struct buf *out, const struct command *cmd)
{
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		const char shorthand[2] = {row->shorthand, '\0'};

		if (!option_is_named(row))
			continue;
		buf_adds(out, "option");
		add_field(out, cmd->name);
		add_field(out, row->name);
		add_field(out, shorthand);
		add_field(out, row->value || !option_takes_value(row) ? row->value : "VALUE");
		add_field(out, help_option_shown(row) ? "yes" : "no");
		add_field(out, row->alias);
		add_field(out, row->help);
		buf_addc(out, '\n');
	}
}

static void add_command(struct buf *out, const struct command *cmd)
{
	const struct command *shown = command_canonical(&cmd_set, cmd);

	buf_adds(out, "command");
	add_field(out, cmd->name);
	add_field(out, shown->name);
	add_field(out, cmd->flags & CMD_STOP_AT_ARG ? "yes" : "no");
	add_field(out, cmd->usage);
	add_field(out, cmd->summary);
	add_field(out, cmd->description);
	buf_addc(out, '\n');
	add_options(out, cmd);
	if (shown == cmd && cmd->examples)
		add_examples(out, cmd->name, cmd->examples, "");
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	(void)ctx;
	(void)args;
	(void)argv;
	(void)argc;
	add_command(&out, cmd_set.program);
	for (size_t i = 0; i < cmd_set.n; i++) {
		if (!(cmd_set.list[i]->flags & CMD_HIDDEN))
			add_command(&out, cmd_set.list[i]);
	}
	for (const struct man_topic *t = help_topics; t->name; t++) {
		_cleanup_free_ char *text = help_topic_text(t->name);
		_cleanup_free_ char *first = xstrndup(text, strcspn(text, "\n"));

		buf_adds(&out, "topic");
		add_field(&out, t->name);
		add_field(&out, t->summary);
		add_field(&out, first);
		buf_addc(&out, '\n');
		add_examples(&out, t->name, text, EXAMPLE);
	}
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_tables = {
	.name = "__tables",
	.summary = "print the tables of commands, for tests",
	.usage = "",
	.flags = CMD_HIDDEN | CMD_NO_CONFIG,
	.args_size = 1,
	.options = rows,
	.run = run,
};
