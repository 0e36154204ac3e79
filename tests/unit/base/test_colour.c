/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/colour.h"
#include "base/log.h"
#include "suites.h"

/* A terminal of our own: what is written to slave can be read from the descriptor returned. */
static int terminal(int *ret_slave)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(grantpt(fd), 0);
	ck_assert_int_eq(unlockpt(fd), 0);
	ck_assert_int_eq(ptsname_r(fd, name, sizeof(name)), 0);
	*ret_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*ret_slave, 0);
	return fd;
}

/* NULL: not set. */
static const struct {
	const char *term, *no_color;
	bool wanted;
} rows[] = {
	{"xterm", NULL, true}, {"xterm", "", true}, {"xterm", "1", false}, {"xterm", "0", false},
	{"dumb", NULL, false}, {"", NULL, false},   {NULL, NULL, false},
};

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

START_TEST(terminals)
{
	int slave;
	int master = terminal(&slave);
	_cleanup_fd_ int pipe_like = open("/dev/null", O_WRONLY | O_CLOEXEC);

	set("TERM", rows[_i].term);
	set("NO_COLOR", rows[_i].no_color);
	errno = EXDEV;
	ck_assert_int_eq(colour_wanted(slave), rows[_i].wanted);
	ck_assert(!colour_wanted(pipe_like));
	ck_assert(!colour_wanted(-1));
	ck_assert_int_eq(errno, EXDEV);
	close(slave);
	close(master);
}
END_TEST

/* Prefixes are coloured; what others wrote can't colour anything. */
START_TEST(messages)
{
	static const char wanted[] =
		COLOUR_RED "onggi:" COLOUR_END " no?[31m\r\n" COLOUR_CYAN "hint:" COLOUR_END
			   " yes\r\n" COLOUR_YELLOW "onggi: warning:" COLOUR_END " x\r\n";
	int slave;
	_cleanup_fd_ int fd = terminal(&slave);
	struct err err = ERR_INIT;
	char text[256];
	size_t n = 0;

	set("TERM", "xterm");
	set("NO_COLOR", NULL);
	ck_assert_int_ge(dup2(slave, STDERR_FILENO), 0);
	err_set(&err, ERR_INVALID, "no\033[31m");
	err_hint(&err, "yes");
	log_err(&err);
	log_warn("x");
	while (n < strlen(wanted)) {
		ssize_t r = read(fd, text + n, sizeof(text) - 1 - n);

		ck_assert_int_gt(r, 0);
		n += (size_t)r;
	}
	text[n] = '\0';
	ck_assert_str_eq(text, wanted);
	close(slave);
}
END_TEST

Suite *suite_colour(void)
{
	Suite *s = suite_create("colour");
	TCase *t = tcase_create("colour");

	tcase_add_loop_test(t, terminals, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, messages);
	suite_add_tcase(s, t);
	return s;
}
