/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words before the one that is typed are walked as the parser would walk them, but nothing is
 * stored and nothing refused: options of the program, a command of one word or two, its options and
 * operands. Where the walk ends it is known what the last word can be.
 */
#include "cli/complete.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/option_row.h"

/* Bytes of candidates that a shell can show. */
#define LINES_MAX ((size_t)4 << 20)

struct walk {
	const struct complete_request *req;
	const struct command *cmd; /* the program first */
	size_t at, last;	   /* the next word; the one that is typed */
	size_t operands;	   /* that were passed */
	bool options_ended;
	const struct opt *pending; /* its value is the word that is typed */
};

void completion_done(struct completion *c)
{
	buf_done(&c->lines);
}

static bool has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			return true;
	}
	return false;
}

void completion_add(struct completion *c, const char *text, const char *help)
{
	if (!str_prefix(text, c->word, NULL) || has_control(text))
		return;
	c->lines.max = LINES_MAX;
	buf_add(&c->lines, c->prefix, c->prefix_len);
	buf_addf(&c->lines, "%s\t%s\n", text, help && !has_control(help) ? help : "");
}

static const struct {
	const char *word;
	enum opt_complete kind;
} placeholders[] = {
	{"CONTAINER|IMAGE", OPT_COMPLETE_OBJECT},
	{"IMAGE|CONTAINER", OPT_COMPLETE_OBJECT},
	{"OBJECT", OPT_COMPLETE_OBJECT},
	{"IMAGE", OPT_COMPLETE_IMAGE},
	{"CONTAINER", OPT_COMPLETE_CONTAINER},
	{"VOLUME", OPT_COMPLETE_VOLUME},
	{"TOPIC", OPT_COMPLETE_COMMAND},
	{"COMMAND|TOPIC", OPT_COMPLETE_COMMAND},
	{"REPOSITORY", OPT_COMPLETE_IMAGE},
	{"FILE", OPT_COMPLETE_FILE},
	{"PATH", OPT_COMPLETE_FILE},
	{"ARCHIVE", OPT_COMPLETE_FILE},
	{"DIR", OPT_COMPLETE_DIR},
	{"DIRECTORY", OPT_COMPLETE_DIR},
};

enum opt_complete complete_kind(const char *placeholder, size_t len, bool operand)
{
	size_t n;

	if (len > 0 && *placeholder == '[') {
		placeholder++;
		len--;
	}
	n = strspn(placeholder, "ABCDEFGHIJKLMNOPQRSTUVWXYZ|");
	if (n > len)
		n = len;
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++) {
		if (strlen(placeholders[i].word) == n &&
		    !strncmp(placeholders[i].word, placeholder, n))
			return placeholders[i].kind;
	}
	if (operand && str_prefix(placeholder, "NAME[:TAG", NULL))
		return OPT_COMPLETE_IMAGE;
	/* "FILE|-", "SOURCE:DIR": the first is what can be completed. */
	if (operand && n == 5 && str_prefix(placeholder, "FILE|", NULL))
		return OPT_COMPLETE_FILE;
	if (!operand && str_prefix(placeholder, "SOURCE:", NULL))
		return OPT_COMPLETE_FILE;
	return OPT_COMPLETE_NONE;
}

static void add_kind(const struct walk *w, enum opt_complete kind, struct completion *c)
{
	switch (kind) {
	case OPT_COMPLETE_AUTO:
	case OPT_COMPLETE_NONE:
		return;
	case OPT_COMPLETE_FILE:
		c->flags |= COMPLETE_FILES;
		return;
	case OPT_COMPLETE_DIR:
		c->flags |= COMPLETE_DIRS;
		return;
	case OPT_COMPLETE_IMAGE:
	case OPT_COMPLETE_CONTAINER:
	case OPT_COMPLETE_RUNNING:
	case OPT_COMPLETE_OBJECT:
	case OPT_COMPLETE_VOLUME:
	case OPT_COMPLETE_COMMAND:
		break;
	}
	if (w->req->names)
		w->req->names(w->req->ctx, kind, c);
}

static void add_value(const struct walk *w, const struct opt *row, struct completion *c)
{
	static const char *const booleans[] = {"true", "false", NULL};
	const char *const *v = row->choices;
	enum opt_complete kind = row->complete;

	if (row->kind == OPT_KIND_FLAG || row->kind == OPT_KIND_OPT_FLAG)
		v = booleans;
	for (; v && *v; v++)
		completion_add(c, *v, NULL);
	if (kind == OPT_COMPLETE_AUTO && row->value)
		kind = complete_kind(row->value, strlen(row->value), false);
	add_kind(w, kind, c);
}

static void add_flags(const struct command *cmd, struct completion *c)
{
	struct option_iter it;
	const struct opt *row;
	char name[128] = "--";
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (!option_is_named(row) || !help_option_shown(row))
			continue;
		str_copy(name + 2, sizeof(name) - 2, row->name);
		completion_add(c, name, row->help);
	}
	completion_add(c, "--help", "print this text");
}

/* Words to choose from, as "bash|zsh|fish" has them. Returns false for a placeholder. */
static bool add_literals(const char *p, size_t len, struct completion *c)
{
	if (!memchr(p, '|', len) || strspn(p, "abcdefghijklmnopqrstuvwxyz|") < len)
		return false;
	for (size_t at = 0; at < len;) {
		size_t n = strcspn(p + at, "| ");
		_cleanup_free_ char *word = xstrndup(p + at, n);

		completion_add(c, word, NULL);
		at += n + 1;
	}
	return true;
}

/* The operand that is typed, out of "[OPTIONS] IMAGE [COMMAND] [ARG...]". */
static void add_operand(const struct walk *w, struct completion *c)
{
	const char *p = w->cmd->usage ? w->cmd->usage : "";
	size_t at = 0;

	if (w->cmd->complete != OPT_COMPLETE_AUTO) {
		add_kind(w, w->cmd->complete, c);
		return;
	}
	while (*p) {
		size_t len = strcspn(p, " ");
		bool operand = strncmp(p, "[OPTIONS]", len) != 0;

		if (operand && (at++ == w->operands || memmem(p, len, "...", 3))) {
			if (!add_literals(p, len, c))
				add_kind(w, complete_kind(p, len, true), c);
			return;
		}
		p += len + strspn(p + len, " ");
	}
}

/* Each first word of commands' names, or each verb of a noun. */
static void add_commands(const struct command_set *all, const char *noun, struct completion *c)
{
	_cleanup_strv_ char **seen = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct command *cmd = all->list[i];
		size_t len = command_noun_length(cmd->name);
		const char *verb = noun ? command_verb_of(cmd->name, noun) : NULL;

		if (cmd->flags & CMD_HIDDEN || (noun && !verb))
			continue;
		if (verb || len == 0) {
			completion_add(c, verb ? verb : cmd->name, cmd->summary);
		} else {
			_cleanup_free_ char *first = xstrndup(cmd->name, len);
			_cleanup_free_ char *help = xasprintf("commands for '%s'", first);

			if (strv_has(seen, first))
				continue;
			completion_add(c, first, help);
			strv_take(&seen, ptr_take(first));
		}
	}
}

/* Pass one word of options; the value of the last one may be the word that is typed. */
static void pass_option(struct walk *w)
{
	const char *word = w->req->words[w->at++];
	const struct opt *row = NULL;
	size_t offset, len;

	if (word[1] == '-') {
		len = strcspn(word + 2, "=");
		if (len == 0)
			w->options_ended = true;
		if (word[2 + len])
			return;
		row = option_find_long(w->cmd->options, word + 2, len, &offset);
	} else {
		for (const char *p = word + 1; *p; p++) {
			row = option_find_short(w->cmd->options, *p, &offset);
			/* The value is attached. */
			if (p[1] == '=' || (p[1] && row && option_takes_value(row)))
				return;
		}
	}
	if (!row || !option_takes_value(row))
		return;
	if (w->at == w->last)
		w->pending = row;
	w->at++;
}

/* Walk the options and operands of w->cmd; as the program, up to its first operand. */
static void pass_words(struct walk *w)
{
	bool program = w->cmd == w->req->all->program;

	while (w->at < w->last) {
		const char *word = w->req->words[w->at];

		if (!w->options_ended && word[0] == '-' && word[1]) {
			pass_option(w);
			continue;
		}
		if (program)
			return;
		w->at++;
		w->operands++;
		if (w->cmd->flags & CMD_STOP_AT_ARG)
			w->options_ended = true;
	}
}

/* Find the command among the words that are complete. Returns false when there is none. */
static bool find_command(struct walk *w)
{
	const struct command_set *all = w->req->all;
	char *words[] = {w->req->words[w->at], NULL, NULL};
	const struct command *cmd;
	int n;

	if (w->at + 1 < w->last)
		words[1] = w->req->words[w->at + 1];
	if (command_find(all->list, all->n, words, &cmd, &n, NULL))
		return false;
	w->cmd = cmd;
	w->at += (size_t)n;
	w->options_ended = false;
	return true;
}

static void add_word(struct walk *w, struct completion *c)
{
	const char *word = c->word;
	const struct opt *row;
	size_t offset, len;

	if (w->pending) {
		add_value(w, w->pending, c);
		return;
	}
	if (w->options_ended || word[0] != '-') {
		if (w->cmd == w->req->all->program)
			add_commands(w->req->all, NULL, c);
		else
			add_operand(w, c);
		return;
	}
	len = strcspn(word, "=");
	if (!word[len]) {
		add_flags(w->cmd, c);
		return;
	}
	row = len > 2 ? option_find_long(w->cmd->options, word + 2, len - 2, &offset) : NULL;
	if (!row)
		return;
	c->prefix = word;
	c->prefix_len = len + 1;
	c->word = word + len + 1;
	add_value(w, row, c);
}

void complete(const struct complete_request *req, struct completion *ret)
{
	struct walk w = {.req = req, .cmd = req->all->program};
	size_t n = strv_len(req->words);

	if (n == 0)
		return;
	w.last = n - 1;
	ret->word = req->words[w.last];
	ret->prefix = "";
	pass_words(&w);
	if (w.at < w.last) {
		const char *noun = req->words[w.at];

		if (w.at + 1 == w.last && command_is_noun(req->all, noun)) {
			add_commands(req->all, noun, ret);
			return;
		}
		if (!find_command(&w))
			return;
		pass_words(&w);
	}
	add_word(&w, ret);
}
