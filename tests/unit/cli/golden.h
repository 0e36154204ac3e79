/* SPDX-License-Identifier: Apache-2.0 */
/* Cases of golden/templates.golden: see golden/templates.go. */
#ifndef ONGGI_TESTS_UNIT_CLI_GOLDEN_H
#define ONGGI_TESTS_UNIT_CLI_GOLDEN_H

#include "base/alloc.h"
#include "cli/value.h"

struct golden_case {
	const struct value *data;
	const char *template;
	const char *output;    /* NULL: an error is expected */
	size_t len;	       /* of the output, which may hold NUL */
	unsigned line, column; /* where onggi reports it */
};

struct golden {
	struct arena arena;
	struct value *data; /* a struct of the data by their names */
	struct golden_case *cases;
	size_t n;
};

/* Read the file; a test fails where it can't be. */
void golden_load(const char *path, struct golden *ret);
void golden_done(struct golden *g);
DEFINE_CLEANUP_VALUE(golden, golden_done)

#endif
