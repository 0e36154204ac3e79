/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the template engine share. Only for the files of cli. */
#ifndef ONGGI_CLI_TEMPLATE_PRIVATE_H
#define ONGGI_CLI_TEMPLATE_PRIVATE_H

#include "cli/template.h"

/* template_parse() of a text in which \t, \n and \\ outside of {{ }} stand for what they do in C.
 */
int template_parse_escaped(const char *text, const char *what, struct template **ret,
			   struct err *err);
/*
 * Run over headings instead of a row: functions give their argument back, a range shows what it
 * would go through, and numbers are formatted as text, so that what stands in a column comes out.
 */
int template_run_headings(const struct template *t, const struct value *headings, struct buf *out,
			  struct err *err);

#endif
