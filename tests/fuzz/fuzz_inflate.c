/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed data: what it is is told by its first bytes, and it gives bytes or an error. The two
 * that inflate gzip agree: the same bytes come before the end or before an error, and one
 * does not take what the other refuses.
 */
#include <string.h>

#include "codec/inflate.h"
#include "fuzz.h"
#include "scratch.h"

#define OUTPUT_MAX ((size_t)1 << 20)

/* The first OUTPUT_MAX bytes of a source; returns as source_read() ended, 1 where there is more. */
static int read_some(struct source *src, struct buf *out, struct err *err)
{
	char chunk[16384];
	ssize_t n;

	while ((n = source_read(src, chunk, sizeof(chunk), err)) > 0) {
		FUZZ_CHECK((size_t)n <= sizeof(chunk));
		buf_add(out, chunk, (size_t)n);
		if (out->len >= OUTPUT_MAX)
			return 1;
	}
	return (int)n;
}

typedef int open_fn(const struct inflate_ops **ops, void **state, struct err *err);

static int inflate_by(open_fn *open, const uint8_t *data, size_t size, struct buf *out)
{
	const struct inflate_ops *ops;
	struct err err = ERR_INIT;
	struct source *src;
	void *state;
	int n;

	if (open(&ops, &state, &err) < 0)
		return -2;
	src = inflate_source_new(source_from_mem(data, size), ops, state, "gzip");
	n = read_some(src, out, &err);
	if (n < 0)
		scratch_check_err(&err);
	source_free(src);
	return n;
}

static void compare_gzip(const uint8_t *data, size_t size)
{
	_cleanup_(buf) struct buf a = BUF_INIT, b = BUF_INIT;
	int n = inflate_by(inflate_zlib_open, data, size, &a);
	int m = inflate_by(inflate_isal_open, data, size, &b);

	if (m == -2)
		return;
	FUZZ_CHECK(n == m);
	FUZZ_CHECK(n < 0 || (a.len == b.len && memcmp(buf_str(&a), buf_str(&b), a.len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source) struct source *src = NULL;
	_cleanup_(buf) struct buf out = BUF_INIT;
	enum compression c = compression_detect(data, size), found = COMPRESSION_COUNT;
	struct err err = ERR_INIT;

	FUZZ_CHECK(c < COMPRESSION_COUNT);
	if (source_inflate_auto(source_from_mem(data, size), &found, &src, &err) < 0) {
		scratch_check_err(&err);
		return 0;
	}
	FUZZ_CHECK(found == c);
	if (read_some(src, &out, &err) < 0)
		FUZZ_CHECK(err.kind == ERR_CORRUPT || err.kind == ERR_LIMIT);
	if (c == COMPRESSION_NONE)
		FUZZ_CHECK(out.len == size || out.len >= OUTPUT_MAX);
	if (c == COMPRESSION_GZIP)
		compare_gzip(data, size);
	return 0;
}
