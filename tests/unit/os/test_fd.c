/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/fd.h"
#include "suites.h"

START_TEST(read_all_holds_the_limit)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(buf) struct buf out2 = BUF_INIT;

	test_file(dir, "f", "0123456789");
	ck_ok(file_read_all(dir, "f", 10, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), "0123456789");
	ck_assert_int_eq(file_read_all(dir, "f", 9, &out2, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_eq(file_read_all(dir, "none", 9, &out2, &err), -1);
	ck_assert_int_eq(err.sys, ENOENT);
}
END_TEST

START_TEST(full_reads_and_writes_span_short_ones)
{
	static const char big[300000] = {'x'};
	static char back[300000];
	int p[2];
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		close(p[0]);
		_exit(fd_write_full(p[1], big, sizeof(big)) == 0 ? 0 : 1);
	}
	close(p[1]);
	ck_assert_int_eq(fd_read_full(p[0], back, sizeof(back)), (ssize_t)sizeof(back));
	ck_assert_int_eq(memcmp(big, back, sizeof(big)), 0);
	ck_assert_int_eq(fd_read_full(p[0], back, 1), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(write_text_names_path_and_text)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;

	test_file(dir, "f", "");
	ck_ok(file_write_text(dir, "f", "max", &err), &err);
	ck_ok(file_read_all(dir, "f", 10, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), "max");
	errno = 0;
	ck_assert_int_eq(file_write_text(dir, "absent", "17", &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "absent"));
	ck_assert_ptr_nonnull(strstr(err.text, "17"));
	/* It must not make what isn't there. */
	ck_assert_int_eq(faccessat(dir, "absent", F_OK, 0), -1);
	/* The kernel's refusal of a value keeps its errno. */
	ck_assert_int_eq(file_write_text(AT_FDCWD, "/proc/self/oom_score_adj", "5000", &err), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(stdio_is_filled_with_null)
{
	struct err err = ERR_INIT;
	char path[64] = "";
	char proc[32];

	close(0);
	close(2);
	ck_ok(fd_ensure_stdio(&err), &err);
	ck_assert_int_gt(readlink(fd_proc_path(0, proc), path, sizeof(path) - 1), 0);
	ck_assert_str_eq(path, "/dev/null");
	ck_assert_int_gt(readlink(fd_proc_path(2, proc), path, sizeof(path) - 1), 0);
	ck_assert_str_eq(path, "/dev/null");
	ck_assert_int_eq(fcntl(0, F_GETFD), 0);
}
END_TEST

START_TEST(descriptors_close_where_close_range_is_forbidden)
{
	static const unsigned answers[] = {0, EPERM, ENOSYS};
	struct err err = ERR_INIT;
	int fds[200], kept = dup(0);

	for (int i = 0; i < ROWS(fds); i++)
		fds[i] = dup(0);
	if (answers[_i])
		test_refuse(SYS_close_range, answers[_i]);
	ck_ok(fd_cloexec_from((unsigned)kept + 1, -1, &err), &err);
	ck_assert_int_eq(fcntl(kept, F_GETFD), 0);
	for (int i = 0; i < ROWS(fds); i++)
		ck_assert_int_eq(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
}
END_TEST

/* What is listed anywhere else is somebody's word for it, and a broken list is none. */
START_TEST(descriptors_are_listed_by_a_procfs_only)
{
	struct err err = ERR_INIT;
	int dir = test_dir();

	test_mkdir(dir, "self");
	test_mkdir(dir, "self/fd");
	test_refuse(_i ? SYS_getdents64 : SYS_close_range, EPERM);
	if (_i)
		test_refuse(SYS_close_range, EPERM);
	ck_assert_int_eq(fd_cloexec_from(3, _i ? -1 : dir, &err), -1);
	ck_assert_int_eq(err.sys, _i ? EPERM : ENOSYS);
}
END_TEST

Suite *suite_fd(void)
{
	Suite *s = suite_create("os/fd");
	TCase *t = tcase_create("fd");

	tcase_add_test(t, read_all_holds_the_limit);
	tcase_add_test(t, full_reads_and_writes_span_short_ones);
	tcase_add_test(t, write_text_names_path_and_text);
	tcase_add_test(t, stdio_is_filled_with_null);
	tcase_add_loop_test(t, descriptors_close_where_close_range_is_forbidden, 0, 3);
	tcase_add_loop_test(t, descriptors_are_listed_by_a_procfs_only, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
