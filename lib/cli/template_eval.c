/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates pipelines. The value of a stage becomes the last argument of the next. Only fields with
 * a method behind them and functions take arguments; whatever else gets one is an error, as in Go.
 */
#include <string.h>

#include "cli/template_private.h"

/* What the stage before gave. */
struct final {
	bool present;
	const struct value *value;
};

static int eval_command(struct template_state *s, const struct value *dot,
			const struct template_command *c, const struct final *final,
			const struct value **ret);

/* An operand by itself. */
static int eval_argument(struct template_state *s, const struct value *dot,
			 const struct template_node *n, const struct value **ret)
{
	struct template_node *items[1] = {(struct template_node *)(uintptr_t)n};
	const struct template_command c = {.args = {.items = items, .n = 1}};
	const struct final none = {.present = false};

	if (n->kind == NODE_NIL) {
		*ret = NULL;
		return 0;
	}
	return eval_command(s, dot, &c, &none, ret);
}

static int no_arguments(struct template_state *s, const struct template_command *c,
			const struct final *final)
{
	const struct template_node *n = c->args.items[0];

	if (c->args.n > 1 || final->present)
		return template_fail(s->t, n->pos, s->err,
				     "this is no function: it can't be given an argument");
	return 0;
}

/* The arguments behind the first operand and what came through |; in the run's arena. */
static int eval_arguments(struct template_state *s, const struct value *dot,
			  const struct template_command *c, const struct final *final,
			  struct template_call *call)
{
	size_t n = c->args.n - 1 + final->present;
	const struct value **args;
	size_t *places;

	call->n = n;
	if (n == 0)
		return 0;
	args = arena_calloc(&s->arena, n, sizeof(struct value *));
	places = arena_calloc(&s->arena, n, sizeof(size_t));
	call->args = args;
	call->places = places;
	if (template_spend(s, call->pos, n * (sizeof(struct value *) + sizeof(size_t))) < 0)
		return -1;
	for (size_t i = 0; i < c->args.n - 1; i++) {
		places[i] = c->args.items[i + 1]->pos;
		if (eval_argument(s, dot, c->args.items[i + 1], &args[i]) < 0)
			return -1;
	}
	if (final->present) {
		args[n - 1] = final->value;
		places[n - 1] = call->pos;
	}
	return 0;
}

/* and, or: the first argument that decides, or the last; those behind it are not evaluated. */
static int eval_and_or(struct template_state *s, const struct value *dot,
		       const struct template_command *c, const struct final *final,
		       const struct value **ret)
{
	const struct template_node *f = c->args.items[0];
	bool decides = strcmp(f->function->name, "or") == 0;
	const struct value *v = NULL;

	if (c->args.n == 1 && !final->present)
		return template_fail(s->t, f->pos, s->err, "'%s' needs an argument",
				     f->function->name);
	for (size_t i = 1; i < c->args.n; i++) {
		if (eval_argument(s, dot, c->args.items[i], &v) < 0)
			return -1;
		if (template_true(v) == decides) {
			*ret = v;
			return 0;
		}
	}
	*ret = final->present ? final->value : v;
	return 0;
}

static int check_type(struct template_state *s, const struct template_call *c, size_t i,
		      const char *wanted)
{
	return template_fail(s->t, c->places[i], s->err, "'%s' wants a %s here, this is %s",
			     c->name, wanted, template_type(c->args[i]));
}

static int check_arguments(struct template_state *s, const struct template_function *f,
			   const struct template_call *c)
{
	bool few = c->n < f->min;
	size_t wanted = few ? f->min : f->max;
	const char *word = few ? "at least " : "at most ";

	if (few || c->n > f->max)
		return template_fail(s->t, c->pos, s->err, "'%s' takes %s%zu argument%s, not %zu",
				     f->name, f->min == f->max ? "" : word, wanted,
				     wanted == 1 ? "" : "s", c->n);
	for (size_t i = 0; i < c->n && i < 8; i++) {
		const struct value *v = c->args[i];

		if ((f->strings >> i & 1) && (!v || v->kind != VALUE_STRING))
			return check_type(s, c, i, "string");
		if ((f->numbers >> i & 1) && (!v || v->kind != VALUE_INT))
			return check_type(s, c, i, "whole number");
	}
	return 0;
}

/*
 * Over headings a function gives the first text that it was given: {{truncate .ID 5}} stands below
 * "CONTAINER ID". What decides or puts texts together is called all the same.
 */
static int call_for_heading(struct template_state *s, const struct template_function *f,
			    const struct template_call *c, const struct value **ret)
{
	struct err err = ERR_INIT, *outer = s->err;
	int rc;

	for (size_t i = 0; i < c->n && !f->heading; i++) {
		if (c->args[i] && c->args[i]->kind == VALUE_STRING) {
			*ret = c->args[i];
			return 0;
		}
	}
	s->err = &err;
	rc = check_arguments(s, f, c);
	if (rc == 0)
		rc = f->call(s, c, ret);
	s->err = outer;
	if (rc == 0)
		return 0;
	if (err.kind != ERR_INVALID) {
		if (outer)
			*outer = err;
		return -1;
	}
	*ret = NULL;
	return 0;
}

static int eval_function(struct template_state *s, const struct value *dot,
			 const struct template_command *c, const struct final *final,
			 const struct value **ret)
{
	const struct template_node *n = c->args.items[0];
	const struct template_function *f = n->function;
	struct template_call call = {.name = f->name, .pos = n->pos};

	if (!f->call)
		return eval_and_or(s, dot, c, final, ret);
	if (eval_arguments(s, dot, c, final, &call) < 0)
		return -1;
	if (s->headings)
		return call_for_heading(s, f, &call, ret);
	if (check_arguments(s, f, &call) < 0)
		return -1;
	return f->call(s, &call, ret);
}

/* The fields of n, from v; the last one gets the arguments. */
static int eval_fields(struct template_state *s, const struct value *dot, const struct value *v,
		       const struct template_command *c, const struct final *final,
		       const struct value **ret)
{
	const struct template_node *n = c->args.items[0];

	for (size_t i = 0; i < n->n_fields; i++) {
		struct template_call call = {.name = n->fields[i].name, .pos = n->fields[i].pos};

		if (i + 1 == n->n_fields && eval_arguments(s, dot, c, final, &call) < 0)
			return -1;
		if (template_spend(s, call.pos, 0) < 0 || template_get(s, v, &call, &v) < 0)
			return -1;
	}
	*ret = v;
	return 0;
}

static const struct value *find_variable(const struct template_state *s, const char *name)
{
	for (size_t i = s->n_variables; i-- > 0;) {
		if (strcmp(s->variables[i].name, name) == 0)
			return s->variables[i].value;
	}
	return NULL;
}

static int eval_chain(struct template_state *s, const struct value *dot,
		      const struct template_command *c, const struct final *final,
		      const struct value **ret)
{
	const struct template_node *n = c->args.items[0];
	const struct value *v;

	if (n->kind == NODE_CHAIN) {
		if (eval_argument(s, dot, n->pipe, &v) < 0)
			return -1;
	} else {
		v = n->kind == NODE_VARIABLE ? find_variable(s, n->name) : dot;
		if (n->n_fields == 0 && no_arguments(s, c, final) < 0)
			return -1;
	}
	return eval_fields(s, dot, v, c, final, ret);
}

static int eval_command(struct template_state *s, const struct value *dot,
			const struct template_command *c, const struct final *final,
			const struct value **ret)
{
	const struct template_node *n = c->args.items[0];

	if (template_spend(s, n->pos, 0) < 0)
		return -1;
	if (n->kind == NODE_FIELD || n->kind == NODE_VARIABLE || n->kind == NODE_CHAIN)
		return eval_chain(s, dot, c, final, ret);
	if (n->kind == NODE_FUNCTION)
		return eval_function(s, dot, c, final, ret);
	if (no_arguments(s, c, final) < 0)
		return -1;
	switch (n->kind) {
	case NODE_PIPE:
		return template_eval_pipe(s, dot, n, ret);
	case NODE_DOT:
		*ret = dot;
		return 0;
	case NODE_CONSTANT:
		*ret = n->constant;
		return 0;
	default:
		return template_fail(s->t, n->pos, s->err, "nil is nothing that can be shown");
	}
}

int template_eval_pipe(struct template_state *s, const struct value *dot,
		       const struct template_node *pipe, const struct value **ret)
{
	struct final final = {.present = false};
	int rc = 0;

	if (s->levels == TEMPLATE_MAX_LEVELS)
		return err_set(s->err, ERR_LIMIT,
			       "%s: the template is nested deeper than %d levels", s->t->what,
			       TEMPLATE_MAX_LEVELS);
	s->levels++;
	for (size_t i = 0; rc == 0 && i < pipe->n_commands; i++) {
		rc = eval_command(s, dot, &pipe->commands[i], &final, &final.value);
		final.present = true;
	}
	s->levels--;
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < pipe->n_variables; i++) {
		if (pipe->assign)
			template_assign(s, pipe->variables[i], final.value);
		else
			template_declare(s, pipe->variables[i], final.value);
	}
	*ret = final.value;
	return 0;
}
