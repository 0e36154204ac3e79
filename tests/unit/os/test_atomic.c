/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/fd.h"
#include "suites.h"

/* Names in a directory without "." and ".."; each open gives its own offset. */
static int entries(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	int n = -2;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void expect_text(int dir, const char *name, const char *text)
{
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_ok(file_read_all(dir, name, 1000, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), text);
	buf_done(&out);
}

static int write_text(int dir, const char *text, mode_t mode, enum durability durable,
		      struct err *err)
{
	struct buf data = BUF_INIT;
	int r;

	buf_adds(&data, text);
	r = atomic_write(dir, "f", &data, mode, durable, err);
	buf_done(&data);
	return r;
}

START_TEST(write_creates_and_replaces)
{
	int dir = test_dir();
	struct buf cut = BUF_INIT_MAX(1);
	struct err err = ERR_INIT;
	struct stat st;

	umask(022);
	ck_ok(write_text(dir, "one", 0600, DURABLE_NO, &err), &err);
	expect_text(dir, "f", "one");
	ck_ok(write_text(dir, "second", 0644, DURABLE_YES, &err), &err);
	expect_text(dir, "f", "second");
	ck_assert_int_eq(fstatat(dir, "f", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_uint_eq(st.st_nlink, 1);
	/* A text that was cut short is not written. */
	ck_assert(!buf_reserve(&cut, 2));
	ck_assert_int_eq(atomic_write(dir, "f", &cut, 0644, DURABLE_NO, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	expect_text(dir, "f", "second");
	ck_assert_int_eq(entries(dir), 1);
}
END_TEST

START_TEST(commit_refuses_an_existing_name)
{
	int dir = test_dir();
	struct atomic_file f = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;

	test_file(dir, "f", "old");
	ck_ok(atomic_begin(dir, 0644, &f, &err), &err);
	ck_assert_int_eq(fd_write_full(f.fd, "new", 3), 0);
	ck_assert_int_eq(atomic_commit(&f, "f", false, DURABLE_NO, &err), -1);
	ck_assert_int_eq(err.kind, ERR_EXISTS);
	expect_text(dir, "f", "old");
	ck_ok(atomic_commit(&f, "g", false, DURABLE_NO, &err), &err);
	atomic_done(&f);
	atomic_done(&f);
	expect_text(dir, "g", "new");
	ck_assert_int_eq(entries(dir), 2);
}
END_TEST

START_TEST(an_uncommitted_file_leaves_nothing)
{
	int dir = test_dir();
	struct atomic_file f = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;
	int before = test_fd_count();

	atomic_done(&f);
	ck_ok(atomic_begin(dir, 0644, &f, &err), &err);
	atomic_done(&f);
	ck_assert_int_eq(entries(dir), 0);
	ck_assert_int_eq(test_fd_count(), before);
}
END_TEST

/* Kill a writer of one big file over and over: the file is always whole, and a sweep mends the
 * rest. */
START_TEST(a_killed_writer_leaves_old_or_new)
{
	struct buf old = BUF_INIT, new = BUF_INIT, out = BUF_INIT;
	int dir = test_dir();
	struct err err = ERR_INIT;

	for (int i = 0; i < 4096; i++) {
		buf_addc(&old, 'o');
		buf_addc(&new, 'n');
	}
	ck_ok(atomic_write(dir, "f", &old, 0644, DURABLE_NO, &err), &err);
	for (useconds_t i = 0; i < 60; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;) {
				atomic_write(dir, "f", &new, 0644, DURABLE_NO, NULL);
				atomic_write(dir, "f", &old, 0644, DURABLE_NO, NULL);
			}
		usleep(i * 37);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		buf_reset(&out);
		ck_ok(file_read_all(dir, "f", old.len, &out, &err), &err);
		ck_assert_uint_eq(out.len, old.len);
		ck_assert(str_eq(out.data, old.data) || str_eq(out.data, new.data));
	}
	ck_ok(atomic_sweep(dir, &err), &err);
	ck_assert_int_eq(entries(dir), 1);
	buf_done(&old);
	buf_done(&new);
	buf_done(&out);
}
END_TEST

START_TEST(sweep_spares_what_is_held)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	int held;
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	char dead[64], alive[64];

	snprintf(dead, sizeof(dead), ".tmp-%d-1", (int)gone);
	snprintf(alive, sizeof(alive), ".tmp-%d-1", (int)getpid());
	test_file(dir, ".tmp-1-left", "x");
	test_file(dir, ".tmp-held", "x");
	test_file(dir, "tmp-other", "x");
	test_mkdir(dir, ".tmp-dir");
	test_file(dir, ".tmp-dir/inner", "x");
	ck_assert_int_eq(symlinkat("tmp-other", dir, dead), 0);
	ck_assert_int_eq(symlinkat("tmp-other", dir, alive), 0);
	held = openat(dir, ".tmp-held", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(held, LOCK_EX), 0);
	ck_ok(atomic_sweep(dir, &err), &err);
	ck_assert_int_eq(faccessat(dir, ".tmp-1-left", F_OK, 0), -1);
	ck_assert_int_eq(faccessat(dir, ".tmp-dir", F_OK, 0), -1);
	ck_assert_int_eq(faccessat(dir, ".tmp-held", F_OK, 0), 0);
	ck_assert_int_eq(faccessat(dir, "tmp-other", F_OK, 0), 0);
	ck_assert_int_eq(faccessat(dir, dead, F_OK, AT_SYMLINK_NOFOLLOW), -1);
	ck_assert_int_eq(faccessat(dir, alive, F_OK, AT_SYMLINK_NOFOLLOW), 0);
	close(held);
	ck_ok(atomic_sweep(dir, &err), &err);
	ck_assert_int_eq(faccessat(dir, ".tmp-held", F_OK, 0), -1);
}
END_TEST

/* As on a file system without O_TMPFILE: the temporary name is there meanwhile, locked, and goes.
 */
START_TEST(by_a_temporary_name)
{
	struct atomic_file f = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;
	int dir = test_dir();

	ck_ok(atomic_begin_named(dir, 0600, &f, &err), &err);
	ck_assert_ptr_eq(strstr(f.tmp, ".tmp-"), f.tmp);
	ck_ok(atomic_sweep(dir, &err), &err);
	ck_assert_int_eq(faccessat(dir, f.tmp, F_OK, 0), 0);
	ck_ok(atomic_commit(&f, "f", false, DURABLE_NO, &err), &err);
	ck_assert_int_eq(entries(dir), 1);
	ck_ok(atomic_begin_named(dir, 0600, &f, &err), &err);
	ck_assert_int_eq(atomic_commit(&f, "f", false, DURABLE_NO, &err), -1);
	ck_assert_int_eq(err.kind, ERR_EXISTS);
	atomic_done(&f);
	ck_assert_int_eq(entries(dir), 1);
	ck_ok(atomic_begin_named(dir, 0600, &f, &err), &err);
	ck_assert_int_eq(fd_write_full(f.fd, "new", 3), 0);
	ck_ok(atomic_commit(&f, "f", true, DURABLE_NO, &err), &err);
	atomic_done(&f);
	expect_text(dir, "f", "new");
	ck_assert_int_eq(entries(dir), 1);
}
END_TEST

Suite *suite_atomic(void)
{
	Suite *s = suite_create("os/atomic");
	TCase *t = tcase_create("atomic");

	tcase_add_test(t, write_creates_and_replaces);
	tcase_add_test(t, commit_refuses_an_existing_name);
	tcase_add_test(t, an_uncommitted_file_leaves_nothing);
	tcase_add_test(t, a_killed_writer_leaves_old_or_new);
	tcase_add_test(t, sweep_spares_what_is_held);
	tcase_add_test(t, by_a_temporary_name);
	suite_add_tcase(s, t);
	return s;
}
