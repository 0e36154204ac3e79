/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "os/tree.h"
#include "store/layers.h"
#include "suites.h"

/* As another tool writes a layout: blobs, but no trees. */
START_TEST(missing_trees_are_unpacked)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	struct stat st;
	int *fds;

	test_store(&s);
	ck_ok(image_load_embedded(&s, &err), &err);
	ck_ok(store_image_find(&s, "onggi/hello", &img, &err), &err);
	ck_ok(tree_remove(test_layers_fd(&s), img.config.diff_ids[0].hex, &err), &err);
	ck_ok(image_layers_open(&s, &img, &fds, &err), &err);
	ck_assert(test_stat(fds[0], "hello", &st));
	close(fds[0]);
	free(fds);
}
END_TEST

START_TEST(without_blobs_it_is_an_error)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	char path[160];
	int *fds = NULL;

	test_store(&s);
	ck_ok(image_load_embedded(&s, &err), &err);
	ck_ok(store_image_find(&s, "onggi/hello", &img, &err), &err);
	ck_ok(tree_remove(test_layers_fd(&s), img.config.diff_ids[0].hex, &err), &err);
	snprintf(path, sizeof(path), "blobs/sha256/%s", img.manifest.layers[0].digest.hex);
	ck_assert_int_eq(unlinkat(s.images_fd, path, 0), 0);
	ck_assert_int_eq(image_layers_open(&s, &img, &fds, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_ptr_null(fds);
}
END_TEST

Suite *suite_layers(void)
{
	Suite *s = suite_create("image/layers");
	TCase *c = tcase_create("layers");

	tcase_add_test(c, missing_trees_are_unpacked);
	tcase_add_test(c, without_blobs_it_is_an_error);
	suite_add_tcase(s, c);
	return s;
}
