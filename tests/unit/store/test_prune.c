/* SPDX-License-Identifier: Apache-2.0 */
#include "store/prune.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "store/volumes.h"
#include "suites.h"

#define ALL (PRUNE_BY_UNTIL | PRUNE_BY_LABEL | PRUNE_BY_DANGLING)
#define NOW 1700000000

/* clang-format off */
static const struct {
	const char *word;
	unsigned allowed;
	long until; /* -1: not given */
	const char *error;
} words[] = {
	{"until=24h", ALL, NOW - 86400, NULL},
	{"until=1m30s", ALL, NOW - 90, NULL},
	{"until=0", ALL, 0, NULL},
	{"until=1500000000", ALL, 1500000000, NULL},
	{"until=2020-01-02T03:04:05Z", ALL, 1577934245, NULL},
	{"label=a", ALL, -1, NULL},
	{"label!=a=b", ALL, -1, NULL},
	{"dangling=true", ALL, -1, NULL},
	{"until=-1h", ALL, -1, "until=-1h"},
	{"until=", ALL, -1, "is no time"},
	{"until=soon", ALL, -1, "expected an age such as 24h"},
	{"until=1h", PRUNE_BY_LABEL, -1, "filter 'until=1h' is not known here: expected label=KEY"},
	{"dangling=perhaps", ALL, -1, "perhaps"},
	{"label=", ALL, -1, "filter 'label='"},
	{"name=x", ALL, -1, "expected until=TIME, dangling=BOOL, label=KEY[=VALUE]"},
};
/* clang-format on */

START_TEST(filter_words)
{
	_cleanup_(prune_filter) struct prune_filter f = PRUNE_FILTER_INIT;
	char word[64];
	char *list[] = {word, NULL};
	struct err err = ERR_INIT;
	int r;

	snprintf(word, sizeof(word), "%s", words[_i].word);
	r = prune_filter_parse(list, words[_i].allowed, NOW, &f, &err);
	ck_assert_int_eq(r, words[_i].error ? -1 : 0);
	if (words[_i].error)
		ck_assert_msg(strstr(err.text, words[_i].error) != NULL, "%s", err.text);
	else
		ck_assert_int_eq(f.has_until ? (long)f.until.tv_sec : -1, words[_i].until);
}
END_TEST

/* clang-format off */
static const struct {
	const char *words[4];
	bool pass;
} passes[] = {
	{{NULL}, true},
	{{"label=a"}, true},
	{{"label=a=1"}, true},
	{{"label=a=2"}, false},
	{{"label=c"}, false},
	{{"label=a", "label=b"}, true},
	{{"label=a", "label=c"}, false},
	{{"label!=c"}, true},
	{{"label!=b"}, false},
	{{"label!=a=2"}, true},
	{{"until=1600000000"}, false},
	{{"until=1600000001"}, true},
	{{"until=1600000001", "label!=a"}, false},
};
/* clang-format on */

START_TEST(filter_passes)
{
	char a[] = "a", b[] = "b", one[] = "1", empty[] = "";
	const struct json_pair labels[] = {{a, one}, {b, empty}};
	_cleanup_(prune_filter) struct prune_filter f = PRUNE_FILTER_INIT;
	_cleanup_strv_ char **list = NULL;
	struct err err = ERR_INIT;

	for (int i = 0; passes[_i].words[i]; i++)
		strv_add(&list, passes[_i].words[i]);
	ck_ok(prune_filter_parse(list, ALL, NOW, &f, &err), &err);
	ck_assert_int_eq(prune_filter_pass(&f, "2020-09-13T12:26:40Z", labels, 2), passes[_i].pass);
}
END_TEST

static void plan_images(struct store *s, bool all, const struct map *gone, struct prune_plan *plan)
{
	_cleanup_(store_usage) struct store_usage u = STORE_USAGE_INIT;
	struct prune_request r = {.usage = &u, .all = all, .gone = gone};
	struct err err = ERR_INIT;

	ck_ok(store_usage_measure(s, 1u << STORE_PART_IMAGES, &u, &err), &err);
	ck_ok(store_prune_images(s, &r, plan, &err), &err);
}

static unsigned count(const struct prune_plan *p, enum prune_kind kind, bool done)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i].kind == kind && (!done || p->items[i].done);
	return n;
}

START_TEST(images)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(prune_plan) struct prune_plan dangling = PRUNE_PLAN_INIT;
	_cleanup_(prune_plan) struct prune_plan unused = PRUNE_PLAN_INIT;
	_cleanup_(prune_plan) struct prune_plan all = PRUNE_PLAN_INIT;
	_cleanup_(map) struct map gone = MAP_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	test_image(&s, "used", "used", NULL);
	test_image(&s, "unused", "unused", NULL);
	test_image(&s, "nameless", NULL, NULL);
	test_container(&s, "used", "web", id);
	plan_images(&s, false, NULL, &dangling);
	ck_assert_uint_eq(count(&dangling, PRUNE_IMAGE, false), 1);
	ck_assert_uint_eq(count(&dangling, PRUNE_BLOB, false), 3);
	ck_assert_uint_eq(count(&dangling, PRUNE_LAYER, false), 1);
	plan_images(&s, true, NULL, &unused);
	ck_assert_uint_eq(count(&unused, PRUNE_IMAGE, false), 2);
	/* A container that will be gone needs nothing. */
	map_set(&gone, id, NULL);
	plan_images(&s, true, &gone, &all);
	ck_assert_uint_eq(count(&all, PRUNE_IMAGE, false), 3);
	ck_ok(store_prune_apply(&s, &dangling, &err), &err);
	ck_assert_uint_eq(prune_plan_bytes(&dangling, true), prune_plan_bytes(&dangling, false));
	/* But it isn't gone. */
	ck_ok(store_prune_apply(&s, &all, &err), &err);
	ck_assert_uint_eq(count(&all, PRUNE_IMAGE, true), 1);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 3);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
}
END_TEST

/* What happens between planning and doing is seen. */
START_TEST(plans_grow_old)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(prune_plan) struct prune_plan plan = PRUNE_PLAN_INIT;
	_cleanup_fd_ int loads = -1;
	struct err err = ERR_INIT;
	struct reference ref;
	char id[ID_LEN + 1];

	test_store(&s);
	test_image(&s, "one", "one", NULL);
	test_image(&s, "two", "two", NULL);
	test_image(&s, "three", "three", NULL);
	plan_images(&s, true, NULL, &plan);
	ck_assert_uint_eq(count(&plan, PRUNE_IMAGE, false), 3);
	test_container(&s, "one", "web", id);
	ck_ok(reference_parse("again", &ref, &err), &err);
	ck_ok(store_image_tag(&s, "two", &ref, &err), &err);
	/* Somebody loads: what the removed image named goes all the same. */
	ck_ok(store_lock_loads(&s, false, &loads, &err), &err);
	test_image(&s, "four", NULL, NULL);
	ck_ok(store_prune_apply(&s, &plan, &err), &err);
	ck_assert_uint_eq(count(&plan, PRUNE_IMAGE, true), 1);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 3);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 9);
}
END_TEST

START_TEST(nothing_is_guessed)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(prune_plan) struct prune_plan plan = PRUNE_PLAN_INIT;
	_cleanup_free_ char *record = NULL;
	char id[ID_LEN + 1];

	test_store(&s);
	test_image(&s, "one", NULL, NULL);
	test_container(&s, NULL, "web", id);
	record = xasprintf("%s/container.json", id);
	test_write(s.containers_fd, record, "{");
	plan_images(&s, true, NULL, &plan);
	ck_assert_uint_eq(plan.n, 0);
}
END_TEST

START_TEST(volumes)
{
	static const char random[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(prune_plan) struct prune_plan plan = PRUNE_PLAN_INIT;
	_cleanup_(store_usage) struct store_usage u = STORE_USAGE_INIT;
	struct prune_request r = {.usage = &u};
	const char *names[] = {"named", random};
	char key[] = "keep", value[] = "no";
	const struct json_pair label = {key, value};
	char *words_of_filter[] = {(char[]){"label=keep=no"}, NULL};
	_cleanup_(prune_filter) struct prune_filter keep = PRUNE_FILTER_INIT;
	_cleanup_(prune_plan) struct prune_plan filtered = PRUNE_PLAN_INIT;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(prune_filter_parse(words_of_filter, ALL, NOW, &keep, &err), &err);
	ck_ok(store_volume_create(&s, "labelled", &label, 1, NULL, &err), &err);
	for (int i = 0; i < 2; i++) {
		_cleanup_fd_ int fd = -1;
		bool created;

		ck_ok(store_volume_open(&s, names[i], &fd, &created, &err), &err);
	}
	ck_ok(store_usage_measure(&s, 1u << STORE_PART_VOLUMES, &u, &err), &err);
	ck_ok(store_prune_volumes(&s, &r, &plan, &err), &err);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_str_eq(plan.items[0].name, random);
	r.all = true;
	ck_ok(store_prune_volumes(&s, &r, &plan, &err), &err);
	ck_assert_uint_eq(plan.n, 4);
	r.filter = &keep;
	ck_ok(store_prune_volumes(&s, &r, &filtered, &err), &err);
	ck_assert_uint_eq(filtered.n, 1);
	ck_assert_str_eq(filtered.items[0].name, "labelled");
	ck_ok(store_prune_apply(&s, &plan, &err), &err);
	ck_assert_int_eq(test_entries(s.data_fd, "volumes"), 0);
}
END_TEST

Suite *suite_prune(void)
{
	Suite *s = suite_create("store/prune");
	TCase *c = tcase_create("prune");

	tcase_add_loop_test(c, filter_words, 0, ROWS(words));
	tcase_add_loop_test(c, filter_passes, 0, ROWS(passes));
	tcase_add_test(c, images);
	tcase_add_test(c, plans_grow_old);
	tcase_add_test(c, nothing_is_guessed);
	tcase_add_test(c, volumes);
	suite_add_tcase(s, c);
	return s;
}
