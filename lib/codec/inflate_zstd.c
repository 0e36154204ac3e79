/* SPDX-License-Identifier: Apache-2.0 */
/* zstd frames (RFC 8878); skippable ones are skipped by the library. */
#include "codec/inflate.h"

#include <zstd.h>
#include <zstd_errors.h>

static int zstd_begin(void *state, struct err *err)
{
	(void)err;
	ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
	return 0;
}

static enum inflate_status zstd_step(void *state, struct inflate_io *io, struct err *err)
{
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_len};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_len};
	size_t r = ZSTD_decompressStream(state, &out, &in);

	if (ZSTD_isError(r)) {
		if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
			err_set(err, ERR_LIMIT,
				"zstd data needs a larger window than 128 MiB (made with --long "
				"or --ultra)");
		else
			err_set(err, ERR_CORRUPT, "zstd data is damaged: %s", ZSTD_getErrorName(r));
		return INFLATE_ERROR;
	}
	io->in += in.pos;
	io->in_len -= in.pos;
	io->out += out.pos;
	io->out_len -= out.pos;
	return r == 0 ? INFLATE_MEMBER_END : INFLATE_MORE;
}

static void zstd_done(void *state)
{
	ZSTD_freeDCtx(state);
}

static const struct inflate_ops zstd_ops = {
	.begin = zstd_begin,
	.step = zstd_step,
	.done = zstd_done,
};

int inflate_zstd_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();

	if (!d)
		return err_set(err, ERR_LIMIT, "not enough memory to inflate zstd data");
	/* The library's default, made explicit: it bounds what untrusted data may claim. */
	ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, 27);
	*ret_ops = &zstd_ops;
	*ret_state = d;
	return 0;
}
