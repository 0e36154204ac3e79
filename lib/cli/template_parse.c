/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent over the tokens. The names of the variables that are known at a place are kept
 * while parsing, so that an unknown one is told before anything runs.
 */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"

static int parse_list(struct template_parser *p, struct template_list *list,
		      enum template_token_kind *ret_end);

const struct template_token *template_peek(struct template_parser *p)
{
	while (p->tokens[p->at].kind == TOKEN_SPACE)
		p->at++;
	return &p->tokens[p->at];
}

const struct template_token *template_next(struct template_parser *p)
{
	const struct template_token *t = template_peek(p);

	if (t->kind != TOKEN_EOF)
		p->at++;
	return t;
}

struct template_node *template_node(struct template_parser *p, enum template_node_kind kind,
				    size_t pos)
{
	struct template_node *n = arena_alloc(&p->t->arena, sizeof(*n));

	n->kind = kind;
	n->pos = pos;
	return n;
}

int template_unexpected(struct template_parser *p, const char *where)
{
	const struct template_token *t = template_peek(p);

	if (t->kind == TOKEN_EOF)
		return template_fail(p->t, t->pos, p->err, "the template ends within %s", where);
	return template_fail(p->t, t->pos, p->err, "'%.*s' may not stand in %s",
			     (int)(t->len > 40 ? 40 : t->len), p->t->text + t->pos, where);
}

int template_deeper(struct template_parser *p, size_t pos)
{
	if (++p->depth > TEMPLATE_MAX_DEPTH) {
		(void)template_fail(p->t, pos, p->err,
				    "the template is nested deeper than %d levels",
				    TEMPLATE_MAX_DEPTH);
		if (p->err)
			p->err->kind = ERR_LIMIT;
		return -1;
	}
	return 0;
}

static void add(struct template_parser *p, struct template_list *list, struct template_node *n)
{
	*arena_push(&p->t->arena, list->items, list->n) = n;
}

static int expect_right(struct template_parser *p, const char *where)
{
	if (template_peek(p)->kind != TOKEN_RIGHT)
		return template_unexpected(p, where);
	(void)template_next(p);
	return 0;
}

static int parse_block(struct template_parser *p, struct template_list *list, size_t pos,
		       enum template_token_kind keyword);

/* {{else}}, {{else if x}} and {{else with x}}, of which the latter two are blocks of their own. */
static int parse_else(struct template_parser *p, struct template_node *n)
{
	const struct template_token *t = template_peek(p);
	enum template_token_kind end;

	if ((t->kind == TOKEN_IF && n->kind == NODE_IF) ||
	    (t->kind == TOKEN_WITH && n->kind == NODE_WITH)) {
		(void)template_next(p);
		/* Its {{end}} is this one's too. */
		return parse_block(p, &n->otherwise, t->pos, t->kind);
	}
	if (expect_right(p, "{{else}}") < 0 || parse_list(p, &n->otherwise, &end) < 0)
		return -1;
	if (end != TOKEN_END)
		return template_fail(p->t, n->pos, p->err,
				     end == TOKEN_EOF ? "this block has no {{end}}"
						      : "this block has a second {{else}}");
	return expect_right(p, "{{end}}");
}

/* if, range and with, behind their word. */
static int parse_block(struct template_parser *p, struct template_list *list, size_t pos,
		       enum template_token_kind keyword)
{
	bool range = keyword == TOKEN_RANGE;
	struct template_node *n = template_node(p,
						range			? NODE_RANGE
						: keyword == TOKEN_WITH ? NODE_WITH
									: NODE_IF,
						pos);
	const char *where = range ? "{{range}}" : keyword == TOKEN_WITH ? "{{with}}" : "{{if}}";
	size_t known = p->n_variables;
	enum template_token_kind end;
	int rc = 0;

	if (template_deeper(p, pos) < 0 || template_parse_pipe(p, where, TOKEN_RIGHT, &n->pipe) < 0)
		return -1;
	p->ranges += range;
	if (parse_list(p, &n->body, &end) < 0)
		return -1;
	p->ranges -= range;
	if (end == TOKEN_EOF)
		return template_fail(p->t, pos, p->err, "this %s has no {{end}}", where);
	rc = end == TOKEN_ELSE ? parse_else(p, n) : expect_right(p, "{{end}}");
	p->n_variables = known;
	p->depth--;
	add(p, list, n);
	return rc;
}

/* The quoted name behind template, define and block. */
static int parse_name(struct template_parser *p, const char *where, const char **ret)
{
	const struct template_token *t = template_peek(p);
	size_t len;

	if (t->kind != TOKEN_STRING && t->kind != TOKEN_RAW)
		return template_fail(p->t, t->pos, p->err, "%s needs a name in quotes", where);
	(void)template_next(p);
	return template_unquote(p->t, t, ret, &len, p->err);
}

static int parse_template(struct template_parser *p, struct template_list *list, size_t pos)
{
	struct template_node *n = template_node(p, NODE_TEMPLATE, pos);

	if (parse_name(p, "{{template}}", &n->name) < 0)
		return -1;
	add(p, list, n);
	if (template_peek(p)->kind != TOKEN_RIGHT)
		return template_parse_pipe(p, "{{template}}", TOKEN_RIGHT, &n->pipe);
	return expect_right(p, "{{template}}");
}

static bool is_empty(const struct template_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct template_node *n = list->items[i];

		if (n->kind != NODE_TEXT || strspn(n->name, " \t\r\n") < n->len)
			return false;
	}
	return true;
}

static int define(struct template_parser *p, const char *name, size_t pos,
		  const struct template_list *body)
{
	struct template_definition *d;

	for (size_t i = 0; i < p->t->n_definitions; i++) {
		d = &p->t->definitions[i];
		if (strcmp(d->name, name) != 0)
			continue;
		if (is_empty(body))
			return 0;
		if (!is_empty(&d->body))
			return template_fail(p->t, pos, p->err,
					     "the template \"%.100s\" is defined twice", name);
		d->body = *body;
		return 0;
	}
	d = arena_push(&p->t->arena, p->t->definitions, p->t->n_definitions);
	d->name = name;
	d->body = *body;
	return 0;
}

/* The body of define and block: it knows no variable but $. */
static int parse_definition(struct template_parser *p, const char *name, size_t pos)
{
	struct template_parser inner = *p;
	struct template_list body = {.n = 0};
	enum template_token_kind end;

	if (template_deeper(&inner, pos) < 0)
		return -1;
	inner.variables = NULL;
	inner.n_variables = 0;
	inner.ranges = 0;
	*arena_push(&p->t->arena, inner.variables, inner.n_variables) = "$";
	if (parse_list(&inner, &body, &end) < 0)
		return -1;
	p->at = inner.at;
	if (end != TOKEN_END)
		return template_fail(p->t, pos, p->err, "this definition has no {{end}}");
	if (expect_right(p, "{{end}}") < 0)
		return -1;
	return define(p, name, pos, &body);
}

/* {{block "name" pipeline}} defines a template and runs it at once. */
static int parse_define(struct template_parser *p, struct template_list *list, size_t pos,
			bool block)
{
	struct template_node *n = template_node(p, NODE_TEMPLATE, pos);
	const char *where = block ? "{{block}}" : "{{define}}";

	if (parse_name(p, where, &n->name) < 0)
		return -1;
	if (!block && p->depth > 0)
		return template_fail(p->t, pos, p->err,
				     "{{define}} may not stand within another block");
	if (block && template_parse_pipe(p, where, TOKEN_RIGHT, &n->pipe) < 0)
		return -1;
	if (!block && expect_right(p, where) < 0)
		return -1;
	if (block)
		add(p, list, n);
	return parse_definition(p, n->name, pos);
}

static int parse_loop_word(struct template_parser *p, struct template_list *list, size_t pos,
			   bool leave)
{
	const char *where = leave ? "{{break}}" : "{{continue}}";

	if (p->ranges == 0)
		return template_fail(p->t, pos, p->err, "%s stands outside of a {{range}}", where);
	add(p, list, template_node(p, leave ? NODE_BREAK : NODE_CONTINUE, pos));
	return expect_right(p, where);
}

/* An action behind its {{. *ret_end: TOKEN_ELSE or TOKEN_END where it ends the list. */
static int parse_action(struct template_parser *p, struct template_list *list,
			enum template_token_kind *ret_end)
{
	const struct template_token *t = template_peek(p);
	struct template_node *n;

	*ret_end = TOKEN_EOF;
	switch (t->kind) {
	case TOKEN_ELSE:
	case TOKEN_END:
		*ret_end = t->kind;
		(void)template_next(p);
		return 0;
	case TOKEN_IF:
	case TOKEN_RANGE:
	case TOKEN_WITH:
		(void)template_next(p);
		return parse_block(p, list, t->pos, t->kind);
	case TOKEN_TEMPLATE:
		(void)template_next(p);
		return parse_template(p, list, t->pos);
	case TOKEN_DEFINE:
	case TOKEN_BLOCK:
		(void)template_next(p);
		return parse_define(p, list, t->pos, t->kind == TOKEN_BLOCK);
	case TOKEN_BREAK:
	case TOKEN_CONTINUE:
		(void)template_next(p);
		return parse_loop_word(p, list, t->pos, t->kind == TOKEN_BREAK);
	default:
		n = template_node(p, NODE_ACTION, t->pos);
		add(p, list, n);
		return template_parse_pipe(p, "an action", TOKEN_RIGHT, &n->pipe);
	}
}

/* Up to {{else}} or {{end}}, whose word is stepped over, or the end of the text. */
static int parse_list(struct template_parser *p, struct template_list *list,
		      enum template_token_kind *ret_end)
{
	for (;;) {
		const struct template_token *t = template_next(p);

		*ret_end = t->kind;
		if (t->kind == TOKEN_EOF)
			return 0;
		if (t->kind == TOKEN_TEXT) {
			struct template_node *n = template_node(p, NODE_TEXT, t->pos);

			n->name = t->text;
			n->len = t->len;
			add(p, list, n);
			continue;
		}
		/* Nothing else stands outside of actions. */
		if (parse_action(p, list, ret_end) < 0)
			return -1;
		if (*ret_end != TOKEN_EOF)
			return 0;
	}
}

int template_parse_text(struct template *t, size_t skip, bool escaped, struct err *err)
{
	struct template_parser p = {.t = t, .err = err};
	enum template_token_kind end;

	if (template_lex(t, skip, escaped, &p.tokens, err) < 0)
		return -1;
	*arena_push(&t->arena, p.variables, p.n_variables) = "$";
	if (parse_list(&p, &t->body, &end) < 0)
		return -1;
	if (end != TOKEN_EOF) {
		p.at--;
		return template_fail(t, template_peek(&p)->pos, err,
				     "this {{%s}} belongs to no block",
				     end == TOKEN_END ? "end" : "else");
	}
	return 0;
}
