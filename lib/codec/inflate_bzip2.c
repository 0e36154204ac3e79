/* SPDX-License-Identifier: Apache-2.0 */
/* bzip2: old layers and root-filesystem archives. */
#include "codec/inflate.h"

#include <bzlib.h>
#include <limits.h>

#include "base/alloc.h"

struct bzip2 {
	bz_stream stream;
	bool open;
};

static void bzip2_end(struct bzip2 *b)
{
	if (b->open)
		BZ2_bzDecompressEnd(&b->stream);
	b->open = false;
}

static int bzip2_begin(void *state, struct err *err)
{
	struct bzip2 *b = state;

	bzip2_end(b);
	if (BZ2_bzDecompressInit(&b->stream, 0, 0) != BZ_OK)
		return err_set(err, ERR_LIMIT, "not enough memory to inflate bzip2 data");
	b->open = true;
	return 0;
}

static enum inflate_status bzip2_step(void *state, struct inflate_io *io, struct err *err)
{
	struct bzip2 *b = state;
	unsigned in = (unsigned)(io->in_len < UINT_MAX ? io->in_len : UINT_MAX);
	unsigned out = (unsigned)(io->out_len < UINT_MAX ? io->out_len : UINT_MAX);
	int r;

	b->stream.next_in = (char *)(uintptr_t)io->in; /* not written to */
	b->stream.avail_in = in;
	b->stream.next_out = (char *)io->out;
	b->stream.avail_out = out;
	r = BZ2_bzDecompress(&b->stream);
	if (r != BZ_OK && r != BZ_STREAM_END) {
		err_set(err, ERR_CORRUPT, "bzip2 data is damaged");
		return INFLATE_ERROR;
	}
	io->in += in - b->stream.avail_in;
	io->in_len -= in - b->stream.avail_in;
	io->out += out - b->stream.avail_out;
	io->out_len -= out - b->stream.avail_out;
	return r == BZ_STREAM_END ? INFLATE_MEMBER_END : INFLATE_MORE;
}

static void bzip2_done(void *state)
{
	bzip2_end(state);
	free(state);
}

static const struct inflate_ops bzip2_ops = {
	.begin = bzip2_begin,
	.step = bzip2_step,
	.done = bzip2_done,
};

int inflate_bzip2_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	(void)err;
	*ret_ops = &bzip2_ops;
	*ret_state = xalloc(sizeof(struct bzip2));
	return 0;
}
