/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress_draw.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "cli/term.h"
#include "suites.h"

#define SECOND UINT64_C(1000000000)
#define MB     UINT64_C(1000000)

static char layer_1[] = "layer 4bcff63911fc", layer_2[] = "layer 옹기 그릇", evil[] = "a\033[2Jb\r",
	    layer_4[] = "layer 00ff00ff00ff";
static struct progress_part some[] = {
	{.name = layer_1, .phase = PROGRESS_RUNS, .done = 20 * MB, .total = 80 * MB},
	{.name = layer_2, .phase = PROGRESS_RUNS, .done = 5 * MB},
	{.name = evil, .phase = PROGRESS_RUNS, .done = 90 * MB, .total = 80 * MB},
	{.name = layer_4, .phase = PROGRESS_WAITS, .total = 9 * MB},
	{.name = layer_4, .phase = PROGRESS_DONE, .done = 7 * MB, .total = 7 * MB},
	{.name = layer_4, .phase = PROGRESS_THERE},
};
static const struct progress_parts parts = {.verb = "pulling", .v = some, .n = ROWS(some)};

static unsigned lines_of(const char *text, unsigned width)
{
	unsigned lines = 0;

	while (*text) {
		const char *end = strchr(text, '\n');
		_cleanup_free_ char *line = NULL;

		ck_assert_ptr_nonnull(end);
		line = xstrndup(text, (size_t)(end - text));
		ck_assert_msg(term_text_width(line) < width, "%u columns: '%s'", width, line);
		lines++;
		text = end + 1;
	}
	return lines;
}

START_TEST(fits_any_terminal)
{
	for (unsigned i = 0; i < 250 * 7; i++) {
		unsigned width = 1 + i / 7, height = 1 + i % 7;
		_cleanup_(buf) struct buf out = BUF_INIT;

		progress_draw(&parts, 10 * SECOND, width, height, &out);
		ck_assert_uint_eq(lines_of(buf_str(&out), width), height < 4 ? height : 4);
		ck_assert_ptr_null(strchr(buf_str(&out), '\033'));
		ck_assert_ptr_null(strchr(buf_str(&out), '\r'));
	}
}
END_TEST

START_TEST(says_all_that_has_room)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	progress_draw(&parts, 10 * SECOND, 120, 4, &out);
	ck_assert_str_eq(
		buf_str(&out),
		"pulling 2/6  122MB  12.2MB/s  1 waiting\n"
		"layer 4bcff63911fc [==========>                             ]  25%  20MB/80MB  "
		"2MB/s\n"
		"layer 옹기 그릇  5MB  500kB/s\n"
		"a?[2Jb? [========================================] 100%  90MB/80MB  9MB/s\n");
	buf_reset(&out);
	progress_draw(&parts, 10 * SECOND, 40, 2, &out);
	ck_assert_str_eq(buf_str(&out), "pulling 2/6  122MB  12.2MB/s  1 waiting\n"
					"layer 4bcff63911fc  25%  20MB/80MB\n");
	buf_reset(&out);
	progress_draw(&parts, 10 * SECOND, 25, 2, &out);
	ck_assert_str_eq(buf_str(&out), "pulling 2/6  122MB  12.2\n"
					"layer 4bcff63911fc  25%\n");
}
END_TEST

START_TEST(ends)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	progress_draw_end(&some[4], 3 * SECOND + SECOND / 4, &out);
	progress_draw_end(&some[5], 3 * SECOND, &out);
	ck_assert_str_eq(buf_str(&out), "layer 00ff00ff00ff: done, 7MB in 3.2s\n"
					"layer 00ff00ff00ff: already here\n");
}
END_TEST

Suite *suite_progress_draw(void)
{
	Suite *s = suite_create("progress_draw");
	TCase *t = tcase_create("progress_draw");

	tcase_add_test(t, fits_any_terminal);
	tcase_add_test(t, says_all_that_has_room);
	tcase_add_test(t, ends);
	suite_add_tcase(s, t);
	return s;
}
