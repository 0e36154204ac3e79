/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding structs by the same tables that decode them. */
#include "codec/json.h"

#include <string.h>

static bool struct_empty(const struct json_table *t, const char *src);

/* Where emptiness shows: in a count, or in the bytes of the member itself. */
static const struct {
	size_t size;
	bool counted;
} kinds[] = {
	[JSON_F_BOOL] = {.size = sizeof(bool)},
	[JSON_F_INT32] = {.size = sizeof(int32_t)},
	[JSON_F_UINT32] = {.size = sizeof(uint32_t)},
	[JSON_F_INT64] = {.size = sizeof(int64_t)},
	[JSON_F_UINT64] = {.size = sizeof(uint64_t)},
	[JSON_F_OPT_BOOL] = {.size = sizeof(void *)},
	[JSON_F_OPT_INT64] = {.size = sizeof(void *)},
	[JSON_F_OPT_UINT64] = {.size = sizeof(void *)},
	[JSON_F_OPT_UINT32] = {.size = sizeof(void *)},
	[JSON_F_PTR] = {.size = sizeof(void *)},
	[JSON_F_STRV] = {.counted = true},
	[JSON_F_PAIRS] = {.counted = true},
	[JSON_F_KEYS] = {.counted = true},
	[JSON_F_UINT32S] = {.counted = true},
	[JSON_F_ARRAY] = {.counted = true},
	[JSON_F_CUSTOM] = {.size = 0},
};

/* Elements of an array member, 0 for other kinds, which have no count. */
static size_t field_count(const struct json_field *field, const char *src)
{
	if (!kinds[field->kind].counted)
		return 0;
	return *(const size_t *)(const void *)(src + field->count_offset);
}

/* Is the member left out? Optional scalars and pointers are there when they point somewhere. */
static bool field_empty(const struct json_field *field, const char *src)
{
	static const char zeros[sizeof(uint64_t)];
	const void *at = src + field->offset;

	switch (field->kind) {
	case JSON_F_STRING:
		return str_empty(*(char *const *)at);
	case JSON_F_STRUCT:
		return struct_empty(field->sub, at);
	case JSON_F_CUSTOM:
		return field->is_empty && field->is_empty(at);
	default:
		if (kinds[field->kind].counted)
			return field_count(field, src) == 0;
		return memcmp(at, zeros, kinds[field->kind].size) == 0;
	}
}

static bool struct_empty(const struct json_table *t, const char *src)
{
	for (size_t i = 0; i < t->n_fields; i++)
		if ((t->fields[i].flags & (JSON_KEEP_ZERO | JSON_REQUIRED)) ||
		    !field_empty(&t->fields[i], src))
			return false;
	return true;
}

static void encode_strings(struct json_writer *w, char *const *v, size_t n)
{
	json_write_begin(w, '[');
	for (size_t i = 0; i < n; i++)
		json_write_string(w, v[i]);
	json_write_end(w, ']');
}

static void encode_pairs(struct json_writer *w, const struct json_pair *v, size_t n)
{
	json_write_begin(w, '{');
	for (size_t i = 0; i < n; i++) {
		json_write_key(w, v[i].key);
		json_write_string(w, v[i].value ? v[i].value : "");
	}
	json_write_end(w, '}');
}

static void encode_keys(struct json_writer *w, char *const *v, size_t n)
{
	json_write_begin(w, '{');
	for (size_t i = 0; i < n; i++) {
		json_write_key(w, v[i]);
		json_write_begin(w, '{');
		json_write_end(w, '}');
	}
	json_write_end(w, '}');
}

static void encode_uint32s(struct json_writer *w, const uint32_t *v, size_t n)
{
	json_write_begin(w, '[');
	for (size_t i = 0; i < n; i++)
		json_write_uint(w, v[i]);
	json_write_end(w, ']');
}

static void encode_structs(struct json_writer *w, const struct json_table *t, const char *v,
			   size_t n)
{
	json_write_begin(w, '[');
	for (size_t i = 0; i < n; i++)
		json_encode(t, v + i * t->size, w);
	json_write_end(w, ']');
}

static void encode_scalar(struct json_writer *w, enum json_field_kind kind, const void *at)
{
	const char *s;

	switch (kind) {
	case JSON_F_STRING:
		s = *(char *const *)at;
		json_write_string(w, s ? s : "");
		break;
	case JSON_F_BOOL:
	case JSON_F_OPT_BOOL:
		json_write_bool(w, *(const bool *)at);
		break;
	case JSON_F_INT32:
		json_write_int(w, *(const int32_t *)at);
		break;
	case JSON_F_INT64:
	case JSON_F_OPT_INT64:
		json_write_int(w, *(const int64_t *)at);
		break;
	case JSON_F_UINT32:
	case JSON_F_OPT_UINT32:
		json_write_uint(w, *(const uint32_t *)at);
		break;
	default:
		json_write_uint(w, *(const uint64_t *)at);
		break;
	}
}

static void encode_field(struct json_writer *w, const struct json_field *field, const char *src)
{
	const void *at = src + field->offset;
	void *const *pointer = at;
	size_t n = field_count(field, src);

	switch (field->kind) {
	case JSON_F_OPT_BOOL:
	case JSON_F_OPT_INT64:
	case JSON_F_OPT_UINT64:
	case JSON_F_OPT_UINT32:
		if (*pointer)
			encode_scalar(w, field->kind, *pointer);
		else
			json_write_null(w);
		break;
	case JSON_F_STRV:
		encode_strings(w, *pointer, n);
		break;
	case JSON_F_PAIRS:
		encode_pairs(w, *pointer, n);
		break;
	case JSON_F_KEYS:
		encode_keys(w, *pointer, n);
		break;
	case JSON_F_UINT32S:
		encode_uint32s(w, *pointer, n);
		break;
	case JSON_F_STRUCT:
		json_encode(field->sub, at, w);
		break;
	case JSON_F_PTR:
		if (*pointer)
			json_encode(field->sub, *pointer, w);
		else
			json_write_null(w);
		break;
	case JSON_F_ARRAY:
		encode_structs(w, field->sub, *pointer, n);
		break;
	case JSON_F_CUSTOM:
		field->encode(w, at);
		break;
	default:
		encode_scalar(w, field->kind, at);
		break;
	}
}

void json_encode(const struct json_table *t, const void *src, struct json_writer *w)
{
	json_write_begin(w, '{');
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct json_field *field = &t->fields[i];

		if (!(field->flags & (JSON_KEEP_ZERO | JSON_REQUIRED)) && field_empty(field, src))
			continue;
		json_write_key(w, field->key);
		encode_field(w, field, src);
	}
	json_write_end(w, '}');
}
