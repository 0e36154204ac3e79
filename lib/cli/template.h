/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates in the language of Go's text/template, over the values of cli/value.h: what people
 * write behind --format. docker's functions (json, join, split, lower, upper, title, pad, truncate,
 * println, table) are known beside Go's own.
 *
 * Untrusted as to size and depth: parsing and running are bounded by the limits below, so that no
 * template can exhaust the stack or the memory.
 */
#ifndef ONGGI_CLI_TEMPLATE_H
#define ONGGI_CLI_TEMPLATE_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "cli/value.h"

#define TEMPLATE_MAX_SIZE   ((size_t)64 << 10) /* bytes of text */
#define TEMPLATE_MAX_DEPTH  100		       /* nested blocks, parentheses, {{template}} calls */
#define TEMPLATE_MAX_OUTPUT ((size_t)64 << 20) /* bytes */
#define TEMPLATE_MAX_STEPS  10000000	       /* nodes that are evaluated */

struct template;

/*
 * Parse.
 *
 * text  "{{.Names}}\t{{.Status}}"; the escapes \t \n \\ outside of {{ }} are the caller's affair
 *       (format_unescape())
 * what  its name in errors: "--format"
 * Errors: ERR_INVALID "WHAT:1:COLUMN: …" with the text and a caret; an unknown function names the
 * nearest one; ERR_LIMIT
 */
int template_parse(const char *text, const char *what, struct template **ret, struct err *err);
/* Release. NULL is accepted. */
void template_free(struct template *t);
DEFINE_CLEANUP(template, template_free)
/*
 * Run over a value and append what comes out; nothing is appended when it fails.
 * Errors: ERR_INVALID with column and caret: an unknown field naming the nearest, a type that does
 * not fit, an index out of range; ERR_LIMIT
 */
int template_run(const struct template *t, const struct value *root, struct buf *out,
		 struct err *err);

#endif
