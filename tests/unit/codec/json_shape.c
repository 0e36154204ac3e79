/* SPDX-License-Identifier: Apache-2.0 */
#include "json_shape.h"

#include <string.h>

static const struct json_field leaf_fields[] = {
	JSON_FIELD(JSON_F_STRING, "name", struct leaf, name, 0),
	JSON_FIELD(JSON_F_UINT64, "hard", struct leaf, hard, JSON_REQUIRED),
};
static const struct json_table leaf_table = JSON_TABLE(struct leaf, leaf_fields);

static int decode_custom(const struct json *j, void *at, struct arena *a, struct err *err)
{
	const char *s = json_string(j, NULL);

	if (!s || strncmp(s, "x-", 2) != 0)
		return err_set(err, ERR_INVALID, "not an x-");
	*(char **)at = arena_strdup(a, s + 2);
	return 0;
}

static void encode_custom(struct json_writer *w, const void *at)
{
	char *s = xasprintf("x-%s", *(char *const *)at);

	json_write_string(w, s);
	free(s);
}

static bool custom_is_empty(const void *at)
{
	return !*(char *const *)at;
}

static const struct json_field fields[] = {
	JSON_FIELD(JSON_F_STRING, "s", struct shape, s, 0),
	JSON_FIELD(JSON_F_BOOL, "b", struct shape, b, 0),
	JSON_FIELD(JSON_F_INT32, "i32", struct shape, i32, 0),
	JSON_FIELD(JSON_F_UINT32, "u32", struct shape, u32, 0),
	JSON_FIELD(JSON_F_INT64, "i64", struct shape, i64, 0),
	JSON_FIELD(JSON_F_UINT64, "u64", struct shape, u64, 0),
	JSON_FIELD(JSON_F_OPT_BOOL, "ob", struct shape, ob, 0),
	JSON_FIELD(JSON_F_OPT_INT64, "oi64", struct shape, oi64, 0),
	JSON_FIELD(JSON_F_OPT_UINT64, "ou64", struct shape, ou64, 0),
	JSON_FIELD(JSON_F_OPT_UINT32, "ou32", struct shape, ou32, 0),
	JSON_FIELD_N(JSON_F_STRV, "v", struct shape, v, NULL, 0),
	JSON_FIELD_N(JSON_F_PAIRS, "pairs", struct shape, pairs, NULL, 0),
	JSON_FIELD_N(JSON_F_KEYS, "keys", struct shape, keys, NULL, 0),
	JSON_FIELD_N(JSON_F_UINT32S, "ids", struct shape, ids, NULL, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "embedded", struct shape, embedded, &leaf_table, 0),
	JSON_FIELD_SUB(JSON_F_PTR, "pointer", struct shape, pointer, &leaf_table, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "list", struct shape, list, &leaf_table, 0),
	{.key = "custom",
	 .kind = JSON_F_CUSTOM,
	 .offset = offsetof(struct shape, custom),
	 .decode = decode_custom,
	 .encode = encode_custom,
	 .is_empty = custom_is_empty},
	JSON_FIELD(JSON_F_UINT32, "kept", struct shape, kept, JSON_KEEP_ZERO),
};
const struct json_table shape_table = JSON_TABLE(struct shape, fields);
