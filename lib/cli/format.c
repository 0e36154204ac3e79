/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table's rows are run one by one and cut into cells at their tabs; what stands above the columns
 * comes out of the same template, run over the headings (template_run_headings()). That run happens
 * without a table and without a row too, so that a misspelt field is told on an empty machine.
 */
#include "cli/format.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/table.h"
#include "cli/template.h"
#include "cli/template_private.h"

#define JSON_INDENT 4

/* "table" or "table TEMPLATE"; *ret_rest is the template, "" where there is none. */
static bool is_table(const char *format, const char **ret_rest)
{
	const char *rest;

	if (!str_prefix(format, "table", &rest) ||
	    (*rest && !strchr(" \t", *rest) && rest[0] != '\\'))
		return false;
	*ret_rest = rest + strspn(rest, " \t");
	return true;
}

/* The values that stand for a row when its headings are wanted. */
static const struct value *headings(const struct format_rows *f, const struct value *first,
				    struct arena *a)
{
	struct value *head = value_struct(a);

	for (const struct format_column *c = f->columns; c && c->field; c++)
		value_put_string(a, head, c->field, c->header);
	if (!first || first->kind != VALUE_STRUCT)
		return head;
	/* Rows may have more than has a heading. */
	for (size_t i = 0; i < first->members.n; i++) {
		const char *name = first->members.members[i].name;

		if (!value_get(head, name))
			value_put_string(a, head, name, name);
	}
	head->members.methods = first->members.methods;
	head->members.self = first->members.self;
	return head;
}

static size_t count_cells(const char *line)
{
	size_t n = 1;

	for (; *line; line++)
		n += *line == '\t';
	return n;
}

/* Lines of cells that are parted by tabs. */
static void print_table(char *const *lines, struct buf *out)
{
	_cleanup_(table) struct table t = {.columns = 1};

	strv_foreach (line, lines) {
		if (count_cells(*line) > t.columns)
			t.columns = count_cells(*line);
	}
	strv_foreach (line, lines) {
		_cleanup_strv_ char **cells = strv_split(*line, '\t');
		size_t n = strv_len(cells);

		strv_foreach (cell, cells)
			table_add(&t, *cell);
		for (; n < t.columns; n++)
			table_add(&t, "");
	}
	table_print(&t, out);
}

/* head: the line of headings; NULL: none. */
static int run_table(const struct template *t, const char *head, const struct value *const *rows,
		     size_t n, struct buf *out, struct err *err)
{
	_cleanup_strv_ char **lines = xcalloc(n + 2, sizeof(*lines));
	char **next = lines;

	if (head)
		*next++ = xstrdup(head);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(buf) struct buf line = BUF_INIT;

		if (template_run(t, rows[i], &line, err) < 0)
			return -1;
		*next++ = buf_take(&line);
	}
	print_table(lines, out);
	return 0;
}

static int run_rows(const struct template *t, const struct value *const *rows, size_t n,
		    struct buf *out, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (template_run(t, rows[i], out, err) < 0)
			return -1;
		buf_addc(out, '\n');
	}
	return 0;
}

static void json_rows(const struct value *const *rows, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		value_json(rows[i], 0, out);
		buf_addc(out, '\n');
	}
}

int format_rows(const struct format_rows *f, const struct value *const *rows, size_t n,
		struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(template) struct template *t = NULL;
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf head = BUF_INIT;
	const char *format = f->format ? f->format : f->standard;
	const char *rest;
	bool table = is_table(format, &rest);

	if (str_eq(format, "json")) {
		json_rows(rows, n, &text);
	} else {
		/* "table" alone: the standard one, without its own "table ". */
		if (table && !*rest)
			format = f->standard;
		if (table)
			(void)is_table(format, &format);
		if (template_parse_escaped(format, "--format", &t, err) < 0)
			return -1;
		if ((table || n == 0) &&
		    template_run_headings(t, headings(f, n ? rows[0] : NULL, &a), &head, err) < 0)
			return -1;
		if (table &&
		    run_table(t, f->no_heading ? NULL : buf_str(&head), rows, n, &text, err) < 0)
			return -1;
		if (!table && run_rows(t, rows, n, &text, err) < 0)
			return -1;
	}
	if (buf_check(&text, "the output", err) < 0)
		return -1;
	buf_add(out, buf_str(&text), text.len);
	return 0;
}

int format_object(const char *format, const struct value *v, struct buf *out, struct err *err)
{
	_cleanup_(template) struct template *t = NULL;

	if (!format || strcmp(format, "json") == 0) {
		value_json(v, format ? 0 : JSON_INDENT, out);
	} else {
		if (template_parse_escaped(format, "--format", &t, err) < 0)
			return -1;
		if (template_run(t, v, out, err) < 0)
			return -1;
	}
	buf_addc(out, '\n');
	return 0;
}
