/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's name is one word ("run") or a noun and a verb ("container run"). The nouns are not
 * listed anywhere: they are the first words of the names of two.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/term.h"

/* Bytes of a word that nobody knows which a message echoes. */
#define ECHO_MAX 100
/* Where the summaries in a list begin. */
#define LIST_COLUMN 14

struct commands {
	const struct command *const *list;
	size_t n;
};

/* Length of the noun of a name, 0 where it has none. */
static size_t noun_length(const char *name)
{
	const char *blank = strchr(name, ' ');

	return blank ? (size_t)(blank - name) : 0;
}

/* The part of a name behind `noun `; NULL when it is not of this noun. */
static const char *verb_of(const char *name, const char *noun)
{
	size_t len = noun_length(name);

	if (len == 0 || strlen(noun) != len || strncmp(name, noun, len) != 0)
		return NULL;
	return name + len + 1;
}

static bool is_noun(const struct commands *all, const char *word)
{
	for (size_t i = 0; i < all->n; i++) {
		if (verb_of(all->list[i]->name, word))
			return true;
	}
	return false;
}

/* noun NULL: a name of one word. */
static const struct command *find(const struct commands *all, const char *noun, const char *verb)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->list[i]->name;

		if (noun)
			name = verb_of(name, noun);
		if (name && strcmp(name, verb) == 0)
			return all->list[i];
	}
	return NULL;
}

/*
 * The name nearest to a mistyped word, to be freed; NULL when none is near.
 *
 * noun  verbs of this noun only; NULL: names of one word, and nouns
 */
static char *nearest(const struct commands *all, const char *noun, const char *word)
{
	_cleanup_strv_ char **names = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->list[i]->name;
		size_t len = noun_length(name);

		if (all->list[i]->flags & CMD_HIDDEN)
			continue;
		if (noun && !verb_of(name, noun))
			continue;
		if (noun)
			strv_add(&names, verb_of(name, noun));
		else
			strv_take(&names, len ? xstrndup(name, len) : xstrdup(name));
	}
	if (!names)
		return NULL;
	return xstrdup(str_nearest(word, (const char *const *)names, strv_len(names)));
}

static int unknown_verb(const struct commands *all, const char *noun, const char *word,
			struct err *err)
{
	_cleanup_free_ char *near = nearest(all, noun, word);

	err_set(err, ERR_USAGE, "'%s %.*s' is not a command", noun, ECHO_MAX, word);
	if (near)
		return err_hint(err, "did you mean 'onggi %s %s'?", noun, near);
	return err_hint(err, "see 'onggi %s --help'", noun);
}

/* next: the word behind it, or NULL; it helps to complete the suggestion of a noun. */
static int unknown_word(const struct commands *all, const char *word, const char *next,
			struct err *err)
{
	_cleanup_free_ char *near = nearest(all, NULL, word);

	err_set(err, ERR_USAGE, "'%.*s' is not a command", ECHO_MAX, word);
	if (!near)
		return err_hint(err, "see 'onggi --help'");
	if (next && is_noun(all, near) && find(all, near, next))
		return err_hint(err, "did you mean 'onggi %s %s'?", near, next);
	return err_hint(err, "did you mean 'onggi %s'?", near);
}

int command_find(const struct command *const *commands, size_t n, char **argv,
		 const struct command **ret, int *ret_words, struct err *err)
{
	const struct commands all = {.list = commands, .n = n};
	const struct command *c;
	const char *next;

	if (!argv[0]) {
		err_set(err, ERR_USAGE, "a command is missing");
		return err_hint(err, "see 'onggi --help'");
	}
	next = argv[1] && argv[1][0] != '-' ? argv[1] : NULL;
	c = next ? find(&all, argv[0], next) : NULL;
	if (c) {
		*ret = c;
		*ret_words = 2;
		return 0;
	}
	c = noun_length(argv[0]) ? NULL : find(&all, NULL, argv[0]);
	if (c) {
		*ret = c;
		*ret_words = 1;
		return 0;
	}
	if (!is_noun(&all, argv[0]))
		return unknown_word(&all, argv[0], next, err);
	if (next)
		return unknown_verb(&all, argv[0], next, err);
	err_set(err, ERR_USAGE, "'%s' needs a command", argv[0]);
	return err_hint(err, "see 'onggi %s --help'", argv[0]);
}

static void add_line(struct buf *out, const char *left, const char *right)
{
	unsigned used = term_text_width(left) + 2;
	unsigned pad = used < LIST_COLUMN ? LIST_COLUMN - used : 1;

	buf_addf(out, "  %s%*s%s\n", left, (int)pad, "", right);
}

static void add_nouns(const struct commands *all, struct buf *out)
{
	_cleanup_strv_ char **seen = NULL;

	for (size_t i = 0; i < all->n; i++) {
		size_t len = noun_length(all->list[i]->name);
		_cleanup_free_ char *noun = xstrndup(all->list[i]->name, len);
		_cleanup_free_ char *right = NULL;

		if (len == 0 || all->list[i]->flags & CMD_HIDDEN || strv_has(seen, noun))
			continue;
		if (!seen)
			buf_addc(out, '\n');
		right = xasprintf("more: 'onggi %s --help'", noun);
		add_line(out, noun, right);
		strv_take(&seen, ptr_take(noun));
	}
}

void command_list(const struct command *const *commands, size_t n, const char *noun,
		  struct buf *out)
{
	const struct commands all = {.list = commands, .n = n};

	for (size_t i = 0; i < n; i++) {
		const char *name = commands[i]->name;

		if (noun)
			name = verb_of(name, noun);
		else if (noun_length(name))
			name = NULL;
		if (name && !(commands[i]->flags & CMD_HIDDEN))
			add_line(out, name, commands[i]->summary);
	}
	if (!noun)
		add_nouns(&all, out);
}
