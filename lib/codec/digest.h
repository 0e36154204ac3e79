/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 and SHA-512 over streams, by libcrypto, opened with dlopen at first use.
 * Digests as values ("sha256:<hex>") are oci/digest.h's.
 */
#ifndef ONGGI_CODEC_DIGEST_H
#define ONGGI_CODEC_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"

enum hash_algorithm {
	HASH_SHA256,
	HASH_SHA512,
};

#define HASH_MAX_SIZE 64 /* bytes of the longest digest */

struct hash; /* a running digest */

/* Start one. Errors: ERR_UNSUPPORTED when libcrypto can't be opened. */
int hash_new(enum hash_algorithm alg, struct hash **ret, struct err *err);
/* Release; NULL is accepted. */
void hash_free(struct hash *h);
DEFINE_CLEANUP(hash, hash_free)
/* Feed bytes. */
void hash_update(struct hash *h, const void *data, size_t len);
/* Digest so far, as lower-case hex with NUL: 64 or 128 digits. Ends the computation. */
void hash_final_hex(struct hash *h, char ret[HASH_MAX_SIZE * 2 + 1]);
/* In one step. */
int hash_bytes_hex(enum hash_algorithm alg, const void *data, size_t len,
		   char ret[HASH_MAX_SIZE * 2 + 1], struct err *err);

#endif
