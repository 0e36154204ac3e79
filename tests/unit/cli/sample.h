/* SPDX-License-Identifier: Apache-2.0 */
/* A command with a row of each kind, which the suites of the option engine share. */
#ifndef ONGGI_TESTS_UNIT_CLI_SAMPLE_H
#define ONGGI_TESTS_UNIT_CLI_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/option.h"

struct sample_limits {
	int padding; /* so that no member has the same offset with and without the group's */
	int64_t memory, pids, cpus, timeout;
};

struct sample {
	bool interactive, tty, quiet;
	int verify;
	const char *name, *pull;
	char **env;
	struct sample_limits limits;
};

/* Stops at the first operand; at least one. */
extern const struct command sample_run;
/* Options anywhere; one or two operands. */
extern const struct command sample_copy;
/* No options of its own, no operands. */
extern const struct command sample_version;

#endif
