/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
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

static void load_stack(struct store *s, const char *name, const struct buf *layers, size_t n)
{
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	struct image_load_request req = {.fd = -1};
	struct err err = ERR_INIT;

	test_docker_stack(name, layers, n, &tar);
	req.input = test_file(&tar, "stack.tar");
	ck_ok(image_load(s, &req, &loaded, &err), &err);
}

/* Descriptor of an image's top layer. */
static int open_top(struct store *s, const char *name)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	int *fds;
	int top;

	ck_ok(store_image_find(s, name, &img, &err), &err);
	ck_ok(image_layers_open(s, &img, &fds, &err), &err);
	top = fds[0];
	for (size_t i = 1; i < img.config.n_diff_ids; i++)
		close(fds[i]);
	free(fds);
	return top;
}

static unsigned mode_in_top(struct store *s, const char *name, const char *path)
{
	_cleanup_fd_ int fd = open_top(s, name);
	struct stat st;

	ck_assert(test_stat(fd, path, &st));
	return st.st_mode & 07777;
}

/* Whichever comes first says nothing about how the other one's directories look. */
START_TEST(images_do_not_change_each_other)
{
	static const struct test_entry wide[] = {{TAR_DIR, "etc", NULL, 0777, NULL}};
	static const struct test_entry narrow[] = {{TAR_DIR, "etc", NULL, 0700, NULL}};
	static const struct test_entry implies[] = {{TAR_FILE, "etc/conf", "x", 0, NULL}};
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	struct err err = ERR_INIT;
	struct buf one[2] = {{0}}, two[2] = {{0}};

	test_store(&s);
	test_tar(wide, 1, &one[0]);
	test_tar(implies, 1, &one[1]);
	test_tar(narrow, 1, &two[0]);
	test_tar(implies, 1, &two[1]);
	load_stack(&s, "wide:1", one, 2);
	load_stack(&s, "narrow:1", two, 2);
	load_stack(&s, "alone:1", &two[1], 1);
	ck_assert_uint_eq(mode_in_top(&s, "wide:1", "etc"), 0777);
	ck_assert_uint_eq(mode_in_top(&s, "narrow:1", "etc"), 0700);
	ck_assert_uint_eq(mode_in_top(&s, "alone:1", "etc"), 0755);
	/* Each has its own tree, and takes only that with it. */
	ck_ok(store_image_remove(&s, "wide:1", false, &out, &err), &err);
	ck_assert_uint_eq(strv_len(out.lines), 4);
	ck_assert_uint_eq(mode_in_top(&s, "narrow:1", "etc"), 0700);
	for (int i = 0; i < 2; i++) {
		buf_done(&one[i]);
		buf_done(&two[i]);
	}
}
END_TEST

/* Overlayfs takes no notice of it by itself. */
START_TEST(an_opaque_root_hides_what_is_below)
{
	static const struct test_entry below[] = {{TAR_DIR, "d", NULL, 0, NULL},
						  {TAR_FILE, "f", "x", 0, NULL},
						  {TAR_DIR, "gone/deep", NULL, 0, NULL}};
	static const struct test_entry above[] = {{TAR_FILE, ".wh..wh..opq", "", 0, NULL},
						  {TAR_DIR, "d", NULL, 0, NULL},
						  {TAR_FILE, "f", "y", 0, NULL}};
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_fd_ int top = -1;
	_cleanup_fd_ int dir = -1;
	struct buf layers[2] = {{0}};
	struct stat st;
	char value;

	test_store(&s);
	test_tar(below, 3, &layers[0]);
	test_tar(above, 3, &layers[1]);
	load_stack(&s, "opaque:1", layers, 2);
	top = open_top(&s, "opaque:1");
	ck_assert(test_stat(top, "gone", &st));
	ck_assert(S_ISCHR(st.st_mode) && st.st_rdev == 0);
	ck_assert(test_has(top, "f", "y"));
	dir = openat(top, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	ck_assert(fgetxattr(dir, "trusted.overlay.opaque", &value, 1) == 1 ||
		  fgetxattr(dir, "user.overlay.opaque", &value, 1) == 1);
	buf_done(&layers[0]);
	buf_done(&layers[1]);
}
END_TEST

static void truncate_all(struct store *s)
{
	int fd = openat(test_images_fd(s), "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fdopendir(fd);

	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		_cleanup_fd_ int blob = openat(fd, e->d_name, O_WRONLY | O_CLOEXEC);

		if (blob >= 0)
			ck_assert_int_eq(ftruncate(blob, 10), 0);
	}
}

START_TEST(loading_again_mends_blobs)
{
	static const struct test_entry entries[] = {{TAR_FILE, "f", "x", 0, NULL}};
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(buf) struct buf layer = BUF_INIT;
	_cleanup_fd_ int fd = -1;
	struct err err = ERR_INIT;
	uint64_t size;

	test_store(&s);
	test_tar(entries, 1, &layer);
	load_stack(&s, "app:1", &layer, 1);
	truncate_all(&s);
	ck_assert_int_eq(store_image_find(&s, "app:1", &img, &err), -1);
	err_clear(&err);
	load_stack(&s, "app:1", &layer, 1);
	ck_ok(store_image_find(&s, "app:1", &img, &err), &err);
	ck_ok(store_blob_open(&s, &img.manifest.layers[0].digest, &fd, &size, &err), &err);
	ck_assert_uint_eq(size, layer.len);
}
END_TEST

#define LARGE_CONFIG (IMAGE_CONFIG_MAX_SIZE - 10)

/* n images with large configs; one for all, or one for each. */
static int load_large(size_t n, bool shared, struct err *err)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT_MAX((size_t)128 << 20);
	_cleanup_(buf) struct buf manifest = BUF_INIT;
	_cleanup_(buf) struct buf config = BUF_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	struct image_load_request req = {.fd = -1};
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(&tar, &sink);

	test_store(&s);
	buf_adds(&config, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
			  "\"layers\",\"diff_ids\":[]}}");
	while (config.len < LARGE_CONFIG)
		buf_addc(&config, ' ');
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "c%zu", shared ? 0 : i);
		if (!i || !shared)
			test_tar_file(w, name, config.data, config.len);
		buf_addf(&manifest, "%s{\"Config\":\"%s\",\"Layers\":[]}", i ? "," : "[", name);
	}
	buf_addc(&manifest, ']');
	test_tar_file(w, "manifest.json", manifest.data, manifest.len);
	test_tar_end(w, sink);
	req.input = test_file(&tar, "large.tar");
	return image_load(&s, &req, &loaded, err);
}

START_TEST(documents_have_budgets)
{
	static const struct {
		size_t n;
		bool shared;
		const char *says; /* NULL: accepted */
	} cases[] = {{7, false, NULL}, {9, false, "64 MiB"}, {40, true, "as often as"}};
	struct err err = ERR_INIT;
	int r = load_large(cases[_i].n, cases[_i].shared, &err);

	if (!cases[_i].says) {
		ck_ok(r, &err);
		return;
	}
	ck_assert_int_eq(r, -1);
	ck_assert_msg(strstr(err.text, cases[_i].says), "%s", err.text);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
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
	tcase_add_test(c, images_do_not_change_each_other);
	tcase_add_test(c, an_opaque_root_hides_what_is_below);
	tcase_add_test(c, loading_again_mends_blobs);
	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, documents_have_budgets, 0, 3);
	suite_add_tcase(s, c);
	return s;
}
