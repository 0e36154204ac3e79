/* SPDX-License-Identifier: Apache-2.0 */
/* What only the walk has: its own limits, and that it leaks nothing. The rest is in test_rooted.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/rooted.h"
#include "os/rooted_walk.h"
#include "suites.h"

static int walk(int root, const char *path, int flags)
{
	const struct rooted_walk w = {.rootfd = root, .flags = flags};

	return rooted_walk_open(&w, path);
}

START_TEST(depth_is_bounded)
{
	char path[2 * (ROOTED_WALK_MAX_DEPTH + 2) + 1] = "";
	const struct rooted_walk make = {.flags = O_PATH | O_DIRECTORY,
					 .rootfd = test_dir(),
					 .make_dirs = true,
					 .parent_mode = 0755};
	int before = test_fd_count();
	int fd;

	for (int i = 0; i < ROOTED_WALK_MAX_DEPTH; i++)
		memcpy(path + 2 * i, "d/", 3);
	fd = rooted_walk_open(&make, path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	strncat(path, "d/", 3);
	errno = 0;
	ck_assert_int_eq(rooted_walk_open(&make, path), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_int_eq(test_fd_count(), before);
}
END_TEST

START_TEST(expansion_is_bounded)
{
	char target[PATH_MAX];
	int root = test_dir();

	/* Each link puts 4000 bytes in front of the rest and leads back to itself. */
	memset(target, 0, sizeof(target));
	for (size_t i = 0; i + 2 < 4000; i += 2)
		memcpy(target + i, "./", 2);
	memcpy(target + 3996, "me/x", 4);
	ck_assert_int_eq(symlinkat(target, root, "me"), 0);
	errno = 0;
	ck_assert_int_eq(walk(root, "me/x", O_PATH), -1);
	ck_assert_int_eq(errno, ELOOP);
	memset(target, 'a', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	errno = 0;
	ck_assert_int_eq(walk(root, target, O_PATH), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	target[NAME_MAX + 1] = '\0';
	errno = 0;
	ck_assert_int_eq(walk(root, target, O_PATH), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

START_TEST(walk_without_make_makes_nothing)
{
	int root = test_dir();

	errno = 0;
	ck_assert_int_eq(walk(root, "a/b/", O_PATH | O_DIRECTORY), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(faccessat(root, "a", F_OK, 0), -1);
}
END_TEST

Suite *suite_rooted_walk(void)
{
	Suite *s = suite_create("os/rooted_walk");
	TCase *t = tcase_create("rooted_walk");

	tcase_add_test(t, depth_is_bounded);
	tcase_add_test(t, expansion_is_bounded);
	tcase_add_test(t, walk_without_make_makes_nothing);
	suite_add_tcase(s, t);
	return s;
}
