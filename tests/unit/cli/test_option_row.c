/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/option_row.h"
#include "sample.h"
#include "suites.h"

START_TEST(walk)
{
	static const struct {
		const char *name; /* NULL: a heading */
		size_t offset;
	} expect[] = {
		{"interactive", offsetof(struct sample, interactive)},
		{"tty", offsetof(struct sample, tty)},
		{"quiet", offsetof(struct sample, quiet)},
		{"name", offsetof(struct sample, name)},
		{"env", offsetof(struct sample, env)},
		{"tls-verify", offsetof(struct sample, verify)},
		{"pull", offsetof(struct sample, pull)},
		{NULL, offsetof(struct sample, limits)},
		{"memory", offsetof(struct sample, limits.memory)},
		{"pids-limit", offsetof(struct sample, limits.pids)},
		{"cpus", offsetof(struct sample, limits.cpus)},
		{"timeout", offsetof(struct sample, limits.timeout)},
		{NULL, 0},
		{"isolation", 0},
		{"link", 0},
		{"secret-flag", offsetof(struct sample, quiet)},
	};
	struct option_iter it;
	const struct opt *row;
	size_t offset;

	option_iter_init(&it, sample_run.options);
	for (int i = 0; i < ROWS(expect); i++) {
		row = option_iter_next(&it, &offset);
		ck_assert_ptr_nonnull(row);
		ck_assert_int_eq(option_is_named(row), expect[i].name != NULL);
		ck_assert_pstr_eq(row->name, expect[i].name);
		ck_assert_uint_eq(offset, expect[i].offset);
	}
	ck_assert_ptr_null(option_iter_next(&it, &offset));
	ck_assert_ptr_null(option_iter_next(&it, &offset));
}
END_TEST

START_TEST(none)
{
	struct option_iter it;
	size_t offset;

	option_iter_init(&it, NULL);
	ck_assert_ptr_null(option_iter_next(&it, &offset));
}
END_TEST

/* Groups that go round in a circle end nevertheless. */
START_TEST(circle)
{
	struct opt rows[3] = {
		{.kind = OPT_KIND_FLAG, .name = "a"},
		{.kind = OPT_KIND_GROUP, .offset = 8},
		OPT_END,
	};
	struct option_iter it;
	size_t offset = 0, n = 0;

	rows[1].group = rows;
	option_iter_init(&it, rows);
	while (option_iter_next(&it, &offset))
		n++;
	ck_assert_uint_eq(n, OPTION_DEPTH_MAX);
	ck_assert_uint_eq(offset, 8 * (OPTION_DEPTH_MAX - 1));
}
END_TEST

static const struct {
	struct opt row;
	bool takes;
} takes_rows[] = {
	{{.kind = OPT_KIND_FLAG}, false},
	{{.kind = OPT_KIND_OPT_FLAG}, false},
	{{.kind = OPT_KIND_STRING}, true},
	{{.kind = OPT_KIND_LIST}, true},
	{{.kind = OPT_KIND_INT}, true},
	{{.kind = OPT_KIND_SIZE}, true},
	{{.kind = OPT_KIND_DURATION}, true},
	{{.kind = OPT_KIND_NANO}, true},
	{{.kind = OPT_KIND_CHOICE}, true},
	{{.kind = OPT_KIND_GROUP}, false},
	{{.kind = OPT_KIND_HEADING}, false},
	{{.kind = OPT_KIND_ACCEPT}, false},
	{{.kind = OPT_KIND_ACCEPT, .value = "X"}, true},
	{{.kind = OPT_KIND_REFUSE}, false},
	{{.kind = OPT_KIND_REFUSE, .value = "X"}, true},
};

START_TEST(takes_value)
{
	ck_assert_int_eq(option_takes_value(&takes_rows[_i].row), takes_rows[_i].takes);
}
END_TEST

Suite *suite_option_row(void)
{
	Suite *s = suite_create("option_row");
	TCase *t = tcase_create("option_row");

	tcase_add_test(t, walk);
	tcase_add_test(t, none);
	tcase_add_test(t, circle);
	tcase_add_loop_test(t, takes_value, 0, ROWS(takes_rows));
	suite_add_tcase(s, t);
	return s;
}
