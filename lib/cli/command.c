/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's name is one word ("run") or a noun and a verb ("container run"). The nouns are not
 * listed anywhere: they are the first words of the names of two.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/commands.h"
#include "cli/option.h"

/* Bytes of a word that nobody knows which a message echoes. */
#define ECHO_MAX 100

/* noun NULL: a name of one word. */
static const struct command *find(const struct command_set *all, const char *noun, const char *verb)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->list[i]->name;

		if (noun)
			name = command_verb_of(name, noun);
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
static char *nearest(const struct command_set *all, const char *noun, const char *word)
{
	_cleanup_strv_ char **names = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->list[i]->name;
		size_t len = command_noun_length(name);

		if (all->list[i]->flags & CMD_HIDDEN)
			continue;
		if (noun && !command_verb_of(name, noun))
			continue;
		if (noun)
			strv_add(&names, command_verb_of(name, noun));
		else
			strv_take(&names, len ? xstrndup(name, len) : xstrdup(name));
	}
	if (!names)
		return NULL;
	return xstrdup(str_nearest(word, (const char *const *)names, strv_len(names)));
}

static int unknown_verb(const struct command_set *all, const char *noun, const char *word,
			struct err *err)
{
	_cleanup_free_ char *near = nearest(all, noun, word);

	err_set(err, ERR_USAGE, "'%s %.*s' is not a command", noun, ECHO_MAX, word);
	if (near)
		return err_hint(err, "did you mean 'onggi %s %s'?", noun, near);
	return err_hint(err, "see 'onggi %s --help'", noun);
}

/* The same among the nouns that have this verb. */
static char *nearest_noun(const struct command_set *all, const char *verb, const char *word)
{
	_cleanup_strv_ char **names = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->list[i]->name;
		size_t len = command_noun_length(name);

		if (len && !(all->list[i]->flags & CMD_HIDDEN) && !strcmp(name + len + 1, verb))
			strv_take(&names, xstrndup(name, len));
	}
	return names ? xstrdup(str_nearest(word, (const char *const *)names, strv_len(names)))
		     : NULL;
}

/* next: the word behind it, or NULL; it helps to find a noun. */
static int unknown_word(const struct command_set *all, const char *word, const char *next,
			struct err *err)
{
	_cleanup_free_ char *near = nearest(all, NULL, word);
	_cleanup_free_ char *noun = next ? nearest_noun(all, next, word) : NULL;

	err_set(err, ERR_USAGE, "'%.*s' is not a command", ECHO_MAX, word);
	if (noun)
		return err_hint(err, "did you mean 'onggi %s %s'?", noun, next);
	if (!near)
		return err_hint(err, "see 'onggi --help'");
	return err_hint(err, "did you mean 'onggi %s'?", near);
}

int command_find(const struct command *const *commands, size_t n, char **argv,
		 const struct command **ret, int *ret_words, struct err *err)
{
	const struct command_set all = {.list = commands, .n = n};
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
	c = command_noun_length(argv[0]) ? NULL : find(&all, NULL, argv[0]);
	if (c) {
		*ret = c;
		*ret_words = 1;
		return 0;
	}
	if (!command_is_noun(&all, argv[0]))
		return unknown_word(&all, argv[0], next, err);
	if (next)
		return unknown_verb(&all, argv[0], next, err);
	err_set(err, ERR_USAGE, "'%s' needs a command", argv[0]);
	return err_hint(err, "see 'onggi %s --help'", argv[0]);
}
