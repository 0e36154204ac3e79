/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs blocks. The depth of the C stack is bounded by s->levels: blocks within blocks are bounded
 * by the parser, and templates that call templates by TEMPLATE_MAX_DEPTH. What {{break}} and
 * {{continue}} ask for stands in s->control until the loop that it is for has seen it.
 */
#include <math.h>
#include <string.h>

#include "cli/template_private.h"

void template_declare(struct template_state *s, const char *name, const struct value *v)
{
	if (s->n_variables == s->max_variables) {
		s->max_variables = s->max_variables ? 2 * s->max_variables : 16;
		s->variables = xreallocarray(s->variables, s->max_variables, sizeof(*s->variables));
	}
	s->variables[s->n_variables++] = (struct template_variable){.name = name, .value = v};
}

void template_assign(struct template_state *s, const char *name, const struct value *v)
{
	for (size_t i = s->n_variables; i-- > 0;) {
		if (strcmp(s->variables[i].name, name) == 0) {
			s->variables[i].value = v;
			return;
		}
	}
}

bool template_true(const struct value *v)
{
	if (!v)
		return false;
	switch (v->kind) {
	case VALUE_NIL:
		return false;
	case VALUE_BOOL:
		return v->boolean;
	case VALUE_INT:
		return v->integer != 0;
	case VALUE_FLOAT:
		return v->number < 0 || v->number > 0 || isnan(v->number);
	case VALUE_STRING:
		return v->string.len > 0;
	case VALUE_LIST:
		return v->list.n > 0;
	case VALUE_MAP:
		return v->members.n > 0;
	case VALUE_TIME:
	case VALUE_STRUCT:
		return true;
	}
	return false;
}

static int walk_if_with(struct template_state *s, const struct value *dot,
			const struct template_node *n)
{
	const struct value *v;

	if (template_eval_pipe(s, dot, n->pipe, &v) < 0)
		return -1;
	if (template_true(v))
		return template_walk(s, n->kind == NODE_WITH ? v : dot, &n->body);
	return template_walk(s, dot, &n->otherwise);
}

/* One turn: index goes to the first of two variables, item to the only or second one. */
static int walk_turn(struct template_state *s, const struct template_node *n,
		     const struct value *index, const struct value *item)
{
	const struct template_node *pipe = n->pipe;
	size_t known = s->n_variables;
	int rc;

	for (size_t i = 0; i < pipe->n_variables; i++) {
		const struct value *v = i + 1 == pipe->n_variables ? item : index;

		if (pipe->assign)
			template_assign(s, pipe->variables[i], v);
		else
			template_declare(s, pipe->variables[i], v);
	}
	rc = template_walk(s, item, &n->body);
	s->n_variables = known;
	if (s->control == CONTROL_CONTINUE)
		s->control = CONTROL_NONE;
	return rc;
}

static int range_over_int(struct template_state *s, const struct template_node *n,
			  const struct value *v)
{
	if (n->pipe->n_variables > 1)
		return template_fail(s->t, n->pipe->pos, s->err,
				     "a range over the number %lld has one variable, not two",
				     (long long)v->integer);
	for (int64_t i = 0; i < v->integer && s->control == CONTROL_NONE; i++) {
		const struct value *item = value_int(&s->arena, i);

		if (template_spend(s, n->pos, sizeof(*item)) < 0 || walk_turn(s, n, item, item) < 0)
			return -1;
	}
	return 0;
}

static int range_over_list(struct template_state *s, const struct template_node *n,
			   const struct value *v)
{
	for (size_t i = 0; i < v->list.n && s->control == CONTROL_NONE; i++) {
		const struct value *index = NULL;

		if (n->pipe->n_variables > 1)
			index = value_int(&s->arena, (int64_t)i);
		if (template_spend(s, n->pos, index ? sizeof(*index) : 0) < 0 ||
		    walk_turn(s, n, index, template_element(v->list.items[i])) < 0)
			return -1;
	}
	return 0;
}

static int range_over_map(struct template_state *s, const struct template_node *n,
			  const struct value *v)
{
	for (size_t i = 0; i < v->members.n && s->control == CONTROL_NONE; i++) {
		const struct value_member *m = &v->members.members[i];
		const struct value *key = NULL;

		if (n->pipe->n_variables > 1)
			key = value_string(&s->arena, m->name);
		if (template_spend(s, n->pos, key ? sizeof(*key) + strlen(m->name) : 0) < 0 ||
		    walk_turn(s, n, key, template_element(m->value)) < 0)
			return -1;
	}
	return 0;
}

/* Is there nothing to go through? A negative number counts as nothing too. */
static bool is_nothing(const struct value *v)
{
	if (v && v->kind == VALUE_INT)
		return v->integer <= 0;
	return !v || v->kind == VALUE_NIL || (v->kind == VALUE_LIST && v->list.n == 0) ||
	       (v->kind == VALUE_MAP && v->members.n == 0);
}

static int walk_range(struct template_state *s, const struct value *dot,
		      const struct template_node *n)
{
	const struct value *v;
	int rc;

	if (template_eval_pipe(s, dot, n->pipe, &v) < 0)
		return -1;
	if (is_nothing(v))
		return template_walk(s, dot, &n->otherwise);
	if (v->kind == VALUE_LIST)
		rc = range_over_list(s, n, v);
	else if (v->kind == VALUE_MAP)
		rc = range_over_map(s, n, v);
	else if (v->kind == VALUE_INT && !v->unit)
		rc = range_over_int(s, n, v);
	else if (s->headings)
		rc = walk_turn(s, n, v, v);
	else
		return template_fail(
			s->t, n->pipe->pos, s->err,
			"range goes through lists, maps and whole numbers, this is a %s",
			template_type(v));
	if (s->control == CONTROL_BREAK)
		s->control = CONTROL_NONE;
	return rc;
}

static const struct template_definition *find_definition(const struct template *t, const char *name)
{
	for (size_t i = 0; i < t->n_definitions; i++) {
		if (strcmp(t->definitions[i].name, name) == 0)
			return &t->definitions[i];
	}
	return NULL;
}

static int walk_template(struct template_state *s, const struct value *dot,
			 const struct template_node *n)
{
	const struct template_definition *d = find_definition(s->t, n->name);
	const struct value *v = NULL;
	struct template_variable *saved;
	size_t n_saved, max_saved;
	int rc;

	if (!d)
		return template_fail(s->t, n->pos, s->err, "no template \"%.100s\" is defined",
				     n->name);
	if (n->pipe && template_eval_pipe(s, dot, n->pipe, &v) < 0)
		return -1;
	if (s->calls == TEMPLATE_MAX_DEPTH) {
		(void)template_fail(s->t, n->pos, s->err, "more than %d templates call each other",
				    TEMPLATE_MAX_DEPTH);
		if (s->err)
			s->err->kind = ERR_LIMIT;
		return -1;
	}
	/* It sees none of the caller's variables, and $ is its own dot. The pipe may have declared
	 * some of the caller's. */
	saved = s->variables;
	n_saved = s->n_variables;
	max_saved = s->max_variables;
	s->variables = NULL;
	s->n_variables = s->max_variables = 0;
	s->calls++;
	template_declare(s, "$", v);
	rc = template_walk(s, v, &d->body);
	free(s->variables);
	s->calls--;
	s->variables = saved;
	s->n_variables = n_saved;
	s->max_variables = max_saved;
	return rc;
}

static int walk_action(struct template_state *s, const struct value *dot,
		       const struct template_node *n)
{
	const struct value *v;

	if (template_eval_pipe(s, dot, n->pipe, &v) < 0)
		return -1;
	/* A variable that is set prints nothing. */
	if (n->pipe->n_variables)
		return 0;
	if (v)
		template_print(&s->out, v);
	else
		buf_adds(&s->out, "<no value>");
	return 0;
}

static int walk_node(struct template_state *s, const struct value *dot,
		     const struct template_node *n)
{
	size_t known = s->n_variables;
	int rc = 0;

	switch (n->kind) {
	case NODE_TEXT:
		buf_add(&s->out, n->name, n->len);
		return 0;
	case NODE_ACTION:
		return walk_action(s, dot, n);
	case NODE_IF:
	case NODE_WITH:
		rc = walk_if_with(s, dot, n);
		break;
	case NODE_RANGE:
		rc = walk_range(s, dot, n);
		break;
	case NODE_TEMPLATE:
		return walk_template(s, dot, n);
	case NODE_BREAK:
		s->control = CONTROL_BREAK;
		return 0;
	case NODE_CONTINUE:
		s->control = CONTROL_CONTINUE;
		return 0;
	default:
		/* Others stand in pipelines only. */
		return 0;
	}
	s->n_variables = known;
	return rc;
}

int template_walk(struct template_state *s, const struct value *dot,
		  const struct template_list *list)
{
	int rc = 0;

	if (s->levels == TEMPLATE_MAX_LEVELS)
		return err_set(s->err, ERR_LIMIT,
			       "%s: the template is nested deeper than %d levels", s->t->what,
			       TEMPLATE_MAX_LEVELS);
	s->levels++;
	for (size_t i = 0; rc == 0 && i < list->n && s->control == CONTROL_NONE; i++) {
		rc = template_spend(s, list->items[i]->pos, 0);
		/* Nothing is printed any more: no need to go on. */
		if (rc == 0 && s->out.overflow)
			break;
		if (rc == 0)
			rc = walk_node(s, dot, list->items[i]);
	}
	s->levels--;
	return rc;
}
