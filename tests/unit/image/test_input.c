/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "image/input.h"
#include "os/fd.h"
#include "suites.h"

#define BIG ((size_t)3 << 20)

static void make(struct buf *tar, const char *big)
{
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(tar, &sink);
	const struct tar_entry loop = {.type = TAR_SYMLINK, .path = "loop", .target = "loop"};
	const struct tar_entry link = {.type = TAR_SYMLINK, .path = "d/l", .target = "../big"};
	const struct tar_entry out = {.type = TAR_SYMLINK,
				      .path = "passwd",
				      .target = "/etc/passwd"};
	struct err err = ERR_INIT;

	test_tar_file(w, "a", "text of a", 9);
	test_tar_file(w, "big", big, BIG);
	ck_ok(tar_writer_entry(w, &link, &err), &err);
	ck_ok(tar_writer_entry(w, &loop, &err), &err);
	ck_ok(tar_writer_entry(w, &out, &err), &err);
	test_tar_file(w, "z", "text of z", 9);
	test_tar_end(w, sink);
}

static void expect(struct image_input *in, const char *name, const char *want, size_t len)
{
	struct image_input_blob b = {0};
	_cleanup_free_ char *data = xalloc(len + 1);
	struct err err = ERR_INIT;

	ck_ok(image_input_blob(in, name, &b, &err), &err);
	ck_assert_uint_eq(b.size, len);
	ck_assert_int_eq(source_read_full(b.source, data, len + 1, &err), (ssize_t)len);
	ck_assert_int_eq(memcmp(data, want, len), 0);
	source_free(b.source);
}

/* By ranges of a file and in one pass of a pipe: the same members. */
START_TEST(members)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(image_input) struct image_input *in = NULL;
	_cleanup_free_ char *big = xalloc(BIG);
	struct image_input_blob b = {0};
	struct err err = ERR_INIT;
	const char *path;
	int p[2] = {-1, -1};
	pid_t pid = 0;

	test_store(&s);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i / 1000);
	make(&tar, big);
	path = test_file(&tar, "app.tar");
	if (_i) {
		ck_assert_int_eq(pipe(p), 0);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid)
			_exit(fd_write_full(p[1], tar.data, tar.len) < 0);
		close(p[1]);
	}
	ck_ok(image_input_open(&s, _i ? NULL : path, p[0], &in, &err), &err);
	expect(in, "a", "text of a", 9);
	expect(in, "z", "text of z", 9);
	expect(in, "big", big, BIG);
	expect(in, "d/l", big, BIG);
	ck_assert(image_input_has(in, "a"));
	ck_assert(!image_input_has(in, "loop"));
	/* A link that leads out of the archive leads nowhere. */
	ck_assert(!image_input_has(in, "passwd"));
	ck_assert_int_eq(image_input_read(in, "big", 1000, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_eq(image_input_blob(in, "nothing", &b, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	if (!_i)
		ck_assert_str_eq(image_input_stem(in), "app");
	if (pid)
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(directories)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(image_input) struct image_input *in = NULL;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int dir = test_dir();
	int fd = openat(dir, "file", O_WRONLY | O_CREAT, 0644);

	test_store(&s);
	ck_assert_int_eq(write(fd, "text", 4), 4);
	ck_assert_int_eq(symlinkat("/etc/passwd", dir, "out"), 0);
	ck_assert_int_eq(mkfifoat(dir, "fifo", 0644), 0);
	ck_ok(image_input_open(&s, NULL, dir, &in, &err), &err);
	ck_ok(image_input_read(in, "file", 100, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), "text");
	ck_assert(!image_input_has(in, "out"));
	ck_assert(!image_input_has(in, "../../etc/passwd"));
	ck_assert(!image_input_has(in, "fifo"));
	ck_assert(!image_input_has(in, "."));
}
END_TEST

/* Names and links' targets stay in memory, and compressed they cost an archive next to nothing. */
START_TEST(names_have_a_budget)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(image_input) struct image_input *in = NULL;
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(&tar, &sink);
	char target[2001];
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(target); i++)
		target[i] = i % 100 ? 'x' : '/';
	target[2000] = '\0';
	for (size_t i = 0; i < INPUT_NAMES_MAX / 2000 + 1; i++) {
		char name[32];
		const struct tar_entry e = {.type = TAR_HARDLINK, .path = name, .target = target};

		snprintf(name, sizeof(name), "%zu", i);
		ck_ok(tar_writer_entry(w, &e, &err), &err);
	}
	test_tar_end(w, sink);
	test_store(&s);
	ck_assert_int_eq(image_input_open(&s, test_file(&tar, "names.tar"), -1, &in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_input(void)
{
	Suite *s = suite_create("image/input");
	TCase *c = tcase_create("input");

	tcase_add_loop_test(c, members, 0, 2);
	tcase_add_test(c, directories);
	tcase_add_test(c, names_have_a_budget);
	suite_add_tcase(s, c);
	return s;
}
