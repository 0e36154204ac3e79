/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"

static const char *token_text(struct template_parser *p, const struct template_token *t)
{
	return arena_strndup(&p->t->arena, t->text, t->len);
}

static int unknown_function(struct template_parser *p, const struct template_token *t,
			    const char *name)
{
	const char *near = template_nearest_function(name);

	/* {{Names}} is the commonest slip. */
	if (name[0] >= 'A' && name[0] <= 'Z')
		return template_fail(p->t, t->pos, p->err,
				     "there is no function '%.100s': a field is written '.%.100s'",
				     name, name);
	(void)template_fail(p->t, t->pos, p->err, "there is no function '%.100s'", name);
	if (near)
		(void)err_hint(p->err, "did you mean '%s'?", near);
	return -1;
}

static int parse_function(struct template_parser *p, const struct template_token *t,
			  struct template_node **ret)
{
	const char *name = token_text(p, t);
	const struct template_function *f = template_function(name);

	if (!f)
		return unknown_function(p, t, name);
	*ret = template_node(p, NODE_FUNCTION, t->pos);
	(*ret)->function = f;
	return 0;
}

static int parse_variable(struct template_parser *p, const struct template_token *t,
			  struct template_node **ret)
{
	const char *name = token_text(p, t);

	for (size_t i = p->n_variables; i-- > 0;) {
		if (strcmp(p->variables[i], name) == 0) {
			*ret = template_node(p, NODE_VARIABLE, t->pos);
			(*ret)->name = name;
			return 0;
		}
	}
	(void)template_fail(p->t, t->pos, p->err, "there is no variable '%.100s' here", name);
	name = str_nearest(name, p->variables, p->n_variables);
	if (name && strlen(name) > 1)
		(void)err_hint(p->err, "did you mean '%s'?", name);
	return -1;
}

static int parse_constant(struct template_parser *p, const struct template_token *t,
			  struct template_node **ret)
{
	struct template_node *n = template_node(p, NODE_CONSTANT, t->pos);
	const char *text;
	size_t len;

	if (t->kind == TOKEN_TRUE || t->kind == TOKEN_FALSE) {
		n->constant = value_bool(&p->t->arena, t->kind == TOKEN_TRUE);
	} else if (t->kind == TOKEN_NUMBER || t->kind == TOKEN_CHARACTER) {
		if (template_number(p->t, t, &n->constant, p->err) < 0)
			return -1;
	} else {
		if (template_unquote(p->t, t, &text, &len, p->err) < 0)
			return -1;
		n->constant = value_string_n(&p->t->arena, text, len);
	}
	*ret = n;
	return 0;
}

static void add_field(struct template_parser *p, struct template_node *n,
		      const struct template_token *t)
{
	struct template_field *f = arena_push(&p->t->arena, n->fields, n->n_fields);

	f->name = arena_strndup(&p->t->arena, t->text + 1, t->len - 1);
	f->pos = t->pos;
}

static int parse_parens(struct template_parser *p, size_t pos, struct template_node **ret)
{
	(void)template_next(p);
	if (template_deeper(p, pos) < 0 || template_parse_pipe(p, "( )", TOKEN_CLOSE, ret) < 0)
		return -1;
	p->depth--;
	return 0;
}

/*
 * An operand without the fields behind it. *ret is NULL, and nothing is stepped over, if none
 * stands here.
 */
static int parse_term(struct template_parser *p, struct template_node **ret)
{
	const struct template_token *t = template_peek(p);
	int rc = 0;

	*ret = NULL;
	switch (t->kind) {
	case TOKEN_OPEN:
		return parse_parens(p, t->pos, ret);
	case TOKEN_IDENTIFIER:
		rc = parse_function(p, t, ret);
		break;
	case TOKEN_VARIABLE:
		rc = parse_variable(p, t, ret);
		break;
	case TOKEN_TRUE:
	case TOKEN_FALSE:
	case TOKEN_NUMBER:
	case TOKEN_CHARACTER:
	case TOKEN_STRING:
	case TOKEN_RAW:
		rc = parse_constant(p, t, ret);
		break;
	case TOKEN_DOT:
		*ret = template_node(p, NODE_DOT, t->pos);
		break;
	case TOKEN_NIL:
		*ret = template_node(p, NODE_NIL, t->pos);
		break;
	case TOKEN_FIELD:
		*ret = template_node(p, NODE_FIELD, t->pos);
		add_field(p, *ret, t);
		break;
	default:
		return 0;
	}
	if (rc == 0)
		(void)template_next(p);
	return rc;
}

static int parse_operand(struct template_parser *p, struct template_node **ret)
{
	struct template_node *n, *chain;

	if (parse_term(p, &n) < 0)
		return -1;
	*ret = n;
	if (!n || p->tokens[p->at].kind != TOKEN_FIELD)
		return 0;
	if (n->kind == NODE_CONSTANT || n->kind == NODE_DOT || n->kind == NODE_NIL)
		return template_unexpected(p, "the place of an operand: a blank is missing");
	if (n->kind == NODE_PIPE || n->kind == NODE_FUNCTION) {
		chain = template_node(p, NODE_CHAIN, n->pos);
		chain->pipe = n;
		*ret = n = chain;
	}
	while (p->tokens[p->at].kind == TOKEN_FIELD)
		add_field(p, n, &p->tokens[p->at++]);
	return 0;
}

/* One stage up to |, the end of the pipeline or what does not belong there. */
static int parse_command(struct template_parser *p, struct template_node *pipe, const char *where)
{
	struct template_command *c = arena_push(&p->t->arena, pipe->commands, pipe->n_commands);
	struct template_list args = {.n = 0};
	struct template_node *n;

	for (;;) {
		(void)template_peek(p);
		if (parse_operand(p, &n) < 0)
			return -1;
		if (!n)
			break;
		*arena_push(&p->t->arena, args.items, args.n) = n;
		if (p->tokens[p->at].kind != TOKEN_SPACE)
			break;
	}
	if (args.n == 0)
		return template_unexpected(p, where);
	n = args.items[0];
	if (pipe->n_commands > 1 &&
	    (n->kind == NODE_CONSTANT || n->kind == NODE_DOT || n->kind == NODE_NIL))
		return template_fail(p->t, n->pos, p->err,
				     "only a function or method may stand behind |");
	c->args = args;
	return 0;
}

/* Is the pipeline's variable declared or assigned here: "$x :=", "$i, $e :=" or "$x ="? */
static bool starts_declaration(struct template_parser *p)
{
	size_t at = p->at;

	if (p->tokens[at].kind != TOKEN_VARIABLE)
		return false;
	at++;
	while (p->tokens[at].kind == TOKEN_SPACE)
		at++;
	return p->tokens[at].kind == TOKEN_DECLARE || p->tokens[at].kind == TOKEN_ASSIGN ||
	       p->tokens[at].kind == TOKEN_COMMA;
}

static int parse_declaration(struct template_parser *p, const char *where,
			     struct template_node *pipe)
{
	bool range = strcmp(where, "{{range}}") == 0;
	const struct template_token *t;

	for (;;) {
		struct template_node *known;

		t = template_peek(p);
		if (t->kind != TOKEN_VARIABLE)
			return template_unexpected(p, "the place of a variable");
		if (pipe->n_variables == (range ? 2 : 1))
			return template_fail(p->t, t->pos, p->err, "too many variables for %s",
					     where);
		(void)template_next(p);
		pipe->variables[pipe->n_variables++] = token_text(p, t);
		t = template_next(p);
		if (t->kind == TOKEN_COMMA)
			continue;
		if (t->kind == TOKEN_DECLARE)
			return 0;
		if (t->kind != TOKEN_ASSIGN) {
			p->at--;
			return template_unexpected(p, "the place of :=");
		}
		pipe->assign = true;
		for (size_t i = 0; i < pipe->n_variables; i++) {
			struct template_token name = *t;

			name.text = pipe->variables[i];
			name.len = strlen(name.text);
			if (parse_variable(p, &name, &known) < 0)
				return -1;
		}
		return 0;
	}
}

int template_parse_pipe(struct template_parser *p, const char *where, enum template_token_kind end,
			struct template_node **ret)
{
	struct template_node *pipe = template_node(p, NODE_PIPE, template_peek(p)->pos);
	const struct template_token *t;

	if (starts_declaration(p) && parse_declaration(p, where, pipe) < 0)
		return -1;
	if (template_peek(p)->kind == end)
		return template_fail(p->t, template_peek(p)->pos, p->err, "%s has no value", where);
	for (;;) {
		if (parse_command(p, pipe, where) < 0)
			return -1;
		t = template_peek(p);
		if (t->kind != TOKEN_PIPE)
			break;
		(void)template_next(p);
		t = template_peek(p);
		/* Go lets a | stand at the end. */
		if (t->kind == end)
			break;
	}
	if (t->kind != end)
		return template_unexpected(p, where);
	(void)template_next(p);
	for (size_t i = 0; i < pipe->n_variables && !pipe->assign; i++)
		*arena_push(&p->t->arena, p->variables, p->n_variables) = pipe->variables[i];
	*ret = pipe;
	return 0;
}
