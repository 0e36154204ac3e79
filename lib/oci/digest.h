/* SPDX-License-Identifier: Apache-2.0 */
/* Digests as values: "sha256:<64 hex>" (image-spec v1.1, descriptor.md, "Digests"). */
#ifndef ONGGI_OCI_DIGEST_H
#define ONGGI_OCI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "codec/digest.h"

struct digest {
	enum hash_algorithm alg;
	char hex[HASH_MAX_SIZE * 2 + 1]; /* lower-case, NUL-terminated; "" : no digest */
};

#define DIGEST_STR_MAX (8 + HASH_MAX_SIZE * 2) /* "sha512:" + hex + NUL */

/* Parse "alg:hex"; only sha256 and sha512 with the right length. Errors: ERR_INVALID. */
int digest_parse(const char *s, struct digest *ret, struct err *err);
/* "sha256:..." in buf (at least DIGEST_STR_MAX). Returns buf. */
const char *digest_str(const struct digest *d, char *buf);
/* "sha256" or "sha512". */
const char *digest_alg(const struct digest *d);
/* Same algorithm and hex? Two unset ones of one algorithm are equal. */
bool digest_eq(const struct digest *a, const struct digest *b);
/* Is a digest set? */
bool digest_is_set(const struct digest *d);
/* SHA-256 of bytes. */
int digest_of(const void *data, size_t len, struct digest *ret, struct err *err);
/*
 * Chain id of a stack of layers: of the first (parent NULL or unset) the diff id itself, then the
 * SHA-256 of "chain diff" (image-spec, config.md, "Layer ChainID"). ret may be parent.
 */
int digest_chain(const struct digest *parent, const struct digest *diff_id, struct digest *ret,
		 struct err *err);

#endif
