/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "suites.h"

/* stderr becomes a datagram socket, on which each write(2) arrives as a message of its own. */
static int peer = -1;
static char message[8192];

static void setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_ge(dup2(pair[1], STDERR_FILENO), 0);
	close(pair[1]);
	peer = pair[0];
}

static void teardown(void)
{
	close(peer);
}

/* The next write, "" when there was none. */
static const char *next_write(void)
{
	ssize_t n = recv(peer, message, sizeof(message) - 1, MSG_DONTWAIT);

	message[n > 0 ? n : 0] = '\0';
	return message;
}

START_TEST(prefixes)
{
	log_set_level(LOG_LEVEL_DEBUG);
	log_print(LOG_LEVEL_ERROR, "broken");
	ck_assert_str_eq(next_write(), "onggi: broken\n");
	log_warn("layer %d is old", 3);
	ck_assert_str_eq(next_write(), "onggi: warning: layer 3 is old\n");
	log_info("done");
	ck_assert_str_eq(next_write(), "onggi: done\n");
	log_debug("plan %s", "x");
	ck_assert_str_eq(next_write(), "onggi: debug: plan x\n");
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(default_level_is_warn)
{
	log_info("no");
	log_debug("no");
	ck_assert_str_eq(next_write(), "");
	ck_assert(log_enabled(LOG_LEVEL_WARN));
	ck_assert(!log_enabled(LOG_LEVEL_INFO));
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("no");
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(one_line_without_controls)
{
	log_warn("a\nb\tc\x1b[31md\x7f\xc2\x9b"
		 "e\r\xec\x98\xb9");
	ck_assert_str_eq(next_write(), "onggi: warning: a b\tc?[31md???e?\xec\x98\xb9\n");
	ck_assert_str_eq(next_write(), "");
}
END_TEST

/* Terminals without UTF-8 obey C1 controls of one byte; other bytes are letters there. */
START_TEST(no_controls_of_eight_bits)
{
	log_warn("a\x9b"
		 "31m\xc2\x9b\xe2\x98 \xf0\x9f\x8e\x89 \xc3\x9b \xe9\x85");
	ck_assert_str_eq(next_write(),
			 "onggi: warning: a?31m??\xe2? \xf0\x9f\x8e\x89 \xc3\x9b \xe9?\n");
}
END_TEST

START_TEST(long_message_is_one_line)
{
	char text[6000];
	size_t n;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warn("%s", text);
	n = strlen(next_write());
	ck_assert_uint_gt(n, 4000);
	ck_assert_int_eq(message[n - 1], '\n');
	ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(errors)
{
	struct err err = ERR_INIT;

	log_err(&err);
	log_err(NULL);
	ck_assert_str_eq(next_write(), "");
	err_set(&err, ERR_NOT_FOUND, "no such image: web");
	log_err(&err);
	ck_assert_str_eq(next_write(), "onggi: no such image: web\n");
	err_hint(&err, "onggi pull web");
	log_err(&err);
	ck_assert_str_eq(next_write(), "onggi: no such image: web\nhint: onggi pull web\n");
	err_at(&err, "f", 1, 2, "ab", "bad\x1b");
	err_hint(&err, "x\ny");
	log_err(&err);
	ck_assert_str_eq(next_write(), "onggi: f:1:2: bad?\n    ab\n     ^\nhint: x y\n");
}
END_TEST

START_TEST(errors_print_at_every_level)
{
	struct err err = ERR_INIT;

	log_set_level(LOG_LEVEL_ERROR);
	err_set(&err, ERR_BUSY, "busy");
	log_err(&err);
	ck_assert_str_eq(next_write(), "onggi: busy\n");
}
END_TEST

START_TEST(errno_is_kept)
{
	close(STDERR_FILENO);
	errno = EXDEV;
	log_warn("nobody reads this");
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

static const struct {
	const char *word;
	int level;
} level_rows[] = {
	{"error", LOG_LEVEL_ERROR},
	{"fatal", LOG_LEVEL_ERROR},
	{"warn", LOG_LEVEL_WARN},
	{"warning", LOG_LEVEL_WARN},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
	{"trace", LOG_LEVEL_DEBUG},
	{"", -1},
	{"loud", -1},
	{"warnin", -1},
	{"infos", -1},
};

START_TEST(levels)
{
	enum log_level level = LOG_LEVEL_ERROR;
	struct err err = ERR_INIT;
	int ret = log_level_parse(level_rows[_i].word, &level, &err);

	if (level_rows[_i].level < 0) {
		ck_assert_int_eq(ret, -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.text, "debug"));
	} else {
		ck_assert_int_eq(ret, 0);
		ck_assert_int_eq((int)level, level_rows[_i].level);
	}
}
END_TEST

Suite *suite_log(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, prefixes);
	tcase_add_test(t, default_level_is_warn);
	tcase_add_test(t, one_line_without_controls);
	tcase_add_test(t, no_controls_of_eight_bits);
	tcase_add_test(t, long_message_is_one_line);
	tcase_add_test(t, errors);
	tcase_add_test(t, errors_print_at_every_level);
	tcase_add_test(t, errno_is_kept);
	tcase_add_loop_test(t, levels, 0, sizeof(level_rows) / sizeof(level_rows[0]));
	suite_add_tcase(s, t);
	return s;
}
