/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of JSON tables for members that are digests. */
#ifndef ONGGI_OCI_DIGEST_JSON_H
#define ONGGI_OCI_DIGEST_JSON_H

#include <stdbool.h>

#include "base/alloc.h"
#include "base/err.h"
#include "codec/json.h"

/* decode of a JSON_F_CUSTOM row: `at` is a struct digest. Errors: ERR_INVALID unless a digest
 * string. */
int digest_json_decode(const struct json *j, void *at, struct arena *a, struct err *err);
/* encode of a JSON_F_CUSTOM row. */
void digest_json_encode(struct json_writer *w, const void *at);
/* is_empty of a JSON_F_CUSTOM row: no digest is set. */
bool digest_json_is_empty(const void *at);

/* A row for the member_ of struct type_, a struct digest. */
#define JSON_FIELD_DIGEST(key_, type_, member_, flags_)                                            \
	{                                                                                          \
		.key = (key_), .kind = JSON_F_CUSTOM, .flags = (flags_),                           \
		.offset = offsetof(type_, member_), .decode = digest_json_decode,                  \
		.encode = digest_json_encode, .is_empty = digest_json_is_empty                     \
	}

#endif
