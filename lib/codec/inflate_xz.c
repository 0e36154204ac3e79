/* SPDX-License-Identifier: Apache-2.0 */
/* xz streams; lzma's memory is bounded by INFLATE_MEMORY_MAX. */
#include "codec/inflate.h"

#include <lzma.h>

#include "base/alloc.h"

static int xz_begin(void *state, struct err *err)
{
	if (lzma_stream_decoder(state, INFLATE_MEMORY_MAX, 0) != LZMA_OK)
		return err_set(err, ERR_LIMIT, "not enough memory to inflate xz data");
	return 0;
}

static enum inflate_status xz_fail(lzma_ret r, struct err *err)
{
	switch (r) {
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
		err_set(err, ERR_LIMIT, "xz data needs more than %zu MiB of memory",
			INFLATE_MEMORY_MAX >> 20);
		break;
	case LZMA_FORMAT_ERROR:
		err_set(err, ERR_CORRUPT, "xz data is damaged: no xz header");
		break;
	case LZMA_OPTIONS_ERROR:
		err_set(err, ERR_CORRUPT, "xz data uses an unknown filter or option");
		break;
	default:
		err_set(err, ERR_CORRUPT, "xz data is damaged");
		break;
	}
	return INFLATE_ERROR;
}

static enum inflate_status xz_step(void *state, struct inflate_io *io, struct err *err)
{
	lzma_stream *x = state;
	lzma_ret r;

	x->next_in = io->in;
	x->avail_in = io->in_len;
	x->next_out = io->out;
	x->avail_out = io->out_len;
	r = lzma_code(x, LZMA_RUN);
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return xz_fail(r, err);
	io->in = x->next_in;
	io->in_len = x->avail_in;
	io->out = x->next_out;
	io->out_len = x->avail_out;
	return r == LZMA_STREAM_END ? INFLATE_MEMBER_END : INFLATE_MORE;
}

static void xz_done(void *state)
{
	lzma_end(state);
	free(state);
}

static const struct inflate_ops xz_ops = {
	.begin = xz_begin,
	.step = xz_step,
	.done = xz_done,
	.zero_padding = true,
};

int inflate_xz_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	lzma_stream *x = xalloc(sizeof(*x));

	(void)err;
	*x = (lzma_stream)LZMA_STREAM_INIT;
	*ret_ops = &xz_ops;
	*ret_state = x;
	return 0;
}
