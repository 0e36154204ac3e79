/* SPDX-License-Identifier: Apache-2.0 */
#include "help/help.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/colour.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/term.h"

/* Where the summaries of topics begin: as those of commands. */
#define TOPIC_COLUMN 22

static struct help_look look_of_stdout(void)
{
	return (struct help_look){.program = "onggi",
				  .width = term_width(STDOUT_FILENO),
				  .colour = colour_wanted(STDOUT_FILENO)};
}

static void add_topics(const struct help_look *look, struct buf *out)
{
	help_heading(out, "Topics, with 'onggi help TOPIC'", look);
	for (const struct man_topic *t = help_topics; t->name; t++) {
		_cleanup_free_ char *left = xasprintf("  %s", t->name);

		help_row(out, left, t->summary, TOPIC_COLUMN, look);
	}
}

int cmd_help_print(const char *noun, const struct command *cmd)
{
	const struct help_look look = look_of_stdout();
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (cmd) {
		help_command(cmd, &cmd_set, &look, &text);
	} else if (noun) {
		help_noun(noun, &cmd_set, &look, &text);
	} else {
		help_program(&cmd_set, &look, &text);
		add_topics(&look, &text);
	}
	return cmd_print(&text, &err) ? cmd_fail(&err, 1) : 0;
}

static int print_topic(const char *text, struct err *err)
{
	const struct help_look look = look_of_stdout();
	_cleanup_(buf) struct buf out = BUF_INIT;

	help_topic(text, &look, &out);
	return cmd_print(&out, err) ? 1 : 0;
}

/* No command, noun or topic: name a near topic, else what command_find() said of commands. */
static int unknown(const char *word, struct err *err)
{
	_cleanup_free_ char *hint = xstrdup(err->hint);
	const char *names[32], *nearest;
	size_t n = 0;

	for (const struct man_topic *t = help_topics; t->name && n < ARRAY_SIZE(names); t++)
		names[n++] = t->name;
	nearest = str_nearest(word, names, n);
	err_set(err, ERR_USAGE, "'%.100s' is neither a command nor a topic", word);
	if (nearest)
		err_hint(err, "did you mean 'onggi help %s'?", nearest);
	else if (str_prefix(hint, "did you mean", NULL))
		err_hint(err, "%s", hint);
	else
		err_hint(err, "'onggi help' lists commands and topics");
	return EXIT_ONGGI;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	_cleanup_free_ char *text = argc == 1 ? help_topic_text(argv[0]) : NULL;
	const struct command *cmd;
	int words;

	(void)ctx;
	(void)args;
	if (argc == 0)
		return cmd_help_print(NULL, NULL);
	if (text)
		return print_topic(text, err);
	if (argc == 1 && command_is_noun(&cmd_set, argv[0]))
		return cmd_help_print(argv[0], NULL);
	if (command_find(cmd_set.list, cmd_set.n, argv, &cmd, &words, err))
		return argc == 1 ? unknown(argv[0], err) : EXIT_ONGGI;
	return cmd_help_print(NULL, cmd);
}

static const struct opt rows[] = {OPT_END};

const struct command cmd_help = {
	.name = "help",
	.summary = "explain a command or a topic",
	.usage = "[COMMAND|TOPIC]",
	.description = "Without a word, lists commands and topics. With the words of a command, "
		       "prints what its --help prints; with a topic, a page about it, which "
		       "'man onggi-TOPIC' shows as well.",
	.examples = "onggi help volumes\nonggi help image pull\n",
	.flags = CMD_NO_CONFIG,
	.max_args = 2,
	.complete = OPT_COMPLETE_COMMAND,
	.args_size = 1,
	.options = rows,
	.run = run,
};
