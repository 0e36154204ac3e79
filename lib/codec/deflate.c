/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressing sinks. Equal input gives equal bytes: gzip headers have no time, no name and a fixed
 * system, and zstd runs in one thread, whose output doesn't depend on the pieces that are written.
 */
#include "codec/deflate.h"
#include "codec/stream.h"

#include <limits.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"

#define OUTPUT_SIZE	 ((size_t)256 << 10)
#define GZIP_WINDOW_BITS (15 + 16) /* zlib.h: add 16 for the gzip wrapper */
#define GZIP_LEVEL_MAX	 9

struct deflater {
	struct sink base;
	struct sink *out;
	z_stream z;
	bool z_open;
	gz_header header;
	ZSTD_CCtx *zstd;
	uint8_t *buf;
};

static int gzip_run(struct deflater *d, int flush, struct err *err)
{
	int r;

	do {
		d->z.next_out = d->buf;
		d->z.avail_out = (unsigned)OUTPUT_SIZE;
		r = deflate(&d->z, flush);
		if (r == Z_STREAM_ERROR)
			return err_set(err, ERR_INVALID, "gzip stream was finished already");
		if (sink_write(d->out, d->buf, OUTPUT_SIZE - d->z.avail_out, err) < 0)
			return -1;
	} while (d->z.avail_out == 0);
	return 0;
}

static int gzip_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	struct deflater *d = (struct deflater *)s;
	const uint8_t *p = buf;

	while (n) {
		unsigned piece = (unsigned)(n < UINT_MAX ? n : UINT_MAX);

		d->z.next_in = (uint8_t *)(uintptr_t)p; /* not written to */
		d->z.avail_in = piece;
		if (gzip_run(d, Z_NO_FLUSH, err) < 0)
			return -1;
		p += piece;
		n -= piece;
	}
	return 0;
}

static int gzip_finish(struct sink *s, struct err *err)
{
	struct deflater *d = (struct deflater *)s;

	d->z.next_in = NULL;
	d->z.avail_in = 0;
	if (gzip_run(d, Z_FINISH, err) < 0)
		return -1;
	return sink_finish(d->out, err);
}

static int zstd_run(struct deflater *d, ZSTD_inBuffer *in, ZSTD_EndDirective mode, struct err *err)
{
	size_t left;

	do {
		ZSTD_outBuffer out = {.dst = d->buf, .size = OUTPUT_SIZE};

		left = ZSTD_compressStream2(d->zstd, &out, in, mode);
		if (ZSTD_isError(left))
			return err_set(err, ERR_INVALID, "zstd: %s", ZSTD_getErrorName(left));
		if (sink_write(d->out, d->buf, out.pos, err) < 0)
			return -1;
	} while (mode == ZSTD_e_end ? left != 0 : in->pos < in->size);
	return 0;
}

static int zstd_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	ZSTD_inBuffer in = {.src = buf, .size = n};

	return zstd_run((struct deflater *)s, &in, ZSTD_e_continue, err);
}

static int zstd_finish(struct sink *s, struct err *err)
{
	struct deflater *d = (struct deflater *)s;
	ZSTD_inBuffer in = {.src = NULL};

	if (zstd_run(d, &in, ZSTD_e_end, err) < 0)
		return -1;
	return sink_finish(d->out, err);
}

static void deflate_close(struct sink *s)
{
	struct deflater *d = (struct deflater *)s;

	if (d->z_open)
		deflateEnd(&d->z);
	ZSTD_freeCCtx(d->zstd);
	sink_free(d->out);
	free(d->buf);
	free(d);
}

static int open_gzip(struct deflater *d, int level, struct err *err)
{
	if (level < 0 || level > GZIP_LEVEL_MAX)
		return err_set(err, ERR_INVALID, "gzip level %d, expected 1 to %d", level,
			       GZIP_LEVEL_MAX);
	if (deflateInit2(&d->z, level ? level : Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
			 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(err, ERR_LIMIT, "not enough memory to compress");
	d->z_open = true;
	d->header.os = GZIP_OS_UNKNOWN;
	deflateSetHeader(&d->z, &d->header);
	d->base.write = gzip_write;
	d->base.finish = gzip_finish;
	return 0;
}

static int open_zstd(struct deflater *d, int level, struct err *err)
{
	if (level < 0 || level > ZSTD_maxCLevel())
		return err_set(err, ERR_INVALID, "zstd level %d, expected 1 to %d", level,
			       ZSTD_maxCLevel());
	d->zstd = ZSTD_createCCtx();
	if (!d->zstd)
		return err_set(err, ERR_LIMIT, "not enough memory to compress");
	ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_checksumFlag, 1);
	d->base.write = zstd_write;
	d->base.finish = zstd_finish;
	return 0;
}

int sink_deflate(struct sink *out, enum compression c, int level, struct sink **ret,
		 struct err *err)
{
	struct deflater *d;
	int r;

	if (c == COMPRESSION_NONE) {
		*ret = out;
		return 0;
	}
	d = xalloc(sizeof(*d));
	d->base.close = deflate_close;
	d->out = out;
	d->buf = xalloc(OUTPUT_SIZE);
	if (c == COMPRESSION_GZIP)
		r = open_gzip(d, level, err);
	else if (c == COMPRESSION_ZSTD)
		r = open_zstd(d, level, err);
	else
		r = err_set(err, ERR_UNSUPPORTED, "can't compress to %s, only to gzip and zstd",
			    compression_name(c));
	if (r < 0)
		deflate_close(&d->base);
	else
		*ret = &d->base;
	return r;
}
