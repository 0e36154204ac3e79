/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "image/hello.h"
#include "suites.h"

static const struct {
	const char *name;
	bool embedded;
} names[] = {
	{"onggi/hello", true},
	{"onggi/hello:latest", true},
	{"docker.io/onggi/hello", true},
	{"onggi/hello:1", false},
	{"hello", false},
	{"localhost/onggi/hello", false},
	{"onggi/hello/x", false},
};

START_TEST(its_name)
{
	struct reference ref;
	struct err err = ERR_INIT;

	ck_ok(reference_parse(names[_i].name, &ref, &err), &err);
	ck_assert_int_eq(image_is_embedded(&ref), names[_i].embedded);
}
END_TEST

START_TEST(stored_like_any_other)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(store_image) struct store_image again = {0};
	struct err err = ERR_INIT;
	struct stat st;
	int *fds;

	test_store(&s);
	ck_ok(image_load_embedded(&s, &err), &err);
	ck_ok(store_image_find(&s, "onggi/hello", &img, &err), &err);
	ck_assert_str_eq(img.config.config.cmd[0], "/hello");
	ck_ok(image_layers_open(&s, &img, &fds, &err), &err);
	ck_assert(test_stat(fds[0], "hello", &st));
	ck_assert_uint_eq((size_t)st.st_size, image_hello_program_size);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0755);
	close(fds[0]);
	free(fds);
	/* The same again: nothing in it depends on when and where. */
	ck_ok(image_load_embedded(&s, &err), &err);
	ck_ok(store_image_find(&s, "onggi/hello", &again, &err), &err);
	ck_assert(digest_eq(&img.descriptor.digest, &again.descriptor.digest));
}
END_TEST

Suite *suite_embedded(void)
{
	Suite *s = suite_create("image/embedded");
	TCase *c = tcase_create("embedded");

	tcase_add_loop_test(c, its_name, 0, ROWS(names));
	tcase_add_test(c, stored_like_any_other);
	suite_add_tcase(s, c);
	return s;
}
