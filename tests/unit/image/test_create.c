/* SPDX-License-Identifier: Apache-2.0 */
#include "image/create.h"
#include "suites.h"

START_TEST(without_a_name)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(image_config) struct image_config config = {0};
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "f", "x", 0, NULL}};
	struct image_create c = {.config = &config};
	struct err err = ERR_INIT;
	struct digest id;

	test_store(&s);
	test_tar(entries, 1, &tar);
	c.layer = source_from_mem(tar.data, tar.len);
	ck_ok(image_create(&s, &c, &id, &err), &err);
	ck_assert_ptr_null(c.layer);
	ck_ok(store_image_find(&s, id.hex, &img, &err), &err);
	ck_assert_str_eq(img.name.domain, "");
	ck_assert_str_eq(img.manifest.layers[0].media_type, MEDIA_OCI_LAYER);
	ck_assert(digest_eq(&img.manifest.layers[0].digest, &img.config.diff_ids[0]));
}
END_TEST

START_TEST(a_broken_layer_leaves_nothing)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(image_config) struct image_config config = {0};
	struct image_create c = {.config = &config};
	struct image_index index = {0};
	struct err err = ERR_INIT;
	struct digest id;

	test_store(&s);
	c.layer = source_from_mem("\x1f\x8b garbage", 10);
	ck_assert_int_eq(image_create(&s, &c, &id, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	ck_ok(store_index_read(&s, &index, &err), &err);
	ck_assert_uint_eq(index.n_manifests, 0);
}
END_TEST

Suite *suite_image_create(void)
{
	Suite *s = suite_create("image/create");
	TCase *c = tcase_create("create");

	tcase_add_test(c, without_a_name);
	tcase_add_test(c, a_broken_layer_leaves_nothing);
	suite_add_tcase(s, c);
	return s;
}
