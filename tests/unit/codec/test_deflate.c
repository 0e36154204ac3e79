/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "suites.h"

static char sample[600000];

static void setup(void)
{
	fill_noise(sample, sizeof(sample));
}

static void deflate_in_pieces(enum compression c, int level, size_t piece, struct buf *ret)
{
	_cleanup_(sink) struct sink *s = NULL;

	ck_assert_int_eq(sink_deflate(sink_to_buf(ret), c, level, &s, NULL), 0);
	for (size_t at = 0; at < sizeof(sample); at += piece) {
		size_t n = sizeof(sample) - at < piece ? sizeof(sample) - at : piece;

		ck_assert_int_eq(sink_write(s, sample + at, n, NULL), 0);
	}
	ck_assert_int_eq(sink_finish(s, NULL), 0);
}

/* The same bytes whatever pieces they come in, and they inflate again. */
START_TEST(deterministic)
{
	enum compression c = _i ? COMPRESSION_ZSTD : COMPRESSION_GZIP;

	for (int level = 0; level <= 9; level += 3) {
		_cleanup_(buf) struct buf a = BUF_INIT;
		_cleanup_(buf) struct buf b = BUF_INIT;
		_cleanup_(buf) struct buf back = BUF_INIT;
		struct source *s;

		deflate_in_pieces(c, level, sizeof(sample), &a);
		deflate_in_pieces(c, level, 997, &b);
		ck_assert_uint_eq(a.len, b.len);
		ck_assert(memcmp(a.data, b.data, a.len) == 0);
		ck_assert_int_eq(source_inflate(source_from_mem(a.data, a.len), c, &s, NULL), 0);
		ck_assert_int_eq(read_all(s, &back, NULL), 0);
		ck_assert_uint_eq(back.len, sizeof(sample));
		ck_assert(memcmp(back.data, sample, sizeof(sample)) == 0);
	}
}
END_TEST

/* RFC 1952: no name, no comment, time 0, system 255. */
START_TEST(gzip_header_is_fixed)
{
	_cleanup_(buf) struct buf a = BUF_INIT;

	compress_to(COMPRESSION_GZIP, "x", 1, &a);
	ck_assert_uint_gt(a.len, 10);
	ck_assert_mem_eq(a.data, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		enum compression c;
		int level;
		enum err_kind kind;
	} cases[] = {
		{COMPRESSION_GZIP, 10, ERR_INVALID},	 {COMPRESSION_GZIP, -1, ERR_INVALID},
		{COMPRESSION_ZSTD, 99, ERR_INVALID},	 {COMPRESSION_XZ, 0, ERR_UNSUPPORTED},
		{COMPRESSION_BZIP2, 0, ERR_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct sink *s = NULL;
		struct err err = ERR_INIT;

		ck_assert_int_eq(sink_deflate(sink_to_buf(&out), cases[i].c, cases[i].level, &s,
					      &err),
				 -1);
		ck_assert_int_eq(err.kind, cases[i].kind);
		ck_assert_ptr_null(s);
	}
}
END_TEST

START_TEST(passes_the_sinks_error_on)
{
	static const enum compression kinds[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD};

	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf) struct buf out = BUF_INIT_MAX(100);
		_cleanup_(sink) struct sink *s = NULL;
		struct err err = ERR_INIT;

		ck_assert_int_eq(sink_deflate(sink_to_buf(&out), kinds[i], 0, &s, NULL), 0);
		/* It may be kept back until the end, but not longer. */
		ck_assert(sink_write(s, sample, sizeof(sample), &err) < 0 ||
			  sink_finish(s, &err) < 0);
		ck_assert_int_eq(err.kind, ERR_LIMIT);
	}
}
END_TEST

Suite *suite_deflate(void)
{
	Suite *s = suite_create("deflate");
	TCase *t = tcase_create("deflate");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, deterministic, 0, 2);
	tcase_add_test(t, gzip_header_is_fixed);
	tcase_add_test(t, refuses);
	tcase_add_test(t, passes_the_sinks_error_on);
	suite_add_tcase(s, t);
	return s;
}
