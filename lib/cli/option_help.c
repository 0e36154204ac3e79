/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/option_row.h"
#include "cli/term.h"

/* Where the texts of options begin; a longer option has its text on the next line. */
#define HELP_COLUMN 28
/* Narrower terminals wrap by themselves. */
#define HELP_WIDTH_MIN 50
#define HELP_TEXT      "print this text"

/*
 * Append text, broken between words so that no line passes width; at is the column where it begins,
 * and every further line is indented to indent. A single newline in the text is a blank, an empty
 * line stays.
 */
static void add_wrapped(struct buf *out, const char *text, unsigned at, unsigned indent,
			unsigned width)
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

/* "  -m, --memory SIZE"; the four columns of a shorthand stay empty where there is none. */
static void add_left(struct buf *out, const struct opt *row)
{
	if (row->shorthand)
		buf_addf(out, "  -%c, --%s", row->shorthand, row->name);
	else
		buf_addf(out, "      --%s", row->name);
	if (option_takes_value(row))
		buf_addf(out, " %s%s", row->value ? row->value : "VALUE",
			 row->kind == OPT_KIND_LIST ? "..." : "");
}

static void add_right(struct buf *out, const struct opt *row)
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

static void add_row(struct buf *out, const char *left, const char *right, unsigned width)
{
	unsigned used = term_text_width(left);

	buf_adds(out, left);
	if (used + 2 > HELP_COLUMN)
		buf_addf(out, "\n%*s", HELP_COLUMN, "");
	else
		buf_addf(out, "%*s", (int)(HELP_COLUMN - used), "");
	add_wrapped(out, right, HELP_COLUMN, HELP_COLUMN, width);
}

/* Is -h nobody's, as it is the host name's for run? */
static bool h_is_help(const struct command *cmd)
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
static void add_options(struct buf *out, const struct command *cmd, unsigned width)
{
	const char *help = h_is_help(cmd) ? "  -h, --help" : "      --help";
	struct option_iter it;
	const struct opt *row;
	unsigned groups = 0;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		_cleanup_(buf) struct buf left = BUF_INIT;
		_cleanup_(buf) struct buf right = BUF_INIT;
		bool heading = row->kind == OPT_KIND_HEADING;

		if (row->hidden || row->kind == OPT_KIND_REFUSE)
			continue;
		if (heading || groups == 0) {
			if (groups++ == 1)
				add_row(out, help, HELP_TEXT, width);
			buf_addf(out, "\n%s:\n", heading ? row->help : "Options");
		}
		if (heading)
			continue;
		add_left(&left, row);
		add_right(&right, row);
		add_row(out, buf_str(&left), buf_str(&right), width);
	}
	if (groups == 0)
		buf_adds(out, "\nOptions:\n");
	if (groups <= 1)
		add_row(out, help, HELP_TEXT, width);
}

static void add_examples(struct buf *out, const char *examples)
{
	buf_adds(out, "\nExamples:\n");
	while (*examples) {
		size_t len = strcspn(examples, "\n");

		buf_adds(out, "  ");
		buf_add(out, examples, len);
		buf_addc(out, '\n');
		examples += len;
		examples += *examples == '\n';
	}
}

void option_help(const struct command *cmd, const char *program, unsigned width, struct buf *out)
{
	if (width < HELP_WIDTH_MIN)
		width = HELP_WIDTH_MIN;
	buf_addf(out, "Usage: %s", program);
	if (!str_empty(cmd->name))
		buf_addf(out, " %s", cmd->name);
	if (!str_empty(cmd->usage))
		buf_addf(out, " %s", cmd->usage);
	buf_adds(out, "\n\n");
	add_wrapped(out, cmd->summary, 0, 0, width);
	if (cmd->description) {
		buf_addc(out, '\n');
		add_wrapped(out, cmd->description, 0, 0, width);
	}
	add_options(out, cmd, width);
	if (cmd->examples)
		add_examples(out, cmd->examples);
}
