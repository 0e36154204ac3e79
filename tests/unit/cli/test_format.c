/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/format.h"
#include "suites.h"

static const struct format_column columns[] = {
	{"ID", "CONTAINER ID"},	     {"Names", "NAMES"}, {"Size", "SIZE"},
	{"CreatedAt", "CREATED AT"}, {NULL, NULL},
};

static int label(const struct value *self, const struct value *const *args, size_t n,
		 struct arena *a, const struct value **ret, struct err *err)
{
	(void)self;
	(void)n;
	(void)err;
	*ret = value_string(a, strcmp(args[0]->string.text, "com.x") == 0 ? "shop" : "");
	return 0;
}

static const struct value_method methods[] = {{"Label", 1, 1, label}, {NULL, 0, 0, NULL}};

static struct value *make_row(struct arena *a, const char *id, const char *name, int64_t size)
{
	struct value *v = value_struct(a);
	char *const mounts[] = {(char[]){"/a"}, (char[]){"/b"}};

	value_put_string(a, v, "ID", id);
	value_put_string(a, v, "Names", name);
	value_put_int(a, v, "Size", size);
	value_put(a, v, "CreatedAt", value_time(a, "2024-02-29T12:00:00Z"));
	value_put_strings(a, v, "Mounts", mounts, 2);
	value_put_int(a, v, "ExitCode", 3);
	v->members.methods = methods;
	return v;
}

#define STANDARD "table {{.ID}}\t{{.Names}}"

static const struct {
	const char *format;
	bool no_heading;
	size_t n;
	const char *output;
} rows_rows[] = {
	{NULL, false, 2, "CONTAINER ID   NAMES\nabc            web\ndef            a-long-name\n"},
	{NULL, false, 0, "CONTAINER ID   NAMES\n"},
	{NULL, true, 2, "abc   web\ndef   a-long-name\n"},
	{NULL, true, 0, ""},
	{"table", false, 1, "CONTAINER ID   NAMES\nabc            web\n"},
	{"table {{.Names}}", false, 1, "NAMES\nweb\n"},
	{"table {{.Names}}\\t{{.Size}}", false, 2,
	 "NAMES         SIZE\nweb           1\na-long-name   2000000\n"},
	{"table {{.Names}}\t{{.ID}}", false, 1, "NAMES   CONTAINER ID\nweb     abc\n"},
	{"table\\t{{.Names}}", false, 1, "   NAMES\n   web\n"},
	{"table {{.ID}} on {{.Names}}", false, 1, "CONTAINER ID on NAMES\nabc on web\n"},
	{"table {{truncate .ID 2}}\t{{upper .Names}}", false, 1,
	 "CONTAINER ID   NAMES\nab             WEB\n"},
	{"table {{printf \"%5d\" .Size}}\t{{.ID}}", false, 1,
	 " SIZE   CONTAINER ID\n    1   abc\n"},
	{"table {{.CreatedAt.Format \"2006\"}}", false, 1, "CREATED AT\n2024\n"},
	{"table {{range .Mounts}}{{.}} {{end}}\t{{.ID}}", false, 1,
	 "MOUNTS    CONTAINER ID\n/a /b     abc\n"},
	{"table {{join .Mounts \",\"}}", false, 1, "MOUNTS\n/a,/b\n"},
	{"table {{.ExitCode}}", false, 1, "EXIT CODE\n3\n"},
	{"table {{.Label \"com.x\"}}\t{{.ID}}", false, 1, "X      CONTAINER ID\nshop   abc\n"},
	{"table {{if eq .Names \"web\"}}W{{else}}{{.Names}}{{end}}", false, 1, "NAMES\nW\n"},
	{"table {{json .ID}}", false, 1, "CONTAINER ID\n\"abc\"\n"},
	{"{{.Names}}", false, 2, "web\na-long-name\n"},
	{"{{.Names}}", false, 0, ""},
	{"{{.ID}}\\t{{.Names}}\\n\\\\x", false, 1, "abc\tweb\n\\x\n"},
	{"{{.ID}}{{\"\\t\"}}{{.Names}}", false, 1, "abc\tweb\n"},
	{"tables {{.ID}}", false, 1, "tables abc\n"},
	{"plain", false, 2, "plain\nplain\n"},
	{"", false, 1, "CONTAINER ID   NAMES\nabc            web\n"}, /* docker: as without */
	{"json", false, 2,
	 "{\"ID\":\"abc\",\"Names\":\"web\",\"Size\":1,\"CreatedAt\":\"2024-02-29T12:00:00Z\","
	 "\"Mounts\":[\"/a\",\"/b\"],\"ExitCode\":3}\n"
	 "{\"ID\":\"def\",\"Names\":\"a-long-name\",\"Size\":2000000,"
	 "\"CreatedAt\":\"2024-02-29T12:00:00Z\",\"Mounts\":[\"/a\",\"/b\"],\"ExitCode\":3}\n"},
	{"json", false, 0, ""},
	{"{{json .Names}}", false, 1, "\"web\"\n"},
	{"{{range .}}{{.ID}};{{end}}", false, 2, "abc;def;\n"},
	{"table {{range .}}{{.ID}}\t{{.Names}}\n{{end}}", false, 2,
	 "CONTAINER ID   NAMES\nabc            web\ndef            a-long-name\n"},
	{"table {{range .}}{{.ID}}\t{{.Names}}\n{{end}}", true, 1, "abc   web\n"},
	{"table {{range .}}{{.ID}}\n{{end}}", false, 0, "CONTAINER ID\n"},
	{"{{ range . -}} {{.ID}}\\n{{ end -}}", false, 2, "abc\ndef\n"},
};

static int format(const char *format, bool no_heading, size_t n, struct buf *out, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct value *rows[] = {make_row(&a, "abc", "web", 1),
				      make_row(&a, "def", "a-long-name", 2000000)};
	const struct format_rows f = {.format = format,
				      .standard = STANDARD,
				      .columns = columns,
				      .no_heading = no_heading};

	return format_rows(&f, rows, n, out, err);
}

START_TEST(rows)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int rc =
		format(rows_rows[_i].format, rows_rows[_i].no_heading, rows_rows[_i].n, &out, &err);

	ck_assert_msg(rc == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&out), rows_rows[_i].output);
}
END_TEST

static const struct {
	const char *format;
	size_t n;
	const char *text;
} error_rows[] = {
	{"{{.Nmaes}}", 1, "--format:1:3: there is no field '.Nmaes'\n    {{.Nmaes}}\n      ^"},
	{"{{.Nmaes}}", 0, "--format:1:3: there is no field '.Nmaes'\n    {{.Nmaes}}\n      ^"},
	/* Columns count what the person wrote. */
	{"table {{.ID}}\\t{{.Nmaes}}", 0,
	 "--format:1:18: there is no field '.Nmaes'\n    table {{.ID}}\\t{{.Nmaes}}\n"
	 "                     ^"},
	{"{{range .}}{{.Nope}}{{end}}", 0,
	 "--format:1:14: there is no field '.Nope'\n    {{range .}}{{.Nope}}{{end}}\n"
	 "                 ^"},
	{"{{.ID", 0, "--format:1:1: this {{ has no }}\n    {{.ID\n    ^"},
	{"table {{nope}}", 2,
	 "--format:1:9: there is no function 'nope'\n    table {{nope}}\n            ^"},
};

START_TEST(errors)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(format(error_rows[_i].format, false, error_rows[_i].n, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, error_rows[_i].text);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* What a registry or container chose does not reach the terminal as a command, nor as a column. */
START_TEST(hostile)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	const struct value *row = make_row(&a, "a\033[2J\nb", "%s{{.ID}}", 1);
	const struct format_rows f = {.standard = STANDARD, .columns = columns};

	ck_assert_int_eq(format_rows(&f, &row, 1, &out, &err), 0);
	ck_assert_str_eq(buf_str(&out), "CONTAINER ID   NAMES\na\\x1b[2J\\nb    %s{{.ID}}\n");
}
END_TEST

static const char *const object_rows[][2] = {
	{NULL, "{\n    \"A\": \"x\",\n    \"B\": [\n        1\n    ]\n}\n"},
	{"json", "{\"A\":\"x\",\"B\":[1]}\n"},
	{"{{.A}}", "x\n"},
	{"{{json .B}}\\t{{.A}}", "[1]\tx\n"},
	{"table", "table\n"},
};

START_TEST(object)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct value *v = value_struct(&a), *list = value_list(&a);
	struct err err = ERR_INIT;

	value_put_string(&a, v, "A", "x");
	value_append(&a, list, value_int(&a, 1));
	value_put(&a, v, "B", list);
	ck_assert_int_eq(format_object(object_rows[_i][0], v, &out, &err), 0);
	ck_assert_str_eq(buf_str(&out), object_rows[_i][1]);
	ck_assert_int_eq(format_object("{{.C}}", v, &out, &err), -1);
	ck_assert_str_eq(buf_str(&out), object_rows[_i][1]);
}
END_TEST

Suite *suite_format(void)
{
	Suite *s = suite_create("format");
	TCase *t = tcase_create("format");

	tcase_add_loop_test(t, rows, 0, ROWS(rows_rows));
	tcase_add_loop_test(t, errors, 0, ROWS(error_rows));
	tcase_add_test(t, hostile);
	tcase_add_loop_test(t, object, 0, ROWS(object_rows));
	suite_add_tcase(s, t);
	return s;
}
