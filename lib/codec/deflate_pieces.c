/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats as deflate_parallel.c needs them: pieces that are compressed each on its own.
 *
 * gzip: one member. Each piece has the last 32 KiB before it as dictionary and ends on a byte
 * boundary (Z_SYNC_FLUSH), so that joined they are one deflate stream.
 * zstd: each piece is a frame of its own, with its checksum; a series of frames is as good as one
 * (RFC 8878, 3.1). Debian's static library has no threads of its own.
 */
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"

#define GZIP_BLOCK	((size_t)512 << 10)
#define GZIP_DICTIONARY ((size_t)32 << 10)
#define RAW_WINDOW_BITS (-15)		  /* zlib.h: a negative number for raw deflate */
#define ZSTD_BLOCK	((size_t)4 << 20) /* smaller ones cost ratio, larger ones memory */

/* ---- gzip ---- */

static void *gzip_open(void)
{
	z_stream *z = xalloc(sizeof(*z));

	if (deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_WINDOW_BITS, 8,
			 Z_DEFAULT_STRATEGY) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static bool gzip_run(void *state, struct deflate_job *j)
{
	z_stream *z = state;
	int r;

	if (deflateReset(z) != Z_OK ||
	    (j->dictionary && deflateSetDictionary(z, j->in, (unsigned)j->dictionary) != Z_OK))
		return false;
	z->next_in = j->in + j->dictionary;
	z->avail_in = (unsigned)j->len;
	z->next_out = j->out;
	z->avail_out = (unsigned)j->out_size;
	r = deflate(z, j->last ? Z_FINISH : Z_SYNC_FLUSH);
	j->out_len = j->out_size - z->avail_out;
	j->crc = (uint32_t)crc32(0, j->in + j->dictionary, (unsigned)j->len);
	return r == (j->last ? Z_STREAM_END : Z_OK) && z->avail_in == 0 && z->avail_out != 0;
}

static void gzip_close(void *state)
{
	deflateEnd(state);
	free(state);
}

static size_t gzip_header(uint8_t *to)
{
	static const uint8_t header[] = {0x1f, 0x8b, Z_DEFLATED, 0, 0, 0, 0, 0, 0, GZIP_OS_UNKNOWN};

	memcpy(to, header, sizeof(header));
	return sizeof(header);
}

static void put32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static size_t gzip_trailer(uint8_t *to, uint32_t crc, uint64_t total)
{
	put32(to, crc);
	put32(to + 4, (uint32_t)total);
	return 8;
}

const struct deflate_format deflate_gzip_pieces = {
	.block = GZIP_BLOCK,
	.dictionary = GZIP_DICTIONARY,
	/* zlib.h, deflateBound(), and the empty block of the flush. */
	.out_size = GZIP_BLOCK + (GZIP_BLOCK >> 10) + 256,
	.open = gzip_open,
	.run = gzip_run,
	.close = gzip_close,
	.header = gzip_header,
	.trailer = gzip_trailer,
};

/* ---- zstd ---- */

static void *zstd_open(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (c)
		ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	return c;
}

static bool zstd_run(void *state, struct deflate_job *j)
{
	size_t n = ZSTD_compress2(state, j->out, j->out_size, j->in + j->dictionary, j->len);

	j->out_len = ZSTD_isError(n) ? 0 : n;
	return !ZSTD_isError(n);
}

static void zstd_close(void *state)
{
	ZSTD_freeCCtx(state);
}

const struct deflate_format deflate_zstd_pieces = {
	.block = ZSTD_BLOCK,
	.out_size = ZSTD_COMPRESSBOUND(ZSTD_BLOCK),
	.open = zstd_open,
	.run = zstd_run,
	.close = zstd_close,
};
