/* SPDX-License-Identifier: Apache-2.0 */
/* Digests by libcrypto's EVP interface, which uses the CPU's SHA instructions where there are any.
 */
#include "codec/digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/alloc.h"
#include "base/dl.h"
#include "base/id.h"
#include "base/strv.h"

static struct {
	__typeof__(EVP_MD_CTX_new) *md_ctx_new;
	__typeof__(EVP_MD_CTX_free) *md_ctx_free;
	__typeof__(EVP_DigestInit_ex) *digest_init;
	__typeof__(EVP_DigestUpdate) *digest_update;
	__typeof__(EVP_DigestFinal_ex) *digest_final;
	__typeof__(EVP_sha256) *sha256;
	__typeof__(EVP_sha512) *sha512;
} crypto;

static const struct dl_symbol crypto_symbols[] = {
	{"EVP_MD_CTX_new", &crypto.md_ctx_new},
	{"EVP_MD_CTX_free", &crypto.md_ctx_free},
	{"EVP_DigestInit_ex", &crypto.digest_init},
	{"EVP_DigestUpdate", &crypto.digest_update},
	{"EVP_DigestFinal_ex", &crypto.digest_final},
	{"EVP_sha256", &crypto.sha256},
	{"EVP_sha512", &crypto.sha512},
};

static struct dl_library libcrypto = {
	.soname = "libcrypto.so.3",
	.package = "libssl3",
	.symbols = crypto_symbols,
	.n_symbols = ARRAY_SIZE(crypto_symbols),
};

struct hash {
	EVP_MD_CTX *ctx;
	bool failed;
};

int hash_new(enum hash_algorithm alg, struct hash **ret, struct err *err)
{
	_cleanup_(hash) struct hash *h = NULL;

	if (dl_load(&libcrypto, err) < 0)
		return -1;
	h = xalloc(sizeof(*h));
	h->ctx = crypto.md_ctx_new();
	if (!h->ctx ||
	    crypto.digest_init(h->ctx, alg == HASH_SHA256 ? crypto.sha256() : crypto.sha512(),
			       NULL) != 1)
		return err_set(err, ERR_UNSUPPORTED, "libcrypto refuses to compute %s",
			       alg == HASH_SHA256 ? "SHA-256" : "SHA-512");
	*ret = ptr_take(h);
	return 0;
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	if (h->ctx)
		crypto.md_ctx_free(h->ctx);
	free(h);
}

void hash_update(struct hash *h, const void *data, size_t len)
{
	if (crypto.digest_update(h->ctx, data, len) != 1)
		h->failed = true;
}

void hash_final_hex(struct hash *h, char ret[HASH_MAX_SIZE * 2 + 1])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	/* libcrypto fails here only when misused; the empty text then equals no digest. */
	if (crypto.digest_final(h->ctx, md, &n) != 1 || h->failed || n > HASH_MAX_SIZE)
		n = 0;
	hex_encode(md, n, ret);
}

int hash_bytes_hex(enum hash_algorithm alg, const void *data, size_t len,
		   char ret[HASH_MAX_SIZE * 2 + 1], struct err *err)
{
	_cleanup_(hash) struct hash *h = NULL;

	if (hash_new(alg, &h, err) < 0)
		return -1;
	hash_update(h, data, len);
	hash_final_hex(h, ret);
	return 0;
}
