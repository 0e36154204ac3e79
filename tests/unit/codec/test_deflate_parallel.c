/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "codec/deflate.h"
#include "suites.h"

#define SAMPLE_SIZE ((size_t)11 << 20) /* some blocks of either format, and a piece */

static const struct {
	enum compression c;
	const struct deflate_format *format;
} kinds[] = {
	{COMPRESSION_GZIP, &deflate_gzip_pieces},
	{COMPRESSION_ZSTD, &deflate_zstd_pieces},
};

/* Half noise, half repetition. */
static char *make_sample(void)
{
	char *s = xalloc(SAMPLE_SIZE);

	fill_noise(s, SAMPLE_SIZE);
	for (size_t i = 0; i < SAMPLE_SIZE; i += 4096)
		memset(s + i, (int)(i >> 16), 2048);
	return s;
}

static void compress(const struct deflate_format *f, size_t threads, const char *data, size_t len,
		     size_t piece, struct buf *ret)
{
	_cleanup_(sink) struct sink *s = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(deflate_parallel(sink_to_buf(ret), f, threads, &s, &err), 0);
	for (size_t at = 0; at < len; at += piece)
		ck_assert_int_eq(sink_write(s, data + at, len - at < piece ? len - at : piece,
					    &err),
				 0);
	ck_assert_int_eq(sink_finish(s, &err), 0);
}

static void inflates_to(enum compression c, const struct buf *b, const char *data, size_t len)
{
	_cleanup_(buf) struct buf back = BUF_INIT;
	struct source *s;
	struct err err = ERR_INIT;

	ck_assert_int_eq(source_inflate(source_from_mem(b->data, b->len), c, &s, &err), 0);
	ck_assert_msg(read_all(s, &back, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(back.len, len);
	ck_assert(len == 0 || memcmp(back.data, data, len) == 0);
}

/* The same bytes whatever the threads and the pieces; they inflate again. */
START_TEST(bytes_depend_on_the_input_alone)
{
	_cleanup_free_ char *sample = make_sample();
	_cleanup_(buf) struct buf first = BUF_INIT;

	compress(kinds[_i].format, 1, sample, SAMPLE_SIZE, SAMPLE_SIZE, &first);
	ck_assert_uint_lt(first.len, SAMPLE_SIZE * 3 / 4);
	inflates_to(kinds[_i].c, &first, sample, SAMPLE_SIZE);
	for (size_t threads = 2; threads <= DEFLATE_THREADS_MAX; threads *= 2) {
		_cleanup_(buf) struct buf b = BUF_INIT;

		compress(kinds[_i].format, threads, sample, SAMPLE_SIZE, 77777 * threads, &b);
		ck_assert_uint_eq(b.len, first.len);
		ck_assert(memcmp(b.data, first.data, b.len) == 0);
	}
}
END_TEST

/* Nothing, a byte, a block but one, a block, a block and one. */
START_TEST(sizes_at_the_edges)
{
	_cleanup_free_ char *sample = make_sample();
	size_t block = kinds[_i].format->block;
	const size_t sizes[] = {0, 1, block - 1, block, block + 1, 2 * block};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_(buf) struct buf b = BUF_INIT;

		compress(kinds[_i].format, 3, sample, sizes[i], block / 3 + 1, &b);
		inflates_to(kinds[_i].c, &b, sample, sizes[i]);
	}
}
END_TEST

/* What a block may become at worst fits. */
START_TEST(noise)
{
	size_t len = kinds[_i].format->block * 2;
	_cleanup_free_ char *data = xalloc(len);
	_cleanup_(buf) struct buf b = BUF_INIT;

	fill_noise(data, len);
	compress(kinds[_i].format, 2, data, len, len, &b);
	inflates_to(kinds[_i].c, &b, data, len);
}
END_TEST

static int failing_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	(void)s;
	(void)buf;
	return n > 10 ? err_set(err, ERR_SYSTEM, "the disk is full") : 0;
}

static void no_close(struct sink *s)
{
	(void)s;
}

START_TEST(a_failing_sink_ends_it)
{
	struct sink failing = {.write = failing_write, .close = no_close};
	_cleanup_free_ char *sample = make_sample();
	_cleanup_(sink) struct sink *s = NULL;
	struct err err = ERR_INIT;
	int r = 0;

	ck_assert_int_eq(deflate_parallel(&failing, kinds[_i].format, 2, &s, &err), 0);
	for (int i = 0; i < 20 && r == 0; i++)
		r = sink_write(s, sample, SAMPLE_SIZE, &err);
	ck_assert_int_lt(r, 0);
	ck_assert_str_eq(err.text, "the disk is full");
}
END_TEST

START_TEST(by_name)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct sink *end = sink_to_buf(&out);
	struct sink *s = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(sink_deflate_parallel(end, COMPRESSION_NONE, &s, &err), 0);
	ck_assert_ptr_eq(s, end);
	ck_assert_int_lt(sink_deflate_parallel(end, COMPRESSION_XZ, &s, &err), 0);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_int_eq(sink_deflate_parallel(sink_to_buf(&out), COMPRESSION_ZSTD, &s, &err), 0);
	ck_assert_int_eq(sink_write(s, "abc", 3, &err), 0);
	ck_assert_int_eq(sink_finish(s, &err), 0);
	sink_free(s);
	inflates_to(COMPRESSION_ZSTD, &out, "abc", 3);
}
END_TEST

Suite *suite_deflate_parallel(void)
{
	Suite *s = suite_create("deflate_parallel");
	TCase *t = tcase_create("deflate_parallel");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, bytes_depend_on_the_input_alone, 0, 2);
	tcase_add_loop_test(t, sizes_at_the_edges, 0, 2);
	tcase_add_loop_test(t, noise, 0, 2);
	tcase_add_loop_test(t, a_failing_sink_ends_it, 0, 2);
	tcase_add_test(t, by_name);
	suite_add_tcase(s, t);
	return s;
}
