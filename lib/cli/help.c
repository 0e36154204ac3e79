/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

#include "base/alloc.h"
#include "base/colour.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/option_row.h"
#include "cli/term.h"

/* Where the texts of options begin; a longer option has its text on the next line. */
#define HELP_COLUMN 28
/* Where the summaries of commands begin. */
#define LIST_COLUMN 22
/* Narrower terminals wrap by themselves; longer lines than the wide one are hard to read. */
#define HELP_WIDTH_MIN 50
#define HELP_WIDTH_MAX 100
#define HELP_TEXT      "print this text"

static unsigned usable(const struct help_look *look)
{
	if (look->width < HELP_WIDTH_MIN)
		return HELP_WIDTH_MIN;
	return look->width > HELP_WIDTH_MAX ? HELP_WIDTH_MAX : look->width;
}

void help_wrap(struct buf *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
	unsigned column = at;

	while (*text) {
		size_t len = strcspn(text, " \n");
		_cleanup_free_ char *word = xstrndup(text, len);
		unsigned w = term_text_width(word);

		if (column > indent && column + 1 + w > width) {
			buf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		column += w;
		text += len;
		if (str_prefix(text, "\n\n", NULL)) {
			buf_addf(out, "\n\n%*s", (int)indent, "");
			column = indent;
		}
		text += strspn(text, " \n");
	}
	buf_addc(out, '\n');
}

void help_heading(struct buf *out, const char *text, const struct help_look *look)
{
	buf_addf(out, "\n%s%s:%s\n", look->colour ? COLOUR_BOLD : "", text,
		 look->colour ? COLOUR_END : "");
}

void help_row(struct buf *out, const char *left, const char *right, unsigned at,
	      const struct help_look *look)
{
	unsigned used = term_text_width(left);

	buf_adds(out, left);
	if (used + 2 > at)
		buf_addf(out, "\n%*s", (int)at, "");
	else
		buf_addf(out, "%*s", (int)(at - used), "");
	help_wrap(out, right, at, at, usable(look));
}

/* The four columns of a shorthand stay empty where there is none. */
void help_option_left(struct buf *out, const struct opt *row)
{
	if (row->shorthand)
		buf_addf(out, "  -%c, --%s", row->shorthand, row->name);
	else
		buf_addf(out, "      --%s", row->name);
	if (option_takes_value(row))
		buf_addf(out, " %s%s", row->value ? row->value : "VALUE",
			 row->kind == OPT_KIND_LIST ? "..." : "");
}

void help_option_right(struct buf *out, const struct opt *row)
{
	if (row->kind == OPT_KIND_ACCEPT)
		buf_addf(out, "no effect: %s", row->help);
	else
		buf_adds(out, row->help);
	if (row->kind == OPT_KIND_CHOICE) {
		for (size_t i = 0; row->choices[i]; i++)
			buf_addf(out, "%s%s", i == 0 ? ": " : ", ", row->choices[i]);
	}
	if (row->alias)
		buf_addf(out, " (also --%s)", row->alias);
	if (row->fallback)
		buf_addf(out, " (default %s)", row->fallback);
}

bool help_option_shown(const struct opt *row)
{
	return !row->hidden && row->kind != OPT_KIND_REFUSE;
}

bool help_h_is_help(const struct command *cmd)
{
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (row->shorthand == 'h')
			return false;
	}
	return true;
}

/* The rows under their headings; --help itself closes the first group. */
static void add_options(struct buf *out, const struct command *cmd, const struct help_look *look)
{
	const char *help = help_h_is_help(cmd) ? "  -h, --help" : "      --help";
	struct option_iter it;
	const struct opt *row;
	unsigned groups = 0;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		_cleanup_(buf) struct buf left = BUF_INIT;
		_cleanup_(buf) struct buf right = BUF_INIT;
		bool heading = row->kind == OPT_KIND_HEADING;

		if (!help_option_shown(row))
			continue;
		if (heading || groups == 0) {
			if (groups++ == 1)
				help_row(out, help, HELP_TEXT, HELP_COLUMN, look);
			help_heading(out, heading ? row->help : "Options", look);
		}
		if (heading)
			continue;
		help_option_left(&left, row);
		help_option_right(&right, row);
		help_row(out, buf_str(&left), buf_str(&right), HELP_COLUMN, look);
	}
	if (groups == 0)
		help_heading(out, "Options", look);
	if (groups <= 1)
		help_row(out, help, HELP_TEXT, HELP_COLUMN, look);
}

/* Lines that stay as they are. */
static void add_examples(struct buf *out, const char *examples, const struct help_look *look)
{
	help_heading(out, "Examples", look);
	while (*examples) {
		size_t len = strcspn(examples, "\n");

		buf_adds(out, "  ");
		buf_add(out, examples, len);
		buf_addc(out, '\n');
		examples += len;
		examples += *examples == '\n';
	}
}

static void add_usage(struct buf *out, const struct command *cmd, const struct help_look *look)
{
	buf_addf(out, "%sUsage:%s %s", look->colour ? COLOUR_BOLD : "",
		 look->colour ? COLOUR_END : "", look->program);
	if (!str_empty(cmd->name))
		buf_addf(out, " %s", cmd->name);
	if (!str_empty(cmd->usage))
		buf_addf(out, " %s", cmd->usage);
	buf_adds(out, "\n\n");
}

static void add_aliases(struct buf *out, const struct command *cmd, const struct command_set *all,
			const struct help_look *look)
{
	_cleanup_strv_ char **names = command_aliases(all, cmd);
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (!names)
		return;
	strv_foreach (name, names)
		buf_addf(&text, "%s%s %s", text.len ? ", " : "", look->program, *name);
	help_heading(out, "Aliases", look);
	buf_adds(out, "  ");
	help_wrap(out, buf_str(&text), 2, 2, usable(look));
}

void help_command(const struct command *cmd, const struct command_set *all,
		  const struct help_look *look, struct buf *out)
{
	add_usage(out, cmd, look);
	help_wrap(out, cmd->summary, 0, 0, usable(look));
	if (cmd->description) {
		buf_addc(out, '\n');
		help_wrap(out, cmd->description, 0, 0, usable(look));
	}
	if (all)
		add_aliases(out, cmd, all, look);
	add_options(out, cmd, look);
	if (cmd->examples)
		add_examples(out, cmd->examples, look);
}

/* Is it the first of its names that belong to this noun (the one it is shown under where NULL)? */
static bool is_first(const struct command_set *all, size_t at, const char *noun)
{
	const struct command *cmd = all->list[at];

	if (cmd->flags & CMD_HIDDEN)
		return false;
	if (!noun)
		return command_canonical(all, cmd) == cmd;
	if (!command_verb_of(cmd->name, noun))
		return false;
	for (size_t i = 0; i < at; i++) {
		if (command_same(all->list[i], cmd) && command_verb_of(all->list[i]->name, noun))
			return false;
	}
	return true;
}

void help_noun(const char *noun, const struct command_set *all, const struct help_look *look,
	       struct buf *out)
{
	struct command usage = {.name = noun, .usage = "COMMAND [ARG...]"};

	add_usage(out, &usage, look);
	buf_addf(out, "'%s %s COMMAND --help' tells more of a command.\n", look->program, noun);
	help_heading(out, "Commands", look);
	for (size_t i = 0; i < all->n; i++) {
		_cleanup_free_ char *verbs = NULL, *left = NULL;

		if (!is_first(all, i, noun))
			continue;
		verbs = command_verbs(all, all->list[i]);
		left = xasprintf("  %s", verbs);
		help_row(out, left, all->list[i]->summary, LIST_COLUMN, look);
	}
}

static void add_subject(struct buf *out, const struct command_subject *subject,
			const struct command_set *all, const struct help_look *look)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		_cleanup_free_ char *left = NULL;

		if (!is_first(all, i, NULL) || command_subject(all, all->list[i]) != subject)
			continue;
		if (!any)
			help_heading(out, subject->title, look);
		any = true;
		left = xasprintf("  %s", all->list[i]->name);
		help_row(out, left, all->list[i]->summary, LIST_COLUMN, look);
	}
}

void help_program(const struct command_set *all, const struct help_look *look, struct buf *out)
{
	const struct command_subject *s = command_subjects;

	add_usage(out, all->program, look);
	help_wrap(out, all->program->summary, 0, 0, usable(look));
	do {
		add_subject(out, s, all, look);
	} while (s++->noun);
	add_options(out, all->program, look);
	if (all->program->description) {
		buf_addc(out, '\n');
		help_wrap(out, all->program->description, 0, 0, usable(look));
	}
}

/* One paragraph or item: up to an empty line, a heading, another item or a line that stays. */
static size_t block_length(const char *text)
{
	size_t len = 0;

	do {
		len += strcspn(text + len, "\n");
		len += text[len] == '\n';
	} while (text[len] && text[len] != '\n' && !str_prefix(text + len, "## ", NULL) &&
		 !str_prefix(text + len, "- ", NULL) && !str_prefix(text + len, "    ", NULL));
	return len;
}

void help_topic(const char *text, const struct help_look *look, struct buf *out)
{
	while (*text) {
		size_t line = strcspn(text, "\n");
		size_t len = line + (text[line] == '\n');
		bool item = str_prefix(text, "- ", NULL);
		_cleanup_free_ char *block = NULL;

		if (str_prefix(text, "## ", NULL)) {
			buf_addf(out, "%s%.*s%s\n", look->colour ? COLOUR_BOLD : "",
				 (int)(line - 3), text + 3, look->colour ? COLOUR_END : "");
		} else if (line == 0 || str_prefix(text, "    ", NULL)) {
			buf_add(out, text, len);
		} else {
			len = block_length(text);
			block = xstrndup(text, len);
			if (item)
				buf_adds(out, "- ");
			help_wrap(out, item ? block + 2 : block, item ? 2 : 0, item ? 2 : 0,
				  usable(look));
		}
		text += len;
	}
}
