/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each decompressor gives to inflate.c, which owns buffers, concatenated members and the end
 * of input. Private to codec.
 */
#ifndef ONGGI_CODEC_INFLATE_H
#define ONGGI_CODEC_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/stream.h"

/* Bytes read from the source at once. */
#define INFLATE_INPUT_SIZE ((size_t)256 << 10)

/* Memory that a decompressor may claim on behalf of untrusted data: xz -9 needs 65 MiB. */
#define INFLATE_MEMORY_MAX ((size_t)192 << 20)

/* Both windows move forward as bytes are taken and made. */
struct inflate_io {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
};

enum inflate_status {
	INFLATE_ERROR = -1, /* err is set */
	INFLATE_MORE,	    /* made what it could of this input and output */
	INFLATE_MEMBER_END, /* io->in starts behind the member's last byte */
};

struct inflate_ops {
	/* Get ready for a new member. state: what open() gave. */
	int (*begin)(void *state, struct err *err);
	enum inflate_status (*step)(void *state, struct inflate_io *io, struct err *err);
	void (*done)(void *state);
	/* Zero bytes between and after members are padding, as in tapes and xz (XZ format, 2.2). */
	bool zero_padding;
};

/*
 * Open a decompressor: give its operations and its state, which ops->done releases. The gzip one by
 * ISA-L fails with ERR_UNSUPPORTED where the library is absent, the others fail only when out of
 * memory.
 */
int inflate_isal_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);
/* The same for gzip by zlib; fails only when out of memory. */
int inflate_zlib_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);
/* The same for zstd; fails only when out of memory. */
int inflate_zstd_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);
/* The same for xz; fails only when out of memory. */
int inflate_xz_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);
/* The same for bzip2; fails only when out of memory. */
int inflate_bzip2_open(const struct inflate_ops **ret_ops, void **ret_state, struct err *err);

/* The source over a decompressor: owns `in` and the state. name: the compression's, for errors. */
struct source *inflate_source_new(struct source *in, const struct inflate_ops *ops, void *state,
				  const char *name);

#endif
