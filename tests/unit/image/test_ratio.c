/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/ratio.h"
#include "suites.h"

/* The defaults hold. */
static const struct store_limits none = {0};

static const struct {
	uint64_t taken, made;
	bool allowed;
} rows[] = {
	{0, 0, true},
	{0, RATIO_FREE, true},
	{0, RATIO_FREE + RATIO_MAX - 1, true},
	{0, RATIO_FREE + RATIO_MAX, false},
	{1, RATIO_FREE + RATIO_MAX, true},
	{1000, RATIO_FREE + 1001 * RATIO_MAX, false},
	{UINT64_MAX, UINT64_MAX, true},
};

START_TEST(check)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(ratio_check(&none, rows[_i].taken, rows[_i].made, &err),
			 rows[_i].allowed ? 0 : -1);
	ck_assert_int_eq(err.kind, rows[_i].allowed ? ERR_NONE : ERR_LIMIT);
}
END_TEST

START_TEST(configured)
{
	const struct store_limits limits = {.inflate_ratio = 10, .inflate_free = 100};
	struct err err = ERR_INIT;

	ck_ok(ratio_check(&limits, 1, 119, &err), &err);
	ck_assert_int_eq(ratio_check(&limits, 1, 120, &err), -1);
	ck_assert_str_eq(err.text, "it inflates to more than 10 times its size");
	ck_assert_ptr_nonnull(strstr(err.hint, "limits.inflate-ratio"));
}
END_TEST

#define BLOCK ((size_t)1 << 20)

/* Zeros in zstd: MiB of them in a few kB. */
static void make_bomb(size_t mib, struct buf *out)
{
	_cleanup_free_ char *zeros = xcalloc(BLOCK, 1);
	struct sink *sink = NULL;
	struct err err = ERR_INIT;

	ck_ok(sink_deflate(sink_to_buf(out), COMPRESSION_ZSTD, 1, &sink, &err), &err);
	for (size_t i = 0; i < mib; i++)
		ck_ok(sink_write(sink, zeros, BLOCK, &err), &err);
	ck_ok(sink_finish(sink, &err), &err);
	sink_free(sink);
}

/* Returns the bytes that came out, or -1. */
static ssize_t drain(const struct buf *in, struct err *err)
{
	_cleanup_(source) struct source *src = NULL;
	_cleanup_free_ char *block = xcalloc(BLOCK, 1);
	enum compression c;
	ssize_t n, all = 0;

	ck_ok(ratio_inflate(source_from_mem(in->data, in->len), &none, &c, &src, err), err);
	ck_assert_int_eq(c, COMPRESSION_ZSTD);
	while ((n = source_read(src, block, BLOCK, err)) > 0)
		all += n;
	return n < 0 ? -1 : all;
}

START_TEST(bombs_are_stopped)
{
	_cleanup_(buf) struct buf small = BUF_INIT;
	_cleanup_(buf) struct buf bomb = BUF_INIT;
	struct err err = ERR_INIT;

	make_bomb(3, &small);
	ck_assert_int_eq(drain(&small, &err), (ssize_t)(3 * BLOCK));
	make_bomb(1536, &bomb);
	ck_assert_uint_lt(bomb.len, 200000);
	ck_assert_int_eq(drain(&bomb, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_ratio(void)
{
	Suite *s = suite_create("image/ratio");
	TCase *c = tcase_create("ratio");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, check, 0, ROWS(rows));
	tcase_add_test(c, configured);
	tcase_add_test(c, bombs_are_stopped);
	suite_add_tcase(s, c);
	return s;
}
