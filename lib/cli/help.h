/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that teaches, from the tables of option.h and from topics: for a terminal here, as manual
 * pages in man.h. Commands that do the same under several names ("ps", "container ls") are one.
 */
#ifndef ONGGI_CLI_HELP_H
#define ONGGI_CLI_HELP_H

#include "cli/option.h"

/* All commands of a program, and the program itself as a command whose name is "". */
struct command_set {
	const struct command *const *list;
	size_t n;
	const struct command *program;
};

/* How a text is to look. */
struct help_look {
	const char *program; /* "onggi" */
	unsigned width;	     /* columns of the terminal */
	bool colour;	     /* headings in bold */
};

/*
 * Append text, broken between words so that no line passes width; at is the column where it begins,
 * and every further line is indented to indent. A single newline in the text is a blank, an empty
 * line stays. The last line is ended.
 */
void help_wrap(struct buf *out, const char *text, unsigned at, unsigned indent, unsigned width);
/* Append a heading: an empty line, and the text with a colon. */
void help_heading(struct buf *out, const char *text, const struct help_look *look);
/* Append one row of a list: left, and right in the column at, or below when left is too long. */
void help_row(struct buf *out, const char *left, const char *right, unsigned at,
	      const struct help_look *look);

/* The two halves of a row of --help: "  -m, --memory SIZE", and its text with choices and default.
 */
void help_option_left(struct buf *out, const struct opt *row);
void help_option_right(struct buf *out, const struct opt *row);
/* Is the row shown? Hidden ones are not, nor those that are refused. */
bool help_option_shown(const struct opt *row);
/* Does -h mean --help for this command? Not where it is the host name's. */
bool help_h_is_help(const struct command *cmd);

/* Append --help of a command. all: to find its other names in; NULL: has none. */
void help_command(const struct command *cmd, const struct command_set *all,
		  const struct help_look *look, struct buf *out);
/* Append --help of a noun ("container"): its usage and its commands. */
void help_noun(const char *noun, const struct command_set *all, const struct help_look *look,
	       struct buf *out);
/* Append --help of the program: commands by subject, and the global options. */
void help_program(const struct command_set *all, const struct help_look *look, struct buf *out);

/*
 * Append a topic: lines of text in paragraphs, "## HEADING", "- " items with two blanks before
 * their further lines, and lines indented by four blanks that stay as they are ("    $ onggi …" is
 * an example). The first line is "NAME - what it is about".
 */
void help_topic(const char *text, const struct help_look *look, struct buf *out);

#endif
