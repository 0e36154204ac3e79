/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"

const struct command_subject command_subjects[] = {
	{"container", "Containers"}, {"image", "Images"}, {"volume", "Volumes"},
	{"network", "Networks"},     {NULL, "System"},
};

size_t command_noun_length(const char *name)
{
	const char *blank = strchr(name, ' ');

	return blank ? (size_t)(blank - name) : 0;
}

const char *command_verb_of(const char *name, const char *noun)
{
	size_t len = command_noun_length(name);

	if (len == 0 || strlen(noun) != len || strncmp(name, noun, len) != 0)
		return NULL;
	return name + len + 1;
}

bool command_is_noun(const struct command_set *all, const char *word)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!(all->list[i]->flags & CMD_HIDDEN) &&
		    command_verb_of(all->list[i]->name, word))
			return true;
	}
	return false;
}

bool command_same(const struct command *a, const struct command *b)
{
	return a->run == b->run && a->options == b->options && str_eq(a->summary, b->summary) &&
	       !((a->flags ^ b->flags) & CMD_HIDDEN);
}

const struct command *command_canonical(const struct command_set *all, const struct command *cmd)
{
	const struct command *best = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct command *c = all->list[i];
		bool noun = command_noun_length(c->name);

		if (!command_same(c, cmd))
			continue;
		if (!best || (noun && strlen(c->name) < strlen(best->name)) ||
		    (!noun && command_noun_length(best->name)))
			best = c;
		if (!noun)
			break;
	}
	return best ? best : cmd;
}

char **command_aliases(const struct command_set *all, const struct command *cmd)
{
	char **names = NULL;

	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i] != cmd && command_same(all->list[i], cmd))
			strv_add(&names, all->list[i]->name);
	}
	return names;
}

const struct command_subject *command_subject(const struct command_set *all,
					      const struct command *cmd)
{
	const struct command_subject *s;

	for (s = command_subjects; s->noun; s++) {
		for (size_t i = 0; i < all->n; i++) {
			if (command_verb_of(all->list[i]->name, s->noun) &&
			    command_same(all->list[i], cmd))
				return s;
		}
	}
	return s;
}

char *command_verbs(const struct command_set *all, const struct command *cmd)
{
	_cleanup_free_ char *noun = xstrndup(cmd->name, command_noun_length(cmd->name));
	_cleanup_strv_ char **verbs = NULL;
	size_t shortest = 0, n = 0;
	char *first;

	for (size_t i = 0; i < all->n; i++) {
		const char *verb = command_verb_of(all->list[i]->name, noun);

		if (!verb || !command_same(all->list[i], cmd))
			continue;
		strv_add(&verbs, verb);
		if (strlen(verb) < strlen(verbs[shortest]))
			shortest = n;
		n++;
	}
	if (!n)
		return xstrdup(cmd->name);
	first = verbs[shortest];
	memmove(verbs + 1, verbs, shortest * sizeof(*verbs));
	verbs[0] = first;
	return strv_join(verbs, ", ");
}
