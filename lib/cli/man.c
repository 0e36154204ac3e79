/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/option_row.h"
#include "cli/utf8.h"

#define PROGRAM "onggi"
/* Of the version. A date of the build would make each build another one. */
#define PAGE_DATE "2026-11-22"

char *man_page_name(const char *program, const char *command)
{
	char *name = str_empty(command) ? xstrdup(program) : xasprintf("%s-%s", program, command);

	for (char *p = name; *p; p++) {
		if (*p == ' ')
			*p = '-';
	}
	return name;
}

/* The characters that roff reads or replaces (groff_char(7)), and how they are written. */
static const char *escape_of(unsigned c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '"':
		return "\\(dq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

void man_escape(struct buf *out, const char *text, size_t len)
{
	_cleanup_free_ char *copy = xstrndup(text, len);
	size_t n;

	for (const char *p = copy; *p; p += n) {
		unsigned c = utf8_decode(p, &n);
		const char *escape = escape_of(c);

		/* At the start of a line a dot begins a request. */
		if (c == '.' && (out->len == 0 || out->data[out->len - 1] == '\n'))
			buf_adds(out, "\\&");
		if (escape)
			buf_adds(out, escape);
		else if (c == UTF8_INVALID)
			buf_addc(out, '?');
		else if (c >= 0x80)
			buf_addf(out, "\\[u%04X]", c);
		else
			buf_addc(out, (char)c);
	}
}

static void escape(struct buf *out, const char *text)
{
	man_escape(out, text, strlen(text));
}

/* A macro with text behind it on the line. */
static void macro(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, ".%s ", name);
	escape(out, text);
	buf_addc(out, '\n');
}

static void add_title(struct buf *out, const char *page, int section, const char *version)
{
	buf_adds(out, ".TH ");
	for (const char *p = page; *p; p++) {
		char c = (char)toupper((unsigned char)*p);

		man_escape(out, &c, 1);
	}
	/* No hyphens: an option that was parted could not be searched for. */
	buf_addf(out, " %d " PAGE_DATE " \"" PROGRAM " %s\" \"" PROGRAM "\"\n.nh\n", section,
		 version);
}

static void add_name(struct buf *out, const char *page, const char *summary)
{
	buf_adds(out, ".SH NAME\n");
	escape(out, page);
	buf_adds(out, " \\- ");
	escape(out, summary);
	buf_addc(out, '\n');
}

/* Text in paragraphs: each word of it may stand at the end of a line, as roff fills. */
static void add_text(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len) {
			man_escape(out, text, len);
			buf_addc(out, '\n');
		} else {
			buf_adds(out, ".PP\n");
		}
		text += len;
		text += *text == '\n';
	}
}

static void add_synopsis(struct buf *out, const struct command *cmd)
{
	_cleanup_free_ char *words =
		str_empty(cmd->name) ? xstrdup(PROGRAM) : xasprintf(PROGRAM " %s", cmd->name);

	buf_adds(out, ".SH SYNOPSIS\n");
	macro(out, "B", words);
	if (!str_empty(cmd->usage)) {
		escape(out, cmd->usage);
		buf_addc(out, '\n');
	}
}

static void add_option(struct buf *out, const struct opt *row)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	const char *left;

	help_option_left(&text, row);
	left = buf_str(&text);
	buf_adds(out, ".TP\n");
	macro(out, "B", left + strspn(left, " "));
	buf_reset(&text);
	help_option_right(&text, row);
	escape(out, buf_str(&text));
	buf_addc(out, '\n');
}

static void add_options(struct buf *out, const struct command *cmd)
{
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	buf_adds(out, ".SH OPTIONS\n");
	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (!help_option_shown(row))
			continue;
		if (row->kind == OPT_KIND_HEADING)
			macro(out, "SS", row->help);
		else
			add_option(out, row);
	}
	buf_adds(out, ".TP\n");
	macro(out, "B", help_h_is_help(cmd) ? "-h, --help" : "--help");
	buf_adds(out, "print the help\n");
}

/* A new paragraph, where there is not one anyway: behind a heading. */
static void add_break(struct buf *out)
{
	size_t at = out->len;

	/* Where the last line begins. */
	while (at > 1 && out->data[at - 2] != '\n')
		at--;
	if (at > 0 && !str_prefix(out->data + at - 1, ".S", NULL))
		buf_adds(out, ".PP\n");
}

/* Lines that stay as they are, each without its first `cut` bytes. */
static void add_literal(struct buf *out, const char *text, size_t len, size_t cut)
{
	const char *end = text + len;

	add_break(out);
	buf_adds(out, ".RS 4\n.EX\n");
	while (text < end) {
		size_t line = strcspn(text, "\n");

		if (line > cut)
			man_escape(out, text + cut, line - cut);
		buf_addc(out, '\n');
		text += line + (text[line] == '\n');
	}
	buf_adds(out, ".EE\n.RE\n");
}

static void add_see_also(struct buf *out, const char *const *pages)
{
	buf_adds(out, ".SH SEE ALSO\n");
	for (; *pages; pages++) {
		buf_adds(out, ".BR ");
		man_escape(out, *pages, strlen(*pages) - 3);
		buf_addf(out, " %s%s\n", *pages + strlen(*pages) - 3, pages[1] ? "," : "");
	}
}

void man_command(const struct command *cmd, const struct command_set *all, const char *version,
		 struct buf *out)
{
	static const char *const pages[] = {PROGRAM "(1)", PROGRAM "-exit-codes(7)", NULL};
	_cleanup_free_ char *page = man_page_name(PROGRAM, cmd->name);
	_cleanup_strv_ char **aliases = command_aliases(all, cmd);

	add_title(out, page, 1, version);
	add_name(out, page, cmd->summary);
	add_synopsis(out, cmd);
	buf_adds(out, ".SH DESCRIPTION\n");
	add_text(out, cmd->description ? cmd->description : cmd->summary);
	if (aliases) {
		_cleanup_free_ char *joined = strv_join(aliases, ", " PROGRAM " ");

		buf_adds(out, ".SH ALIASES\n");
		escape(out, PROGRAM " ");
		escape(out, joined);
		buf_addc(out, '\n');
	}
	add_options(out, cmd);
	if (cmd->examples) {
		buf_adds(out, ".SH EXAMPLES\n");
		add_literal(out, cmd->examples, strlen(cmd->examples), 0);
	}
	add_see_also(out, pages);
}

static void add_subject(struct buf *out, const struct command_subject *subject,
			const struct command_set *all)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct command *cmd = all->list[i];
		_cleanup_free_ char *page = man_page_name(PROGRAM, cmd->name);

		if (cmd->flags & CMD_HIDDEN || command_canonical(all, cmd) != cmd ||
		    command_subject(all, cmd) != subject)
			continue;
		if (!any)
			macro(out, "SS", subject->title);
		any = true;
		buf_adds(out, ".TP\n.BR ");
		escape(out, page);
		buf_adds(out, " (1)\n");
		escape(out, cmd->summary);
		buf_addc(out, '\n');
	}
}

void man_program(const struct command_set *all, const struct man_topic *topics, const char *version,
		 struct buf *out)
{
	const struct command_subject *s = command_subjects;

	add_title(out, PROGRAM, 1, version);
	add_name(out, PROGRAM, all->program->summary);
	add_synopsis(out, all->program);
	buf_adds(out, ".SH DESCRIPTION\n");
	add_text(out,
		 all->program->description ? all->program->description : all->program->summary);
	add_options(out, all->program);
	buf_adds(out, ".SH COMMANDS\n");
	do {
		add_subject(out, s, all);
	} while (s++->noun);
	buf_adds(out, ".SH TOPICS\n");
	for (; topics->name; topics++) {
		_cleanup_free_ char *page = man_page_name(PROGRAM, topics->name);

		buf_adds(out, ".TP\n.BR ");
		escape(out, page);
		buf_adds(out, " (7)\n");
		escape(out, topics->summary);
		buf_addc(out, '\n');
	}
}

/* Consecutive lines that stay as they are, empty ones between them included. */
static size_t literal_length(const char *text)
{
	size_t len = 0, end = 0;

	while (str_prefix(text + len, "    ", NULL) || text[len] == '\n') {
		bool empty = text[len] == '\n';

		len += strcspn(text + len, "\n");
		len += text[len] == '\n';
		if (!empty)
			end = len;
	}
	return end;
}

void man_topic(const struct man_topic *topic, const char *text, const char *version,
	       struct buf *out)
{
	static const char *const pages[] = {PROGRAM "(1)", NULL};
	_cleanup_free_ char *page = man_page_name(PROGRAM, topic->name);
	bool paragraph = false;

	add_title(out, page, 7, version);
	add_name(out, page, topic->summary);
	buf_adds(out, ".SH DESCRIPTION\n");
	text += strcspn(text, "\n");
	text += strspn(text, "\n");
	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = xstrndup(text, len);

		if (str_prefix(line, "## ", NULL)) {
			macro(out, "SH", line + 3);
			paragraph = false;
		} else if (str_prefix(line, "    ", NULL)) {
			len = literal_length(text);
			add_literal(out, text, len, 4);
			paragraph = true;
			text += len;
			continue;
		} else if (len == 0) {
			paragraph = true;
		} else {
			bool item = str_prefix(line, "- ", NULL);
			const char *rest = item ? line + 2 : line + strspn(line, " ");

			if (item)
				buf_adds(out, ".IP \\(bu 2\n");
			else if (paragraph)
				add_break(out);
			paragraph = false;
			escape(out, rest);
			buf_addc(out, '\n');
		}
		text += len;
		text += *text == '\n';
	}
	add_see_also(out, pages);
}
