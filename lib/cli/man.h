/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages in man(7), from the same tables and texts as --help. */
#ifndef ONGGI_CLI_MAN_H
#define ONGGI_CLI_MAN_H

#include "base/buf.h"
#include "cli/help.h"

/* A subject of `onggi help`, as man_program() lists it. */
struct man_topic {
	const char *name, *summary;
};

/* The name of a command's page, "onggi-container-ls"; to be freed. */
char *man_page_name(const char *program, const char *command);
/* Append text so that roff shows it as it is, wherever in a line it stands. */
void man_escape(struct buf *out, const char *text, size_t len);
/* Append the page of a command, for section 1. version: of the program. */
void man_command(const struct command *cmd, const struct command_set *all, const char *version,
		 struct buf *out);
/* Append the page of the program itself: its commands by subject, and its topics (name NULL ends
 * them). */
void man_program(const struct command_set *all, const struct man_topic *topics, const char *version,
		 struct buf *out);
/* Append the page of a topic (help_topic()), for section 7. */
void man_topic(const struct man_topic *topic, const char *text, const char *version,
	       struct buf *out);

#endif
