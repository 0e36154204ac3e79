/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "suites.h"

START_TEST(import_a_tree)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "bin/sh", "x", 0755, NULL}};
	char *changes[] = {(char *)(uintptr_t) "CMD [\"/bin/sh\"]", NULL};
	struct reference name;
	struct image_import_request req = {.fd = -1,
					   .message = "by hand",
					   .changes = changes,
					   .name = &name};
	struct err err = ERR_INIT;
	struct digest id;
	int *fds;

	test_store(&s);
	ck_ok(reference_parse("tree:1", &name, &err), &err);
	test_tar(entries, 1, &tar);
	req.input = test_file(&tar, "root.tar");
	ck_ok(image_import(&s, &req, &id, &err), &err);
	ck_ok(store_image_find(&s, "tree:1", &img, &err), &err);
	ck_assert(digest_eq(&img.id, &id));
	ck_assert_str_eq(img.config.config.cmd[0], "/bin/sh");
	ck_assert_str_eq(img.config.history[0].comment, "by hand");
	ck_assert_str_eq(img.config.os, "linux");
	ck_ok(image_layers_open(&s, &img, &fds, &err), &err);
	ck_assert(test_has(fds[0], "bin/sh", "x"));
	close(fds[0]);
	free(fds);
}
END_TEST

START_TEST(refusals)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;
	char *changes[] = {(char *)(uintptr_t) "RUN x", NULL};
	struct image_import_request req = {.fd = -1, .changes = changes};
	struct err err = ERR_INIT;
	struct digest id;

	test_store(&s);
	buf_adds(&text, "this is no archive at all, whatever its name says it were");
	req.input = test_file(&text, "root.tar");
	ck_assert_int_eq(image_import(&s, &req, &id, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	req.changes = NULL;
	ck_assert_int_eq(image_import(&s, &req, &id, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, req.input));
	req.input = "/nonexistent";
	ck_assert_int_eq(image_import(&s, &req, &id, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent"));
}
END_TEST

Suite *suite_import(void)
{
	Suite *s = suite_create("image/import");
	TCase *c = tcase_create("import");

	tcase_add_test(c, import_a_tree);
	tcase_add_test(c, refusals);
	suite_add_tcase(s, c);
	return s;
}
