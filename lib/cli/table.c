/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/term.h"
#include "cli/utf8.h"

#define COLUMN_GAP 3

/*
 * Cells hold what containers and registries chose: nothing in them may reach the terminal as a
 * command, nor as a byte that some terminal reads as one.
 */
static char *escape(const char *s)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	size_t len;

	for (; *s; s += len) {
		unsigned c = utf8_decode(s, &len);

		if (c == '\n')
			buf_adds(&b, "\\n");
		else if (c == '\t')
			buf_adds(&b, "\\t");
		else if (c == UTF8_INVALID || (c < 0x80 && utf8_is_control(c)))
			buf_addf(&b, "\\x%02x", (unsigned)(unsigned char)*s);
		else if (utf8_is_control(c))
			buf_addf(&b, "\\u%04x", c);
		else
			buf_add(&b, s, len);
	}
	return buf_take(&b);
}

void table_init(struct table *t, const char *const *headers, size_t columns)
{
	*t = (struct table){.columns = columns};
	for (size_t i = 0; i < columns; i++)
		table_add(t, headers[i]);
}

void table_done(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){.columns = 0};
}

void table_add(struct table *t, const char *text)
{
	t->cells = xreallocarray(t->cells, t->n_cells + 1, sizeof(*t->cells));
	t->cells[t->n_cells++] = escape(text ? text : "");
}

void table_print(const struct table *t, struct buf *out)
{
	_cleanup_free_ unsigned *widths = xcalloc(t->columns, sizeof(*widths));

	for (size_t i = 0; i < t->n_cells; i++) {
		unsigned width = term_text_width(t->cells[i]);

		if (width > widths[i % t->columns])
			widths[i % t->columns] = width;
	}
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t column = i % t->columns;
		unsigned pad = widths[column] + COLUMN_GAP - term_text_width(t->cells[i]);
		bool last = column + 1 == t->columns || i + 1 == t->n_cells;

		buf_adds(out, t->cells[i]);
		if (last)
			buf_addc(out, '\n');
		else
			buf_addf(out, "%*s", (int)pad, "");
	}
}
