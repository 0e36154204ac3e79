/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile trees, through openat2 and through the descriptor walk: both must give the same answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/buf.h"
#include "os/fd.h"
#include "os/rooted.h"
#include "os/rooted_walk.h"
#include "suites.h"

enum mode {
	BY_KERNEL,
	BY_WALK,
	MODES,
};

static int open_by(enum mode mode, int rootfd, const char *path, int flags)
{
	const struct rooted_walk w = {.rootfd = rootfd, .flags = flags, .mode = 0644};
	int fd = -1;

	if (mode == BY_WALK)
		return rooted_walk_open(&w, path);
	return rooted_open(rootfd, path, flags, 0644, &fd, NULL) == 0 ? fd : -1;
}

/* A root with a secret beside it. Returns the root's descriptor. */
static int make_tree(void)
{
	int dir = test_dir();
	char real[64], target[96], name[32];
	int root;

	test_file(dir, "secret", "secret");
	test_mkdir(dir, "root");
	root = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_mkdir(root, "a");
	test_mkdir(root, "a/b");
	test_mkdir(root, "deep");
	test_mkdir(root, "deep/x");
	test_file(root, "a/b/file", "file");
	test_file(root, "secret.txt", "plain");
	snprintf(target, sizeof(target), "%s/secret", test_dir_path(dir, real));
	const char *const links[][2] = {
		{"/a/b/file", "abs"},
		{"/a", "absdir"},
		{"../../../../a/b/file", "up"},
		{"../../a", "deep/x/up"},
		{"../secret", "out"},
		{"../../secret", "deep/out"},
		{"/a/b/file", "deep/x/abs"},
		{"/a", "deep/x/absdir"},
		{target, "out-abs"},
		{"loop2", "loop1"},
		{"loop1", "loop2"},
		{"self", "self"},
		{"nowhere", "dangling"},
		{"/gone/away", "dangling-abs"},
		{"a/", "slash"},
		{"a/b/file/", "file-slash"},
		{"/", "rootlink"},
		{"/..", "rootlink-up"},
	};
	for (int i = 0; i < ROWS(links); i++)
		ck_assert_int_eq(symlinkat(links[i][0], root, links[i][1]), 0);
	/* chainN needs N links to reach the file. */
	for (int i = 1; i <= 45; i++) {
		snprintf(target, sizeof(target), i == 1 ? "/a/b/file" : "chain%d", i - 1);
		snprintf(name, sizeof(name), "chain%d", i);
		ck_assert_int_eq(symlinkat(target, root, name), 0);
	}
	close(dir);
	return root;
}

static const struct open_row {
	const char *path;
	int flags;
	int sys;	  /* expected errno, 0: success */
	const char *text; /* content, NULL: not read */
} open_rows[] = {
	{"a/b/file", O_RDONLY, 0, "file"},
	{"/a/b/file", O_RDONLY, 0, "file"},
	{"//a/./b//file", O_RDONLY, 0, "file"},
	{"a/../a/b/../b/file", O_RDONLY, 0, "file"},
	{"../../../a/b/file", O_RDONLY, 0, "file"},
	{"..", O_RDONLY | O_DIRECTORY, 0, NULL},
	{"../secret", O_RDONLY, ENOENT, NULL},
	{"../../../../../secret", O_RDONLY, ENOENT, NULL},
	{"a/b/../../../secret", O_RDONLY, ENOENT, NULL},
	{"abs", O_RDONLY, 0, "file"},
	{"absdir/b/file", O_RDONLY, 0, "file"},
	{"up", O_RDONLY, 0, "file"},
	{"deep/x/up/b/file", O_RDONLY, 0, "file"},
	{"deep/x/up/../a/b/file", O_RDONLY, 0, "file"},
	{"deep/x/abs", O_RDONLY, 0, "file"},
	{"deep/x/absdir/b/file", O_RDONLY, 0, "file"},
	{"deep/x/absdir/../secret.txt", O_RDONLY, 0, "plain"},
	{"absdir/../secret.txt", O_RDONLY, 0, "plain"},
	{"rootlink/a/b/file", O_RDONLY, 0, "file"},
	{"rootlink-up/a/b/file", O_RDONLY, 0, "file"},
	{"out", O_RDONLY, ENOENT, NULL},
	{"deep/out", O_RDONLY, ENOENT, NULL},
	{"out-abs", O_RDONLY, ENOENT, NULL},
	{"loop1", O_RDONLY, ELOOP, NULL},
	{"loop1/x", O_RDONLY, ELOOP, NULL},
	{"self", O_RDONLY, ELOOP, NULL},
	{"chain40", O_RDONLY, 0, "file"},
	{"chain41", O_RDONLY, ELOOP, NULL},
	{"dangling", O_RDONLY, ENOENT, NULL},
	{"slash/b/file", O_RDONLY, 0, "file"},
	{"slash", O_RDONLY | O_DIRECTORY, 0, NULL},
	{"file-slash", O_RDONLY, ENOTDIR, NULL},
	{"a/b/file/", O_RDONLY, ENOTDIR, NULL},
	{"a/b/file/..", O_RDONLY, ENOTDIR, NULL},
	{"a/b/file/x", O_RDONLY, ENOTDIR, NULL},
	{"abs/", O_RDONLY, ENOTDIR, NULL},
	{"a/b/file", O_RDONLY | O_DIRECTORY, ENOTDIR, NULL},
	{"abs", O_RDONLY | O_DIRECTORY, ENOTDIR, NULL},
	{"a/none", O_RDONLY, ENOENT, NULL},
	{"none/file", O_RDONLY, ENOENT, NULL},
	{"", O_RDONLY, ENOENT, NULL},
	{"/", O_RDONLY | O_DIRECTORY, 0, NULL},
	{".", O_PATH, 0, NULL},
	{"abs", O_RDONLY | O_NOFOLLOW, ELOOP, NULL},
	{"absdir/b/file", O_RDONLY | O_NOFOLLOW, 0, "file"},
	{"absdir/", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, 0, NULL},
	{"absdir", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, ENOTDIR, NULL},
	{"out", O_PATH | O_NOFOLLOW, 0, NULL},
	{"out", O_PATH, ENOENT, NULL},
	{"abs", O_WRONLY | O_CREAT | O_EXCL, EEXIST, NULL},
	{"dangling", O_WRONLY | O_CREAT | O_EXCL, EEXIST, NULL},
	{"a", O_WRONLY | O_CREAT, EISDIR, NULL},
	{"a/new/", O_WRONLY | O_CREAT, EISDIR, NULL},
	{"dangling-abs", O_WRONLY | O_CREAT, ENOENT, NULL},
	{"out", O_WRONLY | O_CREAT, 0, NULL},
	{"dangling", O_WRONLY | O_CREAT, 0, NULL},
};

START_TEST(open_hostile)
{
	const struct open_row *row = &open_rows[_i % ROWS(open_rows)];
	enum mode mode = (enum mode)(_i / ROWS(open_rows));
	int root = make_tree();
	char text[16] = "";
	int fd;

	errno = 0;
	fd = open_by(mode, root, row->path, row->flags);
	if (row->sys) {
		ck_assert_msg(fd < 0, "'%s' was opened", row->path);
		ck_assert_msg(errno == row->sys, "'%s': %s instead of %s", row->path,
			      strerror(errno), strerror(row->sys));
		return;
	}
	ck_assert_msg(fd >= 0, "'%s': %s", row->path, strerror(errno));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	if (row->text) {
		ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
		ck_assert_str_eq(text, row->text);
	}
	/* What O_CREAT made through links lies inside. */
	if (strcmp(row->path, "dangling") == 0)
		ck_assert_int_eq(faccessat(root, "nowhere", F_OK, 0), 0);
	if (strcmp(row->path, "out") == 0 && (row->flags & O_CREAT))
		ck_assert_int_eq(faccessat(root, "secret", F_OK, 0), 0);
}
END_TEST

static const struct open_row magic_rows[] = {
	{"proc/self/status", O_RDONLY, 0, NULL},
	{"proc/mounts", O_RDONLY, 0, NULL},
	{"proc/self/root/etc/passwd", O_RDONLY, ELOOP, NULL},
	{"proc/self/cwd", O_RDONLY, ELOOP, NULL},
	{"proc/self/exe", O_RDONLY, ELOOP, NULL},
	{"proc/self/fd/0", O_RDONLY, ELOOP, NULL},
	{"proc/thread-self/root/etc/passwd", O_RDONLY, ELOOP, NULL},
	{"proc/self/ns/mnt", O_RDONLY, ELOOP, NULL},
	{"magic", O_RDONLY, ELOOP, NULL},
	{"proc/self/exe", O_PATH | O_NOFOLLOW, 0, NULL},
};

START_TEST(open_magic)
{
	const struct open_row *row = &magic_rows[_i % ROWS(magic_rows)];
	enum mode mode = (enum mode)(_i / ROWS(magic_rows));
	int root, fd;

	if (!test_is_root())
		SKIP("mounting procfs needs root");
	test_mount_namespace();
	root = make_tree();
	test_mkdir(root, "proc");
	ck_assert_int_eq(fchdir(root), 0);
	ck_assert_int_eq(mount("proc", "proc", "proc", 0, NULL), 0);
	ck_assert_int_eq(symlinkat("proc/self/root/etc/passwd", root, "magic"), 0);
	errno = 0;
	fd = open_by(mode, root, row->path, row->flags);
	if (row->sys)
		ck_assert_msg(fd < 0 && errno == row->sys, "'%s': fd %d, %s", row->path, fd,
			      strerror(errno));
	else
		ck_assert_msg(fd >= 0, "'%s': %s", row->path, strerror(errno));
}
END_TEST

/* Swap a directory with a link out of the root, over and over. */
static _Noreturn void swap_forever(int root)
{
	for (;;)
		renameat2(root, "a", root, "evil", RENAME_EXCHANGE);
}

START_TEST(open_never_leaves_in_a_race)
{
	int root = make_tree();
	int opened = 0;
	char text[16];
	pid_t pid;

	test_mkdir(root, "a/b/c");
	ck_assert_int_eq(symlinkat("../../../../../../../../..", root, "evil"), 0);
	pid = fork();
	if (pid == 0)
		swap_forever(root);
	/* The kernel refuses what it can't resolve in peace: on a busy machine that is nearly all.
	 */
	for (int i = 0; i < 3000 || (!opened && i < 3000000); i++) {
		static const char *const paths[] = {"a/b/c/../../../secret", "a/../secret",
						    "a/secret", "a/b/file"};
		int fd = open_by((enum mode)_i, root, paths[i % 4], O_RDONLY);

		if (fd < 0)
			continue;
		opened++;
		memset(text, 0, sizeof(text));
		ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
		ck_assert_str_eq(text, "file");
		close(fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_gt(opened, 0);
}
END_TEST

START_TEST(parent_and_name)
{
	int root = make_tree();
	struct err err = ERR_INIT;
	int parent = -1;
	_cleanup_free_ char *name = NULL;
	struct stat st, want;

	ck_ok(rooted_open_parent(root, "absdir/b/new//", &parent, &name, &err), &err);
	ck_assert_str_eq(name, "new");
	ck_assert_int_eq(fstat(parent, &st), 0);
	ck_assert_int_eq(fstatat(root, "a/b", &want, 0), 0);
	ck_assert_uint_eq(st.st_ino, want.st_ino);
	for (int i = 0; i < 4; i++) {
		static const char *const bad[] = {"/", "a/..", "a/.", ""};

		ck_assert_int_eq(rooted_open_parent(root, bad[i], &parent, &name, &err), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
	}
}
END_TEST

START_TEST(mkdirs_stays_inside)
{
	static const struct {
		const char *path, *made;
	} rows[] = {
		{"x/y/z", "x/y/z"},
		{"absdir/new/dir", "a/new/dir"},
		{"dangling-abs/more", "gone/away/more"},
		{"dangling", "nowhere"},
		{"../../up2/here", "up2/here"},
		{"out/dir", "secret/dir"},
		{"a/b", "a/b"},
		{"q/../w/", "w"},
	};
	int root = make_tree();
	struct err err = ERR_INIT;
	struct stat st, want;
	int fd = -1;

	for (int i = 0; i < ROWS(rows); i++) {
		ck_ok(rooted_mkdirs(root, rows[i].path, 0755, &fd, &err), &err);
		ck_assert_int_eq(fstat(fd, &st), 0);
		ck_assert_msg(fstatat(root, rows[i].made, &want, 0) == 0, "%s", rows[i].made);
		ck_assert_uint_eq(st.st_ino, want.st_ino);
		ck_assert(S_ISDIR(st.st_mode));
		close(fd);
	}
	ck_assert_int_eq(rooted_mkdirs(root, "a/b/file/x", 0755, &fd, &err), -1);
	ck_assert_int_eq(err.sys, ENOTDIR);
	ck_assert_int_eq(rooted_mkdirs(root, "loop1/x", 0755, &fd, &err), -1);
	ck_assert_int_eq(err.sys, ELOOP);
}
END_TEST

START_TEST(mkfile_keeps_what_exists)
{
	int root = make_tree();
	struct err err = ERR_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct stat st;
	int fd = -1;

	ck_ok(rooted_mkfile(root, "dev/pts/file", 0644, &fd, &err), &err);
	ck_assert_int_eq(fstatat(root, "dev/pts/file", &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_ok(rooted_mkfile(root, "abs", 0644, &fd, &err), &err);
	ck_ok(rooted_read_all(root, "a/b/file", 100, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), "file");
	ck_ok(rooted_mkfile(root, "dangling-abs", 0644, &fd, &err), &err);
	ck_assert_int_eq(fstatat(root, "gone/away", &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_ok(rooted_mkfile(root, "a", 0644, &fd, &err), &err);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
}
END_TEST

START_TEST(read_refuses_what_is_no_file)
{
	int root = make_tree();
	struct err err = ERR_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_int_eq(mkfifoat(root, "fifo", 0644), 0);
	ck_assert_int_eq(rooted_read_all(root, "fifo", 100, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(rooted_read_all(root, "a", 100, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(rooted_read_all(root, "out-abs", 100, &out, &err), -1);
	ck_assert_int_eq(err.sys, ENOENT);
	ck_assert_int_eq(rooted_read_all(root, "abs", 3, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_rooted(void)
{
	Suite *s = suite_create("os/rooted");
	TCase *t = tcase_create("rooted");

	tcase_add_loop_test(t, open_hostile, 0, ROWS(open_rows) * MODES);
	tcase_add_loop_test(t, open_magic, 0, ROWS(magic_rows) * MODES);
	tcase_add_loop_test(t, open_never_leaves_in_a_race, 0, MODES);
	tcase_add_test(t, parent_and_name);
	tcase_add_test(t, mkdirs_stays_inside);
	tcase_add_test(t, mkfile_keeps_what_exists);
	tcase_add_test(t, read_refuses_what_is_no_file);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
