/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "codec/inflate.h"
#include "suites.h"

/* Every decompressor, gzip's two among them. */
static const struct backend {
	const char *name;
	enum compression c;
	int (*open)(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);
} backends[] = {
	{"isal", COMPRESSION_GZIP, inflate_isal_open},
	{"zlib", COMPRESSION_GZIP, inflate_zlib_open},
	{"zstd", COMPRESSION_ZSTD, inflate_zstd_open},
	{"xz", COMPRESSION_XZ, inflate_xz_open},
	{"bzip2", COMPRESSION_BZIP2, inflate_bzip2_open},
};
#define N_BACKENDS ((int)(sizeof(backends) / sizeof(backends[0])))

/* NULL where the library is not installed. */
static struct source *open_backend(const struct backend *b, struct source *in)
{
	const struct inflate_ops *ops;
	struct err err = ERR_INIT;
	void *state;

	if (b->open(&ops, &state, &err) < 0) {
		ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
		source_free(in);
		return NULL;
	}
	return inflate_source_new(in, ops, state, b->name);
}

#define NO_LIBRARY  "the library is not installed"
#define SAMPLE_SIZE 300000
static char sample[SAMPLE_SIZE];

static void setup(void)
{
	fill_noise(sample, sizeof(sample));
}

START_TEST(inflates)
{
	static const size_t pieces[] = {1, 7, 4096, SAMPLE_SIZE};
	_cleanup_(buf) struct buf packed = BUF_INIT;

	compress_to(backends[_i].c, sample, sizeof(sample), &packed);
	ck_assert_int_eq(compression_detect(packed.data, packed.len), backends[_i].c);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct source *s =
			open_backend(&backends[_i],
				     trickle_source(packed.data, packed.len, pieces[i], false));

		if (!s)
			SKIP(NO_LIBRARY);
		ck_assert_int_eq(read_all(s, &out, NULL), 0);
		ck_assert_uint_eq(out.len, sizeof(sample));
		ck_assert(memcmp(out.data, sample, sizeof(sample)) == 0);
	}
}
END_TEST

START_TEST(inflates_members)
{
	static const size_t sizes[] = {1, 1000, 0, 65536, 3};
	_cleanup_(buf) struct buf packed = BUF_INIT;
	_cleanup_(buf) struct buf want = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		compress_to(backends[_i].c, sample, sizes[i], &packed);
		buf_add(&want, sample, sizes[i]);
	}
	for (size_t piece = 1; piece <= packed.len; piece = piece < 40 ? piece + 1 : piece * 3) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct source *s =
			open_backend(&backends[_i],
				     trickle_source(packed.data, packed.len, piece, false));

		if (!s)
			SKIP(NO_LIBRARY);
		ck_assert_int_eq(read_all(s, &out, NULL), 0);
		ck_assert_uint_eq(out.len, want.len);
		ck_assert(memcmp(out.data, want.data, want.len) == 0);
	}
}
END_TEST

/* Cut at every byte: corrupt, and what came before is a prefix. */
START_TEST(refuses_truncation)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;

	compress_to(backends[_i].c, sample, 700, &packed);
	for (size_t n = 0; n < packed.len; n++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct err err = ERR_INIT;
		struct source *s = open_backend(&backends[_i], source_from_mem(packed.data, n));

		if (!s)
			SKIP(NO_LIBRARY);
		ck_assert_msg(read_all(s, &out, &err) == -1, "%s cut at %zu of %zu is accepted",
			      backends[_i].name, n, packed.len);
		ck_assert_int_eq(err.kind, ERR_CORRUPT);
		ck_assert_uint_le(out.len, 700);
		if (out.len)
			ck_assert(memcmp(out.data, sample, out.len) == 0);
	}
}
END_TEST

/* A bit flipped anywhere: refused, or at least never other bytes (headers have unused bits). */
START_TEST(refuses_flipped_bits)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;
	size_t refused = 0;

	compress_to(backends[_i].c, sample, 400, &packed);
	for (size_t i = 0; i < packed.len * 8; i++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct err err = ERR_INIT;
		struct source *s;

		packed.data[i / 8] = (char)(packed.data[i / 8] ^ (1 << (i % 8)));
		s = open_backend(&backends[_i], source_from_mem(packed.data, packed.len));
		if (!s)
			SKIP(NO_LIBRARY);
		if (read_all(s, &out, &err) < 0) {
			refused++;
			ck_assert(err.kind == ERR_CORRUPT || err.kind == ERR_LIMIT);
		} else {
			ck_assert_uint_eq(out.len, 400);
			ck_assert(memcmp(out.data, sample, 400) == 0);
		}
		packed.data[i / 8] = (char)(packed.data[i / 8] ^ (1 << (i % 8)));
	}
	ck_assert_uint_gt(refused, packed.len * 6);
}
END_TEST

START_TEST(refuses_trailing_garbage)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct source *s;

	compress_to(backends[_i].c, sample, 400, &packed);
	buf_adds(&packed, "garbage that starts no member");
	s = open_backend(&backends[_i], source_from_mem(packed.data, packed.len));
	if (!s)
		SKIP(NO_LIBRARY);
	ck_assert_int_eq(read_all(s, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(skips_zero_padding)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct source *s;

	if (backends[_i].c != COMPRESSION_GZIP && backends[_i].c != COMPRESSION_XZ)
		return;
	compress_to(backends[_i].c, sample, 400, &packed);
	buf_add(&packed, "\0\0\0\0\0\0\0\0", 8);
	s = open_backend(&backends[_i], source_from_mem(packed.data, packed.len));
	if (!s)
		SKIP(NO_LIBRARY);
	ck_assert_int_eq(read_all(s, &out, NULL), 0);
	ck_assert_uint_eq(out.len, 400);
}
END_TEST

START_TEST(passes_the_sources_error_on)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct source *s;

	compress_to(backends[_i].c, sample, 4000, &packed);
	s = open_backend(&backends[_i], trickle_source(packed.data, packed.len / 2, 10, true));
	if (!s)
		SKIP(NO_LIBRARY);
	ck_assert_int_eq(read_all(s, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
}
END_TEST

START_TEST(detects)
{
	for (enum compression c = COMPRESSION_NONE; c < COMPRESSION_COUNT; c++) {
		_cleanup_(buf) struct buf packed = BUF_INIT;
		_cleanup_(buf) struct buf out = BUF_INIT;
		enum compression found = COMPRESSION_COUNT;
		struct source *s;

		compress_to(c, sample, 5000, &packed);
		ck_assert_int_eq(source_inflate_auto(trickle_source(packed.data, packed.len, 2,
								    false),
						     &found, &s, NULL),
				 0);
		ck_assert_int_eq(found, c);
		ck_assert_int_eq(read_all(s, &out, NULL), 0);
		ck_assert_uint_eq(out.len, 5000);
		ck_assert(memcmp(out.data, sample, 5000) == 0);
	}
}
END_TEST

/* Shorter than any magic number. */
START_TEST(detects_in_short_input)
{
	for (size_t n = 0; n < COMPRESSION_MAGIC_MAX; n++) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		enum compression found = COMPRESSION_COUNT;
		struct source *s;

		ck_assert_int_eq(source_inflate_auto(source_from_mem("abcdef", n), &found, &s,
						     NULL),
				 0);
		ck_assert_int_eq(found, COMPRESSION_NONE);
		ck_assert_int_eq(read_all(s, &out, NULL), 0);
		ck_assert_uint_eq(out.len, n);
	}
}
END_TEST

START_TEST(skips_zstd_skippable_frames)
{
	_cleanup_(buf) struct buf packed = BUF_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	enum compression found;
	struct source *s;

	buf_add(&packed, "\x50\x2a\x4d\x18\x03\0\0\0xyz", 11);
	compress_to(COMPRESSION_ZSTD, "abc", 3, &packed);
	buf_add(&packed, "\x5f\x2a\x4d\x18\0\0\0\0", 8);
	ck_assert_int_eq(source_inflate_auto(source_from_mem(packed.data, packed.len), &found, &s,
					     NULL),
			 0);
	ck_assert_int_eq(found, COMPRESSION_ZSTD);
	ck_assert_int_eq(read_all(s, &out, NULL), 0);
	ck_assert_str_eq(buf_str(&out), "abc");
}
END_TEST

Suite *suite_inflate(void)
{
	Suite *s = suite_create("inflate");
	TCase *t = tcase_create("inflate");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, inflates, 0, N_BACKENDS);
	tcase_add_loop_test(t, inflates_members, 0, N_BACKENDS);
	tcase_add_loop_test(t, refuses_truncation, 0, N_BACKENDS);
	tcase_add_loop_test(t, refuses_flipped_bits, 0, N_BACKENDS);
	tcase_add_loop_test(t, refuses_trailing_garbage, 0, N_BACKENDS);
	tcase_add_loop_test(t, skips_zero_padding, 0, N_BACKENDS);
	tcase_add_loop_test(t, passes_the_sources_error_on, 0, N_BACKENDS);
	tcase_add_test(t, detects);
	tcase_add_test(t, detects_in_short_input);
	tcase_add_test(t, skips_zstd_skippable_frames);
	suite_add_tcase(s, t);
	return s;
}
