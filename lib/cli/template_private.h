/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the template engine share. Only for the files of cli.
 *
 * template.c                      parse and run, errors with their column
 * template_lex.c                  text to tokens
 * template_number.c               numbers and quoted text of Go
 * template_parse.c                tokens to blocks: if, range, with, define, ...
 * template_parse_pipe.c           tokens to pipelines
 * template_walk.c                 runs blocks
 * template_eval.c                 evaluates pipelines, variables and calls
 * template_field.c                fields and methods; template_time.c: those of times
 * template_function.c             the functions; template_text.c: those on text,
 *                                 template_index.c: len, index, slice, template_compare.c: eq, lt
 * template_print.c                values as Go's fmt prints them; template_printf.c: printf
 */
#ifndef ONGGI_CLI_TEMPLATE_PRIVATE_H
#define ONGGI_CLI_TEMPLATE_PRIVATE_H

#include "base/alloc.h"
#include "cli/template.h"

/* Levels of a run: blocks, parentheses and {{template}} calls together. */
#define TEMPLATE_MAX_LEVELS 1000
/* Bytes of the values that a run makes. */
#define TEMPLATE_MAX_MEMORY ((size_t)128 << 20)

enum template_token_kind {
	TOKEN_EOF,
	TOKEN_TEXT,
	TOKEN_LEFT,  /* {{ */
	TOKEN_RIGHT, /* }} */
	TOKEN_SPACE,
	TOKEN_IDENTIFIER,
	TOKEN_FIELD,	/* .name, without the dot */
	TOKEN_VARIABLE, /* $name */
	TOKEN_DOT,
	TOKEN_STRING,	 /* with its quotes */
	TOKEN_RAW,	 /* with its quotes */
	TOKEN_CHARACTER, /* with its quotes */
	TOKEN_NUMBER,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_PIPE,
	TOKEN_COMMA,
	TOKEN_ASSIGN,  /* = */
	TOKEN_DECLARE, /* := */
	TOKEN_OPEN,    /* ( */
	TOKEN_CLOSE,   /* ) */
	TOKEN_NIL,
	TOKEN_BLOCK,
	TOKEN_BREAK,
	TOKEN_CONTINUE,
	TOKEN_DEFINE,
	TOKEN_ELSE,
	TOKEN_END,
	TOKEN_IF,
	TOKEN_RANGE,
	TOKEN_TEMPLATE,
	TOKEN_WITH,
};

struct template_token {
	enum template_token_kind kind;
	const char *text; /* not terminated; of TOKEN_TEXT in the arena, else in the source */
	size_t len;
	size_t pos; /* byte of the source */
};

enum template_node_kind {
	NODE_TEXT,
	NODE_ACTION,
	NODE_IF,
	NODE_RANGE,
	NODE_WITH,
	NODE_TEMPLATE,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_PIPE,
	NODE_DOT,
	NODE_NIL,
	NODE_CONSTANT,
	NODE_FUNCTION,
	NODE_FIELD,
	NODE_VARIABLE,
	NODE_CHAIN, /* fields of a pipeline in parentheses */
};

struct template_node;

struct template_list {
	struct template_node **items;
	size_t n;
};

struct template_field {
	const char *name;
	size_t pos;
};

/* One stage of a pipeline: a function, method or value and its arguments. */
struct template_command {
	struct template_list args;
};

struct template_node {
	enum template_node_kind kind;
	size_t pos;
	const char *name; /* NODE_TEXT: the text; NODE_VARIABLE, NODE_TEMPLATE */
	size_t len;	  /* NODE_TEXT */
	const struct value *constant;
	const struct template_function *function;
	struct template_field *fields; /* NODE_FIELD, NODE_VARIABLE, NODE_CHAIN */
	size_t n_fields;
	struct template_node *pipe; /* of blocks, actions and chains; NULL where there is none */
	struct template_list body, otherwise;
	/* NODE_PIPE: */
	struct template_command *commands;
	size_t n_commands;
	const char *variables[2];
	size_t n_variables;
	bool assign; /* to variables that exist */
};

struct template_definition {
	const char *name;
	struct template_list body;
};

struct template
{
	struct arena arena;
	const char *text, *what;
	struct template_list body;
	struct template_definition *definitions;
	size_t n_definitions;
};

struct template_variable {
	const char *name;
	const struct value *value;
};

enum template_control {
	CONTROL_NONE,
	CONTROL_BREAK,
	CONTROL_CONTINUE,
};

/* A run. A value that is absent (no such key) is NULL. */
struct template_state {
	const struct template *t;
	struct arena arena;
	struct buf out;
	struct err *err;
	size_t steps, memory;
	unsigned levels, calls;
	struct template_variable *variables;
	size_t n_variables, max_variables;
	enum template_control control;
	bool headings;
};

/* A call of a function. */
struct template_call {
	const char *name;
	size_t pos;	      /* of the name */
	const size_t *places; /* of each argument */
	const struct value *const *args;
	size_t n;
};

struct template_function {
	const char *name;
	size_t min, max; /* numbers of arguments; SIZE_MAX: any */
	/* NULL: and, or: their arguments are evaluated one by one */
	int (*call)(struct template_state *s, const struct template_call *c,
		    const struct value **ret);
	/* With strings: each argument that must be one is a bit, the first the lowest. */
	unsigned strings;
	unsigned numbers; /* likewise whole numbers */
	bool heading;	  /* called over headings too */
};

/* template.c */

/*
 * Set ERR_INVALID at a byte of the text, with line, column and caret. Returns -1.
 */
int template_fail(const struct template *t, size_t pos, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * template_parse() of a text in which \t, \n and \\ outside of {{ }} stand for what they do in C.
 *
 * skip  bytes at its beginning that are no part of the template; columns count them
 */
int template_parse_escaped(const char *text, size_t skip, const char *what, struct template **ret,
			   struct err *err);
/*
 * Run over headings instead of a row: functions give their argument back, a range shows what it
 * would go through, and numbers are formatted as text, so that what stands in a column comes out.
 */
int template_run_headings(const struct template *t, const struct value *headings, struct buf *out,
			  struct err *err);
/* Count a step and n bytes of memory. Returns -1 with ERR_LIMIT when it is too much. */
int template_spend(struct template_state *s, size_t pos, size_t n);

/* template_lex.c */

/* All tokens of the text, the last TOKEN_EOF. skip, escaped: see template_parse_escaped(). */
int template_lex(struct template *t, size_t skip, bool escaped, struct template_token **ret,
		 struct err *err);

/* template_number.c */

/* A number or character constant of Go. */
int template_number(struct template *t, const struct template_token *token,
		    const struct value **ret, struct err *err);
/* What is between the quotes of a string, raw string; in the arena. */
int template_unquote(struct template *t, const struct template_token *token, const char **ret,
		     size_t *ret_len, struct err *err);
/* Append a code point as UTF-8; what is none becomes U+FFFD. */
void template_add_utf8(struct buf *out, int64_t c);

/* template_parse.c */

struct template_parser {
	struct template *t;
	struct template_token *tokens;
	size_t at;
	struct err *err;
	const char **variables; /* that are known here */
	size_t n_variables;
	unsigned depth, ranges;
};

/* Parse the text behind `skip` bytes into t. */
int template_parse_text(struct template *t, size_t skip, bool escaped, struct err *err);
/* Set an error at the next token which is none of those that may stand here. Returns -1. */
int template_unexpected(struct template_parser *p, const char *where);
/* The next token behind blanks, and the same while stepping over it. */
const struct template_token *template_peek(struct template_parser *p);
const struct template_token *template_next(struct template_parser *p);
/* A new node at a token. */
struct template_node *template_node(struct template_parser *p, enum template_node_kind kind,
				    size_t pos);
/* Count a level of nesting; the caller decrements p->depth again. */
int template_deeper(struct template_parser *p, size_t pos);

/* template_parse_pipe.c */

/* Parse a pipeline up to `end` (TOKEN_RIGHT or TOKEN_CLOSE), which is stepped over. */
int template_parse_pipe(struct template_parser *p, const char *where, enum template_token_kind end,
			struct template_node **ret);

/* template_walk.c, template_eval.c */

/* Run a list of nodes with dot. */
int template_walk(struct template_state *s, const struct value *dot,
		  const struct template_list *list);
/* Evaluate a pipeline. */
int template_eval_pipe(struct template_state *s, const struct value *dot,
		       const struct template_node *pipe, const struct value **ret);
/* Declare a variable (name is borrowed). */
void template_declare(struct template_state *s, const char *name, const struct value *v);
/* Assign to a variable that exists. */
void template_assign(struct template_state *s, const char *name, const struct value *v);
/* As Go sees it: what is not empty and not zero. */
bool template_true(const struct value *v);
/* A string in the run's arena; -1 with ERR_LIMIT. */
int template_string(struct template_state *s, size_t pos, const char *text, size_t len,
		    const struct value **ret);
/* The same of a buffer, which is checked and released. */
int template_take(struct template_state *s, size_t pos, struct buf *text, const struct value **ret);

/* template_field.c, template_time.c */

/* A field or method of v; c->args are the arguments behind it. */
int template_get(struct template_state *s, const struct value *v, const struct template_call *c,
		 const struct value **ret);
/*
 * An element of a list or map as a value of its own. A nil that is one is an empty interface in Go,
 * and shown as absent, while a nil in a struct is a pointer: NULL and <nil>.
 */
const struct value *template_element(const struct value *v);
/* The time that a text of value_time_text() is; any other value itself. */
const struct value *template_time_of(const struct value *v);
/* The methods of times, durations, months and weekdays; NULL: v has none. */
const struct value_method *template_time_methods(const struct value *v);
/* The name of v's type in Go. */
const char *template_type(const struct value *v);

/* template_function.c and the files of its functions */

/* NULL where there is none. */
const struct template_function *template_function(const char *name);
/* The nearest name of a function, NULL where none is near. */
const char *template_nearest_function(const char *name);

/* The functions of each file; the last has no name. */
extern const struct template_function template_compare_functions[];
extern const struct template_function template_index_functions[];
extern const struct template_function template_text_functions[];

/* template_print.c, template_printf.c */

/* The state of a verb while it is printed. */
struct template_verb {
	struct buf *out;
	char verb[5]; /* in UTF-8 */
	bool minus, plus, sharp, space, zero;
	bool has_width, has_precision;
	bool plus_v, sharp_v; /* %+v, %#v */
	bool in_error;	      /* inside of %!d(...) */
	int width, precision;
	unsigned depth;
};

/* Append as %v prints it; NULL as <nil>. */
void template_print(struct buf *out, const struct value *v);
/* Print a value by a verb with its flags. */
void template_print_verb(struct template_verb *f, const struct value *v);
/* Append text with the verb's width. */
void template_pad_text(const struct template_verb *f, const char *text, size_t len);
/* Print what the name says by the verb, which suits it; true when it does. */
bool template_print_int(struct template_verb *f, int64_t v);
bool template_print_float(struct template_verb *f, double v);
bool template_print_string(struct template_verb *f, const char *text, size_t len);
/* fmt.Sprint and fmt.Sprintln. */
void template_sprint(struct buf *out, const struct value *const *args, size_t n);
void template_sprintln(struct buf *out, const struct value *const *args, size_t n);
/* fmt.Sprintf. */
void template_sprintf(struct buf *out, const char *format, size_t len,
		      const struct value *const *args, size_t n);
/* Append a string in Go's quotes; ascii: all else escaped. */
void template_quote(struct buf *out, const char *text, size_t len, char quote, bool ascii);

#endif
