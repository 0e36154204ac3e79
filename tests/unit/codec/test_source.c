/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suites.h"

static int temp_with(const char *text)
{
	int fd = memfd_create("source", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(memory)
{
	_cleanup_(source) struct source *s = source_from_mem("abcdef", 6);
	char buf[8];

	ck_assert_int_eq(source_read(s, buf, 0, NULL), 0);
	ck_assert_int_eq(source_read(s, buf, 4, NULL), 4);
	ck_assert_int_eq(source_read(s, buf + 4, 4, NULL), 2);
	ck_assert_mem_eq(buf, "abcdef", 6);
	ck_assert_int_eq(source_read(s, buf, 4, NULL), 0);
	source_free(NULL);
	sink_free(NULL);
}
END_TEST

START_TEST(descriptor)
{
	_cleanup_fd_ int fd = temp_with("abcdef");
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_int_eq(lseek(fd, 2, SEEK_SET), 2);
	ck_assert_int_eq(read_all(source_from_fd(fd), &out, NULL), 0);
	ck_assert_str_eq(buf_str(&out), "cdef");
	/* Borrowed: still open. */
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
}
END_TEST

static const struct {
	uint64_t offset, len;
	const char *out;
} ranges[] = {
	{0, 6, "abcdef"}, {2, 3, "cde"}, {4, 100, "ef"}, {6, 1, ""}, {9, 1, ""}, {1, 0, ""},
};

START_TEST(range)
{
	_cleanup_fd_ int fd = temp_with("abcdef");
	_cleanup_(buf) struct buf out = BUF_INIT;

	ck_assert_int_eq(read_all(source_from_fd_range(fd, ranges[_i].offset, ranges[_i].len), &out,
				  NULL),
			 0);
	ck_assert_str_eq(buf_str(&out), ranges[_i].out);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
}
END_TEST

START_TEST(borrowed_from_a_descriptor)
{
	_cleanup_fd_ int fd = temp_with("abcdef");
	_cleanup_(source) struct source *s = source_from_fd(fd);
	_cleanup_free_ void *buf = NULL;
	const void *piece = NULL;

	/* It has no memory: bytes go to the buffer, made once. */
	ck_assert_int_eq(source_borrow(s, &buf, 4, &piece, NULL), 4);
	ck_assert_ptr_nonnull(buf);
	ck_assert_ptr_eq(piece, buf);
	ck_assert_mem_eq(piece, "abcd", 4);
	ck_assert_int_eq(source_borrow(s, &buf, 4, &piece, NULL), 2);
	ck_assert_mem_eq(piece, "ef", 2);
	ck_assert_int_eq(source_borrow(s, &buf, 4, &piece, NULL), 0);
}
END_TEST

START_TEST(full_reads)
{
	_cleanup_(source) struct source *s = trickle_source("abcdefgh", 8, 3, false);
	_cleanup_(source) struct source *bad = trickle_source("ab", 2, 1, true);
	struct err err = ERR_INIT;
	char buf[8];

	ck_assert_int_eq(source_read_full(s, buf, 7, NULL), 7);
	ck_assert_mem_eq(buf, "abcdefg", 7);
	ck_assert_int_eq(source_read_full(s, buf, 7, NULL), 1);
	ck_assert_int_eq(source_read_full(s, buf, 7, NULL), 0);
	ck_assert_int_eq(source_read_full(bad, buf, 7, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
}
END_TEST

START_TEST(errors_keep_errno)
{
	_cleanup_(source) struct source *s = source_from_fd(-1);
	_cleanup_(sink) struct sink *k = sink_to_fd(-1);
	struct err err = ERR_INIT;
	char c;

	ck_assert_int_eq(source_read(s, &c, 1, &err), -1);
	ck_assert_int_eq(err.sys, EBADF);
	err_clear(&err);
	ck_assert_int_eq(sink_write(k, "x", 1, &err), -1);
	ck_assert_int_eq(err.sys, EBADF);
}
END_TEST

START_TEST(sinks)
{
	_cleanup_fd_ int fd = temp_with("");
	_cleanup_(buf) struct buf out = BUF_INIT_MAX(4);
	_cleanup_(sink) struct sink *f = sink_to_fd(fd);
	_cleanup_(sink) struct sink *b = sink_to_buf(&out);
	struct err err = ERR_INIT;
	char back[4];

	ck_assert_int_eq(sink_write(f, "abc", 3, NULL), 0);
	ck_assert_int_eq(sink_finish(f, NULL), 0);
	ck_assert_int_eq(pread(fd, back, 4, 0), 3);
	ck_assert_int_eq(sink_write(b, "abc", 3, NULL), 0);
	ck_assert_str_eq(buf_str(&out), "abc");
	ck_assert_int_eq(sink_write(b, "de", 2, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

Suite *suite_source(void)
{
	Suite *s = suite_create("source");
	TCase *t = tcase_create("source");

	tcase_add_test(t, memory);
	tcase_add_test(t, descriptor);
	tcase_add_loop_test(t, range, 0, (int)(sizeof(ranges) / sizeof(ranges[0])));
	tcase_add_test(t, borrowed_from_a_descriptor);
	tcase_add_test(t, full_reads);
	tcase_add_test(t, errors_keep_errno);
	tcase_add_test(t, sinks);
	suite_add_tcase(s, t);
	return s;
}
