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

/* CreatedAt: CREATED AT */
static char *heading_of(const char *name)
{
	struct buf b = BUF_INIT;
	bool small = false;

	for (; *name; name++) {
		bool capital = *name >= 'A' && *name <= 'Z';

		if (capital && small)
			buf_addc(&b, ' ');
		small = *name >= 'a' && *name <= 'z';
		buf_addc(&b, small ? (char)(*name - 'a' + 'A') : *name);
	}
	return buf_take(&b);
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
		_cleanup_free_ char *heading = heading_of(name);

		if (!value_get(head, name))
			value_put_string(a, head, name, heading);
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

/* What is run for the rows: the template, once for each or, as podman has it, over all of them. */
struct run {
	const struct template *t;
	bool whole; /* it begins with {{range .}} */
	const struct value *const *rows;
	size_t n;
};

static bool ranges_over_rows(const char *text)
{
	static const char blanks[] = " \t\r\n";
	const char *p;

	if (!str_prefix(text, "{{", &p))
		return false;
	if (*p == '-' && p[1] && strchr(blanks, p[1]))
		p++;
	p += strspn(p, blanks);
	if (!str_prefix(p, "range", &p) || !*p || !strchr(blanks, *p))
		return false;
	p += strspn(p, blanks);
	if (*p++ != '.')
		return false;
	p += strspn(p, blanks);
	return str_prefix(p, "}}", NULL) || str_prefix(p, "-}}", NULL);
}

static const struct value *list_of(const struct value *const *rows, size_t n, struct arena *a)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < n; i++)
		value_append(a, list, rows[i]);
	return list;
}

/* Each row a line. */
static int run_rows(const struct run *r, struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;

	for (size_t i = 0; i < r->n && !r->whole; i++) {
		if (template_run(r->t, r->rows[i], out, err) < 0)
			return -1;
		buf_addc(out, '\n');
	}
	if (!r->whole)
		return 0;
	if (template_run(r->t, list_of(r->rows, r->n, &a), out, err) < 0)
		return -1;
	if (out->len && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
	return 0;
}

/* One string for each line of a table: the headings, where they are wanted, and the rows. */
static int table_lines(const struct run *r, const char *head, char ***lines, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (head)
		strv_add(lines, head);
	for (size_t i = 0; i < r->n && !r->whole; i++) {
		buf_reset(&text);
		if (template_run(r->t, r->rows[i], &text, err) < 0)
			return -1;
		strv_add(lines, buf_str(&text));
	}
	if (!r->whole)
		return 0;
	if (run_rows(r, &text, err) < 0)
		return -1;
	for (const char *p = buf_str(&text), *end; *p; p = end + 1) {
		end = strchrnul(p, '\n');
		strv_take(lines, xstrndup(p, (size_t)(end - p)));
		if (!*end)
			break;
	}
	return 0;
}

static int run_headings(const struct run *r, const struct value *head, struct buf *out,
			struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;

	if (template_run_headings(r->t, r->whole ? list_of(&head, 1, &a) : head, out, err) < 0)
		return -1;
	if (r->whole && out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return 0;
}

static int run_template(const struct format_rows *f, const struct value *const *rows, size_t n,
			struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(template) struct template *t = NULL;
	_cleanup_(buf) struct buf head = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;
	const char *format = str_empty(f->format) ? f->standard : f->format;
	const char *text = format;
	bool table = is_table(format, &text);
	struct run r = {.rows = rows, .n = n};

	/* "table" alone: the standard one. */
	if (table && !*text) {
		format = text = f->standard;
		(void)is_table(format, &text);
	}
	if (template_parse_escaped(format, (size_t)(text - format), "--format", &t, err) < 0)
		return -1;
	r.t = t;
	r.whole = ranges_over_rows(text);
	if ((table || n == 0) &&
	    run_headings(&r, headings(f, n ? rows[0] : NULL, &a), &head, err) < 0)
		return -1;
	if (!table)
		return run_rows(&r, out, err);
	if (table_lines(&r, f->no_heading ? NULL : buf_str(&head), &lines, err) < 0)
		return -1;
	print_table(lines, out);
	return 0;
}

int format_rows(const struct format_rows *f, const struct value *const *rows, size_t n,
		struct buf *out, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (str_eq(f->format, "json")) {
		for (size_t i = 0; i < n; i++) {
			value_json(rows[i], 0, &text);
			buf_addc(&text, '\n');
		}
	} else if (run_template(f, rows, n, &text, err) < 0) {
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

	if (str_empty(format) || strcmp(format, "json") == 0) {
		value_json(v, str_empty(format) ? JSON_INDENT : 0, out);
	} else {
		if (template_parse_escaped(format, 0, "--format", &t, err) < 0)
			return -1;
		if (template_run(t, v, out, err) < 0)
			return -1;
	}
	buf_addc(out, '\n');
	return 0;
}
