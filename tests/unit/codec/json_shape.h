/* SPDX-License-Identifier: Apache-2.0 */
/* A struct with a member of every kind, for the decode and encode tests. */
#ifndef ONGGI_TESTS_CODEC_JSON_SHAPE_H
#define ONGGI_TESTS_CODEC_JSON_SHAPE_H

#include "codec/json.h"

struct leaf {
	char *name;
	uint64_t hard;
};

struct shape {
	char *s;
	bool b;
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	bool *ob;
	int64_t *oi64;
	uint64_t *ou64;
	uint32_t *ou32;
	char **v;
	size_t n_v;
	struct json_pair *pairs;
	size_t n_pairs;
	char **keys;
	size_t n_keys;
	uint32_t *ids;
	size_t n_ids;
	struct leaf embedded;
	struct leaf *pointer;
	struct leaf *list;
	size_t n_list;
	char *custom;
	uint32_t kept;
};

extern const struct json_table shape_table;

#endif
