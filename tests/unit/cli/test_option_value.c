/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "cli/option_row.h"
#include "suites.h"

/* Rows of numbers: what is stored, or the text of the refusal. */
static const struct {
	enum opt_kind kind;
	int64_t min, max;
	const char *value;
	int64_t stored;
	const char *text;
} number_rows[] = {
	{OPT_KIND_INT, 0, 0, "-9223372036854775808", INT64_MIN, NULL},
	{OPT_KIND_INT, 0, 0, "9223372036854775807", INT64_MAX, NULL},
	{OPT_KIND_INT, 1, 64, "64", 64, NULL},
	{OPT_KIND_INT, 1, 64, "65", 0,
	 "'65' is not a valid number: a whole number from 1 to 64 is accepted"},
	{OPT_KIND_INT, 1, 64, "0", 0,
	 "'0' is not a valid number: a whole number from 1 to 64 is accepted"},
	{OPT_KIND_INT, -1, 0, "1", 0,
	 "'1' is not a valid number: a whole number from -1 to 0 is accepted"},
	{OPT_KIND_SIZE, 0, 0, "1k", 1024, NULL},
	{OPT_KIND_SIZE, 0, 0, "0", 0, NULL},
	{OPT_KIND_SIZE, -1, 0, "-1", -1, NULL},
	{OPT_KIND_SIZE, -1, 0, "0", 0, NULL},
	{OPT_KIND_SIZE, 0, 0, "-1", 0,
	 "'-1' is not a size: a number with an optional unit b, k, m, g, t or p, such as 512m or "
	 "1.5g, is accepted"},
	{OPT_KIND_SIZE, 1000, 0, "1000", 1000, NULL},
	{OPT_KIND_SIZE, 1000, 0, "999", 0, "'999' is too small: at least 1kB is accepted"},
	{OPT_KIND_SIZE, 0, 1000, "1000", 1000, NULL},
	{OPT_KIND_SIZE, 0, 1000, "1001", 0, "'1001' is too large: at most 1kB is accepted"},
	{OPT_KIND_DURATION, 0, 0, "1.5", 1500000000, NULL},
	{OPT_KIND_DURATION, 0, 0, "100ms", 100000000, NULL},
	{OPT_KIND_NANO, 0, 0, "0.000000001", 1, NULL},
	{OPT_KIND_NANO, 0, 0, "0.0000000001", 0,
	 "'0.0000000001' is not precise in billionths: a number with at most 9 decimals is "
	 "accepted"},
};

START_TEST(number)
{
	struct opt row = {.kind = number_rows[_i].kind,
			  .name = "x",
			  .min = number_rows[_i].min,
			  .max = number_rows[_i].max};
	struct err err = ERR_INIT;
	int64_t args[3] = {77, 77, 77};
	int r = option_store(&row, args, sizeof(args[0]), number_rows[_i].value, &err);

	ck_assert_int_eq(args[0], 77);
	ck_assert_int_eq(args[2], 77);
	if (number_rows[_i].text) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_str_eq(err.text, number_rows[_i].text);
		ck_assert_int_eq(args[1], 77);
	} else {
		ck_assert_msg(r == 0, "%s", err.text);
		ck_assert_int_eq(args[1], number_rows[_i].stored);
	}
}
END_TEST

/* Strings are the caller's own words, not copies. */
START_TEST(string_borrowed)
{
	static const char *const choices[] = {"one", "two", NULL};
	const struct opt string = {.kind = OPT_KIND_STRING, .name = "x"};
	const struct opt choice = {.kind = OPT_KIND_CHOICE, .name = "x", .choices = choices};
	char word[] = "two";
	const char *member = NULL;

	ck_assert_int_eq(option_store(&string, &member, 0, word, NULL), 0);
	ck_assert_ptr_eq(member, word);
	member = NULL;
	ck_assert_int_eq(option_store(&choice, &member, 0, word, NULL), 0);
	ck_assert_ptr_eq(member, word);
}
END_TEST

/* The note goes to stderr and nothing is stored. */
START_TEST(accept_notes)
{
	const struct opt row = {.kind = OPT_KIND_ACCEPT,
				.name = "isolation",
				.help = "only Windows has it"};
	char args[8] = "......", text[200] = "";
	int ends[2], saved = dup(STDERR_FILENO);

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	ck_assert_int_eq(option_store(&row, args, 0, "x", NULL), 0);
	dup2(saved, STDERR_FILENO);
	close(ends[1]);
	ck_assert_int_gt(read(ends[0], text, sizeof(text) - 1), 0);
	close(ends[0]);
	close(saved);
	ck_assert_str_eq(
		text, "onggi: warning: option '--isolation' has no effect: only Windows has it\n");
	ck_assert_str_eq(args, "......");
}
END_TEST

Suite *suite_option_value(void)
{
	Suite *s = suite_create("option_value");
	TCase *t = tcase_create("option_value");

	tcase_add_loop_test(t, number, 0, ROWS(number_rows));
	tcase_add_test(t, string_borrowed);
	tcase_add_test(t, accept_notes);
	suite_add_tcase(s, t);
	return s;
}
