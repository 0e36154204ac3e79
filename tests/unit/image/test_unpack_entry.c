/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "image/unpack_entry.h"
#include "../skip.h"
#include "suites.h"

static const struct {
	const char *path;
	const char *clean; /* NULL: refused */
} names[] = {
	{"a", "a"},
	{"./a/", "a"},
	{"/a//b/./c", "a/b/c"},
	{"", ""},
	{".", ""},
	{"/", ""},
	{"a/..", ""},
	{"a/../b", "b"},
	{"a/b/../../c/d", "c/d"},
	{"..", NULL},
	{"/..", NULL},
	{"a/../..", NULL},
	{"a/../../b", NULL},
	{"...", "..."},
	{"..a", "..a"},
	{"a..", "a.."},
};

START_TEST(clean)
{
	char buf[TAR_PATH_MAX];
	struct err err = ERR_INIT;
	int r = unpack_clean(names[_i].path, buf, &err);

	if (names[_i].clean) {
		ck_ok(r, &err);
		ck_assert_str_eq(buf, names[_i].clean);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
	}
}
END_TEST

START_TEST(long_components)
{
	char path[300];
	char buf[TAR_PATH_MAX];
	struct err err = ERR_INIT;

	memset(path, 'a', sizeof(path));
	path[255] = '\0';
	ck_ok(unpack_clean(path, buf, &err), &err);
	path[255] = 'a';
	path[256] = '\0';
	ck_assert_int_eq(unpack_clean(path, buf, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* One entry of another owner. */
static int unpack_one(int root, const struct tar_entry *e, unsigned *ret_notes)
{
	_cleanup_(buf) struct buf tar = BUF_INIT;
	struct unpack_result result = {0};
	struct err err = ERR_INIT;
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(&tar, &sink);
	int r;

	ck_ok(tar_writer_entry(w, e, &err), &err);
	test_tar_end(w, sink);
	r = test_unpack(&tar, root, &result, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	*ret_notes = result.notes;
	return r;
}

/* A setuid program of an owner that is not mapped must not become one of ours. */
START_TEST(no_setuid_without_the_owner)
{
	static const struct tar_entry rows[] = {
		{.type = TAR_FILE, .path = "f", .mode = 06755, .uid = 70000, .gid = 70000},
		{.type = TAR_FILE, .path = "f", .mode = 06755, .gid = 70000},
		{.type = TAR_DIR, .path = "f", .mode = 07755, .uid = 70000},
		{.type = TAR_FIFO, .path = "f", .mode = 06755, .uid = 70000},
	};
	const mode_t wanted[] = {0755, 0755, 01755, 0755};
	int root = test_dir();
	unsigned notes;
	struct stat st;

	if (!test_single_id())
		SKIP("no user namespace can be made");
	unpack_one(root, &rows[_i], &notes);
	ck_assert_uint_eq(notes, UNPACK_NOTE_OWNER);
	ck_assert(test_stat(root, "f", &st));
	ck_assert_uint_eq(st.st_mode & 07777, wanted[_i]);
	close(root);
}
END_TEST

START_TEST(setuid_with_the_owner)
{
	const struct tar_entry e = {.type = TAR_FILE, .path = "f", .mode = 06755};
	int root = test_dir();
	unsigned notes;
	struct stat st;

	unpack_one(root, &e, &notes);
	ck_assert_uint_eq(notes, 0);
	ck_assert(test_stat(root, "f", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 06755);
	close(root);
}
END_TEST

/* More than ext4 has room for: whether it can be kept is the file system's affair. */
START_TEST(large_attributes)
{
	static char value[60000];
	const struct tar_xattr x = {.name = "user.big", .value = value, .size = sizeof(value)};
	const struct tar_entry e = {
		.type = TAR_FILE, .path = "f", .mode = 0644, .xattrs = &x, .n_xattrs = 1};
	int root = test_dir();
	unsigned notes;

	memset(value, 'a', sizeof(value));
	unpack_one(root, &e, &notes);
	ck_assert_uint_eq(notes & ~(unsigned)UNPACK_NOTE_XATTR, 0);
	close(root);
}
END_TEST

Suite *suite_unpack_entry(void)
{
	Suite *s = suite_create("image/unpack_entry");
	TCase *c = tcase_create("names");

	tcase_add_loop_test(c, clean, 0, ROWS(names));
	tcase_add_test(c, long_components);
	tcase_add_loop_test(c, no_setuid_without_the_owner, 0, 4);
	tcase_add_test(c, setuid_with_the_owner);
	tcase_add_test(c, large_attributes);
	suite_add_tcase(s, c);
	return s;
}
