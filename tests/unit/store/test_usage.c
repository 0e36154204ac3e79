/* SPDX-License-Identifier: Apache-2.0 */
#include "store/usage.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/pair_set.h"
#include "store/usage_report.h"
#include "store/volumes.h"
#include "suites.h"

START_TEST(pairs)
{
	_cleanup_(pair_set) struct pair_set s = {.slots = NULL};

	ck_assert(!pair_set_has(&s, 0, 0));
	for (uint64_t i = 0; i < 5000; i++)
		ck_assert(pair_set_add(&s, i % 7, i));
	for (uint64_t i = 0; i < 5000; i++) {
		ck_assert(!pair_set_add(&s, i % 7, i));
		ck_assert(pair_set_has(&s, i % 7, i));
		ck_assert(!pair_set_has(&s, i % 7 + 8, i));
	}
	ck_assert_uint_ne(pair_set_text("a"), pair_set_text("b"));
}
END_TEST

static _Thread_local double blocks;

static int add_blocks(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)type;
	(void)at;
	/* Each name of a file is met. */
	blocks += (double)st->st_blocks * 512 / (double)(S_ISDIR(st->st_mode) ? 1 : st->st_nlink);
	return 0;
}

/* What du says, which e2e/house.bats asks itself. */
static uint64_t du(const struct store *s)
{
	blocks = 0;
	ck_assert_int_eq(nftw(s->data_path, add_blocks, 16, FTW_PHYS), 0);
	return (uint64_t)blocks;
}

START_TEST(adds_up_to_du)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_usage) struct store_usage u = STORE_USAGE_INIT;
	_cleanup_(store_usage) struct store_usage part = STORE_USAGE_INIT;
	_cleanup_fd_ int volume = -1;
	_cleanup_fd_ int readable = -1;
	_cleanup_free_ char *path = NULL;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	uint64_t sum = 0;
	bool created;

	test_store(&s);
	test_image(&s, "one", "a", NULL);
	test_container(&s, "a", "web", id);
	ck_ok(store_volume_open(&s, "vol", &volume, &created, &err), &err);
	readable = openat(volume, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_write(readable, "file", "some text");
	ck_assert_int_eq(linkat(readable, "file", readable, "again", 0), 0);
	test_write(s.data_fd, "foreign", "text");
	ck_ok(store_usage_measure(&s, STORE_PARTS_ALL, &u, &err), &err);
	for (int i = 0; i < STORE_PART_COUNT; i++)
		sum += u.parts[i];
	ck_assert_uint_eq(sum, u.total);
	ck_assert_uint_eq(u.total, du(&s));
	ck_assert_uint_gt(store_usage_of(&u, "volumes/vol"), 0);
	path = xasprintf("containers/%s", id);
	ck_assert_uint_gt(store_usage_of(&u, path), 0);
	ck_assert_uint_eq(store_usage_of(&u, "nothing"), 0);
	ck_ok(store_usage_measure(&s, 1u << STORE_PART_VOLUMES, &part, &err), &err);
	ck_assert_uint_eq(part.total, u.parts[STORE_PART_VOLUMES]);
}
END_TEST

START_TEST(empty_store)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(usage_report) struct usage_report r = USAGE_REPORT_INIT;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(store_usage_report(&s, &r, &err), &err);
	ck_assert_uint_eq(r.usage.total, du(&s));
	ck_assert_uint_eq(r.n_images + r.n_containers + r.n_volumes, 0);
	/* Looking leaves no trace. */
	ck_assert_int_eq(test_entries(s.data_fd, "."), 0);
}
END_TEST

START_TEST(sharing_and_use)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(usage_report) struct usage_report r = USAGE_REPORT_INIT;
	const char *one[] = {"base", NULL};
	const char *two[] = {"base", "top", NULL};
	const struct usage_image *small, *large;
	struct descriptor manifest;
	struct reference ref;
	struct err err = ERR_INIT;
	struct digest id;
	char container[ID_LEN + 1];

	test_store(&s);
	test_image_parts(&s, one, &manifest, &id);
	ck_ok(reference_parse("one", &ref, &err), &err);
	ck_ok(store_image_name(&s, &manifest, &id, &ref, 1, &err), &err);
	test_image_parts(&s, two, &manifest, &id);
	ck_ok(reference_parse("two", &ref, &err), &err);
	ck_ok(store_image_name(&s, &manifest, &id, &ref, 1, &err), &err);
	test_container(&s, "two", "web", container);
	ck_ok(store_usage_report(&s, &r, &err), &err);
	ck_assert_uint_eq(r.n_images, 2);
	small = strstr(r.images[0].names[0], "one") ? &r.images[0] : &r.images[1];
	large = small == &r.images[0] ? &r.images[1] : &r.images[0];
	ck_assert_uint_gt(small->shared, 0);
	ck_assert_uint_eq(small->shared, large->shared);
	ck_assert_uint_eq(large->size, large->shared + large->unique);
	ck_assert_uint_gt(large->unique, small->unique);
	ck_assert_uint_eq(small->containers, 0);
	ck_assert_uint_eq(large->containers, 1);
	ck_assert_uint_eq(r.rows[STORE_PART_IMAGES].total, 2);
	ck_assert_uint_eq(r.rows[STORE_PART_IMAGES].active, 1);
	/* Of the unused one its own part can be had back. */
	ck_assert_uint_eq(r.rows[STORE_PART_IMAGES].reclaimable, small->unique);
	ck_assert_uint_eq(r.rows[STORE_PART_CONTAINERS].reclaimable, r.containers[0].size);
}
END_TEST

Suite *suite_usage(void)
{
	Suite *s = suite_create("store/usage");
	TCase *c = tcase_create("usage");

	tcase_add_test(c, pairs);
	tcase_add_test(c, adds_up_to_du);
	tcase_add_test(c, empty_store);
	tcase_add_test(c, sharing_and_use);
	suite_add_tcase(s, c);
	return s;
}
