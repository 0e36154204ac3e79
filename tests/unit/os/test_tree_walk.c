/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tree_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/tree.h"
#include "suites.h"

static int make_top(void)
{
	char dir[] = "/tmp/onggi-walk-XXXXXX";
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void drop_top(int fd)
{
	char path[64], link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	close(fd);
	ck_assert_int_eq(tree_remove(AT_FDCWD, path, NULL), 0);
}

struct seen {
	unsigned entries, links, dirs;
	const char *closed; /* not entered */
	const char *fatal;
};

static int see(void *arg, const struct tree_entry *e, struct err *err)
{
	struct seen *s = arg;
	struct stat st;

	ck_assert_int_eq(fstatat(e->dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_uint_eq(st.st_ino, e->st->st_ino);
	ck_assert_int_eq(fstat(e->dirfd, &st), 0);
	ck_assert_uint_eq(st.st_ino, e->parent->st_ino);
	s->entries++;
	s->dirs += S_ISDIR(e->st->st_mode);
	s->links += S_ISLNK(e->st->st_mode);
	if (s->fatal && strcmp(e->name, s->fatal) == 0)
		return err_set(err, ERR_LIMIT, "enough");
	return s->closed && strcmp(e->name, s->closed) == 0;
}

START_TEST(every_entry_once)
{
	int top = make_top();
	struct seen s = {.closed = NULL};
	struct tree_walk w = {.visit = see, .arg = &s};
	struct err err = ERR_INIT;

	ck_assert_int_eq(tree_mkdirs(top, "a/b/c", 0700, NULL, &err), 0);
	ck_assert_int_eq(tree_mkdirs(top, "d", 0700, NULL, &err), 0);
	ck_assert_int_eq(symlinkat("a", top, "link"), 0);
	ck_assert_int_eq(symlinkat("/", top, "a/root"), 0);
	ck_assert_int_eq(tree_walk(&w, top, &err), 0);
	ck_assert_uint_eq(s.entries, 6);
	ck_assert_uint_eq(s.dirs, 4);
	ck_assert_uint_eq(s.links, 2);
	s = (struct seen){.closed = "a"};
	ck_assert_int_eq(tree_walk(&w, top, &err), 0);
	ck_assert_uint_eq(s.entries, 3);
	s = (struct seen){.fatal = "b"};
	ck_assert_int_eq(tree_walk(&w, top, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	drop_top(top);
}
END_TEST

/* Deeper than descriptors are held open, and than a path can be. */
START_TEST(any_depth)
{
	int top = make_top();
	struct seen s = {.closed = NULL};
	struct tree_walk w = {.visit = see, .arg = &s};
	struct err err = ERR_INIT;
	char name[200];
	int fd = dup(top);

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 300; i++) {
		int below;

		ck_assert_int_eq(mkdirat(fd, name, 0700), 0);
		ck_assert_int_eq(mkdirat(fd, "beside", 0700), 0);
		below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(below, 0);
		close(fd);
		fd = below;
	}
	close(fd);
	ck_assert_msg(tree_walk(&w, top, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(s.entries, 600);
	drop_top(top);
}
END_TEST

START_TEST(closed_directories_are_counted)
{
	int top = make_top();
	struct seen s = {.closed = NULL};
	struct tree_walk w = {.visit = see, .arg = &s};
	struct err err = ERR_INIT;

	ck_assert_int_eq(mkdirat(top, "closed", 0), 0);
	ck_assert_int_eq(tree_walk(&w, top, &err), 0);
	ck_assert_uint_eq(s.entries, 1);
	ck_assert_uint_eq(w.unreadable, geteuid() == 0 ? 0 : 1);
	drop_top(top);
}
END_TEST

Suite *suite_tree_walk(void)
{
	Suite *s = suite_create("os/tree_walk");
	TCase *c = tcase_create("walk");

	tcase_add_test(c, every_entry_once);
	tcase_add_test(c, any_depth);
	tcase_add_test(c, closed_directories_are_counted);
	suite_add_tcase(s, c);
	return s;
}
