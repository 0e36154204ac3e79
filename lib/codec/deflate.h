/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that compress share. Private to codec. */
#ifndef ONGGI_CODEC_DEFLATE_H
#define ONGGI_CODEC_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/stream.h"

#define DEFLATE_THREADS_MAX 16	/* each has some MiB */
#define GZIP_OS_UNKNOWN	    255 /* RFC 1952, 2.3.1 */

/* A piece of the input, compressed on its own. */
struct deflate_job {
	uint8_t *in;	   /* dictionary, then the block */
	size_t dictionary; /* bytes of it */
	size_t len;	   /* of the block */
	bool last;
	uint8_t *out;
	size_t out_size, out_len;
	uint32_t crc; /* of the block, where the format wants it */
};

/* How a format compresses pieces that joined are one stream. */
struct deflate_format {
	size_t block;	     /* bytes of input; the last piece may have fewer, or none */
	size_t dictionary;   /* bytes before a block that the format looks back to */
	size_t out_size;     /* what a block may become at worst */
	void *(*open)(void); /* a thread's state; NULL: not enough memory */
	bool (*run)(void *state, struct deflate_job *j);
	void (*close)(void *state);
	/* Bytes around the pieces, at most 16; NULL: none. Return how many. */
	size_t (*header)(uint8_t *to);
	size_t (*trailer)(uint8_t *to, uint32_t crc, uint64_t total);
};

extern const struct deflate_format deflate_gzip_pieces, deflate_zstd_pieces;

/* Compress by so many threads; owns out, also when it fails. The bytes don't depend on `threads`.
 */
int deflate_parallel(struct sink *out, const struct deflate_format *f, size_t threads,
		     struct sink **ret, struct err *err);

#endif
