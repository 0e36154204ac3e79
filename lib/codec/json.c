/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree, on json-c. A `struct json` is a json-c object under another name: the two casts below
 * are the whole border, so no node is copied. json-c stores null as a NULL pointer, which is why
 * NULL is JSON_NULL everywhere.
 */
/* json-c's names of two types are ours of functions. */
#define json_bool jsonc_bool
#define json_type jsonc_type
#include <json-c/json.h>
#undef json_bool
#undef json_type

#include "codec/json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "codec/json_scan.h"

/* Longest source line that is worth showing below a message: minified documents are one line. */
#define SOURCE_LINE_MAX 160

static const struct json_object *node(const struct json *j)
{
	return (const struct json_object *)(const void *)j;
}

/* For json-c's getters that only forgot the const; the node is not changed. */
static struct json_object *node_mut(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

static const struct json *wrap(const struct json_object *o)
{
	return (const struct json *)(const void *)o;
}

static const char *error_words(enum json_tokener_error e)
{
	static const char *const words[] = {
		[json_tokener_continue] = "the text ends early",
		[json_tokener_error_parse_eof] = "the text ends early",
		[json_tokener_error_parse_unexpected] = "unexpected character",
		[json_tokener_error_parse_null] = "unknown word, expected null, true or false",
		[json_tokener_error_parse_boolean] = "unknown word, expected null, true or false",
		[json_tokener_error_parse_number] = "malformed number",
		[json_tokener_error_parse_array] = "expected ',' or ']' after an element",
		[json_tokener_error_parse_object_key_name] =
			"expected a member name in double quotes",
		[json_tokener_error_parse_object_key_sep] = "expected ':' after a member name",
		[json_tokener_error_parse_object_value_sep] = "expected ',' or '}' after a member",
		[json_tokener_error_parse_string] = "malformed string",
		[json_tokener_error_parse_comment] = "comments are not allowed",
		[json_tokener_error_parse_utf8_string] = "invalid UTF-8",
	};

	/* A newer json-c may know more of them. */
	return (size_t)e < ARRAY_SIZE(words) && words[e] ? words[e] : "malformed text";
}

/* Word an error at byte `at` of the text as NAME:LINE:COLUMN. */
static int parse_error(const char *text, size_t len, size_t at, const char *name, const char *what,
		       struct err *err)
{
	char source[SOURCE_LINE_MAX + 1];
	const char *show = NULL;
	size_t start = 0, end;
	unsigned line = 1;

	if (at > len)
		at = len;
	for (size_t i = 0; i < at; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	for (end = start; end < len && text[end] != '\n' && text[end] != '\0'; end++)
		;
	if (end - start <= SOURCE_LINE_MAX) {
		if (end > start)
			memcpy(source, text + start, end - start);
		source[end - start] = '\0';
		show = source;
	}
	return err_at(err, name, line, (unsigned)(at - start + 1), show, "%s", what);
}

static int depth_error(const char *name, struct err *err)
{
	return err_set(err, ERR_LIMIT, "%s: JSON is nested deeper than %d levels", name,
		       JSON_MAX_DEPTH);
}

static int tokenise(struct json_tokener *tok, const char *text, size_t len, const char *name,
		    struct json_object **ret, struct err *err)
{
	struct json_object *root;
	enum json_tokener_error e;
	size_t at;

	errno = 0;
	root = json_tokener_parse_ex(tok, text, (int)len);
	e = json_tokener_get_error(tok);
	at = json_tokener_get_parse_end(tok);
	if (e == json_tokener_continue) {
		/* A number at the root ends only at something that is no part of it. */
		root = json_tokener_parse_ex(tok, "", 1);
		e = json_tokener_get_error(tok);
		at = len;
	}
	if (e == json_tokener_success) {
		while (at < len && strchr(" \t\r\n", text[at]))
			at++;
		if (at == len) {
			*ret = root;
			return 0;
		}
		json_object_put(root);
		return parse_error(text, len, at, name, "unexpected text after the document", err);
	}
	if (e == json_tokener_error_depth)
		return depth_error(name, err);
	return parse_error(text, len, at, name, error_words(e), err);
}

int json_parse(const char *text, size_t len, const char *name, struct json **ret, struct err *err)
{
	struct json_object *root = NULL;
	struct json_tokener *tok;
	const char *nul, *what;
	size_t at, depth = 0;
	int r;

	if (len > JSON_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s: JSON of %zu bytes, at most %zu are accepted",
			       name, len, JSON_MAX_SIZE);
	nul = len ? memchr(text, '\0', len) : NULL;
	if (nul)
		return parse_error(text, len, (size_t)(nul - text), name, "unexpected NUL byte",
				   err);
	at = json_scan(text, len, &what, &depth);
	if (at < len)
		return parse_error(text, len, at, name, what, err);
	if (depth > JSON_MAX_DEPTH)
		return depth_error(name, err);
	/* json-c counts a scalar inside the innermost array as a level of its own. */
	tok = json_tokener_new_ex(JSON_MAX_DEPTH + 2);
	if (!tok)
		return err_set(err, ERR_LIMIT, "%s: not enough memory to parse JSON", name);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	r = tokenise(tok, text, len, name, &root, err);
	json_tokener_free(tok);
	if (r == 0)
		*ret = (struct json *)(void *)root;
	return r;
}

void json_free(struct json *root)
{
	if (root)
		json_object_put((struct json_object *)(void *)root);
}

enum json_type json_type(const struct json *j)
{
	switch (json_object_get_type(node(j))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
	case json_type_double:
		return JSON_NUMBER;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_null:
		break;
	}
	return JSON_NULL;
}

const struct json *json_get(const struct json *j, const char *key)
{
	struct json_object *value;

	if (json_type(j) != JSON_OBJECT || !json_object_object_get_ex(node(j), key, &value))
		return NULL;
	return wrap(value);
}

size_t json_len(const struct json *j)
{
	switch (json_type(j)) {
	case JSON_ARRAY:
		return json_object_array_length(node(j));
	case JSON_OBJECT:
		return (size_t)json_object_object_length(node(j));
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_STRING:
		break;
	}
	return 0;
}

const struct json *json_at(const struct json *j, size_t i)
{
	if (json_type(j) != JSON_ARRAY)
		return NULL;
	return wrap(json_object_array_get_idx(node(j), i));
}

const char *json_string(const struct json *j, size_t *ret_len)
{
	if (json_type(j) != JSON_STRING)
		return NULL;
	if (ret_len)
		*ret_len = (size_t)json_object_get_string_len(node(j));
	return json_object_get_string(node_mut(j));
}

/*
 * The value of a number written with a fraction or an exponent, where it is a whole one that a
 * double holds exactly ("1e3", "2.0").
 */
static bool whole_double(const struct json *j, int64_t *ret)
{
	double d = json_object_get_double(node(j));
	int64_t i;

	if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0))
		return false;
	i = (int64_t)d;
	if ((double)i < d || (double)i > d)
		return false;
	*ret = i;
	return true;
}

bool json_int64(const struct json *j, int64_t *ret)
{
	uint64_t u;
	int64_t i;

	switch (json_object_get_type(node(j))) {
	case json_type_int:
		i = json_object_get_int64(node(j));
		/* json-c clamps an unsigned value that is too large. */
		u = json_object_get_uint64(node(j));
		if (i >= 0 && u != (uint64_t)i)
			return false;
		*ret = i;
		return true;
	case json_type_double:
		return whole_double(j, ret);
	default:
		return false;
	}
}

bool json_uint64(const struct json *j, uint64_t *ret)
{
	int64_t i;

	switch (json_object_get_type(node(j))) {
	case json_type_int:
		if (json_object_get_int64(node(j)) < 0)
			return false;
		*ret = json_object_get_uint64(node(j));
		return true;
	case json_type_double:
		if (!whole_double(j, &i) || i < 0)
			return false;
		*ret = (uint64_t)i;
		return true;
	default:
		return false;
	}
}

bool json_double(const struct json *j, double *ret)
{
	if (json_type(j) != JSON_NUMBER)
		return false;
	*ret = json_object_get_double(node(j));
	return true;
}

bool json_bool(const struct json *j)
{
	return json_type(j) == JSON_BOOL && json_object_get_boolean(node(j));
}

bool json_next(const struct json *object, struct json_iter *it)
{
	struct lh_entry *entry;

	if (json_type(object) != JSON_OBJECT)
		return false;
	if (!it->pos)
		entry = lh_table_head(json_object_get_object(node(object)));
	else
		entry = lh_entry_next((struct lh_entry *)it->pos);
	if (!entry)
		return false;
	it->object = object;
	it->pos = entry;
	it->key = lh_entry_k(entry);
	it->value = wrap(lh_entry_v(entry));
	return true;
}

/* Numbers keep the digits they were written with. */
static void write_number(struct json_writer *w, const struct json *j)
{
	uint64_t u;
	int64_t i;

	if (json_object_get_type(node(j)) == json_type_int) {
		if (json_int64(j, &i))
			json_write_int(w, i);
		else if (json_uint64(j, &u))
			json_write_uint(w, u);
		return;
	}
	json_write_literal(w, json_object_to_json_string(node_mut(j)));
}

/* Recursion ends: a parsed tree is at most JSON_MAX_DEPTH deep. */
void json_write_node(struct json_writer *w, const struct json *j)
{
	struct json_iter it = {0};

	switch (json_type(j)) {
	case JSON_NULL:
		json_write_null(w);
		break;
	case JSON_BOOL:
		json_write_bool(w, json_bool(j));
		break;
	case JSON_NUMBER:
		write_number(w, j);
		break;
	case JSON_STRING:
		json_write_string(w, json_string(j, NULL));
		break;
	case JSON_ARRAY:
		json_write_begin(w, '[');
		for (size_t i = 0; i < json_len(j); i++)
			json_write_node(w, json_at(j, i));
		json_write_end(w, ']');
		break;
	case JSON_OBJECT:
		json_write_begin(w, '{');
		while (json_next(j, &it)) {
			json_write_key(w, it.key);
			json_write_node(w, it.value);
		}
		json_write_end(w, '}');
		break;
	}
}
