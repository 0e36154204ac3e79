/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/strv.h"

struct loader {
	struct golden *g;
	char **lines;
	size_t at;
};

static size_t depth_of(const char *line)
{
	return strspn(line, " ");
}

static struct value *load_string(struct arena *a, const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *text = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++) {
		char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		text[i] = (char)strtol(byte, NULL, 16);
	}
	return value_string_n(a, text, n);
}

static struct value *load_leaf(struct arena *a, const char *kind)
{
	const char *text = strchrnul(kind, ' ');

	text += *text == ' ';
	if (str_prefix(kind, "string", NULL))
		return load_string(a, text);
	if (str_prefix(kind, "int", NULL))
		return value_int(a, strtoll(text, NULL, 10));
	if (str_prefix(kind, "duration", NULL))
		return value_duration(a, strtoll(text, NULL, 10));
	if (str_prefix(kind, "float", NULL))
		return value_float(a, strtod(text, NULL));
	if (str_prefix(kind, "bool", NULL))
		return value_bool(a, strcmp(text, "true") == 0);
	if (str_prefix(kind, "time", NULL))
		return value_time(a, strcmp(text, "0001-01-01T00:00:00Z") == 0 ? NULL : text);
	if (strcmp(kind, "nillist") == 0)
		return value_nil_of(a, VALUE_LIST);
	if (strcmp(kind, "nilmap") == 0)
		return value_nil_of(a, VALUE_MAP);
	ck_assert_str_eq(kind, "nil");
	return value_nil(a);
}

/* What {{.Label "a.b"}} of a row calls: self is the text of all labels. */
static int row_label(const struct value *self, const struct value *const *args, size_t n,
		     struct arena *a, const struct value **ret, struct err *err)
{
	_cleanup_strv_ char **labels = strv_split(self->members.self, ',');
	const char *rest;

	(void)n;
	if (args[0]->kind != VALUE_STRING)
		return err_set(err, ERR_INVALID, "the name of a label is wanted");
	strv_foreach (label, labels) {
		if (str_prefix(*label, args[0]->string.text, &rest) && *rest == '=') {
			*ret = value_string(a, rest + 1);
			return 0;
		}
	}
	*ret = value_string(a, "");
	return 0;
}

static const struct value_method row_methods[] = {{"Label", 1, 1, row_label}, {NULL, 0, 0, NULL}};

static struct value *load_value(struct loader *l, const char **ret_name)
{
	struct arena *a = &l->g->arena;
	const char *line = l->lines[l->at++];
	size_t depth = depth_of(line);
	const char *name = line + depth, *kind = strchr(name, ' ') + 1;
	struct value *v;

	*ret_name = arena_strndup(a, name, (size_t)(kind - 1 - name));
	if (strcmp(kind, "struct") == 0)
		v = value_struct(a);
	else if (strcmp(kind, "map") == 0)
		v = value_map(a);
	else if (strcmp(kind, "list") == 0)
		v = value_list(a);
	else
		return load_leaf(a, kind);
	while (depth_of(l->lines[l->at]) > depth) {
		const char *member;
		struct value *child = load_value(l, &member);

		if (v->kind == VALUE_LIST)
			value_append(a, v, child);
		else
			value_put(a, v, member, child);
	}
	return v;
}

/* What the symbols of templates.go stand for. */
static const char *plain(struct arena *a, const char *s, size_t *ret_len)
{
	static const char symbols[] = "\x80\x89\xa4\xa6", meanings[] = "\0\t\n\xff";
	char *text = arena_alloc(a, strlen(s) + 1);
	size_t n = 0;

	while (*s) {
		const char *at = str_prefix(s, "\xe2\x90", NULL) ? strchr(symbols, s[2]) : NULL;

		text[n++] = at ? meanings[at - symbols] : *s;
		s += at ? 3 : 1;
	}
	*ret_len = n;
	return text;
}

static void load_case(struct loader *l)
{
	struct golden_case *c = arena_push(&l->g->arena, l->g->cases, l->g->n);
	_cleanup_strv_ char **fields = strv_split(l->lines[l->at++], '\t');
	const char *result = l->lines[l->at++], *at;

	ck_assert_uint_ge(strv_len(fields), 2);
	c->data = value_get(l->g->data, fields[0]);
	ck_assert_ptr_nonnull(c->data);
	c->template = plain(&l->g->arena, fields[1], &c->len);
	if (*result == '=') {
		c->output = plain(&l->g->arena, result + 2, &c->len);
		return;
	}
	ck_assert_ptr_nonnull(fields[2]);
	at = strchr(fields[2], ':');
	c->line = at ? (unsigned)strtoul(fields[2] + 1, NULL, 10) : 1;
	c->column = (unsigned)strtoul((at ? at : fields[2]) + 1, NULL, 10);
}

void golden_load(const char *path, struct golden *ret)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;
	struct loader l = {.g = ret};
	FILE *f = fopen(path, "re");
	char chunk[4096];
	size_t n;

	ck_assert_msg(f != NULL, "%s can't be opened", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	(void)fclose(f);
	*ret = (struct golden){.n = 0};
	lines = strv_split(buf_str(&text), '\n');
	l.lines = lines;
	ret->data = value_struct(&ret->arena);
	while (strcmp(lines[l.at], "%%") != 0) {
		const char *name;
		struct value *v = load_value(&l, &name);

		if (strcmp(name, "row") == 0) {
			v->members.methods = row_methods;
			v->members.self = value_get(v, "Labels")->string.text;
		}
		value_put(&ret->arena, ret->data, name, v);
	}
	l.at++;
	while (lines[l.at] && *lines[l.at])
		load_case(&l);
}

void golden_done(struct golden *g)
{
	if (g)
		arena_done(&g->arena);
}
