/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/volumes.h"
#include "suites.h"

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{"a", true},	{"A-1_x.y", true}, {"", false},	      {".", false},
	{"..", false},	{"-a", false},	   {".tmp-x", false}, {"a/b", false},
	{"a b", false}, {"../a", false},   {"\xc3", false},   {"_a", false},
};

START_TEST(valid_names)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	bool created;
	int fd;

	ck_assert_int_eq(store_volume_name_valid(names[_i].name), names[_i].valid);
	if (names[_i].valid)
		return;
	test_store(&s);
	ck_assert_int_eq(store_volume_open(&s, names[_i].name, &fd, &created, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(store_volume_remove(&s, names[_i].name, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

START_TEST(made_once_and_removed)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	struct stat st;
	bool created;
	int fd;

	test_store(&s);
	umask(077);
	ck_ok(store_volume_open(&s, "v", &fd, &created, &err), &err);
	ck_assert(created);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	test_write(fd, "kept", "x");
	close(fd);
	ck_ok(store_volume_open(&s, "v", &fd, &created, &err), &err);
	ck_assert(!created);
	ck_assert(test_exists(fd, "kept"));
	close(fd);
	ck_ok(store_volume_remove(&s, "v", &err), &err);
	ck_assert_int_eq(test_entries(s.data_fd, "volumes"), 0);
	ck_assert_int_eq(store_volume_remove(&s, "v", &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

/* A removal that was killed leaves a tree under a temporary name to the next one. */
START_TEST(leftovers_go_too)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_fd_ int volumes = -1;
	struct err err = ERR_INIT;
	bool created;
	int fd;

	test_store(&s);
	ck_ok(store_volume_open(&s, "v", &fd, &created, &err), &err);
	close(fd);
	volumes = openat(s.data_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(mkdirat(volumes, ".tmp-left", 0700), 0);
	test_write(volumes, ".tmp-left/file", "x");
	ck_ok(store_volume_remove(&s, "v", &err), &err);
	ck_assert_int_eq(test_entries(volumes, "."), 0);
}
END_TEST

Suite *suite_volumes(void)
{
	Suite *s = suite_create("store/volumes");
	TCase *c = tcase_create("volumes");

	tcase_add_loop_test(c, valid_names, 0, ROWS(names));
	tcase_add_test(c, made_once_and_removed);
	tcase_add_test(c, leftovers_go_too);
	suite_add_tcase(s, c);
	return s;
}
