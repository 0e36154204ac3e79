/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/strv.h"

static const struct {
	const char *name;
	enum hash_algorithm alg;
	size_t hex_len;
} algorithms[] = {
	{"sha256", HASH_SHA256, 64},
	{"sha512", HASH_SHA512, 128},
};

int digest_parse(const char *s, struct digest *ret, struct err *err)
{
	const char *colon = strchr(s, ':');

	if (!colon)
		return err_set(err, ERR_INVALID,
			       "invalid digest '%.140s': expected sha256:<64 hex digits>", s);
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		size_t alg_len = strlen(algorithms[i].name);
		size_t len = algorithms[i].hex_len;

		if ((size_t)(colon - s) != alg_len || memcmp(s, algorithms[i].name, alg_len) != 0)
			continue;
		if (strlen(colon + 1) != len || !hex_valid(colon + 1, len))
			return err_set(
				err, ERR_INVALID,
				"invalid digest '%.140s': expected %s:<%zu lower-case hex digits>",
				s, algorithms[i].name, len);
		*ret = (struct digest){.alg = algorithms[i].alg};
		memcpy(ret->hex, colon + 1, len);
		return 0;
	}
	return err_set(
		err, ERR_INVALID,
		"invalid digest '%.140s': algorithm '%.*s' is unknown, accepted: sha256, sha512", s,
		(int)(colon - s > 32 ? 32 : colon - s), s);
}

const char *digest_alg(const struct digest *d)
{
	return d->alg == HASH_SHA512 ? "sha512" : "sha256";
}

const char *digest_str(const struct digest *d, char *buf)
{
	size_t alg_len = strlen(digest_alg(d));

	memcpy(buf, digest_alg(d), alg_len);
	buf[alg_len] = ':';
	str_copy(buf + alg_len + 1, DIGEST_STR_MAX - alg_len - 1, d->hex);
	return buf;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return a->alg == b->alg && strcmp(a->hex, b->hex) == 0;
}

bool digest_is_set(const struct digest *d)
{
	return d->hex[0] != '\0';
}

int digest_of(const void *data, size_t len, struct digest *ret, struct err *err)
{
	struct digest d = {.alg = HASH_SHA256};

	if (hash_bytes_hex(HASH_SHA256, data, len, d.hex, err) < 0)
		return -1;
	*ret = d;
	return 0;
}

int digest_chain(const struct digest *parent, const struct digest *diff_id, struct digest *ret,
		 struct err *err)
{
	char chain[DIGEST_STR_MAX], diff[DIGEST_STR_MAX];
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (!parent || !digest_is_set(parent)) {
		*ret = *diff_id;
		return 0;
	}
	buf_addf(&text, "%s %s", digest_str(parent, chain), digest_str(diff_id, diff));
	return digest_of(buf_str(&text), text.len, ret, err);
}
