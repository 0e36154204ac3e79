/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/channel.h"
#include "suites.h"

static int same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
	       x.st_dev == y.st_dev;
}

START_TEST(frames_and_descriptors_arrive)
{
	static char big[CHANNEL_MAX];
	struct channel_frame frame;
	struct err err = ERR_INIT;
	int ends[2], sent = test_dir();

	ck_ok(channel_pair(ends, &err), &err);
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	memset(big, 'b', sizeof(big));
	ck_ok(channel_send(ends[0], CHANNEL_GO, NULL, 0, &err), &err);
	ck_ok(channel_send_fd(ends[0], CHANNEL_FD, "names", 5, sent, &err), &err);
	ck_ok(channel_send(ends[0], CHANNEL_DATA, big, sizeof(big), &err), &err);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 1);
	ck_assert_uint_eq(frame.type, CHANNEL_GO);
	ck_assert_uint_eq(frame.len, 0);
	ck_assert_uint_eq(frame.n_fds, 0);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 1);
	ck_assert_uint_eq(frame.type, CHANNEL_FD);
	ck_assert_uint_eq(frame.len, 5);
	ck_assert_int_eq(memcmp(frame.data, "names", 5), 0);
	ck_assert_uint_eq(frame.n_fds, 1);
	ck_assert(same_file(frame.fds[0], sent));
	ck_assert_int_eq(fcntl(frame.fds[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 1);
	ck_assert_uint_eq(frame.len, sizeof(big));
	ck_assert_int_eq(memcmp(frame.data, big, sizeof(big)), 0);
	close(ends[0]);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 0);
}
END_TEST

START_TEST(send_holds_the_limits)
{
	static char big[CHANNEL_MAX + 1];
	struct err err = ERR_INIT;
	int ends[2];

	ck_ok(channel_pair(ends, &err), &err);
	ck_assert_int_eq(channel_send(ends[0], CHANNEL_DATA, big, sizeof(big), &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	close(ends[1]);
	/* Without a signal. */
	ck_assert_int_eq(channel_send(ends[0], CHANNEL_GO, NULL, 0, &err), -1);
	ck_assert_int_eq(err.sys, EPIPE);
}
END_TEST

START_TEST(an_error_is_received_as_our_own)
{
	struct channel_frame frame;
	struct err sent = ERR_INIT, err = ERR_INIT;
	int ends[2];

	ck_ok(channel_pair(ends, &err), &err);
	errno = ENOSPC;
	err_sys(&sent, "write '%s'", "it");
	err_hint(&sent, "free some");
	channel_send_err(ends[0], &sent);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_int_eq(err.sys, ENOSPC);
	ck_assert_str_eq(err.text, sent.text);
	ck_assert_str_eq(err.hint, "free some");
	close(ends[1]);
	channel_send_err(ends[0], &sent);
}
END_TEST

/* Frames that a hostile end may send: type, length in the header, bytes behind it, descriptors. */
static const struct raw {
	uint32_t type, len;
	size_t bytes;
	int n_fds;
	size_t cut; /* bytes of the header left out */
} bad_rows[] = {
	{0, 0, 0, 0, 0},
	{99, 0, 0, 0, 0},
	{UINT32_MAX, 0, 0, 1, 0},
	{CHANNEL_DATA, 5, 4, 0, 0},
	{CHANNEL_DATA, 4, 5, 0, 0},
	{CHANNEL_DATA, UINT32_MAX, 4, 2, 0},
	{CHANNEL_DATA, CHANNEL_MAX + 1, CHANNEL_MAX + 1, 0, 0},
	{CHANNEL_DATA, CHANNEL_MAX, CHANNEL_MAX + 100, 1, 0},
	{CHANNEL_FD, 0, 0, CHANNEL_FDS + 1, 0},
	{CHANNEL_FD, 0, 0, 64, 0},
	{CHANNEL_ERROR, 0, 0, 0, 0},
	{CHANNEL_ERROR, 7, 7, 1, 0},
	{CHANNEL_ERROR, 2000, 2000, 0, 0},
	{CHANNEL_GO, 0, 0, 0, 1},
	{CHANNEL_GO, 0, 0, 1, 7},
};

/* Send a frame as a hostile end may, with descriptor 2 as often as is asked. */
static void send_raw(int fd, const struct raw *raw)
{
	static char junk[CHANNEL_MAX * 2];
	uint32_t header[2] = {raw->type, raw->len};
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 64)];
		struct cmsghdr align;
	} control;
	struct iovec iov[2] = {
		{.iov_base = header, .iov_len = sizeof(header) - raw->cut},
		{.iov_base = junk, .iov_len = raw->bytes},
	};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	size_t fds_size = sizeof(int) * (size_t)raw->n_fds;

	memset(junk, 0xee, sizeof(junk));
	memset(&control, 0, sizeof(control));
	if (fds_size) {
		struct cmsghdr *c = &control.align;
		int two[64];

		for (int i = 0; i < 64; i++)
			two[i] = 2;
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fds_size);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds_size);
		memcpy(CMSG_DATA(c), two, fds_size);
	}
	ck_assert_int_gt(sendmsg(fd, &msg, 0), 0);
}

/* Its end with our frame unread resets the connection, which must not hide what it said. */
START_TEST(last_words_of_who_did_not_listen)
{
	struct channel_frame frame;
	struct err err = ERR_INIT, sent = ERR_INIT;
	int ends[2];

	ck_ok(channel_pair(ends, &err), &err);
	err_set(&sent, ERR_DENIED, "this is why");
	ck_ok(channel_send(ends[0], CHANNEL_GO, NULL, 0, &err), &err);
	channel_send_err(ends[1], &sent);
	close(ends[1]);
	ck_assert_int_eq(channel_recv(ends[0], &frame, &err), -1);
	ck_assert_str_eq(err.text, "this is why");
	ck_assert_int_eq(channel_recv(ends[0], &frame, &err), 0);
	close(ends[0]);
}
END_TEST

START_TEST(malformed_frames_are_refused)
{
	struct channel_frame frame;
	struct err err = ERR_INIT;
	int ends[2], before;

	memset(&frame, 0x55, sizeof(frame));
	ck_ok(channel_pair(ends, &err), &err);
	send_raw(ends[0], &bad_rows[_i]);
	before = test_fd_count();
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	ck_assert_int_eq(test_fd_count(), before);
	/* What is returned on success is untouched on failure. */
	ck_assert_uint_eq(frame.type, 0x55555555);
	/* The channel goes on. */
	ck_ok(channel_send(ends[0], CHANNEL_GO, NULL, 0, &err), &err);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 1);
}
END_TEST

START_TEST(as_many_descriptors_as_allowed)
{
	const struct raw raw = {CHANNEL_FD, 3, 3, CHANNEL_FDS, 0};
	struct channel_frame frame;
	struct err err = ERR_INIT;
	int ends[2];

	ck_ok(channel_pair(ends, &err), &err);
	send_raw(ends[0], &raw);
	ck_assert_int_eq(channel_recv(ends[1], &frame, &err), 1);
	ck_assert_uint_eq(frame.n_fds, CHANNEL_FDS);
	for (int i = 0; i < CHANNEL_FDS; i++)
		ck_assert(same_file(frame.fds[i], 2));
}
END_TEST

Suite *suite_channel(void)
{
	Suite *s = suite_create("os/channel");
	TCase *t = tcase_create("channel");

	tcase_add_test(t, frames_and_descriptors_arrive);
	tcase_add_test(t, send_holds_the_limits);
	tcase_add_test(t, an_error_is_received_as_our_own);
	tcase_add_test(t, last_words_of_who_did_not_listen);
	tcase_add_loop_test(t, malformed_frames_are_refused, 0, ROWS(bad_rows));
	tcase_add_test(t, as_many_descriptors_as_allowed);
	suite_add_tcase(s, t);
	return s;
}
