/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What commands show: a tree of values that --format templates read and that is printed as JSON.
 *
 * A command builds one tree and everything else follows from it, so that `inspect`, its JSON and
 * its templates can't differ. Values live in an arena and are never changed once they are shown.
 * A struct has a fixed set of members, in the order in which they were put, and asking for another
 * is an error; a map has any keys, is sorted by key where it is printed or ranged over (as in Go),
 * and asking for another key gives "no value".
 */
#ifndef ONGGI_CLI_VALUE_H
#define ONGGI_CLI_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"

enum value_kind {
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_TIME, /* Go's time.Time in UTC: methods, RFC 3339 in JSON */
	VALUE_LIST,
	VALUE_MAP,
	VALUE_STRUCT,
};

/* What a whole number counts: it prints in words, in JSON it is the number. */
enum value_unit {
	VALUE_PLAIN,
	VALUE_DURATION, /* Go's time.Duration, nanoseconds: 1m30s */
	VALUE_MONTH,	/* January = 1 */
	VALUE_WEEKDAY,	/* Sunday = 0 */
};

struct value;

struct value_member {
	const char *name;
	const struct value *value;
};

/* What a template may call on a struct, with arguments: {{.Label "a.b"}}. */
struct value_method {
	const char *name;
	int min_args, max_args;
	/* args: n values. ret: in the arena. Errors: ERR_INVALID about an argument. */
	int (*call)(const struct value *self, const struct value *const *args, size_t n,
		    struct arena *a, const struct value **ret, struct err *err);
};

struct value {
	enum value_kind kind;
	union {
		enum value_kind nil_of; /* of VALUE_NIL */
		enum value_unit unit;	/* of VALUE_INT */
	};
	union {
		bool boolean;
		double number;
		struct {
			int64_t seconds; /* since 1970 (INT64_MIN: Go's zero time, year 1) */
			uint32_t nanoseconds;
		} time;
		int64_t integer;
		struct {
			const char *text;
			size_t len;
			const struct value *time; /* whose methods it has, too; or NULL */
		} string;
		struct {
			const struct value **items;
			size_t n;
		} list;
		struct {
			struct value_member *members;
			size_t n;
			const struct value_method *methods; /* ends with a NULL name; or NULL */
			const void *self;		    /* for the methods; borrowed */
		} members;				    /* of maps and structs */
	};
};

/* Make values. Strings are copied; NULL is the empty string. */
struct value *value_nil(struct arena *a);
/*
 * Go's nil slice (VALUE_LIST) or nil map (VALUE_MAP): null in JSON, but it prints as [] or map[],
 * has a length of 0 and can be indexed like an empty one.
 */
struct value *value_nil_of(struct arena *a, enum value_kind kind);
struct value *value_bool(struct arena *a, bool v);
struct value *value_int(struct arena *a, int64_t v);
/* Nanoseconds that print as 1m30s. */
struct value *value_duration(struct arena *a, int64_t ns);
struct value *value_float(struct arena *a, double v);
struct value *value_string(struct arena *a, const char *s);
struct value *value_string_n(struct arena *a, const char *s, size_t len);
/* From RFC 3339 text; NULL, "" and what is no time give Go's zero time. */
struct value *value_time(struct arena *a, const char *rfc3339);
/*
 * The same as docker shows it: a string in RFC 3339 wherever it is printed, cut or compared, which
 * has the methods of the time as well, as podman's has.
 */
struct value *value_time_text(struct arena *a, const char *rfc3339);
/* An empty list: [] in JSON. */
struct value *value_list(struct arena *a);
struct value *value_map(struct arena *a);
struct value *value_struct(struct arena *a);

/* Append to a list. */
void value_append(struct arena *a, struct value *list, const struct value *item);
/* Add a member to a map or struct; a map's earlier one of that name is replaced. Copies the name.
 */
void value_put(struct arena *a, struct value *object, const char *name, const struct value *v);
/* The usual ones in one call. */
void value_put_string(struct arena *a, struct value *object, const char *name, const char *s);
void value_put_int(struct arena *a, struct value *object, const char *name, int64_t v);
void value_put_bool(struct arena *a, struct value *object, const char *name, bool v);
/* A list of n strings; with items NULL it is a nil list (null in JSON). */
void value_put_strings(struct arena *a, struct value *object, const char *name, char *const *items,
		       size_t n);

/* Member of a map or struct; NULL where there is none. */
const struct value *value_get(const struct value *object, const char *name);

/*
 * Append as JSON, as Go's encoding/json does without HTML escaping: maps sorted by key, structs in
 * their order; invalid UTF-8 becomes U+FFFD. indent 0: on one line without blanks, else blanks per
 * level. No newline behind it. The depth of a tree is the builder's affair; text from outside is
 * bounded by whoever parsed it.
 */
void value_json(const struct value *v, unsigned indent, struct buf *out);

#endif
