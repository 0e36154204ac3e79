/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "image/unpack_dirs.h"
#include "suites.h"

START_TEST(enter_makes_and_comes_back)
{
	int root = test_dir();
	struct unpack_dirs *d = xalloc(sizeof(*d));
	struct err err = ERR_INIT;
	struct stat st;
	int deep;

	ck_ok(unpack_dirs_init(d, root, "user.overlay.opaque", &err), &err);
	ck_ok(unpack_dirs_enter(d, "a/b/c", &err), &err);
	ck_assert_uint_eq(d->n, 4);
	deep = d->stack[2].fd;
	ck_ok(unpack_dirs_enter(d, "a/b", &err), &err);
	ck_assert_uint_eq(d->n, 3);
	/* What is common stays open. */
	ck_assert_int_eq(unpack_dirs_top(d)->fd, deep);
	ck_ok(unpack_dirs_enter(d, "a/bb", &err), &err);
	ck_assert_uint_eq(d->n, 3);
	ck_ok(unpack_dirs_enter(d, "", &err), &err);
	ck_assert_uint_eq(d->n, 1);
	ck_ok(unpack_dirs_finish(d, &err), &err);
	unpack_dirs_done(d);
	free(d);
	ck_assert(test_stat(root, "a/b/c", &st));
	ck_assert(test_stat(root, "a/bb", &st));
}
END_TEST

START_TEST(times_survive_a_second_visit)
{
	int root = test_dir();
	struct unpack_dirs *d = xalloc(sizeof(*d));
	struct err err = ERR_INIT;
	struct stat st;

	ck_ok(unpack_dirs_init(d, root, "user.overlay.opaque", &err), &err);
	ck_ok(unpack_dirs_make(d, "a", &err), &err);
	unpack_dirs_top(d)->has_meta = true;
	unpack_dirs_top(d)->mode = 0700;
	unpack_dirs_top(d)->mtime.tv_sec = 77;
	ck_ok(unpack_dirs_enter(d, "", &err), &err);
	ck_ok(unpack_dirs_enter(d, "a", &err), &err);
	ck_ok(unpack_dirs_make(d, "b", &err), &err);
	ck_ok(unpack_dirs_finish(d, &err), &err);
	unpack_dirs_done(d);
	free(d);
	ck_assert(test_stat(root, "a", &st));
	ck_assert_int_eq(st.st_mtim.tv_sec, 77);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(depth_has_a_limit)
{
	int root = test_dir();
	struct unpack_dirs *d = xalloc(sizeof(*d));
	char path[2 * LAYER_MAX_DEPTH + 8] = "";
	struct err err = ERR_INIT;

	for (int i = 0; i < LAYER_MAX_DEPTH + 1; i++)
		memcpy(path + 2 * i, "d/", 3);
	ck_ok(unpack_dirs_init(d, root, "user.overlay.opaque", &err), &err);
	ck_assert_int_eq(unpack_dirs_enter(d, path, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	path[2 * LAYER_MAX_DEPTH] = '\0';
	ck_ok(unpack_dirs_enter(d, path, &err), &err);
	unpack_dirs_done(d);
	free(d);
}
END_TEST

Suite *suite_unpack_dirs(void)
{
	Suite *s = suite_create("image/unpack_dirs");
	TCase *c = tcase_create("dirs");

	tcase_add_test(c, enter_makes_and_comes_back);
	tcase_add_test(c, times_survive_a_second_visit);
	tcase_add_test(c, depth_has_a_limit);
	suite_add_tcase(s, c);
	return s;
}
