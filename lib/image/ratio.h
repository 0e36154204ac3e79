/* SPDX-License-Identifier: Apache-2.0 */
/* How much may come out of compressed data: no more than honest data gives. Private to image. */
#ifndef ONGGI_IMAGE_RATIO_H
#define ONGGI_IMAGE_RATIO_H

#include <stdint.h>

#include "base/err.h"
#include "codec/stream.h"
#include "store/store.h"

/*
 * Inflated bytes that there may be beyond RATIO_FREE, as a multiple of the compressed ones: twice
 * what deflate can reach. Both hold where the store's limits don't say otherwise.
 */
#define RATIO_MAX  2048
#define RATIO_FREE (UINT64_C(1) << 30)

/* May `made` bytes have come out of `taken`? Errors: ERR_LIMIT. */
int ratio_check(const struct store_limits *limits, uint64_t taken, uint64_t made, struct err *err);
/*
 * source_inflate_auto() whose reading fails with ERR_LIMIT where ratio_check() does. limits:
 * borrowed for as long as the source lives.
 */
int ratio_inflate(struct source *in, const struct store_limits *limits, enum compression *ret_c,
		  struct source **ret, struct err *err);

#endif
