/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/value_table.h"
#include "suites.h"

struct sample {
	char *text, *none, *when, *never;
	char **list, **no_list;
	size_t n_list, n_no_list;
	bool yes;
	int32_t small;
	int64_t large;
};

static struct value *twice(struct arena *a, const void *src)
{
	return value_int(a, 2 * ((const struct sample *)src)->large);
}

#define S(kind, name, member) VALUE_ROW(VALUE_ROW_##kind, name, struct sample, member)

static const struct value_row rows[] = {
	S(STRING, "Text", text),
	S(STRING, "None", none),
	S(TIME, "When", when),
	S(TIME, "Never", never),
	VALUE_ROW_N("List", struct sample, list),
	VALUE_ROW_N("NoList", struct sample, no_list),
	S(BOOL, "Yes", yes),
	S(INT32, "Small", small),
	S(INT64, "Large", large),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY, "Empty"),
	VALUE_ROW_FIXED(VALUE_ROW_ZERO, "Zero"),
	VALUE_ROW_FIXED(VALUE_ROW_FALSE, "False"),
	VALUE_ROW_FIXED(VALUE_ROW_TRUE, "True"),
	VALUE_ROW_FIXED(VALUE_ROW_NO_LIST, "NilList"),
	VALUE_ROW_FIXED(VALUE_ROW_NO_MAP, "NilMap"),
	VALUE_ROW_FIXED(VALUE_ROW_EMPTY_MAP, "EmptyMap"),
	VALUE_ROW_FN("Twice", twice),
};

/* One row of each kind, in the order of the table. */
START_TEST(every_kind)
{
	char a[] = "a", b[] = "b", text[] = "t", when[] = "2024-01-02T03:04:05.6Z";
	char *list[] = {a, b, NULL};
	const struct sample src = {.text = text,
				   .when = when,
				   .list = list,
				   .n_list = 2,
				   .yes = true,
				   .small = -3,
				   .large = INT64_C(5000000000)};
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct value *v = value_struct(&arena);

	value_put_rows(&arena, v, rows, sizeof(rows) / sizeof(rows[0]), &src);
	value_json(v, 0, &out);
	ck_assert_str_eq(buf_str(&out),
			 "{\"Text\":\"t\",\"None\":\"\",\"When\":\"2024-01-02T03:04:05.6Z\","
			 "\"Never\":\"0001-01-01T00:00:00Z\",\"List\":[\"a\",\"b\"],\"NoList\":"
			 "null,\"Yes\":true,\"Small\":-3,\"Large\":5000000000,\"Empty\":\"\","
			 "\"Zero\":0,\"False\":false,\"True\":true,\"NilList\":null,\"NilMap\":"
			 "null,\"EmptyMap\":{},\"Twice\":10000000000}");
	ck_assert_int_eq(value_get(v, "NilList")->nil_of, VALUE_LIST);
	ck_assert_int_eq(value_get(v, "NilMap")->nil_of, VALUE_MAP);
}
END_TEST

Suite *suite_value_table(void)
{
	Suite *s = suite_create("cli/value_table");
	TCase *t = tcase_create("value_table");

	tcase_add_test(t, every_kind);
	suite_add_tcase(s, t);
	return s;
}
