/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "suites.h"

/* A string of n times c; the caller's array has room. */
static const char *fill(char *s, char c, size_t n)
{
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

START_TEST(set_replaces_everything)
{
	struct err err = ERR_INIT;

	errno = ENOENT;
	err_sys(&err, "open '%s'", "/a");
	err_hint(&err, "touch /a");
	ck_assert_int_eq(err_set(&err, ERR_NOT_FOUND, "no such image: %s", "web"), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_int_eq(err.sys, 0);
	ck_assert_str_eq(err.text, "no such image: web");
	ck_assert_str_eq(err.hint, "");
}
END_TEST

START_TEST(sys_names_and_keeps_errno)
{
	struct err err = ERR_INIT;

	errno = EACCES;
	ck_assert_int_eq(err_sys(&err, "open '%s'", "/etc/shadow"), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_int_eq(err.sys, EACCES);
	ck_assert_str_eq(err.text, "open '/etc/shadow': Permission denied");
	err_ctx(&err, "here");
	err_hint(&err, "there");
	ck_assert_int_eq(errno, EACCES);
	errno = 4000;
	err_sys(&err, "ioctl");
	ck_assert_str_eq(err.text, "ioctl: unknown error 4000");
}
END_TEST

START_TEST(sys_keeps_the_reason_of_a_long_subject)
{
	char path[3000];
	struct err err = ERR_INIT;

	errno = ENOENT;
	err_sys(&err, "open '%s'", fill(path, 'p', 2999));
	ck_assert_ptr_nonnull(strstr(err.text, "ppp...: No such file or directory"));
	ck_assert_uint_lt(strlen(err.text), ERR_TEXT_MAX);
}
END_TEST

START_TEST(context_grows_outward)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_CORRUPT, "digest differs");
	err_hint(&err, "onggi pull web");
	ck_assert_int_eq(err_ctx(&err, "layer %d", 3), -1);
	err_ctx(&err, "unpack image '%s'", "web");
	ck_assert_str_eq(err.text, "unpack image 'web': layer 3: digest differs");
	ck_assert_str_eq(err.hint, "onggi pull web");
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(context_of_a_clear_error_is_nothing)
{
	struct err err = ERR_INIT;

	err_ctx(&err, "mount");
	ck_assert_int_eq(err.kind, ERR_NONE);
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(context_never_pushes_the_cause_out)
{
	struct err err = ERR_INIT;
	char text[ERR_TEXT_MAX];

	err_set(&err, ERR_INVALID, "%s", fill(text, 'c', ERR_TEXT_MAX - 4));
	err_ctx(&err, "%s", "pq");
	ck_assert_str_eq(err.text, text);
	err_ctx(&err, "%s", "p");
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX - 1);
	ck_assert_str_eq(err.text + 3, text);
	err_ctx(&err, "%s", "q");
	ck_assert_str_eq(err.text + 3, text);
	ck_assert_int_eq(err.text[0], 'p');
}
END_TEST

START_TEST(an_error_may_quote_itself)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_INVALID, "inner");
	err_set(&err, ERR_USAGE, "outer: %s", err.text);
	ck_assert_str_eq(err.text, "outer: inner");
	err_hint(&err, "h");
	err_hint(&err, "%s and %s", err.hint, err.text);
	ck_assert_str_eq(err.hint, "h and outer: inner");
}
END_TEST

START_TEST(long_text_is_cut_between_characters)
{
	char text[2 * ERR_TEXT_MAX];
	struct err err = ERR_INIT;

	/* One byte, then characters of three: no boundary is where the cut would fall by size. */
	for (size_t i = 0; i < 3; i++) {
		size_t n = i;

		fill(text, 'x', i);
		while (n + 3 < sizeof(text) - 1) {
			memcpy(text + n, "\xec\x98\xb9", 4);
			n += 3;
		}
		err_set(&err, ERR_INVALID, "%s", text);
		n = strlen(err.text);
		ck_assert_uint_gt(n, ERR_TEXT_MAX - 5);
		ck_assert_str_eq(err.text + n - 3, "...");
		ck_assert_uint_eq((n - 3 - i) % 3, 0);
	}
}
END_TEST

START_TEST(null_is_accepted)
{
	errno = EPERM;
	ck_assert_int_eq(err_set(NULL, ERR_INVALID, "x"), -1);
	ck_assert_int_eq(err_sys(NULL, "x"), -1);
	ck_assert_int_eq(err_at(NULL, "f", 1, 1, "s", "x"), -1);
	ck_assert_int_eq(err_ctx(NULL, "x"), -1);
	ck_assert_int_eq(err_hint(NULL, "x"), -1);
	err_clear(NULL);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

static const struct {
	unsigned line, column;
	const char *source;
	const char *text;
} at_rows[] = {
	{3, 0, NULL, "a.yml:3: bad"},
	{3, 7, NULL, "a.yml:3:7: bad"},
	{3, 7, "ports: x", "a.yml:3:7: bad\n    ports: x\n          ^"},
	{3, 1, "ports\nnext", "a.yml:3:1: bad\n    ports\n    ^"},
	{3, 0, "ports", "a.yml:3: bad\n    ports"},
	{1, 3, "\tab", "a.yml:1:3: bad\n    \tab\n    \t ^"},
	/* Columns count characters, and may stand behind the end. */
	{1, 3, "\xec\x98\xb9g", "a.yml:1:3: bad\n    \xec\x98\xb9g\n      ^"},
	{1, 99, "ab", "a.yml:1:99: bad\n    ab\n      ^"},
};

START_TEST(at_shows_the_place)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(err_at(&err, "a.yml", at_rows[_i].line, at_rows[_i].column,
				at_rows[_i].source, "%s", "bad"),
			 -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, at_rows[_i].text);
}
END_TEST

START_TEST(at_shows_a_window_of_a_long_line)
{
	char line[4000];
	struct err err = ERR_INIT;
	const char *shown, *below, *caret;

	fill(line, '-', sizeof(line) - 1);
	line[2500] = '!';
	err_at(&err, "f", 1, 2501, line, "bad");
	shown = strchr(err.text, '\n');
	ck_assert_ptr_nonnull(shown);
	below = strrchr(err.text, '\n');
	caret = strchr(below, '^');
	ck_assert_ptr_nonnull(caret);
	/* The caret stands right below the mark. */
	ck_assert_int_eq(shown[caret - below], '!');
	ck_assert_int_eq(strncmp(err.text, "f:1:2501: bad\n", 14), 0);
}
END_TEST

START_TEST(at_keeps_the_message_of_a_long_file_name)
{
	char name[2000];
	struct err err = ERR_INIT;

	err_at(&err, fill(name, 'n', 1999), 12, 34, NULL, "bad");
	ck_assert_ptr_nonnull(strstr(err.text, "nnn:12:34: bad"));
}
END_TEST

static void check_round_trip(const struct err *err)
{
	char frame[ERR_PACKED_MAX];
	struct err back;
	size_t n;

	memset(&back, 'z', sizeof(back));
	n = err_pack(err, frame, sizeof(frame));
	ck_assert_uint_gt(n, 0);
	ck_assert_int_eq(err_unpack(&back, frame, n), 0);
	ck_assert_int_eq(back.kind, err->kind);
	ck_assert_int_eq(back.sys, err->sys);
	ck_assert_str_eq(back.text, err->text);
	ck_assert_str_eq(back.hint, err->hint);
}

START_TEST(pack_round_trip)
{
	char text[2 * ERR_TEXT_MAX];
	struct err err = ERR_INIT;

	check_round_trip(&err);
	errno = EXDEV;
	err_sys(&err, "rename");
	check_round_trip(&err);
	err_hint(&err, "use one file system");
	check_round_trip(&err);
	err_set(&err, ERR_EXEC, "%s", fill(text, 't', sizeof(text) - 1));
	err_hint(&err, "%s", text);
	check_round_trip(&err);
	ck_assert_uint_eq(err_pack(&err, text, sizeof(text)), ERR_PACKED_MAX);
	/* Too small an array takes nothing. */
	ck_assert_uint_eq(err_pack(&err, text, ERR_PACKED_MAX - 1), 0);
	ck_assert_uint_eq(err_pack(NULL, text, sizeof(text)), 2 * sizeof(int) + 2);
}
END_TEST

START_TEST(unpack_refuses_each_truncation)
{
	char frame[ERR_PACKED_MAX];
	struct err err = ERR_INIT, back = ERR_INIT;
	size_t n;

	err_set(&err, ERR_BUSY, "text");
	err_hint(&err, "hint");
	n = err_pack(&err, frame, sizeof(frame));
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(err_unpack(&back, frame, i), -1);
		ck_assert_int_eq(back.kind, ERR_NONE);
		ck_assert_str_eq(back.text, "");
	}
	ck_assert_int_eq(err_unpack(&back, frame, n), 0);
}
END_TEST

/* Each row changes a good frame in one place. */
static const struct {
	const char *what;
	int kind, sys;
	const char *tail;
	size_t tail_len;
	bool ok;
} frame_rows[] = {
	{"good", ERR_LIMIT, 5, "a\0b", 4, true},
	{"good without texts", ERR_LIMIT, 5, "\0", 2, true},
	{"kind too large", ERR_KIND_COUNT, 0, "a\0b", 4, false},
	{"kind negative", -1, 0, "a\0b", 4, false},
	{"kind huge", 0x7fffffff, 0, "a\0b", 4, false},
	{"errno negative", ERR_SYSTEM, -2, "a\0b", 4, false},
	{"errno too large", ERR_SYSTEM, 4096, "a\0b", 4, false},
	{"text without an end", ERR_LIMIT, 0, "abcd", 4, false},
	{"hint without an end", ERR_LIMIT, 0, "a\0bc", 4, false},
	{"hint is missing", ERR_LIMIT, 0, "abc", 4, false},
	{"bytes behind the hint", ERR_LIMIT, 0, "a\0b\0c", 6, false},
	{"a NUL behind the hint", ERR_LIMIT, 0, "a\0b\0", 5, false},
};

START_TEST(unpack_judges_frames)
{
	char frame[2 * sizeof(int) + 8];
	struct err back = ERR_INIT;
	int ret;

	memcpy(frame, &frame_rows[_i].kind, sizeof(int));
	memcpy(frame + sizeof(int), &frame_rows[_i].sys, sizeof(int));
	memcpy(frame + 2 * sizeof(int), frame_rows[_i].tail, frame_rows[_i].tail_len);
	ret = err_unpack(&back, frame, 2 * sizeof(int) + frame_rows[_i].tail_len);
	ck_assert_msg(ret == (frame_rows[_i].ok ? 0 : -1), "%s", frame_rows[_i].what);
	if (!frame_rows[_i].ok)
		ck_assert_int_eq(back.kind, ERR_NONE);
}
END_TEST

START_TEST(unpack_refuses_oversized_texts)
{
	char frame[ERR_PACKED_MAX + ERR_TEXT_MAX] = "";
	struct err back = ERR_INIT;
	int kind = ERR_BUSY;
	size_t head = 2 * sizeof(int);

	memcpy(frame, &kind, sizeof(kind));
	/* The longest text is fine, one byte more is not, even where the whole would fit. */
	fill(frame + head, 't', ERR_TEXT_MAX - 1);
	ck_assert_int_eq(err_unpack(&back, frame, head + ERR_TEXT_MAX + 1), 0);
	err_clear(&back);
	fill(frame + head, 't', ERR_TEXT_MAX);
	ck_assert_int_eq(err_unpack(&back, frame, head + ERR_TEXT_MAX + 2), -1);
	memset(frame + head, 0, sizeof(frame) - head);
	fill(frame + head + 1, 'h', ERR_HINT_MAX - 1);
	ck_assert_int_eq(err_unpack(&back, frame, head + 1 + ERR_HINT_MAX), 0);
	err_clear(&back);
	fill(frame + head + 1, 'h', ERR_HINT_MAX);
	ck_assert_int_eq(err_unpack(&back, frame, head + 2 + ERR_HINT_MAX), -1);
	ck_assert_int_eq(err_unpack(&back, frame, sizeof(frame)), -1);
	ck_assert_int_eq(back.kind, ERR_NONE);
}
END_TEST

Suite *suite_err(void)
{
	Suite *s = suite_create("err");
	TCase *t = tcase_create("err");

	tcase_add_test(t, set_replaces_everything);
	tcase_add_test(t, sys_names_and_keeps_errno);
	tcase_add_test(t, sys_keeps_the_reason_of_a_long_subject);
	tcase_add_test(t, context_grows_outward);
	tcase_add_test(t, context_of_a_clear_error_is_nothing);
	tcase_add_test(t, context_never_pushes_the_cause_out);
	tcase_add_test(t, an_error_may_quote_itself);
	tcase_add_test(t, long_text_is_cut_between_characters);
	tcase_add_test(t, null_is_accepted);
	tcase_add_loop_test(t, at_shows_the_place, 0, sizeof(at_rows) / sizeof(at_rows[0]));
	tcase_add_test(t, at_shows_a_window_of_a_long_line);
	tcase_add_test(t, at_keeps_the_message_of_a_long_file_name);
	suite_add_tcase(s, t);
	t = tcase_create("frame");
	tcase_add_test(t, pack_round_trip);
	tcase_add_test(t, unpack_refuses_each_truncation);
	tcase_add_loop_test(t, unpack_judges_frames, 0, sizeof(frame_rows) / sizeof(frame_rows[0]));
	tcase_add_test(t, unpack_refuses_oversized_texts);
	suite_add_tcase(s, t);
	return s;
}
