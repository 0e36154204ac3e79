/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "suites.h"

static bool layer_exists(struct store *s, const char *text)
{
	struct digest d;

	return digest_of(text, strlen(text), &d, NULL) == 0 && store_layer_exists(s, &d, NULL) &&
	       store_blob_exists(s, &d);
}

START_TEST(names_first_then_the_image)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	struct err err = ERR_INIT;
	struct digest id;

	test_store(&s);
	test_image(&s, "one", "a", &id);
	test_image(&s, "one", "b", &id);
	ck_ok(store_image_remove(&s, "a", false, &out, &err), &err);
	ck_assert_uint_eq(strv_len(out.lines), 1);
	ck_assert_str_eq(out.lines[0], "Untagged: a:latest");
	ck_assert(layer_exists(&s, "one"));
	store_removal_done(&out);
	ck_ok(store_image_remove(&s, "b", false, &out, &err), &err);
	ck_assert_uint_eq(strv_len(out.lines), 3);
	ck_assert_str_eq(out.lines[0], "Untagged: b:latest");
	ck_assert(str_prefix(out.lines[1], "Deleted: sha256:", NULL));
	ck_assert(!layer_exists(&s, "one"));
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 0);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 0);
	ck_assert_int_eq(store_image_remove(&s, "b", false, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

/* A removal that was killed leaves files of no image: the next one takes them, unless somebody
 * loads. */
START_TEST(leftovers_are_collected)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	const char *texts[] = {"left", "behind", NULL};
	struct err err = ERR_INIT;
	struct descriptor manifest;
	struct digest id;
	int lock;

	test_store(&s);
	test_image(&s, "one", "a", NULL);
	test_image(&s, "two", "b", NULL);
	test_image(&s, "three", "c", NULL);
	test_image_parts(&s, texts, &manifest, &id);
	ck_ok(store_lock_loads(&s, false, &lock, &err), &err);
	ck_ok(store_image_remove(&s, "a", false, &out, &err), &err);
	ck_assert(layer_exists(&s, "left"));
	ck_assert(!layer_exists(&s, "one"));
	close(lock);
	store_removal_done(&out);
	ck_ok(store_image_remove(&s, "b", false, &out, &err), &err);
	ck_assert(!layer_exists(&s, "left"));
	ck_assert(!layer_exists(&s, "behind"));
	ck_assert(!store_blob_exists(&s, &id));
	ck_assert(!layer_exists(&s, "two"));
	ck_assert(layer_exists(&s, "three"));
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 3);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
	/* What the image had is told, not what was found. */
	ck_assert_uint_eq(strv_len(out.lines), 3);
}
END_TEST

/* What a damaged record's container uses is not known: names go, files stay until it is gone. */
START_TEST(damaged_records_block_nothing)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	char path[ID_LEN + sizeof("/container.json")];

	test_store(&s);
	test_image(&s, "one", "a", NULL);
	test_image(&s, "two", "b", NULL);
	test_container(&s, "a", "user", id);
	snprintf(path, sizeof(path), "%s/container.json", id);
	test_write(s.containers_fd, path, "");
	ck_ok(store_image_remove(&s, "a", false, &out, &err), &err);
	ck_assert(layer_exists(&s, "one"));
	ck_ok(store_container_remove(&s, id, -1, &err), &err);
	store_removal_done(&out);
	ck_ok(store_image_remove(&s, "b", false, &out, &err), &err);
	ck_assert(!layer_exists(&s, "one"));
	ck_assert(!layer_exists(&s, "two"));
}
END_TEST

START_TEST(by_id_with_several_names)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	struct err err = ERR_INIT;
	struct digest id;

	test_store(&s);
	test_image(&s, "one", "a", &id);
	test_image(&s, "one", "b", &id);
	ck_assert_int_eq(store_image_remove(&s, id.hex, false, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(err.text, " b:latest"));
	ck_ok(store_image_remove(&s, id.hex, true, &out, &err), &err);
	ck_assert_uint_eq(strv_len(out.lines), 4);
	ck_assert(!layer_exists(&s, "one"));
}
END_TEST

START_TEST(shared_layers_stay)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	const char *texts[] = {"base", "top", NULL};
	struct err err = ERR_INIT;
	struct descriptor manifest;
	struct reference name;
	struct digest id;

	test_store(&s);
	test_image(&s, "base", "base", NULL);
	test_image_parts(&s, texts, &manifest, &id);
	ck_ok(reference_parse("top", &name, &err), &err);
	ck_ok(store_image_name(&s, &manifest, &id, &name, 1, &err), &err);
	ck_ok(store_image_remove(&s, "top", false, &out, &err), &err);
	ck_assert(!layer_exists(&s, "top"));
	ck_assert(layer_exists(&s, "base"));
}
END_TEST

START_TEST(containers_hold_images)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	struct digest image;

	test_store(&s);
	test_image(&s, "one", "a", &image);
	test_container(&s, "a", "user", id);
	ck_assert_int_eq(store_image_remove(&s, "a", false, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "(user)"));
	ck_assert_str_eq(err.hint, "onggi rm user");
	/* Forced, only the name goes. */
	ck_ok(store_image_remove(&s, "a", true, &out, &err), &err);
	ck_assert_uint_eq(strv_len(out.lines), 1);
	ck_assert(layer_exists(&s, "one"));
	ck_ok(store_image_find(&s, image.hex, &img, &err), &err);
	ck_assert_int_eq(store_image_remove(&s, image.hex, true, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	ck_ok(store_container_remove(&s, id, -1, &err), &err);
	store_removal_done(&out);
	ck_ok(store_image_remove(&s, image.hex, false, &out, &err), &err);
	ck_assert(!layer_exists(&s, "one"));
}
END_TEST

/* Where another image can't be read, its files are not known: nothing is deleted. */
START_TEST(nothing_is_deleted_on_a_guess)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	struct err err = ERR_INIT;
	struct digest id;
	char path[BLOB_PATH_MAX];

	test_store(&s);
	test_image(&s, "one", "a", &id);
	test_image(&s, "two", "b", NULL);
	test_write(s.images_fd, store_blob_path(&id, path), "damaged");
	ck_ok(store_image_remove(&s, "b", false, &out, &err), &err);
	ck_assert(layer_exists(&s, "two"));
	/* The damaged one itself can be removed. */
	store_removal_done(&out);
	ck_ok(store_image_remove(&s, "a", false, &out, &err), &err);
	ck_assert_int_eq(store_image_remove(&s, "a", false, &out, &err), -1);
}
END_TEST

Suite *suite_images_remove(void)
{
	Suite *s = suite_create("store/images_remove");
	TCase *c = tcase_create("remove");

	tcase_add_test(c, names_first_then_the_image);
	tcase_add_test(c, leftovers_are_collected);
	tcase_add_test(c, damaged_records_block_nothing);
	tcase_add_test(c, by_id_with_several_names);
	tcase_add_test(c, shared_layers_stay);
	tcase_add_test(c, containers_hold_images);
	tcase_add_test(c, nothing_is_deleted_on_a_guess);
	suite_add_tcase(s, c);
	return s;
}
