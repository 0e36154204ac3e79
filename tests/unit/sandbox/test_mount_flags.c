/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mount_flags.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

#include "base/strv.h"
#include "suites.h"

#define OPTIONS_MAX 4

static const struct {
	const char *options[OPTIONS_MAX];
	uint64_t set, clear, rec_set, rec_clear;
	unsigned long propagation;
	bool propagation_rec, bind, recursive, idmap, idmap_rec, copy_up;
	const char *data;
} rows[] = {
	{.options = {NULL}},
	{.options = {"ro", "nosuid", "nodev", "noexec"},
	 .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC},
	/* the last of contradicting ones counts */
	{.options = {"ro", "rw"}, .clear = MOUNT_ATTR_RDONLY},
	{.options = {"rw", "ro"}, .set = MOUNT_ATTR_RDONLY},
	{.options = {"noatime", "strictatime"},
	 .set = MOUNT_ATTR_STRICTATIME,
	 .clear = MOUNT_ATTR__ATIME},
	{.options = {"relatime"}, .clear = MOUNT_ATTR__ATIME},
	{.options = {"rro", "rsuid"}, .rec_set = MOUNT_ATTR_RDONLY, .rec_clear = MOUNT_ATTR_NOSUID},
	{.options = {"rbind", "rslave"},
	 .bind = true,
	 .recursive = true,
	 .propagation = MS_SLAVE,
	 .propagation_rec = true},
	{.options = {"bind", "shared", "private"}, .bind = true, .propagation = MS_PRIVATE},
	{.options = {"ridmap", "tmpcopyup"}, .idmap = true, .idmap_rec = true, .copy_up = true},
	{.options = {"bind", "copyup"}, .bind = true, .copy_up = true},
	{.options = {"size=64k", "defaults", "sync", "inode64"}, .data = "size=64k,sync,inode64"},
	/* begins with r, but is no flag's recursive form */
	{.options = {"rsize=4096"}, .data = "rsize=4096"},
};

static int parse(const char *const *options, struct arena *a, struct mount_flags *ret,
		 struct err *err)
{
	char *copy[OPTIONS_MAX];
	size_t n = 0;

	while (n < OPTIONS_MAX && options[n]) {
		copy[n] = arena_strdup(a, options[n]);
		n++;
	}
	return mount_flags_parse(copy, n, "/mnt", a, ret, err);
}

START_TEST(reads_options)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_free_ char *data = NULL;
	struct mount_flags f;
	struct err err = ERR_INIT;

	ck_assert_int_eq(parse(rows[_i].options, &a, &f, &err), 0);
	ck_assert_uint_eq(f.set, rows[_i].set);
	ck_assert_uint_eq(f.clear, rows[_i].clear);
	ck_assert_uint_eq(f.rec_set, rows[_i].rec_set);
	ck_assert_uint_eq(f.rec_clear, rows[_i].rec_clear);
	ck_assert_uint_eq(f.propagation, rows[_i].propagation);
	ck_assert_int_eq(f.propagation_rec, rows[_i].propagation_rec);
	ck_assert_int_eq(f.bind, rows[_i].bind);
	ck_assert_int_eq(f.recursive, rows[_i].recursive);
	ck_assert_int_eq(f.idmap, rows[_i].idmap);
	ck_assert_int_eq(f.idmap_rec, rows[_i].idmap_rec);
	ck_assert_int_eq(f.copy_up, rows[_i].copy_up);
	data = strv_join(f.data, ",");
	ck_assert_str_eq(data, rows[_i].data ? rows[_i].data : "");
}
END_TEST

START_TEST(refuses_what_means_nothing)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const char *const empty[OPTIONS_MAX] = {""};
	const char *const remount[OPTIONS_MAX] = {"remount"};
	struct mount_flags f;
	struct err err = ERR_INIT;

	ck_assert_int_eq(parse(empty, &a, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(parse(remount, &a, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "'/mnt'"));
}
END_TEST

Suite *suite_mount_flags(void)
{
	Suite *s = suite_create("mount_flags");
	TCase *tc = tcase_create("options");

	tcase_add_loop_test(tc, reads_options, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, refuses_what_means_nothing);
	suite_add_tcase(s, tc);
	return s;
}
