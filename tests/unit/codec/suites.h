/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_CODEC_SUITES_H
#define ONGGI_TESTS_CODEC_SUITES_H

#include <check.h>

#include "../skip.h"
#include "codec/stream.h"

Suite *suite_ahead(void);
Suite *suite_deflate(void);
Suite *suite_deflate_parallel(void);
Suite *suite_digest_crypto(void);
Suite *suite_flow(void);
Suite *suite_inflate(void);
Suite *suite_json(void);
Suite *suite_json_decode(void);
Suite *suite_json_encode(void);
Suite *suite_json_write(void);
Suite *suite_source(void);
Suite *suite_tar_read(void);
Suite *suite_tar_write(void);
Suite *suite_yaml(void);

/* A source that gives memory in pieces of at most `piece` bytes and then ends, or fails when told
 * to. */
struct source *trickle_source(const void *data, size_t len, size_t piece, bool fail_at_end);
/* Compress in memory; the test fails when that fails. NONE, GZIP, ZSTD, XZ, BZIP2. */
void compress_to(enum compression c, const void *data, size_t len, struct buf *ret);
/* Read a source to its end into ret; 0, or -1 with err. Releases the source. */
int read_all(struct source *s, struct buf *ret, struct err *err);
/* Bytes that compress badly and are the same each time. */
void fill_noise(void *data, size_t len);

#endif
