/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding a tree into structs by table.
 *
 * The path of the value in hand is a chain of frames on the stack and becomes text only for an
 * error. null counts as absent, as everywhere in this field. A string with an embedded NUL is
 * refused: cut off there, it would mean something else to us than to a reader that keeps lengths.
 */
#include "codec/json.h"

#include <inttypes.h>
#include <string.h>

struct frame {
	const struct frame *up;
	const char *key; /* NULL: an element */
	size_t index;
};

struct decoder {
	struct arena *arena;
	struct err *err;
};

static int decode_struct(const struct decoder *d, const struct json_table *t, const struct json *j,
			 const struct frame *f, void *dest);

/* Frames are at most JSON_MAX_DEPTH, so this recursion ends. */
static void frame_path(const struct frame *f, struct buf *out)
{
	if (f->up)
		frame_path(f->up, out);
	if (!f->key)
		buf_addf(out, "[%zu]", f->index);
	else if (*f->key)
		buf_addf(out, "%s%s", out->len ? "." : "", f->key);
}

/* What was found, for "expected ..., found ...". */
static void describe(const struct json *j, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	switch (json_type(j)) {
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_NUMBER:
		json_write_node(&w, j);
		break;
	case JSON_STRING:
		buf_addf(out, "the string \"%.64s\"", json_string(j, NULL));
		break;
	case JSON_ARRAY:
		buf_adds(out, "an array");
		break;
	case JSON_OBJECT:
		buf_adds(out, "an object");
		break;
	}
}

static int refuse(const struct decoder *d, const struct frame *f, const struct json *j,
		  const char *expected)
{
	_cleanup_(buf) struct buf path = BUF_INIT;
	_cleanup_(buf) struct buf found = BUF_INIT;

	frame_path(f, &path);
	describe(j, &found);
	if (!path.len)
		return err_set(d->err, ERR_INVALID, "expected %s, found %s", expected,
			       buf_str(&found));
	return err_set(d->err, ERR_INVALID, "%s: expected %s, found %s", buf_str(&path), expected,
		       buf_str(&found));
}

/* Length of a container of the given type, held against JSON_MAX_ITEMS. */
static int check_items(const struct decoder *d, const struct frame *f, const struct json *j,
		       enum json_type type, size_t *ret)
{
	_cleanup_(buf) struct buf path = BUF_INIT;

	if (json_type(j) != type)
		return refuse(d, f, j, type == JSON_ARRAY ? "an array" : "an object");
	if (json_len(j) > JSON_MAX_ITEMS) {
		frame_path(f, &path);
		return err_set(d->err, ERR_LIMIT, "%s: %zu elements, at most %zu are accepted",
			       buf_str(&path), json_len(j), JSON_MAX_ITEMS);
	}
	*ret = json_len(j);
	return 0;
}

static int decode_string(const struct decoder *d, const struct json *j, const struct frame *f,
			 char **ret)
{
	size_t len;
	const char *s = json_string(j, &len);

	if (!s)
		return refuse(d, f, j, "a string");
	if (strlen(s) != len)
		return refuse(d, f, j, "a string without NUL characters");
	*ret = arena_strndup(d->arena, s, len);
	return 0;
}

static int decode_int(const struct decoder *d, const struct json *j, const struct frame *f,
		      int64_t min, int64_t max, int64_t *ret)
{
	char expected[96];
	int64_t v;

	if (!json_int64(j, &v) || v < min || v > max) {
		(void)snprintf(expected, sizeof(expected),
			       "a whole number from %" PRId64 " to %" PRId64, min, max);
		return refuse(d, f, j, expected);
	}
	*ret = v;
	return 0;
}

static int decode_uint(const struct decoder *d, const struct json *j, const struct frame *f,
		       uint64_t max, uint64_t *ret)
{
	char expected[96];
	uint64_t v;

	if (!json_uint64(j, &v) || v > max) {
		(void)snprintf(expected, sizeof(expected), "a whole number from 0 to %" PRIu64,
			       max);
		return refuse(d, f, j, expected);
	}
	*ret = v;
	return 0;
}

static int decode_scalar(const struct decoder *d, const struct json_field *field,
			 const struct json *j, const struct frame *f, void *at)
{
	uint64_t u = 0;
	int64_t i = 0;
	int r;

	switch (field->kind) {
	case JSON_F_STRING:
		return decode_string(d, j, f, at);
	case JSON_F_BOOL:
	case JSON_F_OPT_BOOL:
		if (json_type(j) != JSON_BOOL)
			return refuse(d, f, j, "true or false");
		*(bool *)at = json_bool(j);
		return 0;
	case JSON_F_INT32:
		r = decode_int(d, j, f, INT32_MIN, INT32_MAX, &i);
		*(int32_t *)at = (int32_t)i;
		return r;
	case JSON_F_INT64:
	case JSON_F_OPT_INT64:
		return decode_int(d, j, f, INT64_MIN, INT64_MAX, at);
	case JSON_F_UINT32:
	case JSON_F_OPT_UINT32:
		r = decode_uint(d, j, f, UINT32_MAX, &u);
		*(uint32_t *)at = (uint32_t)u;
		return r;
	default:
		return decode_uint(d, j, f, UINT64_MAX, at);
	}
}

/* An optional scalar is a pointer to a value of its own in the arena. */
static int decode_optional(const struct decoder *d, const struct json_field *field,
			   const struct json *j, const struct frame *f, void **at)
{
	void *value = arena_alloc(d->arena, sizeof(uint64_t));

	if (decode_scalar(d, field, j, f, value) < 0)
		return -1;
	*at = value;
	return 0;
}

static int decode_strv(const struct decoder *d, const struct json *j, const struct frame *f,
		       char ***at, size_t *count)
{
	struct frame item = {.up = f};
	char **v;
	size_t n;

	if (check_items(d, f, j, JSON_ARRAY, &n) < 0)
		return -1;
	v = arena_calloc(d->arena, n + 1, sizeof(*v));
	for (item.index = 0; item.index < n; item.index++)
		if (decode_string(d, json_at(j, item.index), &item, &v[item.index]) < 0)
			return -1;
	*at = v;
	*count = n;
	return 0;
}

static int decode_pairs(const struct decoder *d, const struct json *j, const struct frame *f,
			struct json_pair **at, size_t *count)
{
	struct json_iter it = {0};
	struct json_pair *v;
	size_t n, i = 0;

	if (check_items(d, f, j, JSON_OBJECT, &n) < 0)
		return -1;
	v = arena_calloc(d->arena, n, sizeof(*v));
	while (i < n && json_next(j, &it)) {
		struct frame item = {.up = f, .key = it.key};

		v[i].key = arena_strdup(d->arena, it.key);
		if (decode_string(d, it.value, &item, &v[i].value) < 0)
			return -1;
		i++;
	}
	*at = v;
	*count = n;
	return 0;
}

static int decode_keys(const struct decoder *d, const struct json *j, const struct frame *f,
		       char ***at, size_t *count)
{
	struct json_iter it = {0};
	char **v;
	size_t n, i = 0;

	if (check_items(d, f, j, JSON_OBJECT, &n) < 0)
		return -1;
	v = arena_calloc(d->arena, n + 1, sizeof(*v));
	while (i < n && json_next(j, &it))
		v[i++] = arena_strdup(d->arena, it.key);
	*at = v;
	*count = n;
	return 0;
}

static int decode_uint32s(const struct decoder *d, const struct json *j, const struct frame *f,
			  uint32_t **at, size_t *count)
{
	struct frame item = {.up = f};
	uint64_t u = 0;
	uint32_t *v;
	size_t n;

	if (check_items(d, f, j, JSON_ARRAY, &n) < 0)
		return -1;
	v = arena_calloc(d->arena, n, sizeof(*v));
	for (item.index = 0; item.index < n; item.index++) {
		if (decode_uint(d, json_at(j, item.index), &item, UINT32_MAX, &u) < 0)
			return -1;
		v[item.index] = (uint32_t)u;
	}
	*at = v;
	*count = n;
	return 0;
}

static int decode_array(const struct decoder *d, const struct json_table *t, const struct json *j,
			const struct frame *f, void **at, size_t *count)
{
	struct frame item = {.up = f};
	char *v;
	size_t n;

	if (check_items(d, f, j, JSON_ARRAY, &n) < 0)
		return -1;
	v = arena_calloc(d->arena, n, t->size);
	for (item.index = 0; item.index < n; item.index++)
		if (decode_struct(d, t, json_at(j, item.index), &item, v + item.index * t->size) <
		    0)
			return -1;
	*at = v;
	*count = n;
	return 0;
}

static int decode_custom(const struct decoder *d, const struct json_field *field,
			 const struct json *j, const struct frame *f, void *at)
{
	_cleanup_(buf) struct buf path = BUF_INIT;

	if (field->decode(j, at, d->arena, d->err) == 0)
		return 0;
	frame_path(f, &path);
	return err_ctx(d->err, "%s", buf_str(&path));
}

static int decode_field(const struct decoder *d, const struct json_field *field,
			const struct json *j, const struct frame *f, char *dest)
{
	void *at = dest + field->offset;
	size_t *count = (size_t *)(void *)(dest + field->count_offset);
	void *sub;

	switch (field->kind) {
	case JSON_F_OPT_BOOL:
	case JSON_F_OPT_INT64:
	case JSON_F_OPT_UINT64:
	case JSON_F_OPT_UINT32:
		return decode_optional(d, field, j, f, at);
	case JSON_F_STRV:
		return decode_strv(d, j, f, at, count);
	case JSON_F_PAIRS:
		return decode_pairs(d, j, f, at, count);
	case JSON_F_KEYS:
		return decode_keys(d, j, f, at, count);
	case JSON_F_UINT32S:
		return decode_uint32s(d, j, f, at, count);
	case JSON_F_STRUCT:
		return decode_struct(d, field->sub, j, f, at);
	case JSON_F_PTR:
		sub = arena_alloc(d->arena, field->sub->size);
		if (decode_struct(d, field->sub, j, f, sub) < 0)
			return -1;
		*(void **)at = sub;
		return 0;
	case JSON_F_ARRAY:
		return decode_array(d, field->sub, j, f, at, count);
	case JSON_F_CUSTOM:
		return decode_custom(d, field, j, f, at);
	default:
		return decode_scalar(d, field, j, f, at);
	}
}

/* Recursion ends with the tree, which is at most JSON_MAX_DEPTH deep. */
static int decode_struct(const struct decoder *d, const struct json_table *t, const struct json *j,
			 const struct frame *f, void *dest)
{
	if (json_type(j) != JSON_OBJECT)
		return refuse(d, f, j, "an object");
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct json_field *field = &t->fields[i];
		const struct json *value = json_get(j, field->key);
		struct frame sub = {.up = f, .key = field->key};

		if (json_type(value) != JSON_NULL) {
			if (decode_field(d, field, value, &sub, dest) < 0)
				return -1;
		} else if (field->flags & JSON_REQUIRED) {
			_cleanup_(buf) struct buf path = BUF_INIT;

			frame_path(&sub, &path);
			return err_set(d->err, ERR_INVALID, "%s: missing, but required",
				       buf_str(&path));
		}
	}
	return 0;
}

int json_decode(const struct json_table *t, const struct json *j, const char *where, void *dest,
		struct arena *a, struct err *err)
{
	struct decoder d = {.arena = a, .err = err};
	struct frame root = {.key = where};

	return decode_struct(&d, t, j, &root, dest);
}

int json_decode_document(const struct json_table *t, const struct json_text *doc, void *dest,
			 struct arena *a, struct err *err)
{
	_cleanup_(json) struct json *root = NULL;

	if (json_parse(doc->text, doc->len, doc->name, &root, err) < 0)
		return -1;
	if (json_decode(t, root, "", dest, a, err) < 0)
		return err_ctx(err, "%s", doc->name);
	return 0;
}
