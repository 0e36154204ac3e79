/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/xattr.h"
#include "suites.h"

START_TEST(set_on_the_entry_itself)
{
	struct err err = ERR_INIT;
	char path[64], file[96], value[16] = "";
	int dir = test_dir();

	if (!test_is_root())
		SKIP("needs root");
	test_file(dir, "f", "x");
	ck_assert_int_eq(symlinkat("f", dir, "l"), 0);
	ck_ok(xattr_set_at(dir, "f", "user.one", "1", 1, &err), &err);
	snprintf(file, sizeof(file), "%s/f", test_dir_path(dir, path));
	ck_assert_int_eq(getxattr(file, "user.one", value, sizeof(value)), 1);
	ck_assert_str_eq(value, "1");
	/* On the link, not on what it leads to. */
	ck_ok(xattr_set_at(dir, "l", "trusted.two", "22", 2, &err), &err);
	ck_assert_int_eq(getxattr(file, "trusted.two", value, sizeof(value)), -1);
	snprintf(file, sizeof(file), "%s/l", path);
	ck_assert_int_eq(lgetxattr(file, "trusted.two", value, sizeof(value)), 2);
	/* Through an O_PATH directory as well. */
	ck_ok(xattr_set_at(open(path, O_PATH | O_DIRECTORY), "f", "user.three", "", 0, &err), &err);
}
END_TEST

START_TEST(refusals)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "/etc/passwd"};
	struct err err = ERR_INIT;
	int dir = test_dir();

	for (int i = 0; i < ROWS(bad); i++) {
		ck_assert_int_eq(xattr_set_at(dir, bad[i], "user.x", "1", 1, &err), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
	}
	errno = 0;
	ck_assert_int_eq(xattr_set_at(dir, "none", "user.x", "1", 1, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "user.x"));
}
END_TEST

Suite *suite_xattr(void)
{
	Suite *s = suite_create("os/xattr");
	TCase *t = tcase_create("xattr");

	tcase_add_test(t, set_on_the_entry_itself);
	tcase_add_test(t, refusals);
	suite_add_tcase(s, t);
	return s;
}
