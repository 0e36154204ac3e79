/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/containers_private.h"
#include "store/layers.h"
#include "suites.h"

START_TEST(live_stages_stay_dead_ones_go)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage live = STORE_LAYER_STAGE_INIT, dead = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	char name[sizeof(dead.name)];

	test_store(&s);
	ck_ok(store_layer_begin(&s, &live, &err), &err);
	ck_ok(store_layer_begin(&s, &dead, &err), &err);
	test_write(dead.fd, "file", "x");
	memcpy(name, dead.name, sizeof(name));
	/* What a kill does. */
	close(dead.fd);
	store_sweep(&s);
	ck_assert(test_exists(s.layers_fd, live.name));
	ck_assert(!test_exists(s.layers_fd, name));
	store_layer_abort(&live);
}
END_TEST

START_TEST(images_and_layers_stay)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_blob live = STORE_BLOB_INIT;
	struct err err = ERR_INIT;

	test_store(&s);
	test_image(&s, "one", "a", NULL);
	test_write(s.images_fd, "blobs/sha256/.tmp-1-0", "of a dead process");
	ck_ok(store_blob_begin(&s, &live, &err), &err);
	store_sweep(&s);
	ck_assert(!test_exists(s.images_fd, "blobs/sha256/.tmp-1-0"));
	store_blob_done(&live);
	ck_assert_int_eq(test_entries(s.images_fd, "blobs/sha256"), 3);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
}
END_TEST

START_TEST(containers_that_never_came_to_be)
{
	_cleanup_(store) struct store s = STORE_INIT;
	char whole[ID_LEN + 1], dead[ID_LEN + 1], live[ID_LEN + 1];
	char link[ID_LEN + 4];
	int fd;

	test_store(&s);
	test_container(&s, NULL, "whole", whole);
	id_random(dead);
	id_random(live);
	ck_assert_int_eq(mkdirat(s.containers_fd, dead, 0700), 0);
	ck_assert_int_eq(mkdirat(s.containers_fd, live, 0700), 0);
	fd = openat(s.containers_fd, live, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	snprintf(link, sizeof(link), "../%s", dead);
	ck_assert_int_eq(symlinkat(link, s.containers_fd, "by-name/dead"), 0);
	snprintf(link, sizeof(link), "../%s", live);
	ck_assert_int_eq(symlinkat(link, s.containers_fd, "by-name/live"), 0);
	store_sweep(&s);
	ck_assert(!test_exists(s.containers_fd, dead));
	ck_assert(!test_exists(s.containers_fd, "by-name/dead"));
	ck_assert(test_exists(s.containers_fd, live));
	ck_assert(test_exists(s.containers_fd, "by-name/live"));
	ck_assert(store_container_complete(s.containers_fd, whole));
	ck_assert(test_exists(s.containers_fd, "by-name/whole"));
	close(fd);
}
END_TEST

START_TEST(an_absent_store)
{
	_cleanup_(store) struct store s = STORE_INIT;

	test_store(&s);
	store_sweep(&s);
	ck_assert_int_eq(test_entries(s.data_fd, "."), 0);
}
END_TEST

Suite *suite_sweep(void)
{
	Suite *s = suite_create("store/sweep");
	TCase *c = tcase_create("sweep");

	tcase_add_test(c, live_stages_stay_dead_ones_go);
	tcase_add_test(c, images_and_layers_stay);
	tcase_add_test(c, containers_that_never_came_to_be);
	tcase_add_test(c, an_absent_store);
	suite_add_tcase(s, c);
	return s;
}
