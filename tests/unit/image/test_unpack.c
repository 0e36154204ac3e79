/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/strv.h"
#include "suites.h"

#define UNPACK(root, ...)                                                                          \
	unpack_entries((root), (const struct test_entry[]){__VA_ARGS__},                           \
		       ROWS(((const struct test_entry[]){__VA_ARGS__})))

static struct err last;

static int unpack_entries(int root, const struct test_entry *entries, int n)
{
	_cleanup_(buf) struct buf tar = BUF_INIT;
	struct unpack_result result = {0};
	int r;

	err_clear(&last);
	test_tar(entries, (size_t)n, &tar);
	r = test_unpack(&tar, root, &result, &last);
	strv_free(result.implied);
	return r;
}

START_TEST(plain_entries)
{
	int root = test_dir();
	struct stat st, other;

	ck_ok(UNPACK(root, {TAR_DIR, "./d/", NULL, 02750, NULL},
		     {TAR_FILE, "d/f", "text", 04711, NULL}, {TAR_HARDLINK, "d/h", "d/f", 0, NULL},
		     {TAR_SYMLINK, "d/s", "/etc/passwd", 0, NULL},
		     {TAR_FIFO, "d/p", NULL, 0600, NULL}, {TAR_FILE, "d/ro", "", 0444, NULL}),
	      &last);
	ck_assert(test_stat(root, "d", &st));
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 02750);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	ck_assert(test_has(root, "d/f", "text"));
	ck_assert(test_stat(root, "d/f", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 04711);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	ck_assert(test_stat(root, "d/h", &other));
	ck_assert_uint_eq(st.st_ino, other.st_ino);
	ck_assert(test_stat(root, "d/s", &st));
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	ck_assert(test_stat(root, "d/p", &st));
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert(test_stat(root, "d/ro", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0444);
}
END_TEST

/* The directory's times and mode come last, however its entries are scattered. */
START_TEST(order_does_not_matter)
{
	int root = test_dir();
	/* Without capabilities, nothing can be made in a directory that was left once. */
	mode_t closed = test_is_root() ? 0555 : 0755;
	struct stat st;

	ck_ok(UNPACK(root, {TAR_DIR, "a", NULL, closed, NULL}, {TAR_DIR, "b", NULL, 0700, NULL},
		     {TAR_FILE, "a/1", "x", 0, NULL}, {TAR_FILE, "b/1", "x", 0, NULL},
		     {TAR_FILE, "a/2", "x", 0, NULL}, {TAR_DIR, ".", NULL, 0711, NULL},
		     {TAR_FILE, "late/1", "x", 0, NULL}, {TAR_DIR, "late", NULL, 0710, NULL}),
	      &last);
	ck_assert(test_stat(root, "a", &st));
	ck_assert_uint_eq(st.st_mode & 07777, closed);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	ck_assert(test_stat(root, ".", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0711);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	ck_assert(test_stat(root, "late", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0710);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
}
END_TEST

START_TEST(later_entries_replace)
{
	int root = test_dir();
	struct stat st;

	ck_ok(UNPACK(root, {TAR_FILE, "f", "one", 0, NULL}, {TAR_FILE, "f", "two", 0, NULL},
		     {TAR_DIR, "d", NULL, 0, NULL}, {TAR_FILE, "d/x", "x", 0, NULL},
		     {TAR_FILE, "d", "file", 0, NULL}, {TAR_SYMLINK, "s", "f", 0, NULL},
		     {TAR_FILE, "s", "not through the link", 0, NULL},
		     {TAR_FILE, "e", "x", 0, NULL}, {TAR_DIR, "e", NULL, 0, NULL},
		     {TAR_FILE, "h", "h", 0, NULL}, {TAR_HARDLINK, "h", "h", 0, NULL}),
	      &last);
	ck_assert(test_has(root, "f", "two"));
	ck_assert(test_has(root, "d", "file"));
	ck_assert(test_has(root, "s", "not through the link"));
	ck_assert(test_stat(root, "e", &st));
	ck_assert(S_ISDIR(st.st_mode));
	/* A link to itself is no reason to lose the file. */
	ck_assert(test_has(root, "h", "h"));
}
END_TEST

/* ---- what must not get out ---- */

static const struct {
	struct test_entry entries[3];
	int n;
	enum err_kind kind; /* ERR_NONE: accepted, inside */
} hostile[] = {
	{{{TAR_FILE, "../canary", "bad", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, "a/../../canary", "bad", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_DIR, "..", NULL, 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, "a/b/../../canary", "bad", 0, NULL}}, 1, ERR_NONE},
	{{{TAR_FILE, "/canary", "bad", 0, NULL}}, 1, ERR_NONE},
	{{{TAR_SYMLINK, "l", "..", 0, NULL}, {TAR_FILE, "l/canary", "bad", 0, NULL}}, 2, ERR_NONE},
	{{{TAR_SYMLINK, "l", "../..", 0, NULL}, {TAR_FILE, "l/x/canary", "bad", 0, NULL}},
	 2,
	 ERR_NONE},
	{{{TAR_SYMLINK, "l", "l", 0, NULL}, {TAR_FILE, "l/canary", "bad", 0, NULL}}, 2, ERR_SYSTEM},
	{{{TAR_HARDLINK, "h", "../canary", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_HARDLINK, "h", "/etc/hostname", 0, NULL}}, 1, ERR_SYSTEM},
	{{{TAR_SYMLINK, "l", "..", 0, NULL}, {TAR_HARDLINK, "h", "l/canary", 0, NULL}},
	 2,
	 ERR_INVALID},
	{{{TAR_SYMLINK, "l", "../canary", 0, NULL},
	  {TAR_HARDLINK, "h", "l", 0, NULL},
	  {TAR_FILE, "h", "bad", 0, NULL}},
	 3,
	 ERR_NONE},
	{{{TAR_DIR, "d", NULL, 0, NULL}, {TAR_HARDLINK, "h", "d", 0, NULL}}, 2, ERR_INVALID},
	{{{TAR_FILE, ".wh...", "", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, ".wh..", "", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, ".wh.", "", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, ".wh.x/canary", "", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_SYMLINK, ".", "..", 0, NULL}}, 1, ERR_INVALID},
	{{{TAR_FILE, "f", "x", 0, NULL}, {TAR_FILE, "f/canary", "bad", 0, NULL}}, 2, ERR_INVALID},
};

START_TEST(nothing_gets_out)
{
	int outside = test_dir();
	int root;
	int r;
	struct stat st;
	int fd = openat(outside, "canary", O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, "good", 4), 4);
	ck_assert_int_eq(futimens(fd, (struct timespec[]){{.tv_sec = 1}, {.tv_sec = 1}}), 0);
	ck_assert_int_eq(mkdirat(outside, "root", 0755), 0);
	root = openat(outside, "root", O_RDONLY | O_DIRECTORY);
	r = unpack_entries(root, hostile[_i].entries, hostile[_i].n);
	if (hostile[_i].kind == ERR_NONE) {
		ck_ok(r, &last);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_msg(last.kind == hostile[_i].kind, "%s", last.text);
		ck_assert_ptr_nonnull(strstr(last.text, "entry '"));
	}
	ck_assert(test_has(outside, "canary", "good"));
	ck_assert(test_stat(outside, "canary", &st));
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_mtim.tv_sec, 1);
	ck_assert(!test_stat(outside, "x", &st));
}
END_TEST

START_TEST(links_are_resolved_inside)
{
	int root = test_dir();

	ck_ok(UNPACK(root, {TAR_DIR, "usr/lib", NULL, 0, NULL},
		     {TAR_SYMLINK, "lib", "usr/lib", 0, NULL},
		     {TAR_SYMLINK, "abs", "/usr/lib", 0, NULL}, {TAR_FILE, "lib/a", "a", 0, NULL},
		     {TAR_FILE, "abs/b", "b", 0, NULL}, {TAR_HARDLINK, "lib/c", "abs/a", 0, NULL}),
	      &last);
	ck_assert(test_has(root, "usr/lib/a", "a"));
	ck_assert(test_has(root, "usr/lib/b", "b"));
	ck_assert(test_has(root, "usr/lib/c", "a"));
}
END_TEST

/* ---- whiteouts ---- */

static bool is_whiteout(int root, const char *path)
{
	struct stat st;

	return test_stat(root, path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static bool is_opaque(int root, const char *path)
{
	const char *attr = test_is_root() ? "trusted.overlay.opaque" : "user.overlay.opaque";
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY);
	char value = '\0';
	bool yes = fgetxattr(fd, attr, &value, 1) == 1 && value == 'y';

	close(fd);
	return yes;
}

START_TEST(whiteouts)
{
	int root = test_dir();
	struct stat st;

	ck_ok(UNPACK(root, {TAR_FILE, ".wh.gone", "", 0, NULL}, {TAR_DIR, "o", NULL, 0, NULL},
		     {TAR_FILE, "o/here", "x", 0, NULL}, {TAR_FILE, "o/.wh..wh..opq", "", 0, NULL},
		     {TAR_FILE, ".wh..wh.aufs", "", 0, NULL},
		     {TAR_FILE, ".wh..wh.plnk/1", "", 0, NULL}),
	      &last);
	ck_assert(is_whiteout(root, "gone"));
	ck_assert(is_opaque(root, "o"));
	ck_assert(test_has(root, "o/here", "x"));
	ck_assert(!test_stat(root, ".wh..wh.aufs", &st));
	ck_assert(!test_stat(root, ".wh..wh.plnk", &st));
}
END_TEST

/* They hide what is below, in whichever order they come, and never an entry of their own layer. */
START_TEST(whiteouts_of_this_layers_entries)
{
	int root = test_dir();

	ck_ok(UNPACK(root, {TAR_FILE, "f1", "x", 0, NULL}, {TAR_FILE, ".wh.f1", "", 0, NULL},
		     {TAR_FILE, ".wh.f2", "", 0, NULL}, {TAR_FILE, "f2", "x", 0, NULL},
		     {TAR_FILE, "d1/x", "x", 0, NULL}, {TAR_FILE, ".wh.d1", "", 0, NULL},
		     {TAR_FILE, ".wh.d2", "", 0, NULL}, {TAR_DIR, "d2", NULL, 0, NULL},
		     {TAR_FILE, ".wh.d3", "", 0, NULL}, {TAR_FILE, "d3/x", "x", 0, NULL}),
	      &last);
	ck_assert(test_has(root, "f1", "x"));
	ck_assert(test_has(root, "f2", "x"));
	ck_assert(test_has(root, "d1/x", "x"));
	ck_assert(is_opaque(root, "d1"));
	ck_assert(is_opaque(root, "d2"));
	ck_assert(is_opaque(root, "d3"));
	ck_assert(test_has(root, "d3/x", "x"));
}
END_TEST

START_TEST(images_do_not_speak_to_overlayfs)
{
	int root = test_dir();

	ck_ok(UNPACK(root, {TAR_DIR, "d", NULL, 0, "user.overlay.opaque"},
		     {TAR_DIR, "e", NULL, 0, "trusted.overlay.opaque"},
		     {TAR_FILE, "f", "x", 0, "user.kept"}),
	      &last);
	ck_assert(!is_opaque(root, "d"));
	ck_assert(!is_opaque(root, "e"));
}
END_TEST

START_TEST(devices_need_root)
{
	int root = test_dir();
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_CHAR, "c", NULL, 0600, NULL}};
	struct unpack_result result = {0};
	struct stat st;

	test_tar(entries, 1, &tar);
	ck_ok(test_unpack(&tar, root, &result, &last), &last);
	if (test_is_root() && !result.notes) {
		ck_assert(test_stat(root, "c", &st));
		ck_assert_uint_eq(st.st_rdev, makedev(1, 3));
	} else {
		ck_assert_uint_eq(result.notes, UNPACK_NOTE_DEVICE);
		ck_assert(!test_stat(root, "c", &st));
	}
	strv_free(result.implied);
}
END_TEST

START_TEST(implied_directories_are_told)
{
	int root = test_dir();
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "a/b/f", "x", 0, NULL},
					     {TAR_DIR, "a/b", NULL, 0, NULL},
					     {TAR_DIR, "c", NULL, 0, NULL}};
	struct unpack_result result = {0};

	test_tar(entries, 3, &tar);
	ck_ok(test_unpack(&tar, root, &result, &last), &last);
	ck_assert_uint_eq(strv_len(result.implied), 1);
	ck_assert(strv_has(result.implied, "a"));
	strv_free(result.implied);
}
END_TEST

START_TEST(a_truncated_archive)
{
	int root = test_dir();
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "f", "some text", 0, NULL}};
	struct unpack_result result = {0};

	test_tar(entries, 1, &tar);
	tar.len = 515;
	ck_assert_int_eq(test_unpack(&tar, root, &result, &last), -1);
	ck_assert_int_eq(last.kind, ERR_CORRUPT);
}
END_TEST

Suite *suite_unpack(void)
{
	Suite *s = suite_create("image/unpack");
	TCase *c = tcase_create("unpack");

	tcase_add_test(c, plain_entries);
	tcase_add_test(c, order_does_not_matter);
	tcase_add_test(c, later_entries_replace);
	tcase_add_loop_test(c, nothing_gets_out, 0, ROWS(hostile));
	tcase_add_test(c, links_are_resolved_inside);
	tcase_add_test(c, whiteouts);
	tcase_add_test(c, whiteouts_of_this_layers_entries);
	tcase_add_test(c, images_do_not_speak_to_overlayfs);
	tcase_add_test(c, devices_need_root);
	tcase_add_test(c, implied_directories_are_told);
	tcase_add_test(c, a_truncated_archive);
	suite_add_tcase(s, c);
	return s;
}
