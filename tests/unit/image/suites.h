/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_UNIT_IMAGE_SUITES_H
#define ONGGI_TESTS_UNIT_IMAGE_SUITES_H

#include <check.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "codec/tar.h"
#include "image/image.h"
#include "image/unpack.h"
#include "store/store.h"

#define ROWS(t)		 ((int)(sizeof(t) / sizeof((t)[0])))
#define ck_ok(call, err) ck_assert_msg((call) >= 0, "%s: %s", #call, (err)->text)

/* An entry of a test's archive; text is a file's data. */
struct test_entry {
	enum tar_type type;
	const char *path;
	const char *target; /* of links; of files: their text */
	mode_t mode;	    /* 0: 0644, of directories 0755 */
	const char *xattr;  /* name of one whose value is "y" */
};

/* A fresh directory below the runner's. Returns a readable descriptor. */
int test_dir(void);
/* A store of its own. Not durable. */
void test_store(struct store *ret);
/* An archive of these entries (owner: the caller as root of its layers, mtime 1000000000). */
void test_tar(const struct test_entry *entries, size_t n, struct buf *out);
/* Append a file to a tar that is being written. */
void test_tar_file(struct tar_writer *w, const char *path, const void *data, size_t len);
/* Start a tar into out. *ret_sink must outlive it. */
struct tar_writer *test_tar_begin(struct buf *out, struct sink **ret_sink);
/* Finish and free both. */
void test_tar_end(struct tar_writer *w, struct sink *sink);
/* Unpack an archive into rootfd. */
int test_unpack(const struct buf *tar, int rootfd, struct unpack_result *ret, struct err *err);
/* lstat below dirfd; false where absent. */
bool test_stat(int dirfd, const char *path, struct stat *ret);
/* Does the file have this text? */
bool test_has(int dirfd, const char *path, const char *text);
/* Write a file into a new temporary one and return its path (static lifetime of the test). */
const char *test_file(const struct buf *content, const char *suffix);
/* A docker archive of images named NAME:1, NAME:2... with one layer each; layers: n plain tars. */
void test_docker_archive(const char *name, const struct buf *layers, size_t n, struct buf *out);
/* A docker archive of one image NAME of these layers, plain tars, bottom first. */
void test_docker_stack(const char *name, const struct buf *layers, size_t n, struct buf *out);
/*
 * Become root of a user namespace that maps nothing else; false where that is not allowed. Of a
 * process that belongs to one test (CK_FORK).
 */
bool test_single_id(void);
/* The store's directories of trees and of blobs, which a load in a child leaves unopened here. */
int test_layers_fd(struct store *s);
int test_images_fd(struct store *s);
/* Is this test able to make device nodes and set owners? */
bool test_is_root(void);

Suite *suite_change(void);
Suite *suite_image_create(void);
Suite *suite_embedded(void);
Suite *suite_import(void);
Suite *suite_input(void);
Suite *suite_layers(void);
Suite *suite_load(void);
Suite *suite_load_docker(void);
Suite *suite_load_oci(void);
Suite *suite_parents(void);
Suite *suite_pipeline(void);
Suite *suite_pull(void);
Suite *suite_pull_input(void);
Suite *suite_ratio(void);
Suite *suite_save(void);
Suite *suite_save_layout(void);
Suite *suite_unpack(void);
Suite *suite_unpack_dirs(void);
Suite *suite_unpack_entry(void);
/* A store with app:1 and app:2, plain layers of "1" and "2"; the test's directory is made the
 * current one. */
void test_save_store(struct store *s);

#endif
