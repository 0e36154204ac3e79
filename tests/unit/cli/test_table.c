/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"
#include "suites.h"

static const char *const headers[] = {"NAME", "STATUS", "COMMAND"};

START_TEST(columns)
{
	_cleanup_(table) struct table t;
	_cleanup_(buf) struct buf out = BUF_INIT;

	table_init(&t, headers, 3);
	table_add(&t, "a");
	table_add(&t, "Up 3 minutes");
	table_add(&t, "sh");
	table_add(&t, "옹기");
	table_add(&t, "");
	table_add(&t, NULL);
	table_print(&t, &out);
	ck_assert_str_eq(buf_str(&out), "NAME   STATUS         COMMAND\n"
					"a      Up 3 minutes   sh\n"
					"옹기                  \n");
}
END_TEST

/* Only the header, and a last row that was left unfinished. */
START_TEST(short_rows)
{
	_cleanup_(table) struct table t;
	_cleanup_(buf) struct buf out = BUF_INIT;

	table_init(&t, headers, 3);
	table_print(&t, &out);
	ck_assert_str_eq(buf_str(&out), "NAME   STATUS   COMMAND\n");
	table_add(&t, "x");
	buf_reset(&out);
	table_print(&t, &out);
	ck_assert_str_eq(buf_str(&out), "NAME   STATUS   COMMAND\nx\n");
}
END_TEST

static const char *const escape_rows[][2] = {
	{"plain é 옹", "plain é 옹"},
	{"a\nb\tc", "a\\nb\\tc"},
	{"\033[2J", "\\x1b[2J"},
	{"\r\b\177", "\\x0d\\x08\\x7f"},
	{"\xc2\x9b", "\\u009b"}, /* CSI in UTF-8 */
	{"\x9b", "\\x9b"},	 /* CSI in Latin-1 */
	{"\xff\xfe", "\\xff\\xfe"},
	{"\xe2\x80\xae", "\\u202e"}, /* right-to-left override */
	{"\xc0\x8a", "\\xc0\\x8a"},  /* an overlong newline */
	{"\xe2\x80", "\\xe2\\x80"},  /* cut off */
};

START_TEST(escapes)
{
	static const char *const header[] = {"X"};
	_cleanup_(table) struct table t;

	table_init(&t, header, 1);
	table_add(&t, escape_rows[_i][0]);
	ck_assert_str_eq(t.cells[1], escape_rows[_i][1]);
}
END_TEST

START_TEST(done_safe)
{
	struct table t = {.columns = 0};

	table_done(NULL);
	table_done(&t);
	table_init(&t, headers, 3);
	table_done(&t);
	table_done(&t);
	ck_assert_uint_eq(t.n_cells, 0);
}
END_TEST

Suite *suite_table(void)
{
	Suite *s = suite_create("table");
	TCase *t = tcase_create("table");

	tcase_add_test(t, columns);
	tcase_add_test(t, short_rows);
	tcase_add_loop_test(t, escapes, 0, ROWS(escape_rows));
	tcase_add_test(t, done_safe);
	suite_add_tcase(s, t);
	return s;
}
