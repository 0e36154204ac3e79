/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML: parse into a tree that knows where each node stands.
 *
 * Files that a person wrote (compose, kube, configuration): every complaint about them shows
 * FILE:LINE:COLUMN and the line, by yaml_error(). Anchors, aliases and merge keys ("<<") are
 * resolved while parsing. An alias and its anchor are one node, so the tree is one for reading
 * only; the limits below count such a node each time that it is used, so that walking the whole
 * tree stays bounded.
 *
 * Backed by libyaml (YAML 1.1 syntax), which no other file sees. Scalars are left as text with
 * their style: the reader's schema, not a guess, decides what is a number.
 */
#ifndef ONGGI_CODEC_YAML_H
#define ONGGI_CODEC_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/err.h"

#define YAML_MAX_SIZE  ((size_t)4 << 20) /* bytes of one file */
#define YAML_MAX_DEPTH 64
#define YAML_MAX_NODES ((size_t)200000) /* of one document, aliased ones counted at each use */
#define YAML_MAX_DOCS  ((size_t)1024)

enum yaml_type {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

enum yaml_style {
	YAML_PLAIN,
	YAML_SINGLE_QUOTED,
	YAML_DOUBLE_QUOTED,
	YAML_LITERAL, /* | */
	YAML_FOLDED,  /* > */
};

struct yaml_node {
	enum yaml_type type;
	enum yaml_style style; /* of a scalar */
	unsigned line, column; /* 1-based */
	const char *tag; /* explicit one, resolved ("!reset", "tag:yaml.org,2002:str"); else NULL */
	const char *text; /* scalar: NUL-terminated, `len` bytes of UTF-8 */
	size_t len;
	struct yaml_node **items; /* sequence */
	size_t n_items;
	struct yaml_pair *pairs; /* mapping, in document order, then those of merge keys */
	size_t n_pairs;
	size_t weight; /* nodes in this tree, itself included, aliased ones counted at each use */
	unsigned height;
};

struct yaml_pair {
	struct yaml_node *key; /* always a scalar without NUL bytes, unique in its mapping */
	struct yaml_node *value;
};

struct yaml_file {
	const char *name; /* for errors */
	const char *text; /* borrowed: must outlive the file */
	size_t len;
	struct yaml_node **docs; /* one root per document that is not empty */
	size_t n_docs;
};

/*
 * Parse all documents of a text.
 *
 * text, len  UTF-8; must stay until the file is no longer used, for yaml_error()
 * name       a file's path, or what else it is; must stay too
 * a          owns all nodes
 * Errors:    ERR_INVALID with file, line and column: syntax, a key that is given twice, a key that
 * is no scalar, an unknown or recursive alias, a merge key whose value is no mapping; ERR_LIMIT
 */
int yaml_parse(const char *text, size_t len, const char *name, struct arena *a,
	       struct yaml_file *ret, struct err *err);

/* Set an ERR_INVALID that points at a node: "FILE:LINE:COLUMN: text", the line, a caret. Returns
 * -1. */
int yaml_error(const struct yaml_file *f, const struct yaml_node *n, struct err *err,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Value of a key of a mapping; NULL where absent or n is NULL or no mapping. */
struct yaml_node *yaml_get(const struct yaml_node *n, const char *key);
/* Text of a scalar; NULL for other nodes and NULL. May hold NUL bytes: compare strlen with n->len.
 */
const char *yaml_text(const struct yaml_node *n);
/* Is it null: NULL, or a plain scalar that is empty, "~" or "null" (YAML 1.2 core schema, 10.3)? */
bool yaml_is_null(const struct yaml_node *n);
/* A plain scalar true or false (core schema, any of its three spellings); false when it is neither.
 */
bool yaml_bool(const struct yaml_node *n, bool *ret);
/* For messages: "a string", "a list", "a mapping", "nothing". */
const char *yaml_type_words(const struct yaml_node *n);

#endif
