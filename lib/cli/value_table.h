/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a struct value from the members of a C struct, by a table: what is shown is data. */
#ifndef ONGGI_CLI_VALUE_TABLE_H
#define ONGGI_CLI_VALUE_TABLE_H

#include <stddef.h>

#include "cli/value.h"

enum value_row_kind {
	VALUE_ROW_STRING,    /* char *: NULL is "" */
	VALUE_ROW_STRINGS,   /* char ** with its count: NULL is null */
	VALUE_ROW_BOOL,	     /* bool */
	VALUE_ROW_INT32,     /* int32_t */
	VALUE_ROW_INT64,     /* int64_t */
	VALUE_ROW_TIME,	     /* char *, RFC 3339 */
	VALUE_ROW_EMPTY,     /* what this program never has: "" */
	VALUE_ROW_ZERO,	     /* 0 */
	VALUE_ROW_FALSE,     /* false */
	VALUE_ROW_TRUE,	     /* true */
	VALUE_ROW_NO_LIST,   /* null, a list for templates */
	VALUE_ROW_NO_MAP,    /* null, a map for templates */
	VALUE_ROW_EMPTY_MAP, /* {} */
	VALUE_ROW_MAKE,	     /* by a function */
};

struct value_row {
	enum value_row_kind kind;
	const char *name;
	size_t offset, count_offset;
	/* VALUE_ROW_MAKE: the value, in the arena, of the whole struct. */
	struct value *(*make)(struct arena *a, const void *src);
};

#define VALUE_ROW(kind_, name_, type_, member_)                                                    \
	{                                                                                          \
		.kind = (kind_), .name = (name_), .offset = offsetof(type_, member_)               \
	}
/* member_ with its count in n_##member_ */
#define VALUE_ROW_N(name_, type_, member_)                                                         \
	{                                                                                          \
		.kind = VALUE_ROW_STRINGS, .name = (name_), .offset = offsetof(type_, member_),    \
		.count_offset = offsetof(type_, n_##member_)                                       \
	}
#define VALUE_ROW_FN(name_, make_)                                                                 \
	{                                                                                          \
		.kind = VALUE_ROW_MAKE, .name = (name_), .make = (make_)                           \
	}
/* Of the kinds without a member. */
#define VALUE_ROW_FIXED(kind_, name_)                                                              \
	{                                                                                          \
		.kind = (kind_), .name = (name_)                                                   \
	}

/* Put n rows into an object, in their order. src: the C struct. */
void value_put_rows(struct arena *a, struct value *object, const struct value_row *rows, size_t n,
		    const void *src);

#endif
