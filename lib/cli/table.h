/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text tables as docker prints them: upper-case headers, columns padded with blanks. */
#ifndef ONGGI_CLI_TABLE_H
#define ONGGI_CLI_TABLE_H

#include <stddef.h>

#include "base/buf.h"

struct table {
	size_t columns;
	char **cells; /* row after row, owned */
	size_t n_cells;
};

/* Start a table with a header row. */
void table_init(struct table *t, const char *const *headers, size_t columns);
void table_done(struct table *t);
DEFINE_CLEANUP_VALUE(table, table_done)
/* Append one cell; rows fill from left to right. Control characters are shown escaped. */
void table_add(struct table *t, const char *text);
/* Append the text: columns are as wide as their widest cell (in terminal columns) plus three. */
void table_print(const struct table *t, struct buf *out);

#endif
