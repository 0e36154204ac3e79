/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: parse into a tree, decode a tree into C structs by table, and write.
 *
 * One table of `struct json_field` rows describes a struct once and serves both directions, so that
 * a reader and a writer of the same document can't drift apart. Decoded strings and arrays live in
 * an arena. Unknown keys are skipped (OCI: implementations MUST ignore unknown properties).
 *
 * Backed by json-c, which no other file sees.
 */
#ifndef ONGGI_CODEC_JSON_H
#define ONGGI_CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"

#define JSON_MAX_SIZE  ((size_t)16 << 20) /* bytes of one document */
#define JSON_MAX_DEPTH 64
#define JSON_MAX_ITEMS ((size_t)65536) /* of one array or map that is decoded by table */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json; /* a node; children are borrowed from the root */

/*
 * Parse one document, nothing but white space around it. Of members with the same name the last
 * counts (as in Go, which the rest of the field is written in); comments, NaN and NUL bytes are
 * refused.
 *
 * text, len  UTF-8, need not be NUL-terminated
 * name       what it is, for errors: "manifest", a file's path
 * ret        root, released by json_free()
 * Errors:    ERR_INVALID with line and column; ERR_LIMIT beyond JSON_MAX_SIZE or JSON_MAX_DEPTH
 */
int json_parse(const char *text, size_t len, const char *name, struct json **ret, struct err *err);
/* Release a root. NULL is accepted. */
void json_free(struct json *root);
DEFINE_CLEANUP(json, json_free)

/* Type of a node; NULL is JSON_NULL. */
enum json_type json_type(const struct json *j);
/* Member of an object, NULL where absent or j is no object. */
const struct json *json_get(const struct json *j, const char *key);
/* Number of elements or members; 0 for other types. */
size_t json_len(const struct json *j);
/* Element of an array, NULL out of range. */
const struct json *json_at(const struct json *j, size_t i);
/* Text of a string node (NUL-terminated, length in *ret_len unless NULL); NULL for other types. */
const char *json_string(const struct json *j, size_t *ret_len);
/* A number that is a whole one in range; false otherwise. */
bool json_int64(const struct json *j, int64_t *ret);
/* The same, unsigned. */
bool json_uint64(const struct json *j, uint64_t *ret);
/* Any number. */
bool json_double(const struct json *j, double *ret);
/* true or false; false for other types. */
bool json_bool(const struct json *j);

/* Where an iteration stands: begin with {0}. */
struct json_iter {
	const struct json *object;
	void *pos;
	const char *key;
	const struct json *value;
};
/* Next member of an object in document order; false behind the last. */
bool json_next(const struct json *object, struct json_iter *it);

/* ---- decoding and encoding by table ---- */

struct json_pair {
	char *key;
	char *value;
};

enum json_field_kind {
	JSON_F_STRING,	 /* char *                              */
	JSON_F_BOOL,	 /* bool                                */
	JSON_F_INT32,	 /* int32_t                             */
	JSON_F_UINT32,	 /* uint32_t                            */
	JSON_F_INT64,	 /* int64_t                             */
	JSON_F_UINT64,	 /* uint64_t                            */
	JSON_F_OPT_BOOL, /* bool *: NULL where the key is absent */
	JSON_F_OPT_INT64,
	JSON_F_OPT_UINT64,
	JSON_F_OPT_UINT32,
	JSON_F_STRV,	/* char ** NULL-terminated + size_t at count; NULL where absent */
	JSON_F_PAIRS,	/* struct json_pair * + size_t at count, from {"k": "v"}     */
	JSON_F_KEYS,	/* char ** + size_t at count, from {"k": {}} (a set)          */
	JSON_F_UINT32S, /* uint32_t * + size_t at count                               */
	JSON_F_STRUCT,	/* embedded struct described by sub                           */
	JSON_F_PTR,	/* struct pointer described by sub, NULL where absent or null */
	JSON_F_ARRAY,	/* array of structs described by sub + size_t at count        */
	JSON_F_CUSTOM,	/* decode and encode functions                                */
};

#define JSON_REQUIRED  0x1u /* absence is ERR_INVALID                                   */
#define JSON_KEEP_ZERO 0x2u /* write it even when it is 0, false, empty                 */

struct json_table;
struct json_writer;

struct json_field {
	const char *key;
	enum json_field_kind kind;
	unsigned flags;
	size_t offset;
	size_t count_offset; /* for arrays: where the size_t is */
	const struct json_table *sub;
	/* JSON_F_CUSTOM: at is the field's address. encode writes the value (the key is written).
	 */
	int (*decode)(const struct json *j, void *at, struct arena *a, struct err *err);
	void (*encode)(struct json_writer *w, const void *at);
	bool (*is_empty)(const void *at); /* JSON_F_CUSTOM: leave the key out? NULL: never */
};

struct json_table {
	size_t size; /* sizeof of the struct */
	const struct json_field *fields;
	size_t n_fields;
};

#define JSON_FIELD(k, key_, type_, member_, flags_)                                                \
	{                                                                                          \
		.key = (key_), .kind = (k), .flags = (flags_), .offset = offsetof(type_, member_)  \
	}
/* member_ with its count in n_##member_ */
#define JSON_FIELD_N(k, key_, type_, member_, sub_, flags_)                                        \
	{                                                                                          \
		.key = (key_), .kind = (k), .flags = (flags_), .offset = offsetof(type_, member_), \
		.count_offset = offsetof(type_, n_##member_), .sub = (sub_)                        \
	}
#define JSON_FIELD_SUB(k, key_, type_, member_, sub_, flags_)                                      \
	{                                                                                          \
		.key = (key_), .kind = (k), .flags = (flags_), .offset = offsetof(type_, member_), \
		.sub = (sub_)                                                                      \
	}
#define JSON_TABLE(type_, fields_)                                                                 \
	{                                                                                          \
		.size = sizeof(type_), .fields = (fields_), .n_fields = ARRAY_SIZE(fields_)        \
	}

/*
 * Fill a zeroed struct from an object.
 *
 * where  path of the object for errors: "process.rlimits[2]"; "" for the root
 * Errors: ERR_INVALID naming the path, what was found and what is expected
 */
int json_decode(const struct json_table *t, const struct json *j, const char *where, void *dest,
		struct arena *a, struct err *err);
/* A document as json_parse() takes it; all borrowed. */
struct json_text {
	const char *text;
	size_t len;
	const char *name;
};

/* json_parse() and json_decode() in one. */
int json_decode_document(const struct json_table *t, const struct json_text *doc, void *dest,
			 struct arena *a, struct err *err);
/* The same with the document's parts in line. */
#define json_decode_text(t, text_, len_, name_, dest, a, err)                                      \
	json_decode_document(                                                                      \
		(t), &(const struct json_text){.text = (text_), .len = (len_), .name = (name_)},   \
		(dest), (a), (err))

/*
 * Leave elements out of a long array before the document is parsed: that costs a fraction of
 * parsing them.
 *
 * text, len  of a document whose outermost value is an object
 * member     of this object: an array
 * keep       is this element, as it stands in the text, wanted?
 * out        the document with those elements only that keep says, the rest as it stands. What is
 *            left out is not checked.
 * Returns false where the text does not have this shape; *out then holds nothing of use, and
 * json_parse() knows what is wrong.
 */
bool json_filter(const char *text, size_t len, const char *member,
		 bool (*keep)(const char *element, size_t len, const void *data), const void *data,
		 struct buf *out);

/* Writes to *out; sticky failure is out->overflow. indent 0: compact, else spaces per level. */
struct json_writer {
	struct buf *out;
	unsigned indent;
	unsigned depth;
	bool need_comma;
	bool after_key;
};

#define JSON_WRITER_INIT(out_, indent_)                                                            \
	{                                                                                          \
		.out = (out_), .indent = (indent_)                                                 \
	}

/* Begin an object or array: '{' or '['. */
void json_write_begin(struct json_writer *w, char open);
/* End it: '}' or ']'. */
void json_write_end(struct json_writer *w, char close);
/* A member's name; its value follows. */
void json_write_key(struct json_writer *w, const char *key);
/* NULL writes null. Invalid UTF-8 is written as U+FFFD. */
void json_write_string(struct json_writer *w, const char *s);
/* A whole number. */
void json_write_int(struct json_writer *w, int64_t v);
/* A whole number. */
void json_write_uint(struct json_writer *w, uint64_t v);
/* true or false. */
void json_write_bool(struct json_writer *w, bool v);
/* null. */
void json_write_null(struct json_writer *w);
/* A value that is JSON text already, on one line: a number in another notation, a cached document.
 */
void json_write_literal(struct json_writer *w, const char *text);
/* A parsed node as it was. */
void json_write_node(struct json_writer *w, const struct json *j);
/* A struct by its table; empty members are left out unless JSON_KEEP_ZERO or JSON_REQUIRED. */
void json_encode(const struct json_table *t, const void *src, struct json_writer *w);

#endif
