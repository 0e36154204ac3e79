/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From libyaml's events to the tree.
 *
 * Nodes are built depth first and recursion stops at YAML_MAX_DEPTH. An anchor becomes known when
 * its node is complete, so an alias inside its own anchor is unknown, and no cycle can arise. Each
 * node carries the number of nodes below it with aliases counted at each use: a document whose
 * expansion is too large is refused as soon as that sum passes the limit, and nothing is ever
 * copied.
 */
#include "codec/yaml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/strv.h"

#define SOURCE_LINE_MAX 200
#define MERGE_TAG	"tag:yaml.org,2002:merge"

struct builder {
	yaml_parser_t parser;
	struct yaml_file *file;
	struct arena *arena;
	struct map anchors; /* name to struct yaml_node, of the current document */
	struct err *err;
};

static int build(struct builder *b, yaml_event_t *ev, unsigned depth, struct yaml_node **ret);

/* A copy of the line (1-based), NULL where it is too long to be shown. */
static const char *source_line(const struct yaml_file *f, unsigned line, char *buf)
{
	const char *p = f->text, *end = f->text + f->len, *nl;
	size_t n;

	for (unsigned i = 1; i < line && p < end; i++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl ? nl + 1 : end;
	}
	nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	n = (size_t)((nl ? nl : end) - p);
	if (n && p[n - 1] == '\r')
		n--;
	if (n > SOURCE_LINE_MAX)
		return NULL;
	memcpy(buf, p, n);
	buf[n] = '\0';
	return buf;
}

static int error_at(const struct yaml_file *f, yaml_mark_t mark, struct err *err, const char *text)
{
	char line[SOURCE_LINE_MAX + 1];

	return err_at(err, f->name, (unsigned)mark.line + 1, (unsigned)mark.column + 1,
		      source_line(f, (unsigned)mark.line + 1, line), "%s", text);
}

int yaml_error(const struct yaml_file *f, const struct yaml_node *n, struct err *err,
	       const char *fmt, ...)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	yaml_mark_t mark = {.line = n->line - 1, .column = n->column - 1};
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	return error_at(f, mark, err, buf_str(&text));
}

static int limit_error(const struct builder *b, yaml_mark_t mark, const char *what, size_t max)
{
	return err_set(b->err, ERR_LIMIT, "%s:%zu:%zu: %s, at most %zu are accepted", b->file->name,
		       mark.line + 1, mark.column + 1, what, max);
}

static int parser_error(const struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (p->error == YAML_MEMORY_ERROR)
		return err_set(b->err, ERR_LIMIT, "%s: not enough memory to parse YAML",
			       b->file->name);
	if (p->error == YAML_READER_ERROR)
		return err_set(b->err, ERR_INVALID, "%s: byte %zu: %s", b->file->name,
			       p->problem_offset, p->problem);
	buf_adds(&text, p->problem ? p->problem : "malformed YAML");
	if (p->context)
		buf_addf(&text, " (%s that starts in line %zu)", p->context,
			 p->context_mark.line + 1);
	return error_at(b->file, p->problem_mark, b->err, buf_str(&text));
}

static int next_event(struct builder *b, yaml_event_t *ret)
{
	return yaml_parser_parse(&b->parser, ret) ? 0 : parser_error(b);
}

static struct yaml_node *new_node(struct builder *b, const yaml_event_t *ev, enum yaml_type type,
				  const yaml_char_t *tag)
{
	struct yaml_node *n = arena_alloc(b->arena, sizeof(*n));

	n->type = type;
	n->line = (unsigned)ev->start_mark.line + 1;
	n->column = (unsigned)ev->start_mark.column + 1;
	n->tag = arena_strdup(b->arena, (const char *)tag);
	n->weight = 1;
	n->height = 1;
	return n;
}

/* Account for a child below n, which stands at `depth`. */
static int add_weight(struct builder *b, struct yaml_node *n, const struct yaml_node *child,
		      unsigned depth, yaml_mark_t mark)
{
	n->weight += child->weight;
	if (n->height <= child->height)
		n->height = child->height + 1;
	if (n->weight > YAML_MAX_NODES)
		return limit_error(b, mark, "too many nodes with aliases expanded", YAML_MAX_NODES);
	if (depth + n->height > YAML_MAX_DEPTH)
		return limit_error(b, mark, "too many levels of nesting", YAML_MAX_DEPTH);
	return 0;
}

static void set_anchor(struct builder *b, const yaml_char_t *name, struct yaml_node *n)
{
	if (name)
		map_set(&b->anchors, (const char *)name, n);
}

static int build_alias(struct builder *b, const yaml_event_t *ev, struct yaml_node **ret)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct yaml_node *n = map_get(&b->anchors, name);
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (!n) {
		buf_addf(&text, "no anchor '&%s' stands before this alias", name);
		return error_at(b->file, ev->start_mark, b->err, buf_str(&text));
	}
	*ret = n;
	return 0;
}

static enum yaml_style scalar_style(yaml_scalar_style_t s)
{
	switch (s) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return YAML_SINGLE_QUOTED;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return YAML_DOUBLE_QUOTED;
	case YAML_LITERAL_SCALAR_STYLE:
		return YAML_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return YAML_FOLDED;
	default:
		return YAML_PLAIN;
	}
}

static struct yaml_node *build_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct yaml_node *n = new_node(b, ev, YAML_SCALAR, ev->data.scalar.tag);

	n->style = scalar_style(ev->data.scalar.style);
	n->len = ev->data.scalar.length;
	n->text = arena_strndup(b->arena, (const char *)ev->data.scalar.value, n->len);
	set_anchor(b, ev->data.scalar.anchor, n);
	return n;
}

static int build_sequence(struct builder *b, const yaml_event_t *start, unsigned depth,
			  struct yaml_node **ret)
{
	struct yaml_node *n = new_node(b, start, YAML_SEQUENCE, start->data.sequence_start.tag);

	for (;;) {
		struct yaml_node *child = NULL;
		yaml_event_t ev;
		bool end;
		int r = 0;

		if (next_event(b, &ev) < 0)
			return -1;
		end = ev.type == YAML_SEQUENCE_END_EVENT;
		if (!end)
			r = build(b, &ev, depth + 1, &child);
		if (r == 0 && !end)
			r = add_weight(b, n, child, depth, ev.start_mark);
		yaml_event_delete(&ev);
		if (r < 0)
			return -1;
		if (end)
			break;
		*arena_push(b->arena, n->items, n->n_items) = child;
	}
	set_anchor(b, start->data.sequence_start.anchor, n);
	*ret = n;
	return 0;
}

static bool is_merge_key(const struct yaml_node *k)
{
	if (k->tag)
		return strcmp(k->tag, MERGE_TAG) == 0;
	return k->style == YAML_PLAIN && strcmp(k->text, "<<") == 0;
}

/* Keys are the map's: a mapping's own first, which win over merged ones. */
static int merge_one(struct builder *b, struct yaml_node *n, const struct yaml_node *from,
		     struct map *keys)
{
	if (from->type != YAML_MAPPING)
		return yaml_error(
			b->file, from, b->err,
			"the value of '<<' is %s, expected a mapping or a list of mappings",
			yaml_type_words(from));
	for (size_t i = 0; i < from->n_pairs; i++) {
		if (map_has(keys, from->pairs[i].key->text))
			continue;
		map_set(keys, from->pairs[i].key->text, from->pairs[i].key);
		*arena_push(b->arena, n->pairs, n->n_pairs) = from->pairs[i];
	}
	return 0;
}

static int merge(struct builder *b, struct yaml_node *n, const struct yaml_node *value,
		 struct map *keys)
{
	if (value->type != YAML_SEQUENCE)
		return merge_one(b, n, value, keys);
	for (size_t i = 0; i < value->n_items; i++)
		if (merge_one(b, n, value->items[i], keys) < 0)
			return -1;
	return 0;
}

static int check_key(struct builder *b, const struct yaml_node *k, const struct map *keys)
{
	const struct yaml_node *first;

	if (k->type != YAML_SCALAR)
		return yaml_error(b->file, k, b->err, "a key is %s, expected a string",
				  yaml_type_words(k));
	if (strlen(k->text) != k->len)
		return yaml_error(b->file, k, b->err, "a key has a NUL character");
	first = map_get(keys, k->text);
	if (first)
		return yaml_error(b->file, k, b->err, "key '%s' is given already in line %u",
				  k->text, first->line);
	return 0;
}

/* Read one pair. Returns 1, 0 at the mapping's end, -1 on error. */
static int build_pair(struct builder *b, struct yaml_node *n, unsigned depth, struct yaml_pair *ret)
{
	struct yaml_pair p = {NULL, NULL};
	yaml_event_t ev;
	bool end;
	int r = 0;

	if (next_event(b, &ev) < 0)
		return -1;
	end = ev.type == YAML_MAPPING_END_EVENT;
	if (!end)
		r = build(b, &ev, depth + 1, &p.key);
	if (r == 0 && !end)
		r = add_weight(b, n, p.key, depth, ev.start_mark);
	yaml_event_delete(&ev);
	if (r < 0 || end)
		return r;
	if (next_event(b, &ev) < 0)
		return -1;
	r = build(b, &ev, depth + 1, &p.value);
	if (r == 0)
		r = add_weight(b, n, p.value, depth, ev.start_mark);
	yaml_event_delete(&ev);
	if (r < 0)
		return -1;
	*ret = p;
	return 1;
}

static int build_mapping(struct builder *b, const yaml_event_t *start, unsigned depth,
			 struct yaml_node **ret)
{
	_cleanup_(map) struct map keys = MAP_INIT;
	struct yaml_node *n = new_node(b, start, YAML_MAPPING, start->data.mapping_start.tag);
	struct yaml_node *merged = NULL;
	struct yaml_pair p;
	int r;

	while ((r = build_pair(b, n, depth, &p)) == 1) {
		if (check_key(b, p.key, &keys) < 0)
			return -1;
		map_set(&keys, p.key->text, p.key);
		if (is_merge_key(p.key))
			merged = p.value;
		else
			*arena_push(b->arena, n->pairs, n->n_pairs) = p;
	}
	if (r < 0 || (merged && merge(b, n, merged, &keys) < 0))
		return -1;
	set_anchor(b, start->data.mapping_start.anchor, n);
	*ret = n;
	return 0;
}

static int build(struct builder *b, yaml_event_t *ev, unsigned depth, struct yaml_node **ret)
{
	if (depth >= YAML_MAX_DEPTH)
		return limit_error(b, ev->start_mark, "too many levels of nesting", YAML_MAX_DEPTH);
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return build_alias(b, ev, ret);
	case YAML_SEQUENCE_START_EVENT:
		return build_sequence(b, ev, depth, ret);
	case YAML_MAPPING_START_EVENT:
		return build_mapping(b, ev, depth, ret);
	default:
		*ret = build_scalar(b, ev);
		return 0;
	}
}

/* One event outside of nodes. Returns 1 to go on, 0 at the end of the stream. */
static int build_toplevel(struct builder *b)
{
	struct yaml_file *f = b->file;
	struct yaml_node *root = NULL;
	yaml_event_t ev;
	int r = 1;

	if (next_event(b, &ev) < 0)
		return -1;
	switch (ev.type) {
	case YAML_STREAM_END_EVENT:
		r = 0;
		break;
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	case YAML_DOCUMENT_START_EVENT:
		map_done(&b->anchors);
		b->anchors = (struct map)MAP_INIT;
		if (f->n_docs == YAML_MAX_DOCS)
			r = limit_error(b, ev.start_mark, "too many documents", YAML_MAX_DOCS);
		break;
	default:
		r = build(b, &ev, 0, &root) < 0 ? -1 : 1;
		if (r == 1 && !(yaml_is_null(root) && !root->len))
			*arena_push(b->arena, f->docs, f->n_docs) = root;
		break;
	}
	yaml_event_delete(&ev);
	return r;
}

int yaml_parse(const char *text, size_t len, const char *name, struct arena *a,
	       struct yaml_file *ret, struct err *err)
{
	struct yaml_file f = {.name = name, .text = text, .len = len};
	struct builder b = {.file = &f, .arena = a, .err = err};
	int r;

	if (len > YAML_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s: YAML of %zu bytes, at most %zu are accepted",
			       name, len, YAML_MAX_SIZE);
	if (!yaml_parser_initialize(&b.parser))
		return err_set(err, ERR_LIMIT, "%s: not enough memory to parse YAML", name);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, len);
	do
		r = build_toplevel(&b);
	while (r == 1);
	map_done(&b.anchors);
	yaml_parser_delete(&b.parser);
	if (r == 0)
		*ret = f;
	return r;
}

struct yaml_node *yaml_get(const struct yaml_node *n, const char *key)
{
	if (!n || n->type != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < n->n_pairs; i++)
		if (strcmp(n->pairs[i].key->text, key) == 0)
			return n->pairs[i].value;
	return NULL;
}

const char *yaml_text(const struct yaml_node *n)
{
	return n && n->type == YAML_SCALAR ? n->text : NULL;
}

static bool is_plain(const struct yaml_node *n)
{
	return n->type == YAML_SCALAR && n->style == YAML_PLAIN && !n->tag;
}

bool yaml_is_null(const struct yaml_node *n)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (!n)
		return true;
	for (size_t i = 0; is_plain(n) && i < ARRAY_SIZE(words); i++)
		if (strcmp(n->text, words[i]) == 0)
			return true;
	return false;
}

bool yaml_bool(const struct yaml_node *n, bool *ret)
{
	static const char *const words[] = {"false", "False", "FALSE", "true", "True", "TRUE"};

	for (size_t i = 0; n && is_plain(n) && i < ARRAY_SIZE(words); i++)
		if (strcmp(n->text, words[i]) == 0) {
			*ret = i >= 3;
			return true;
		}
	return false;
}

const char *yaml_type_words(const struct yaml_node *n)
{
	if (yaml_is_null(n))
		return "nothing";
	switch (n->type) {
	case YAML_SEQUENCE:
		return "a list";
	case YAML_MAPPING:
		return "a mapping";
	case YAML_SCALAR:
		break;
	}
	return "a string";
}
