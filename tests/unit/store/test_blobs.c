/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/fd.h"
#include "store/images_private.h"
#include "suites.h"

START_TEST(put_and_read)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct descriptor d = {.size = 5};
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(store_blob_put(&s, "hello", 5, &d.digest, &err), &err);
	ck_assert_str_eq(d.digest.hex,
			 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	ck_assert(store_blob_exists(&s, &d.digest));
	ck_ok(store_blob_get(&s, &d, 100, true, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), "hello");
	/* Twice is once. */
	ck_ok(store_blob_put(&s, "hello", 5, &d.digest, &err), &err);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 1);
}
END_TEST

START_TEST(what_is_read_is_checked)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct descriptor d = {.size = 5};
	struct err err = ERR_INIT;
	char path[BLOB_PATH_MAX];
	int fd;

	test_store(&s);
	ck_ok(store_blob_put(&s, "hello", 5, &d.digest, &err), &err);
	d.size = 6;
	ck_assert_int_eq(store_blob_get(&s, &d, 100, true, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	d.size = 5;
	ck_assert_int_eq(store_blob_get(&s, &d, 4, true, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	test_write(s.images_fd, store_blob_path(&d.digest, path), "jello");
	ck_assert_int_eq(store_blob_get(&s, &d, 100, true, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	ck_assert_int_eq(unlinkat(s.images_fd, path, 0), 0);
	ck_assert_int_eq(store_blob_open(&s, &d.digest, &fd, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	/* A link is no blob, wherever it leads. */
	ck_assert_int_eq(symlinkat("/etc/passwd", s.images_fd, path), 0);
	ck_assert_int_eq(store_blob_open(&s, &d.digest, &fd, NULL, &err), -1);
}
END_TEST

/* Truncated, or overwritten: the next one that writes the blob mends it. */
START_TEST(damaged_ones_are_replaced)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_blob) struct store_blob b = STORE_BLOB_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct descriptor d = {.size = 5};
	struct err err = ERR_INIT;
	char path[BLOB_PATH_MAX];
	static const char *const damaged[] = {"", "jello", "hello, world"};

	test_store(&s);
	for (int i = 0; i < ROWS(damaged); i++) {
		ck_ok(store_blob_put(&s, "hello", 5, &d.digest, &err), &err);
		test_write(s.images_fd, store_blob_path(&d.digest, path), damaged[i]);
		ck_ok(store_blob_put(&s, "hello", 5, &d.digest, &err), &err);
		buf_reset(&out);
		ck_ok(store_blob_get(&s, &d, 100, true, &out, &err), &err);
	}
	/* Of large ones only the size is looked at. */
	test_write(s.images_fd, path, "hell");
	ck_ok(store_blob_begin(&s, &b, &err), &err);
	ck_assert_int_eq(fd_write_full(b.file.fd, "hello", 5), 0);
	ck_ok(store_blob_commit(&b, &d.digest, &err), &err);
	buf_reset(&out);
	ck_ok(store_blob_get(&s, &d, 100, true, &out, &err), &err);
}
END_TEST

START_TEST(an_absent_store_has_none)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	struct digest d;
	int fd;

	test_store(&s);
	ck_ok(digest_of("x", 1, &d, &err), &err);
	ck_assert_int_eq(store_blob_open(&s, &d, &fd, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	/* Looking leaves no trace. */
	ck_assert(!test_exists(s.data_fd, "images"));
}
END_TEST

START_TEST(sha512_and_dropping)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_blob) struct store_blob b = STORE_BLOB_INIT;
	struct err err = ERR_INIT;
	struct digest d = {.alg = HASH_SHA512};
	int fd;

	test_store(&s);
	ck_ok(store_blob_begin(&s, &b, &err), &err);
	store_blob_done(&b);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 0);
	ck_ok(hash_bytes_hex(HASH_SHA512, "x", 1, d.hex, &err), &err);
	ck_ok(store_blob_begin(&s, &b, &err), &err);
	ck_assert_int_eq(fd_write_full(b.file.fd, "x", 1), 0);
	ck_ok(store_blob_commit(&b, &d, &err), &err);
	ck_ok(store_blob_open(&s, &d, &fd, NULL, &err), &err);
	close(fd);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha512"), 1);
	ck_ok(hash_bytes_hex(HASH_SHA512, "y", 1, d.hex, &err), &err);
	ck_ok(store_blob_put_as(&s, "y", 1, &d, &err), &err);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha512"), 2);
}
END_TEST

Suite *suite_blobs(void)
{
	Suite *s = suite_create("store/blobs");
	TCase *c = tcase_create("blobs");

	tcase_add_test(c, put_and_read);
	tcase_add_test(c, what_is_read_is_checked);
	tcase_add_test(c, damaged_ones_are_replaced);
	tcase_add_test(c, an_absent_store_has_none);
	tcase_add_test(c, sha512_and_dropping);
	suite_add_tcase(s, c);
	return s;
}
