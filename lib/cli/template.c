/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/template_private.h"

struct template
{
	char *text;
};

int template_parse(const char *text, const char *what, struct template **ret, struct err *err)
{
	(void)what;
	(void)err;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->text = xstrdup(text);
	return 0;
}

int template_parse_escaped(const char *text, const char *what, struct template **ret,
			   struct err *err)
{
	if (template_parse(text, what, ret, err) < 0)
		return -1;
	for (char *p = (*ret)->text; (p = strstr(p, "\\t")); p++) {
		*p = '\t';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	return 0;
}

void template_free(struct template *t)
{
	if (t) {
		free(t->text);
		free(t);
	}
}

/* Fields, nested fields and "json .". */
int template_run(const struct template *t, const struct value *root, struct buf *out,
		 struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	for (const char *p = t->text; *p;) {
		const char *end = strncmp(p, "{{", 2) == 0 ? strstr(p, "}}") : NULL;
		const struct value *v = root;
		char name[128];

		if (!end) {
			buf_addc(&text, *p++);
			continue;
		}
		p += 2;
		while (v && p < end && *p == '.' && p + 1 < end) {
			size_t n = strcspn(++p, ".}");

			if (n >= sizeof(name))
				return err_set(err, ERR_INVALID, "--format: a long name");
			memcpy(name, p, n);
			name[n] = '\0';
			v = value_get(v, name);
			p += n;
			if (!v)
				return err_set(err, ERR_INVALID, "--format: no field '%s'", name);
		}
		p = end + 2;
		if (v->kind == VALUE_STRING)
			buf_add(&text, v->string.text, v->string.len);
		else
			value_json(v, 0, &text);
	}
	buf_add(out, buf_str(&text), text.len);
	return 0;
}

int template_run_headings(const struct template *t, const struct value *headings, struct buf *out,
			  struct err *err)
{
	return template_run(t, headings, out, err);
}
