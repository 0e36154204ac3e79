/* SPDX-License-Identifier: Apache-2.0 */
#include <bzlib.h>
#include <lzma.h>
#include <string.h>

#include "base/alloc.h"
#include "suites.h"

struct trickle {
	struct source base;
	const char *data;
	size_t left, piece;
	bool fail_at_end;
};

static ssize_t trickle_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct trickle *t = (struct trickle *)s;

	if (n > t->piece)
		n = t->piece;
	if (n > t->left)
		n = t->left;
	if (!n && t->fail_at_end)
		return err_set(err, ERR_NETWORK, "the line went dead");
	if (n)
		memcpy(buf, t->data, n);
	t->data += n;
	t->left -= n;
	return (ssize_t)n;
}

static void trickle_close(struct source *s)
{
	free(s);
}

struct source *trickle_source(const void *data, size_t len, size_t piece, bool fail_at_end)
{
	struct trickle *t = xalloc(sizeof(*t));

	t->base.read = trickle_read;
	t->base.close = trickle_close;
	t->data = data;
	t->left = len;
	t->piece = piece;
	t->fail_at_end = fail_at_end;
	return &t->base;
}

static void compress_xz(const void *data, size_t len, struct buf *ret)
{
	size_t max = lzma_stream_buffer_bound(len), n = 0;
	_cleanup_free_ uint8_t *out = xalloc(max);

	ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, out, &n,
						 max),
			 LZMA_OK);
	buf_add(ret, out, n);
}

static void compress_bzip2(const void *data, size_t len, struct buf *ret)
{
	unsigned n = (unsigned)(len + len / 100 + 600);
	_cleanup_free_ char *out = xalloc(n);

	ck_assert_int_eq(BZ2_bzBuffToBuffCompress(out, &n, (char *)(uintptr_t)data, (unsigned)len,
						  1, 0, 0),
			 BZ_OK);
	buf_add(ret, out, n);
}

void compress_to(enum compression c, const void *data, size_t len, struct buf *ret)
{
	_cleanup_(sink) struct sink *s = NULL;
	struct err err = ERR_INIT;

	if (c == COMPRESSION_XZ) {
		compress_xz(data, len, ret);
		return;
	}
	if (c == COMPRESSION_BZIP2) {
		compress_bzip2(data, len, ret);
		return;
	}
	ck_assert_int_eq(sink_deflate(sink_to_buf(ret), c, 0, &s, &err), 0);
	ck_assert_int_eq(sink_write(s, data, len, &err), 0);
	ck_assert_int_eq(sink_finish(s, &err), 0);
}

int read_all(struct source *s, struct buf *ret, struct err *err)
{
	static char buf[70000];
	ssize_t n;

	while ((n = source_read(s, buf, sizeof(buf), err)) > 0)
		buf_add(ret, buf, (size_t)n);
	source_free(s);
	return n < 0 ? -1 : 0;
}

void fill_noise(void *data, size_t len)
{
	unsigned char *p = data;
	uint32_t x = 2463534242u;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		/* Runs of four make it compressible, but not by much. */
		p[i] = i % 4 ? (unsigned char)(x >> 24) : 'o';
	}
}
