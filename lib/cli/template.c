/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template.h"

#include <stdio.h>
#include <string.h>

#include "cli/template_private.h"

int template_fail(const struct template *t, size_t pos, struct err *err, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX / 2];
	unsigned line = 1, column = 1;
	const char *start = t->text;
	va_list ap;

	for (const char *p = t->text; p < t->text + pos && *p; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
			start = p + 1;
		} else if (((unsigned char)p[1] & 0xc0) != 0x80) {
			column++;
		}
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_at(err, t->what, line, column, start, "%s", text);
}

int template_spend(struct template_state *s, size_t pos, size_t n)
{
	(void)pos;
	s->memory += n;
	if (++s->steps > TEMPLATE_MAX_STEPS)
		return err_set(s->err, ERR_LIMIT,
			       "%s: the template was given up after %d steps: does it repeat "
			       "itself?",
			       s->t->what, TEMPLATE_MAX_STEPS);
	if (s->memory > TEMPLATE_MAX_MEMORY)
		return err_set(s->err, ERR_LIMIT, "%s: the template makes more than %zu bytes",
			       s->t->what, TEMPLATE_MAX_MEMORY);
	return 0;
}

static int parse(const char *text, size_t skip, const char *what, bool escaped,
		 struct template **ret, struct err *err)
{
	_cleanup_(template) struct template *t = NULL;
	size_t len = strlen(text);

	if (len > TEMPLATE_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s has %zu bytes: at most %zu are accepted", what,
			       len, TEMPLATE_MAX_SIZE);
	t = xcalloc(1, sizeof(*t));
	t->text = arena_strdup(&t->arena, text);
	t->what = arena_strdup(&t->arena, what);
	if (template_parse_text(t, skip, escaped, err) < 0)
		return -1;
	*ret = ptr_take(t);
	return 0;
}

int template_parse(const char *text, const char *what, struct template **ret, struct err *err)
{
	return parse(text, 0, what, false, ret, err);
}

int template_parse_escaped(const char *text, size_t skip, const char *what, struct template **ret,
			   struct err *err)
{
	return parse(text, skip, what, true, ret, err);
}

void template_free(struct template *t)
{
	if (t) {
		arena_done(&t->arena);
		free(t);
	}
}

static int run(const struct template *t, const struct value *root, bool headings, struct buf *out,
	       struct err *err)
{
	struct template_state s = {.t = t,
				   .err = err,
				   .out = BUF_INIT_MAX(TEMPLATE_MAX_OUTPUT),
				   .headings = headings};
	int rc;

	template_declare(&s, "$", root);
	rc = template_walk(&s, root, &t->body);
	if (rc == 0 && s.out.overflow)
		rc = err_set(err, ERR_LIMIT, "%s: the template prints more than %zu bytes", t->what,
			     TEMPLATE_MAX_OUTPUT);
	if (rc == 0)
		buf_add(out, buf_str(&s.out), s.out.len);
	buf_done(&s.out);
	arena_done(&s.arena);
	free(s.variables);
	return rc;
}

int template_run(const struct template *t, const struct value *root, struct buf *out,
		 struct err *err)
{
	return run(t, root, false, out, err);
}

int template_run_headings(const struct template *t, const struct value *headings, struct buf *out,
			  struct err *err)
{
	return run(t, headings, true, out, err);
}
