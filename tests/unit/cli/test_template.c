/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden/templates.golden holds what Go's own engine gives; here are what onggi words itself, what
 * is newer than the Go that made that file, and the limits.
 */
#include <string.h>

#include "base/strv.h"
#include "cli/template.h"
#include "golden.h"
#include "suites.h"

static int run(const char *text, const struct value *v, struct buf *out, struct err *err)
{
	_cleanup_(template) struct template *t = NULL;

	if (template_parse(text, "--format", &t, err) < 0)
		return -1;
	return template_run(t, v, out, err);
}

static void check_case(const struct golden_case *c)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = run(c->template, c->data, &out, &err);
	char place[48];

	if (c->output) {
		ck_assert_msg(rc == 0, "%s\n%s", c->template, err.text);
		ck_assert_msg(out.len == c->len && memcmp(buf_str(&out), c->output, c->len) == 0,
			      "%s\ngives %s\nand not %s", c->template, buf_str(&out), c->output);
		return;
	}
	ck_assert_msg(rc < 0, "%s\ngives %s and no error", c->template, buf_str(&out));
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_uint_eq(out.len, 0);
	snprintf(place, sizeof(place), "--format:%u:%u: ", c->line, c->column);
	ck_assert_msg(str_prefix(err.text, place, NULL), "%s\n%s\nis not at %s", c->template,
		      err.text, place);
}

START_TEST(golden)
{
	_cleanup_(golden) struct golden g;

	golden_load(TEMPLATE_GOLDEN "/templates.golden", &g);
	ck_assert_uint_gt(g.n, 500);
	for (size_t i = 0; i < g.n; i++)
		check_case(&g.cases[i]);
}
END_TEST

/* A value of each kind. */
static struct value *sample(struct arena *a)
{
	static const char *const words[] = {"x", "y"};
	struct value *v = value_struct(a), *labels = value_map(a), *list = value_list(a);

	value_put_string(a, v, "Names", "web");
	value_put_string(a, v, "Status", "Up 2 hours");
	value_put_int(a, v, "Size", 42);
	value_put_bool(a, v, "Running", true);
	value_put_string(a, labels, "a.b", "c d");
	value_put(a, v, "Labels", labels);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		value_append(a, list, value_string(a, words[i]));
	value_put(a, v, "List", list);
	value_put(a, v, "Health", value_nil(a));
	value_put(a, v, "Created", value_time(a, "2024-02-29T12:00:00Z"));
	return v;
}

/* Go's of today, which the Go that made the golden file does not know. */
static const char *const newer_rows[][2] = {
	{"{{range 3}}{{.}}{{end}}", "012"},
	{"{{range $i := 3}}{{$i}},{{end}}", "0,1,2,"},
	{"{{range 0}}x{{else}}none{{end}}", "none"},
	{"{{with .Health}}x{{else with .Names}}{{.}}{{end}}", "web"},
	{"{{with .Health}}x{{else with .Health}}y{{else}}z{{end}}", "z"},
	{"{{eq .Health nil}} {{ne .Names nil}} {{eq nil .Labels.x}}", "true true true"},
	{"{{$x := 0}}{{range $x = .List}}{{end}}{{$x}}", "y"},
	{"{{.Created.Compare .Created}}", "0"},
	/* Ours: nil is as good as empty where a person asks how many. */
	{"{{range .Health}}x{{else}}none{{end}}", "none"},
	{"{{index .Health \"x\"}}|", "|"},
	{"{{table}}{{.Names}}", "web"},
	{"{{join .Health \",\"}}|", "|"},
};

START_TEST(newer)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_msg(run(newer_rows[_i][0], sample(&a), &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&out), newer_rows[_i][1]);
}
END_TEST

static const struct {
	const char *template, *text, *hint;
} error_rows[] = {
	{"{{.Nmaes}}", "--format:1:3: there is no field '.Nmaes'\n    {{.Nmaes}}\n      ^",
	 "did you mean '.Names'?"},
	{"{{.names}}", "--format:1:3: there is no field '.names'\n    {{.names}}\n      ^",
	 "did you mean '.Names'?"},
	{"{{.Xyzzy}}", "--format:1:3: there is no field '.Xyzzy'\n    {{.Xyzzy}}\n      ^",
	 "there are .Names .Status .Size .Running .Labels .List .Health .Created: '{{json .}}' "
	 "shows "
	 "them all"},
	{"{{Names}}",
	 "--format:1:3: there is no function 'Names': a field is written '.Names'\n"
	 "    {{Names}}\n      ^",
	 ""},
	{"{{pritnf \"x\"}}",
	 "--format:1:3: there is no function 'pritnf'\n    {{pritnf \"x\"}}\n      ^",
	 "did you mean 'printf'?"},
	{"{{$ab := 1}}{{$bb}}",
	 "--format:1:15: there is no variable '$bb' here\n    {{$ab := 1}}{{$bb}}\n"
	 "                  ^",
	 "did you mean '$ab'?"},
	{"é {{.Names.First}}",
	 "--format:1:11: a string has no field '.First'\n    é {{.Names.First}}\n              ^",
	 ""},
	{"{{.Health.Status}}",
	 "--format:1:10: what stands before '.Status' is nil: {{if}} or {{with}} tells\n"
	 "    {{.Health.Status}}\n             ^",
	 ""},
	{"a\n{{if .Running}}",
	 "--format:2:3: this {{if}} has no {{end}}\n    {{if .Running}}\n      ^", ""},
	{"{{lower .Size}}",
	 "--format:1:9: 'lower' wants a string here, this is int\n    {{lower .Size}}\n            "
	 "^",
	 ""},
	{"{{join .List}}",
	 "--format:1:3: 'join' takes 2 arguments, not 1\n    {{join .List}}\n      ^", ""},
	{"{{eq .Size \"42\"}}",
	 "--format:1:12: 'eq' can't compare int with string\n    {{eq .Size \"42\"}}\n"
	 "               ^",
	 ""},
	{"{{.Created.Format 5}}",
	 "--format:1:19: '.Format': a layout such as \"2006-01-02\" is wanted\n"
	 "    {{.Created.Format 5}}\n                      ^",
	 ""},
	{"{{range .Names}}{{end}}",
	 "--format:1:9: range goes through lists, maps and whole numbers, this is a string\n"
	 "    {{range .Names}}{{end}}\n            ^",
	 ""},
	{"{{range $i, $e := 3}}{{end}}",
	 "--format:1:9: a range over the number 3 has one variable, not two\n"
	 "    {{range $i, $e := 3}}{{end}}\n            ^",
	 ""},
	{"{{truncate .Names -1}}",
	 "--format:1:19: 'truncate' takes a length from 0 on, not -1\n    {{truncate .Names -1}}\n"
	 "                      ^",
	 ""},
	{"{{1i}}",
	 "--format:1:3: '1i' is a complex number: whole numbers and fractions are accepted\n"
	 "    {{1i}}\n      ^",
	 ""},
};

START_TEST(errors)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(run(error_rows[_i].template, sample(&a), &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, error_rows[_i].text);
	ck_assert_str_eq(err.hint, error_rows[_i].hint);
	/* And nobody needs to want to know. */
	ck_assert_int_eq(run(error_rows[_i].template, sample(&a), &out, NULL), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

static void expect_limit(const char *text, const char *message)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(run(text, sample(&a), &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_msg(strstr(err.text, message) != NULL, "%s", err.text);
	ck_assert_uint_eq(out.len, 0);
}

/* The same text again and again, around a middle. */
static char *repeated(const char *before, const char *middle, const char *after, size_t n)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_adds(&text, before);
	buf_adds(&text, middle);
	for (size_t i = 0; i < n; i++)
		buf_adds(&text, after);
	return buf_take(&text);
}

START_TEST(limits)
{
	_cleanup_free_ char *blocks = repeated("{{if true}}", "x", "{{end}}", 3000);
	_cleanup_free_ char *parens = repeated("(", "1", ")", 10000);
	_cleanup_free_ char *action = xasprintf("{{%s}}", parens);
	_cleanup_free_ char *chain = repeated("", "{{if 0}}", "{{else if 0}}", 4000);
	_cleanup_free_ char *loops = repeated("{{range $.List}}", "x", "{{end}}", 24);
	_cleanup_free_ char *large = repeated("x", "", "", TEMPLATE_MAX_SIZE + 1);

	expect_limit(blocks, "nested deeper than 100 levels");
	expect_limit(action, "nested deeper than 100 levels");
	expect_limit(chain, "nested deeper than 100 levels");
	expect_limit(large, "--format has 65537 bytes: at most 65536 are accepted");
	expect_limit("{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
		     "more than 100 templates call each other");
	expect_limit(loops, "given up after");
	expect_limit("{{range 9999999}}{{range 9999999}}{{end}}{{end}}", "makes more than");
	expect_limit("{{range 1000}}{{$x := printf \"%900000d\" .}}{{end}}", "makes more than");
	expect_limit("{{$x := printf \"%900000d\" 1}}{{range 1000}}{{$x}}{{end}}",
		     "prints more than");
}
END_TEST

/* As deep as is allowed, and a template that calls itself as often. */
START_TEST(within_limits)
{
	_cleanup_free_ char *blocks = repeated("{{if true}}", "x", "{{end}}", TEMPLATE_MAX_DEPTH);
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_msg(run(blocks, sample(&a), &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&out), "x");
	buf_reset(&out);
	ck_assert_msg(run("{{define \"x\"}}{{if gt (len .) 1}}{{template \"x\" slice . 1}}{{end}}"
			  "{{slice . 0 1}}{{end}}{{template \"x\" printf \"%099d\" 1}}",
			  sample(&a), &out, &err) == 0,
		      "%s", err.text);
	ck_assert_uint_eq(out.len, 99);
}
END_TEST

START_TEST(appends)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(template) struct template *t = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(template_parse("{{.Names}};{{if .Health}}{{.Nope}}{{end}}", "x", &t, &err),
			 0);
	buf_adds(&out, "before ");
	ck_assert_int_eq(template_run(t, sample(&a), &out, &err), 0);
	ck_assert_int_eq(template_run(t, sample(&a), &out, &err), 0);
	ck_assert_str_eq(buf_str(&out), "before web;web;");
	template_free(NULL);
}
END_TEST

/* What the argument of a call declares is the caller's, and moves its variables. */
START_TEST(declared_in_a_call)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;

	buf_adds(&text, "{{define \"x\"}}{{.}}{{end}}");
	for (unsigned i = 0; i < 15; i++)
		buf_addf(&text, "{{$v%u := %u}}", i, i);
	buf_adds(&text, "{{template \"x\" ($q := 7)}}{{$v3}}{{$q}}");
	ck_assert_msg(run(buf_str(&text), sample(&a), &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&out), "737");
}
END_TEST

/* A string as docker has it, and a time as podman has it. */
static const char *const time_text_rows[][2] = {
	{"{{.At}} {{json .At}} {{len .At}}",
	 "2024-02-29T12:00:00.5Z \"2024-02-29T12:00:00.5Z\" 22"},
	{"{{slice .At 0 10}} {{index (split .At \"T\") 0}}", "2024-02-29 2024-02-29"},
	{"{{if eq .Never \"0001-01-01T00:00:00Z\"}}never{{end}} {{.Never.IsZero}}", "never true"},
	{"{{.At.Year}} {{.At.Format \"15:04\"}} {{.At.Before .Never}} {{.At.Sub .At}}",
	 "2024 12:00 false 0s"},
};

START_TEST(text_of_time)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct value *v = value_struct(&a);
	struct err err = ERR_INIT;

	value_put(&a, v, "At", value_time_text(&a, "2024-02-29T12:00:00.5Z"));
	value_put(&a, v, "Never", value_time_text(&a, NULL));
	ck_assert_msg(run(time_text_rows[_i][0], v, &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&out), time_text_rows[_i][1]);
}
END_TEST

Suite *suite_template(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");

	/* The limits take a moment with sanitizers. */
	tcase_set_timeout(t, 120);
	tcase_add_test(t, golden);
	tcase_add_loop_test(t, newer, 0, ROWS(newer_rows));
	tcase_add_loop_test(t, errors, 0, ROWS(error_rows));
	tcase_add_test(t, limits);
	tcase_add_test(t, within_limits);
	tcase_add_test(t, appends);
	tcase_add_test(t, declared_in_a_call);
	tcase_add_loop_test(t, text_of_time, 0, ROWS(time_text_rows));
	suite_add_tcase(s, t);
	return s;
}
