/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress_view.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"

/* What a view writes about one layer, in a mode. */
static void play(enum progress_mode mode, char *ret, size_t size)
{
	struct progress_view *v;
	struct progress *p;
	int fds[2];
	ssize_t n;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	v = progress_view_new(mode, fds[1], "loading");
	p = progress_view_events(v);
	progress_report(p, PROGRESS_WAIT, "layer a", 0, 10);
	progress_report(p, PROGRESS_HAVE, "layer b", 0, 0);
	progress_report(p, PROGRESS_START, "layer a", 0, 10);
	progress_report(p, PROGRESS_STEP, "layer a", 5, 10);
	progress_report(p, PROGRESS_NOTE, "a \"note\"\033[2J", 0, 0);
	progress_report(p, PROGRESS_END, "layer a", 10, 10);
	progress_view_free(v);
	n = read(fds[0], ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
}

START_TEST(plain)
{
	char text[2000];

	play(PROGRESS_AUTO, text, sizeof(text));
	ck_assert_str_eq(text,
			 "layer b: already here\na \"note\"?[2J\nlayer a: done, 10B in 0.0s\n");
}
END_TEST

START_TEST(json)
{
	char text[2000];

	play(PROGRESS_JSON, text, sizeof(text));
	ck_assert_ptr_nonnull(
		strstr(text, "{\"event\":\"have\",\"name\":\"layer b\",\"done\":0,\"total\":0}\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "{\"event\":\"note\",\"text\":\"a \\\"note\\\"\\u001b[2J\"}\n"));
	ck_assert_ptr_nonnull(
		strstr(text,
		       "{\"event\":\"end\",\"name\":\"layer a\",\"done\":10,\"total\":10}\n"));
}
END_TEST

START_TEST(quiet)
{
	char text[2000];

	play(PROGRESS_QUIET, text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

/* Whatever is drawn between, what stays is each lasting line once, and no block. */
START_TEST(terminal)
{
	char text[4000];
	const char *end;

	play(PROGRESS_TTY, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "loading 1/2"));
	ck_assert_ptr_nonnull(strstr(text, "\r\033["));
	ck_assert_ptr_null(strstr(text, "\033[2J"));
	end = strstr(text, "layer a: done");
	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(end, "layer a: done, 10B in 0.0s\033[K\n\033[J");
}
END_TEST

START_TEST(modes)
{
	ck_assert_int_eq(progress_mode_of(NULL, false), PROGRESS_AUTO);
	ck_assert_int_eq(progress_mode_of("tty", false), PROGRESS_TTY);
	ck_assert_int_eq(progress_mode_of("json", false), PROGRESS_JSON);
	ck_assert_int_eq(progress_mode_of("json", true), PROGRESS_QUIET);
}
END_TEST

Suite *suite_progress_view(void)
{
	Suite *s = suite_create("progress_view");
	TCase *t = tcase_create("progress_view");

	tcase_add_test(t, plain);
	tcase_add_test(t, json);
	tcase_add_test(t, quiet);
	tcase_add_test(t, terminal);
	tcase_add_test(t, modes);
	suite_add_tcase(s, t);
	return s;
}
