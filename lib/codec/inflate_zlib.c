/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib, where ISA-L is absent. */
#include "codec/inflate.h"

#include <limits.h>
#include <zlib.h>

#include "base/alloc.h"

#define GZIP_WINDOW_BITS (15 + 16) /* zlib.h: add 16 for the gzip wrapper only */

static int zlib_begin(void *state, struct err *err)
{
	if (inflateReset(state) != Z_OK)
		return err_set(err, ERR_CORRUPT, "gzip data can't be inflated");
	return 0;
}

static enum inflate_status zlib_step(void *state, struct inflate_io *io, struct err *err)
{
	z_stream *z = state;
	unsigned in = (unsigned)(io->in_len < UINT_MAX ? io->in_len : UINT_MAX);
	unsigned out = (unsigned)(io->out_len < UINT_MAX ? io->out_len : UINT_MAX);
	int r;

	z->next_in = (uint8_t *)(uintptr_t)io->in; /* not written to */
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	r = inflate(z, Z_NO_FLUSH);
	/* Z_BUF_ERROR only says that nothing could be done with these windows. */
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) {
		err_set(err, ERR_CORRUPT, "gzip data is damaged: %s",
			z->msg ? z->msg : "needs a dictionary");
		return INFLATE_ERROR;
	}
	io->in += in - z->avail_in;
	io->in_len -= in - z->avail_in;
	io->out += out - z->avail_out;
	io->out_len -= out - z->avail_out;
	return r == Z_STREAM_END ? INFLATE_MEMBER_END : INFLATE_MORE;
}

static void zlib_done(void *state)
{
	inflateEnd(state);
	free(state);
}

static const struct inflate_ops zlib_ops = {
	.begin = zlib_begin,
	.step = zlib_step,
	.done = zlib_done,
	.zero_padding = true,
};

int inflate_zlib_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	z_stream *z = xalloc(sizeof(*z));

	if (inflateInit2(z, GZIP_WINDOW_BITS) != Z_OK) {
		free(z);
		return err_set(err, ERR_LIMIT, "not enough memory to inflate gzip data");
	}
	*ret_ops = &zlib_ops;
	*ret_state = z;
	return 0;
}
