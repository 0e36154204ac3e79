/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_UNIT_STORE_SUITES_H
#define ONGGI_TESTS_UNIT_STORE_SUITES_H

#include <check.h>
#include <stdbool.h>

#include "base/err.h"
#include "oci/manifest.h"
#include "store/containers.h"
#include "store/images.h"
#include "store/store.h"

#define ROWS(t)		 ((int)(sizeof(t) / sizeof((t)[0])))
#define ck_ok(call, err) ck_assert_msg((call) >= 0, "%s: %s", #call, (err)->text)

/* A store of its own below the runner's directory, which is removed at the end. Not durable. */
void test_store(struct store *ret);
/* Store an image of layers with these texts (NULL-terminated), without a name. */
void test_image_parts(struct store *s, const char *const *texts, struct descriptor *ret_manifest,
		      struct digest *ret_id);
/* The same with one layer, and named. */
void test_image(struct store *s, const char *text, const char *name, struct digest *ret_id);
/* Make a container of an image; name may be NULL. ret_id: its id. */
void test_container(struct store *s, const char *image, const char *name, char ret_id[ID_LEN + 1]);
/* Does a path below dirfd exist? */
bool test_exists(int dirfd, const char *path);
/* Entries of a directory, without "." and "..". */
int test_entries(int dirfd, const char *path);
/* Write a file of text. */
void test_write(int dirfd, const char *path, const char *text);

Suite *suite_blobs(void);
Suite *suite_check(void);
Suite *suite_container_json(void);
Suite *suite_containers(void);
Suite *suite_containers_find(void);
Suite *suite_images(void);
Suite *suite_images_name(void);
Suite *suite_images_remove(void);
Suite *suite_images_tag(void);
Suite *suite_layers(void);
Suite *suite_prune(void);
Suite *suite_store(void);
Suite *suite_sweep(void);
Suite *suite_usage(void);
Suite *suite_volumes(void);

#endif
