/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/term.h"
#include "suites.h"

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int open_terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static const struct {
	const char *columns;
	unsigned width;
} columns_rows[] = {
	{NULL, 80}, {"132", 132}, {"0", 80}, {"-5", 80}, {"wide", 80}, {"", 80}, {"99999999", 80},
};

START_TEST(width_from_environment)
{
	_cleanup_fd_ int fd = open_null();

	if (columns_rows[_i].columns)
		setenv("COLUMNS", columns_rows[_i].columns, 1);
	else
		unsetenv("COLUMNS");
	ck_assert_uint_eq(term_width(fd), columns_rows[_i].width);
	ck_assert_uint_eq(term_width(-1), columns_rows[_i].width);
}
END_TEST

START_TEST(width_of_terminal)
{
	_cleanup_fd_ int fd = open_terminal();
	struct winsize size = {.ws_col = 57, .ws_row = 3};

	setenv("COLUMNS", "132", 1);
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	ck_assert_uint_eq(term_width(fd), 57);
	/* A terminal that doesn't know its size. */
	size.ws_col = 0;
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	ck_assert_uint_eq(term_width(fd), 132);
}
END_TEST

static const struct {
	const char *text;
	unsigned width;
} text_rows[] = {
	{"", 0},     {"abc", 3},      {"é", 1}, {"e\xcc\x81", 1}, /* combining acute */
	{"옹기", 4}, {"\xff\xfe", 2}, {"🐳", 2}, {"a\xe2\x80", 3},
};

START_TEST(text_width)
{
	ck_assert_uint_eq(term_text_width(text_rows[_i].text), text_rows[_i].width);
}
END_TEST

Suite *suite_term(void)
{
	Suite *s = suite_create("term");
	TCase *t = tcase_create("term");

	tcase_add_loop_test(t, width_from_environment, 0, ROWS(columns_rows));
	tcase_add_test(t, width_of_terminal);
	tcase_add_loop_test(t, text_width, 0, ROWS(text_rows));
	suite_add_tcase(s, t);
	return s;
}
