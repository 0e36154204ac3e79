/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion of command lines from the tables of option.h.
 *
 * Nothing here fails: what can't be understood is completed by nothing. Texts of candidates may
 * come from the store: such with control characters are left out, quoting is the shells' business.
 */
#ifndef ONGGI_CLI_COMPLETE_H
#define ONGGI_CLI_COMPLETE_H

#include "base/buf.h"
#include "cli/help.h"

/* What a shell adds to the candidates, or does with them. */
#define COMPLETE_FILES 1u /* names of files */
#define COMPLETE_DIRS  2u /* names of directories */

struct completion {
	struct buf lines; /* "CANDIDATE\tDESCRIPTION\n" each; the description may be empty */
	unsigned flags;
	const char *word;   /* what candidates begin with */
	const char *prefix; /* put before each: "--name=" */
	size_t prefix_len;
};
/* Release it. */
void completion_done(struct completion *c);
DEFINE_CLEANUP_VALUE(completion, completion_done)
/* Add a candidate if it begins with what was typed; help may be NULL. */
void completion_add(struct completion *c, const char *text, const char *help);

struct complete_request {
	const struct command_set *all;
	char *const
		*words; /* behind the program's name; the last is being typed, "" for a new one */
	/* Adds the names of objects of a kind; kinds that it does not know add nothing. */
	void (*names)(void *ctx, enum opt_complete kind, struct completion *c);
	void *ctx;
};

/* Complete the last word. ret: zeroed by the caller, who releases it. */
void complete(const struct complete_request *req, struct completion *ret);
/*
 * What completes a placeholder ("FILE", "IMAGE", "CONTAINER|IMAGE"; of len bytes), where operand
 * tells whether it stands for an operand.
 */
enum opt_complete complete_kind(const char *placeholder, size_t len, bool operand);

#endif
