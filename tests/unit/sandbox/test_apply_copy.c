/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"
#include "sandbox/apply.h"
#include "suites.h"

/* What another container that has the volume does while it is filled; NULL: nothing. */
static void (*meanwhile)(int volume);
static int volume;

static void let_them(void)
{
	if (meanwhile)
		meanwhile(volume);
}

/* libc's, between whose calls the other container works. */
int fchownat(int dir, const char *name, uid_t uid, gid_t gid, int flags)
{
	let_them();
	return (int)syscall(SYS_fchownat, dir, name, uid, gid, flags);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	let_them();
	return (int)syscall(SYS_fchown, fd, uid, gid);
}

struct place {
	char dir[32];
	int from, to;
	char outside[64];
};

static void make_place(struct place *p)
{
	_cleanup_fd_ int root = -1, fd = -1;

	memcpy(p->dir, "/tmp/onggi-copy-XXXXXX", sizeof("/tmp/onggi-copy-XXXXXX"));
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	root = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(tree_mkdirs(root, "from", 0755, &p->from, NULL), 0);
	ck_assert_int_eq(tree_mkdirs(root, "to", 0755, &p->to, NULL), 0);
	fd = openat(root, "outside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	volume = p->to;
	snprintf(p->outside, sizeof(p->outside), "%s/outside", p->dir);
}

static void remove_place(struct place *p)
{
	close(p->from);
	close(p->to);
	ck_assert_int_eq(tree_remove(AT_FDCWD, p->dir, NULL), 0);
}

static void add_file(int dir, const char *name, const char *text, mode_t mode)
{
	_cleanup_fd_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
}

static const char *bait; /* where a planted link leads; NULL: a file is planted */

static void plant(int dir)
{
	if (unlinkat(dir, "program", 0) < 0)
		return;
	meanwhile = NULL;
	if (bait)
		ck_assert_int_eq(symlinkat(bait, dir, "program"), 0);
	else
		add_file(dir, "program", "theirs\n", 0600);
}

/*
 * A link that takes the place of a new file leads to the host's, since the copy runs before the
 * pivot; a file would get the setuid bit of the image's.
 */
START_TEST(gives_no_mode_to_what_was_planted)
{
	struct place p;
	struct stat st;

	make_place(&p);
	bait = _i ? NULL : p.outside;
	add_file(p.from, "program", "x\n", 04755);
	meanwhile = plant;
	(void)!apply_copy_into_empty(p.from, p.to, NULL);
	ck_assert(!meanwhile);
	ck_assert_int_eq(fstatat(p.to, "program", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	remove_place(&p);
}
END_TEST

START_TEST(keeps_modes_of_files_and_directories)
{
	struct place p;
	struct stat st;

	make_place(&p);
	add_file(p.from, "program", "x\n", 04755);
	ck_assert_int_eq(mkdirat(p.from, "d", 0700), 0);
	ck_assert_int_eq(fchmodat(p.from, "d", 01777, 0), 0);
	ck_assert_int_eq(symlinkat("nowhere", p.from, "l"), 0);
	ck_assert_int_eq(apply_copy_into_empty(p.from, p.to, NULL), 0);
	ck_assert_int_eq(fstatat(p.to, "program", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 04755);
	ck_assert_int_eq(fstatat(p.to, "d", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 01777);
	ck_assert_int_eq(fstatat(p.to, "l", &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert(S_ISLNK(st.st_mode));
	remove_place(&p);
}
END_TEST

static const char *const names[] = {"one", "other"};

static void make_entry(int dir, const char *name, int kind, const char *text)
{
	switch (kind) {
	case 0:
		add_file(dir, name, text, 0644);
		break;
	case 1:
		ck_assert_int_eq(mkdirat(dir, name, 0755), 0);
		break;
	default:
		ck_assert_int_eq(symlinkat(text, dir, name), 0);
	}
}

static int kind_now;

static void fill_too(int dir)
{
	bool first = faccessat(dir, names[0], F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	meanwhile = NULL;
	make_entry(dir, names[first], kind_now, "theirs");
}

/* Two containers may begin with the same empty volume at one moment. */
START_TEST(leaves_alone_what_somebody_else_puts_there)
{
	struct place p;
	struct err err = ERR_INIT;

	make_place(&p);
	kind_now = _i;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		make_entry(p.from, names[i], _i, "ours");
	meanwhile = fill_too;
	ck_assert_msg(apply_copy_into_empty(p.from, p.to, &err) == 0, "%s", err.text);
	ck_assert(!meanwhile);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_int_eq(faccessat(p.to, names[i], F_OK, AT_SYMLINK_NOFOLLOW), 0);
	remove_place(&p);
}
END_TEST

Suite *suite_apply_copy(void)
{
	Suite *s = suite_create("apply_copy");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, gives_no_mode_to_what_was_planted, 0, 2);
	tcase_add_test(t, keeps_modes_of_files_and_directories);
	tcase_add_loop_test(t, leaves_alone_what_somebody_else_puts_there, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
