/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip by ISA-L, opened at first use. Its header is needed at build time only, because the state
 * that the caller allocates is part of its interface; where the header is absent, zlib does the
 * job.
 */
#include "codec/inflate.h"

#include <stdbool.h>

#include "base/alloc.h"

#if __has_include(<isa-l/igzip_lib.h>)

#include <isa-l/igzip_lib.h>

#include "base/dl.h"
#include "base/strv.h"

static struct {
	__typeof__(isal_inflate_init) *init;
	__typeof__(isal_inflate_reset) *reset;
	__typeof__(isal_inflate) *inflate;
} isal;

static const struct dl_symbol isal_symbols[] = {
	{"isal_inflate_init", &isal.init},
	{"isal_inflate_reset", &isal.reset},
	{"isal_inflate", &isal.inflate},
};

static struct dl_library libisal = {
	.soname = "libisal.so.2",
	.package = "libisal2",
	.symbols = isal_symbols,
	.n_symbols = ARRAY_SIZE(isal_symbols),
};

static const char *error_words(int r)
{
	switch (r) {
	case ISAL_INVALID_WRAPPER:
		return "not a gzip header";
	case ISAL_UNSUPPORTED_METHOD:
		return "unknown compression method";
	case ISAL_INCORRECT_CHECKSUM:
		return "wrong checksum or length";
	case ISAL_INVALID_LOOKBACK:
		return "reference to before the start";
	default:
		return "invalid block";
	}
}

struct isal_state {
	struct inflate_state inflate;
	size_t at; /* bytes of the member that are consumed */
};

/* RFC 1952, 2.3.1.2: flags that nobody defined must be refused. ISA-L does not look at them. */
#define FLAGS_AT       3
#define FLAGS_RESERVED 0xe0

static bool has_unknown_flags(const struct isal_state *state, const struct inflate_io *io)
{
	return state->at <= FLAGS_AT && io->in_len > FLAGS_AT - state->at &&
	       (io->in[FLAGS_AT - state->at] & FLAGS_RESERVED);
}

static int isal_begin(void *arg, struct err *err)
{
	struct isal_state *state = arg;

	(void)err;
	isal.reset(&state->inflate);
	state->inflate.crc_flag = ISAL_GZIP;
	state->at = 0;
	return 0;
}

static enum inflate_status isal_step(void *arg, struct inflate_io *io, struct err *err)
{
	struct isal_state *state = arg;
	struct inflate_state *s = &state->inflate;
	uint32_t in = (uint32_t)(io->in_len < UINT32_MAX ? io->in_len : UINT32_MAX);
	uint32_t out = (uint32_t)(io->out_len < UINT32_MAX ? io->out_len : UINT32_MAX);
	int r;

	if (has_unknown_flags(state, io)) {
		err_set(err, ERR_CORRUPT, "gzip data is damaged: unknown flags in its header");
		return INFLATE_ERROR;
	}
	s->next_in = (uint8_t *)(uintptr_t)io->in; /* not written to */
	s->avail_in = in;
	s->next_out = io->out;
	s->avail_out = out;
	r = isal.inflate(s);
	if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT && r != ISAL_OUT_OVERFLOW) {
		err_set(err, ERR_CORRUPT, "gzip data is damaged: %s", error_words(r));
		return INFLATE_ERROR;
	}
	state->at += in - s->avail_in;
	io->in += in - s->avail_in;
	io->in_len -= in - s->avail_in;
	io->out += out - s->avail_out;
	io->out_len -= out - s->avail_out;
	return s->block_state == ISAL_BLOCK_FINISH ? INFLATE_MEMBER_END : INFLATE_MORE;
}

static const struct inflate_ops isal_ops = {
	.begin = isal_begin,
	.step = isal_step,
	.done = free,
	.zero_padding = true,
};

int inflate_isal_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	struct isal_state *s;

	if (dl_load(&libisal, err) < 0)
		return -1;
	s = xalloc(sizeof(*s));
	isal.init(&s->inflate);
	*ret_ops = &isal_ops;
	*ret_state = s;
	return 0;
}

#else

int inflate_isal_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err)
{
	(void)ret_ops;
	(void)ret_state;
	return err_set(err, ERR_UNSUPPORTED, "built without ISA-L's header");
}

#endif
