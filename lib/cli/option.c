/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass from left to right. Each word is an operand, a long option or a group of short ones; the
 * words of options are put aside, and only when everything was understood argv is reordered:
 * options first, operands behind them, so that the operands end with argv's own NULL.
 */
#include "cli/option.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "cli/option_row.h"

/* What option_parse() returns for --help. */
#define PARSE_HELP 1
/* Bytes of a refused word that a message echoes. */
#define ECHO_MAX 100

struct parser {
	const struct command *cmd;
	void *args;
	char **argv;
	int argc;
	int at; /* the next word */
};

/* An option as the person wrote it, for messages: "--memory" or "-m". */
struct spelling {
	char text[ECHO_MAX + 3];
};

static struct spelling spell_long(const char *name, size_t len)
{
	struct spelling s = {.text = "--"};
	size_t n = len < ECHO_MAX ? len : ECHO_MAX;

	memcpy(s.text + 2, name, n);
	return s;
}

static struct spelling spell_short(char c)
{
	struct spelling s = {.text = {'-', c, '\0'}};

	return s;
}

/* "onggi run", or "onggi" for the global options; to be freed. */
static char *command_words(const struct command *cmd)
{
	return str_empty(cmd->name) ? xstrdup("onggi") : xasprintf("onggi %s", cmd->name);
}

/* Close an error: it is about usage, and its hint ends with where to read more. */
static int refuse(const struct command *cmd, struct err *err)
{
	_cleanup_free_ char *words = command_words(cmd);
	_cleanup_free_ char *hint = NULL;

	if (!err)
		return -1;
	err->kind = ERR_USAGE;
	hint = xstrdup(err->hint);
	if (*hint)
		return err_hint(err, "%s (see '%s --help')", hint, words);
	return err_hint(err, "see '%s --help'", words);
}

/* The long name that may have been meant, NULL for none. */
static const char *nearest_name(const struct command *cmd, const char *word)
{
	_cleanup_free_ const char **names = NULL;
	struct option_iter it;
	const struct opt *row;
	size_t n = 0, offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (!option_is_named(row) || row->hidden || row->kind == OPT_KIND_REFUSE)
			continue;
		names = xreallocarray(names, n + 2, sizeof(*names));
		names[n++] = row->name;
		if (row->alias)
			names[n++] = row->alias;
	}
	return n ? str_nearest(word, names, n) : NULL;
}

/* Say that an option of the program stands before the command; false when row is none. */
static bool hint_outer(const struct parser *p, const struct opt *row, const struct spelling *s,
		       struct err *err)
{
	if (!row || row->hidden)
		return false;
	err_hint(err, "it goes before the command: onggi %s%s%s %s", s->text,
		 option_takes_value(row) ? " " : "", option_takes_value(row) ? row->value : "",
		 p->cmd->name);
	return true;
}

static int unknown_long(struct parser *p, const char *word, size_t len, struct err *err)
{
	struct spelling s = spell_long(word, len);
	const char *nearest = nearest_name(p->cmd, s.text + 2);
	size_t offset;

	err_set(err, ERR_USAGE, "unknown option '%s'", s.text);
	if (!hint_outer(p, option_find_long(p->cmd->outer, word, len, &offset), &s, err) && nearest)
		err_hint(err, "did you mean '--%s'?", nearest);
	return refuse(p->cmd, err);
}

/* word: all of "-itq"; c: the letter that no row has. */
static int unknown_short(struct parser *p, const char *word, char c, struct err *err)
{
	const char *nearest = word[2] ? nearest_name(p->cmd, word + 1) : NULL;
	struct spelling s = spell_short(c);
	size_t offset;

	if (word[2])
		err_set(err, ERR_USAGE, "unknown option '-%c' in '%.100s'", c, word);
	else
		err_set(err, ERR_USAGE, "unknown option '-%c'", c);
	if (nearest)
		err_hint(err, "did you mean '--%s'?", nearest);
	else
		hint_outer(p, option_find_short(p->cmd->outer, c, &offset), &s, err);
	return refuse(p->cmd, err);
}

/*
 * Letters behind one dash that together are the name of a long option: what failed among them is
 * not what was meant. Returns -1.
 */
static int one_dash(struct parser *p, const char *word, struct err *err)
{
	size_t len = strcspn(word + 1, "="), offset;
	const struct opt *row =
		len > 1 ? option_find_long(p->cmd->options, word + 1, len, &offset) : NULL;

	if (!row || row->hidden || row->kind == OPT_KIND_REFUSE)
		return -1;
	err_hint(err, "did you mean '--%s'?", row->name);
	return refuse(p->cmd, err);
}

/* Store one option; value NULL: none was attached to it, the next word is taken where one is
 * needed. */
static int take_option(struct parser *p, const struct opt *row, size_t offset, const char *value,
		       const struct spelling *s, struct err *err)
{
	if (!value && option_takes_value(row) && row->kind != OPT_KIND_REFUSE) {
		if (p->at == p->argc) {
			err_set(err, ERR_USAGE, "option '%s' needs a value: %s", s->text,
				row->value ? row->value : "VALUE");
			return refuse(p->cmd, err);
		}
		value = p->argv[p->at++];
	}
	if (option_store(row, p->args, offset, value, err) == 0)
		return 0;
	err_ctx(err, "option '%s'", s->text);
	return refuse(p->cmd, err);
}

/* word: behind the dashes of "--name" or "--name=value". */
static int parse_long(struct parser *p, const char *word, struct err *err)
{
	size_t len = strcspn(word, "="), offset = 0;
	const struct opt *row = option_find_long(p->cmd->options, word, len, &offset);
	struct spelling s = spell_long(word, len);

	if (!row && strcmp(word, "help") == 0)
		return PARSE_HELP;
	if (!row)
		return unknown_long(p, word, len, err);
	return take_option(p, row, offset, word[len] ? word + len + 1 : NULL, &s, err);
}

/* "-it", "-eKEY=value", "-e=KEY", "-m" and the value in the next word, "-t=false". */
static int parse_short(struct parser *p, const char *word, struct err *err)
{
	for (const char *c = word + 1; *c; c++) {
		struct spelling s = spell_short(*c);
		size_t offset = 0;
		const struct opt *row = option_find_short(p->cmd->options, *c, &offset);
		const char *rest = c + 1;
		int r;

		if (!row && *c == 'h')
			return PARSE_HELP;
		if (!row)
			return unknown_short(p, word, *c, err);
		if (*rest == '=')
			return take_option(p, row, offset, rest + 1, &s, err);
		if (*rest && option_takes_value(row))
			return take_option(p, row, offset, rest, &s, err) ? one_dash(p, word, err)
									  : 0;
		r = take_option(p, row, offset, NULL, &s, err);
		if (r != 0)
			return one_dash(p, word, err);
	}
	return 0;
}

static int check_operands(const struct command *cmd, char *const *operands, int n, struct err *err)
{
	_cleanup_free_ char *words = command_words(cmd);

	if (n < cmd->min_args)
		err_set(err, ERR_USAGE, "'%s' needs %s%d argument%s, %d given", words,
			cmd->max_args == cmd->min_args ? "" : "at least ", cmd->min_args,
			cmd->min_args == 1 ? "" : "s", n);
	else if (cmd->max_args == 0 && n > 0)
		err_set(err, ERR_USAGE, "'%s' takes no arguments, '%.100s' was given", words,
			operands[0]);
	else if (cmd->max_args >= 0 && n > cmd->max_args)
		err_set(err, ERR_USAGE,
			"'%s' takes at most %d argument%s, '%.100s' is one too many", words,
			cmd->max_args, cmd->max_args == 1 ? "" : "s", operands[cmd->max_args]);
	else
		return 0;
	err_hint(err, "%s%s%s", words, str_empty(cmd->usage) ? "" : " ",
		 str_empty(cmd->usage) ? "" : cmd->usage);
	return refuse(cmd, err);
}

/* An int that is -1 until the option is given. */
static void reset_opt_flags(const struct command *cmd, void *args)
{
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (row->kind == OPT_KIND_OPT_FLAG)
			*(int *)(void *)((char *)args + offset) = -1;
	}
}

/* Go through all words; the operands' pointers are gathered in operands. */
static int parse_words(struct parser *p, char **operands, int *ret_n, struct err *err)
{
	int n = 0, r;

	while (p->at < p->argc) {
		char *word = p->argv[p->at++];
		bool option = word[0] == '-' && word[1];

		if (option && strcmp(word, "--") == 0)
			break;
		if (option) {
			r = word[1] == '-' ? parse_long(p, word + 2, err)
					   : parse_short(p, word, err);
			if (r != 0)
				return r;
			continue;
		}
		operands[n++] = word;
		if (p->cmd->flags & CMD_STOP_AT_ARG)
			break;
	}
	while (p->at < p->argc)
		operands[n++] = p->argv[p->at++];
	*ret_n = n;
	return 0;
}

/* Move the operands to the end of argv, the words of options before them, both in their order. */
static void reorder(char **argv, int argc, char **operands, int n)
{
	_cleanup_free_ char **options = xcalloc((size_t)argc + 1, sizeof(*options));
	int n_options = 0, next = 0;

	for (int i = 0; i < argc; i++) {
		/* Each operand is the very pointer that stands in argv, so identity tells. */
		if (next < n && argv[i] == operands[next])
			next++;
		else
			options[n_options++] = argv[i];
	}
	for (int i = 0; i < n_options; i++)
		argv[i] = options[i];
	for (int i = 0; i < n; i++)
		argv[argc - n + i] = operands[i];
}

int option_parse(const struct command *cmd, char **argv, void *args, char ***ret_argv,
		 int *ret_argc, struct err *err)
{
	int argc = (int)strv_len(argv);
	_cleanup_free_ char **operands = xcalloc((size_t)argc + 1, sizeof(*operands));
	struct parser p = {.cmd = cmd, .args = args, .argv = argv, .argc = argc};
	int n = 0, r;

	reset_opt_flags(cmd, args);
	r = parse_words(&p, operands, &n, err);
	if (r != 0)
		return r;
	if (check_operands(cmd, operands, n, err) < 0)
		return -1;
	reorder(argv, argc, operands, n);
	*ret_argv = argv + (argc - n);
	*ret_argc = n;
	return 0;
}

void option_release(const struct command *cmd, void *args)
{
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	option_iter_init(&it, cmd->options);
	while ((row = option_iter_next(&it, &offset))) {
		if (row->kind == OPT_KIND_LIST) {
			char ***list = (char ***)(void *)((char *)args + offset);

			strv_free(*list);
			*list = NULL;
		}
	}
}
