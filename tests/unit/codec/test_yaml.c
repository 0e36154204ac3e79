/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "codec/yaml.h"
#include "suites.h"

static void dump(const struct yaml_node *n, struct buf *out)
{
	switch (n->type) {
	case YAML_SCALAR:
		buf_addf(out, "%s", n->style == YAML_PLAIN ? "" : "'");
		buf_add(out, n->text, n->len);
		break;
	case YAML_SEQUENCE:
		buf_addc(out, '[');
		for (size_t i = 0; i < n->n_items; i++) {
			buf_adds(out, i ? "," : "");
			dump(n->items[i], out);
		}
		buf_addc(out, ']');
		break;
	case YAML_MAPPING:
		buf_addc(out, '{');
		for (size_t i = 0; i < n->n_pairs; i++) {
			buf_addf(out, "%s%s:", i ? "," : "", n->pairs[i].key->text);
			dump(n->pairs[i].value, out);
		}
		buf_addc(out, '}');
		break;
	}
}

static const struct {
	const char *text, *out;
} trees[] = {
	{"a: 1\nb: [x, 'y', \"z\"]\nc:\n", "{a:1,b:[x,'y,'z],c:}"},
	{"z: 1\na: 2\nm: 3\n", "{z:1,a:2,m:3}"},
	{"- |\n  one\n  two\n- >\n  three\n  four\n", "['one\ntwo\n,'three four\n]"},
	{"a: &x [1, 2]\nb: *x\n", "{a:[1,2],b:[1,2]}"},
	{"a: &x 1\nb: &x 2\nc: *x\n", "{a:1,b:2,c:2}"},
	{"base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  q: 3\n", "{base:{p:1,q:2},use:{q:3,p:1}}"},
	{"a: &a {p: 1, q: 2}\nb: &b {q: 3, r: 4}\nc:\n  <<: [*a, *b]\n  p: 0\n",
	 "{a:{p:1,q:2},b:{q:3,r:4},c:{p:0,q:2,r:4}}"},
	{"a: &a {p: 1}\nb: &b {<<: *a, q: 2}\nc: {<<: *b}\n", "{a:{p:1},b:{q:2,p:1},c:{q:2,p:1}}"},
	{"\"<<\": {p: 1}\n", "{<<:{p:1}}"},
	{"a: 08:00\nb: 1e3\nc: no\n", "{a:08:00,b:1e3,c:no}"},
	{"{\"json\": [true, null]}", "{json:[true,null]}"},
	{"a: \xc3\xa9\n", "{a:\xc3\xa9}"},
};

START_TEST(builds_trees)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;

	ck_assert_msg(yaml_parse(trees[_i].text, strlen(trees[_i].text), "f", &a, &f, &err) == 0,
		      "%s", err.text);
	ck_assert_uint_eq(f.n_docs, 1);
	dump(f.docs[0], &out);
	ck_assert_str_eq(buf_str(&out), trees[_i].out);
}
END_TEST

static const struct {
	const char *text, *part;
} refused[] = {
	{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key 'a' is given already in line 1\n    a: 3\n    ^"},
	{"a: [1, 2\nb: 3\n", "f.yaml:2:"},
	{"a: *nope\n", "f.yaml:1:4: no anchor '&nope' stands before this alias"},
	{"a: &a [*a]\n", "f.yaml:1:8: no anchor '&a'"},
	{"[a, b]: 1\n", "f.yaml:1:1: a key is a list, expected a string"},
	{"a:\n  <<: 3\n", "f.yaml:2:7: the value of '<<' is a string"},
	{"a:\n  <<: [{b: 1}, c]\n", "f.yaml:2:16: the value of '<<' is a string"},
	{"a: 1\n\tb: 2\n", "f.yaml:2:1:"},
	{"a: \"x\n", "f.yaml:"},
	{"\"a\\0b\": 1\n", "f.yaml:1:1: a key has a NUL"},
	{"a: \xff\n", "f.yaml: byte 3:"},
	{"a: 1\n--- &x 2\n--- *x\n", "f.yaml:3:5: no anchor '&x'"},
};

START_TEST(refuses_with_position)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;

	ck_assert_int_eq(yaml_parse(refused[_i].text, strlen(refused[_i].text), "f.yaml", &a, &f,
				    &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strncmp(err.text, refused[_i].part, strlen(refused[_i].part)) == 0, "got: %s",
		      err.text);
}
END_TEST

START_TEST(keeps_positions)
{
	static const char text[] = "services:\n  web:\n    image: 'nginx'   # comment\n";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;
	struct yaml_node *image;

	ck_assert_int_eq(yaml_parse(text, strlen(text), "c.yaml", &a, &f, NULL), 0);
	image = yaml_get(yaml_get(yaml_get(f.docs[0], "services"), "web"), "image");
	ck_assert_str_eq(yaml_text(image), "nginx");
	ck_assert_int_eq(image->style, YAML_SINGLE_QUOTED);
	ck_assert_uint_eq(image->line, 3);
	ck_assert_uint_eq(image->column, 12);
	ck_assert_ptr_null(yaml_get(image, "x"));
	ck_assert_ptr_null(yaml_get(NULL, "x"));
	ck_assert_int_eq(yaml_error(&f, image, &err, "bad %s", "image"), -1);
	ck_assert_str_eq(err.text, "c.yaml:3:12: bad image\n"
				   "        image: 'nginx'   # comment\n"
				   "               ^");
}
END_TEST

START_TEST(documents)
{
	static const char text[] = "# only a comment\n---\na: 1\n---\n---\nb: 2\n...\n";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;

	ck_assert_int_eq(yaml_parse(text, strlen(text), "f", &a, &f, NULL), 0);
	ck_assert_uint_eq(f.n_docs, 2);
	ck_assert_str_eq(yaml_text(yaml_get(f.docs[1], "b")), "2");
	ck_assert_int_eq(yaml_parse("", 0, "f", &a, &f, NULL), 0);
	ck_assert_uint_eq(f.n_docs, 0);
}
END_TEST

static const struct {
	const char *text;
	bool null;
	int boolean; /* -1: neither */
	const char *words;
} scalars[] = {
	{"[]", false, -1, "a list"},	   {"{}", false, -1, "a mapping"},
	{"~", true, -1, "nothing"},	   {"null", true, -1, "nothing"},
	{"'null'", false, -1, "a string"}, {"true", false, 1, "a string"},
	{"False", false, 0, "a string"},   {"yes", false, -1, "a string"},
	{"'true'", false, -1, "a string"}, {"!!str true", false, -1, "a string"},
};

START_TEST(judges_scalars)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;
	bool v = false;

	ck_assert_int_eq(yaml_parse(scalars[_i].text, strlen(scalars[_i].text), "f", &a, &f, NULL),
			 0);
	ck_assert_uint_eq(f.n_docs, 1);
	ck_assert_int_eq(yaml_is_null(f.docs[0]), scalars[_i].null);
	ck_assert_int_eq(yaml_bool(f.docs[0], &v), scalars[_i].boolean >= 0);
	ck_assert_int_eq(v, scalars[_i].boolean == 1);
	ck_assert_str_eq(yaml_type_words(f.docs[0]), scalars[_i].words);
}
END_TEST

START_TEST(keeps_tags)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;

	ck_assert_int_eq(yaml_parse("a: !reset null\nb: !!str 1\nc: 2\n", 31, "f", &a, &f, NULL),
			 0);
	ck_assert_str_eq(yaml_get(f.docs[0], "a")->tag, "!reset");
	ck_assert_str_eq(yaml_get(f.docs[0], "b")->tag, "tag:yaml.org,2002:str");
	ck_assert_ptr_null(yaml_get(f.docs[0], "c")->tag);
	ck_assert_ptr_null(f.docs[0]->tag);
}
END_TEST

START_TEST(limits_depth)
{
	for (size_t depth = YAML_MAX_DEPTH - 1; depth <= YAML_MAX_DEPTH + 1; depth++) {
		_cleanup_(arena) struct arena a = ARENA_INIT;
		_cleanup_(buf) struct buf text = BUF_INIT;
		struct yaml_file f;
		struct err err = ERR_INIT;
		int r;

		for (size_t i = 0; i < depth; i++)
			buf_addc(&text, '[');
		for (size_t i = 0; i < depth; i++)
			buf_addc(&text, ']');
		r = yaml_parse(text.data, text.len, "f", &a, &f, &err);
		ck_assert_int_eq(r, depth <= YAML_MAX_DEPTH ? 0 : -1);
		ck_assert_int_eq(err.kind, r ? ERR_LIMIT : ERR_NONE);
	}
}
END_TEST

/* Ten aliases of ten aliases of ...: refused by count, and depth through aliases counts too. */
START_TEST(limits_expansion)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf laughs = BUF_INIT;
	_cleanup_(buf) struct buf deep = BUF_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;

	buf_adds(&laughs, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 9; i++) {
		buf_addf(&laughs, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_addf(&laughs, "%s*a%d", k ? "," : "", i - 1);
		buf_adds(&laughs, "]\n");
	}
	ck_assert_int_eq(yaml_parse(laughs.data, laughs.len, "f", &a, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);

	buf_adds(&deep, "a0: &a0 [x]\n");
	for (int i = 1; i < 100; i++)
		buf_addf(&deep, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	err_clear(&err);
	ck_assert_int_eq(yaml_parse(deep.data, deep.len, "f", &a, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

START_TEST(limits_size)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;

	ck_assert(buf_reserve(&text, YAML_MAX_SIZE + 1));
	memset(text.data, '#', YAML_MAX_SIZE + 1);
	ck_assert_int_eq(yaml_parse(text.data, YAML_MAX_SIZE, "f", &a, &f, &err), 0);
	ck_assert_int_eq(yaml_parse(text.data, YAML_MAX_SIZE + 1, "f", &a, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_yaml(void)
{
	Suite *s = suite_create("yaml");
	TCase *t = tcase_create("yaml");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, builds_trees, 0, (int)ARRAY_SIZE(trees));
	tcase_add_loop_test(t, refuses_with_position, 0, (int)ARRAY_SIZE(refused));
	tcase_add_test(t, keeps_positions);
	tcase_add_test(t, documents);
	tcase_add_loop_test(t, judges_scalars, 0, (int)ARRAY_SIZE(scalars));
	tcase_add_test(t, keeps_tags);
	tcase_add_test(t, limits_depth);
	tcase_add_test(t, limits_expansion);
	tcase_add_test(t, limits_size);
	suite_add_tcase(s, t);
	return s;
}
