/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "os/mount_fs.h"
#include "suites.h"

static const struct {
	uint64_t attr;
	unsigned long ms;
} rows[] = {
	{0, MS_RELATIME},
	{MOUNT_ATTR_RDONLY, MS_RDONLY | MS_RELATIME},
	{MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	 MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME},
	{MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME, MS_NOATIME | MS_NODIRATIME},
	{MOUNT_ATTR_STRICTATIME, MS_STRICTATIME},
	{MOUNT_ATTR_NOSYMFOLLOW, 256 | MS_RELATIME},
};

START_TEST(attributes_as_flags)
{
	ck_assert_uint_eq(mount_attr_to_ms(rows[_i].attr), rows[_i].ms);
}
END_TEST

START_TEST(the_kernels_words_are_told)
{
	struct err err = ERR_INIT;
	char bad[] = "size=a-lot";
	char *options[] = {bad, NULL};
	int fd = -1;

	if (!test_is_root())
		SKIP("mounting needs root");
	ck_ok(mount_fs_open("tmpfs", &fd, &err), &err);
	errno = 0;
	ck_assert_int_eq(mount_fs_options(fd, "tmpfs", options, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "'size=a-lot' of tmpfs"));
	ck_assert_ptr_nonnull(strstr(err.text, "Bad value for 'size'"));
	close(fd);
}
END_TEST

START_TEST(an_unknown_file_system)
{
	struct err err = ERR_INIT;
	int fd = -1;

	if (!test_is_root())
		SKIP("mounting needs root");
	ck_assert_int_eq(mount_fs_open("onggifs", &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "onggifs"));
}
END_TEST

Suite *suite_mount_fs(void)
{
	Suite *s = suite_create("os/mount_fs");
	TCase *t = tcase_create("mount_fs");

	tcase_add_loop_test(t, attributes_as_flags, 0, ROWS(rows));
	tcase_add_test(t, the_kernels_words_are_told);
	tcase_add_test(t, an_unknown_file_system);
	suite_add_tcase(s, t);
	return s;
}
