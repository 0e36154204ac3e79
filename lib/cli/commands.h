/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as a set: their nouns, and which of them are one command under several names. */
#ifndef ONGGI_CLI_COMMANDS_H
#define ONGGI_CLI_COMMANDS_H

#include "cli/help.h"

/* Length of the noun of a name ("container" of "container ls"), 0 where it has none. */
size_t command_noun_length(const char *name);
/* The part of a name behind "noun "; NULL when it is not of this noun. */
const char *command_verb_of(const char *name, const char *noun);
/* Is the word the noun of a command that is not hidden? */
bool command_is_noun(const struct command_set *all, const char *word);
/* Do both do the same? */
bool command_same(const struct command *a, const struct command *b);
/* The name that a command is shown under: one of one word, else the shortest. */
const struct command *command_canonical(const struct command_set *all, const struct command *cmd);
/*
 * All names of a command but its own, in the order of the list: a strv, NULL where there are none;
 * to be strv_free()d.
 */
char **command_aliases(const struct command_set *all, const struct command *cmd);
/* A subject that commands are grouped by. */
struct command_subject {
	const char *noun, *title; /* "container", "Containers" */
};
/* The subjects in the order in which they are shown; the last has noun NULL. */
extern const struct command_subject command_subjects[];
/* The subject of a command: that of the noun of one of its names, or the last one. */
const struct command_subject *command_subject(const struct command_set *all,
					      const struct command *cmd);
/*
 * The names of a command within its noun, without the noun, the shortest first: "ls, list, ps"; to
 * be freed.
 */
char *command_verbs(const struct command_set *all, const struct command *cmd);

#endif
