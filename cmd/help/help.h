/* SPDX-License-Identifier: Apache-2.0 */
/* Help: of the program, of nouns and commands, and topics (texts in this directory, embedded). */
#ifndef ONGGI_CMD_HELP_HELP_H
#define ONGGI_CMD_HELP_HELP_H

#include "cli/help.h"
#include "cli/man.h"
#include "cmd.h"

/* Print --help of the program (both NULL), of a noun, or of a command. Returns the exit code. */
int cmd_help_print(const char *noun, const struct command *cmd);

/* Topics by name; name NULL ends them. Their texts are those of help_topic(). */
extern const struct man_topic help_topics[];
/* The text of a topic, with a final NUL; to be freed. NULL when there is no such topic. */
char *help_topic_text(const char *name);

#endif
