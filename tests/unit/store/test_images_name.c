/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/tree.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "suites.h"

static size_t index_len(struct store *s, size_t *ret_named)
{
	_cleanup_(image_index) struct image_index index = {0};
	struct err err = ERR_INIT;

	ck_ok(store_index_read(s, &index, &err), &err);
	*ret_named = 0;
	for (size_t i = 0; i < index.n_manifests; i++)
		*ret_named += store_entry_name(&index.manifests[i]) != NULL;
	return index.n_manifests;
}

START_TEST(a_name_moves_and_the_old_image_stays)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(buf) struct buf log = BUF_INIT;
	struct err err = ERR_INIT;
	struct digest a, b;
	size_t named;

	test_store(&s);
	test_image(&s, "one", "app", &a);
	test_image(&s, "two", "app", &b);
	ck_ok(store_image_find(&s, "app", &img, &err), &err);
	ck_assert(digest_eq(&img.id, &b));
	store_image_done(&img);
	ck_ok(store_image_find(&s, a.hex, &img, &err), &err);
	ck_assert_str_eq(img.name.domain, "");
	ck_assert_uint_eq(index_len(&s, &named), 2);
	ck_assert_uint_eq(named, 1);
	/* Both are in the reflog, the newer one last. */
	ck_ok(file_read_all(s.images_fd, "reflog/docker.io/library/app:latest", 10000, &log, &err),
	      &err);
	ck_assert_ptr_nonnull(strchr(log.data, '\n'));
	ck_assert_ptr_ne(strchr(log.data, '\n'), strrchr(log.data, '\n'));
}
END_TEST

START_TEST(names_are_unique_and_untagged_images_get_named)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct digest id;
	size_t named;

	test_store(&s);
	test_image(&s, "one", NULL, &id);
	test_image(&s, "one", NULL, &id);
	ck_assert_uint_eq(index_len(&s, &named), 1);
	ck_assert_uint_eq(named, 0);
	test_image(&s, "one", "a", &id);
	test_image(&s, "one", "a", &id);
	ck_assert_uint_eq(index_len(&s, &named), 1);
	ck_assert_uint_eq(named, 1);
	test_image(&s, "one", "b", &id);
	test_image(&s, "one", NULL, &id);
	ck_assert_uint_eq(index_len(&s, &named), 2);
	ck_assert_uint_eq(named, 2);
}
END_TEST

START_TEST(what_was_removed_meanwhile_is_busy)
{
	_cleanup_(store) struct store s = STORE_INIT;
	const char *texts[] = {"one", "two", NULL};
	struct descriptor manifest;
	struct err err = ERR_INIT;
	struct digest id, layer;
	char path[BLOB_PATH_MAX];

	test_store(&s);
	test_image_parts(&s, texts, &manifest, &id);
	ck_ok(digest_of("two", 3, &layer, &err), &err);
	ck_ok(tree_remove(s.layers_fd, layer.hex, &err), &err);
	ck_assert_int_eq(store_image_name(&s, &manifest, &id, NULL, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	test_image_parts(&s, texts, &manifest, &id);
	ck_assert_int_eq(unlinkat(s.images_fd, store_blob_path(&layer, path), 0), 0);
	ck_assert_int_eq(store_image_name(&s, &manifest, &id, NULL, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	test_image_parts(&s, texts, &manifest, &id);
	ck_assert_int_eq(unlinkat(s.images_fd, store_blob_path(&id, path), 0), 0);
	ck_assert_int_eq(store_image_name(&s, &manifest, &id, NULL, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	test_image_parts(&s, texts, &manifest, &id);
	ck_ok(store_image_name(&s, &manifest, &id, NULL, 0, &err), &err);
}
END_TEST

START_TEST(reflog_names_stay_inside)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct digest id;

	test_store(&s);
	test_image(&s, "one", "a", &id);
	store_reflog_add(&s, "../../../escaped", NULL, "remove");
	store_reflog_add(&s, "/tmp/onggi-escaped", NULL, "remove");
	ck_assert(!test_exists(s.data_fd, "escaped"));
	ck_assert_int_ne(access("/tmp/onggi-escaped", F_OK), 0);
}
END_TEST

Suite *suite_images_name(void)
{
	Suite *s = suite_create("store/images_name");
	TCase *c = tcase_create("name");

	tcase_add_test(c, a_name_moves_and_the_old_image_stays);
	tcase_add_test(c, names_are_unique_and_untagged_images_get_named);
	tcase_add_test(c, what_was_removed_meanwhile_is_busy);
	tcase_add_test(c, reflog_names_stay_inside);
	suite_add_tcase(s, c);
	return s;
}
