/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "os/fd.h"
#include "store/images.h"
#include "suites.h"

static void archive(struct buf *out)
{
	_cleanup_(buf) struct buf a = BUF_INIT;
	_cleanup_(buf) struct buf b = BUF_INIT;
	const struct test_entry one[] = {{TAR_FILE, "one", "1", 0, NULL}};
	const struct test_entry two[] = {{TAR_FILE, "two", "2", 0, NULL}};

	test_tar(one, 1, &a);
	test_tar(two, 1, &b);
	test_docker_archive("app", (const struct buf[]){a, b}, 2, out);
}

START_TEST(two_images_of_an_archive)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	_cleanup_(store_image) struct store_image img = {0};
	struct image_load_request req = {.fd = -1};
	struct err err = ERR_INIT;
	int *fds;

	test_store(&s);
	archive(&tar);
	req.input = test_file(&tar, "app.tar");
	ck_ok(image_load(&s, &req, &loaded, &err), &err);
	ck_assert_uint_eq(strv_len(loaded.names), 2);
	ck_assert_str_eq(loaded.names[0], "docker.io/library/app:1");
	ck_assert_str_eq(loaded.names[1], "docker.io/library/app:2");
	ck_assert(str_prefix(loaded.ids[0], "sha256:", NULL));
	ck_ok(store_image_find(&s, "app:2", &img, &err), &err);
	ck_ok(image_layers_open(&s, &img, &fds, &err), &err);
	ck_assert(test_has(fds[0], "two", "2"));
	close(fds[0]);
	free(fds);
	/* Once more changes nothing. */
	image_loaded_done(&loaded);
	ck_ok(image_load(&s, &req, &loaded, &err), &err);
	ck_assert_uint_eq(strv_len(loaded.names), 2);
}
END_TEST

START_TEST(from_a_pipe)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	struct image_load_request req = {0};
	struct err err = ERR_INIT;
	int p[2];
	pid_t pid;

	test_store(&s);
	archive(&tar);
	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(p[0]);
		_exit(fd_write_full(p[1], tar.data, tar.len) < 0);
	}
	close(p[1]);
	req.fd = p[0];
	ck_ok(image_load(&s, &req, &loaded, &err), &err);
	ck_assert_uint_eq(strv_len(loaded.names), 2);
	close(p[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} no_archives[] = {
	{"", "empty"},
	{"PK\003\004xxxxxxxxxxxxxxx", "a zip archive"},
	{"{\"a\":1}", "a JSON"},
	{"\177ELFxxxxxxxxxxxxxxxxx", "a program"},
	{"#!/bin/sh\n", "a script"},
};

START_TEST(what_is_no_archive)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct image_load_request req = {.fd = -1};
	struct image_loaded loaded = {0};
	struct err err = ERR_INIT;

	test_store(&s);
	buf_adds(&text, no_archives[_i].text);
	req.input = test_file(&text, "thing");
	ck_assert_int_eq(image_load(&s, &req, &loaded, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, no_archives[_i].says), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, req.input));
	ck_assert_ptr_null(loaded.names);
}
END_TEST

START_TEST(a_root_file_system_is_to_be_imported)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "etc/passwd", "x", 0, NULL}};
	struct image_load_request req = {.fd = -1};
	struct image_loaded loaded = {0};
	struct err err = ERR_INIT;

	test_store(&s);
	test_tar(entries, 1, &tar);
	req.input = test_file(&tar, "root.tar");
	ck_assert_int_eq(image_load(&s, &req, &loaded, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.hint, "onggi import"));
}
END_TEST

START_TEST(a_missing_file)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct image_load_request req = {.fd = -1, .input = "/nonexistent/x.tar"};
	struct image_loaded loaded = {0};
	struct err err = ERR_INIT;

	test_store(&s);
	ck_assert_int_eq(image_load(&s, &req, &loaded, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x.tar"));
}
END_TEST

Suite *suite_load(void)
{
	Suite *s = suite_create("image/load");
	TCase *c = tcase_create("load");

	tcase_add_test(c, two_images_of_an_archive);
	tcase_add_test(c, from_a_pipe);
	tcase_add_loop_test(c, what_is_no_archive, 0, ROWS(no_archives));
	tcase_add_test(c, a_root_file_system_is_to_be_imported);
	tcase_add_test(c, a_missing_file);
	suite_add_tcase(s, c);
	return s;
}
