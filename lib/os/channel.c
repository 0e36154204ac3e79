/* SPDX-License-Identifier: Apache-2.0 */
#include "os/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What stands before the data of a frame. len repeats what the socket says, so that a frame is
 * checked. */
struct header {
	uint32_t type;
	uint32_t len;
};

union control {
	char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS)];
	struct cmsghdr align;
};

int channel_pair(int ret[2], struct err *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(err, "make a channel");
	ret[0] = fds[0];
	ret[1] = fds[1];
	return 0;
}

int channel_send_fd(int fd, uint32_t type, const void *data, size_t len, int sent, struct err *err)
{
	struct header h = {.type = type, .len = (uint32_t)len};
	struct iovec iov[2] = {{.iov_base = &h, .iov_len = sizeof(h)}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};
	union control control = {.bytes = {0}};
	ssize_t r;

	if (len > CHANNEL_MAX)
		return err_set(err, ERR_LIMIT, "a frame of %zu bytes is longer than the %d allowed",
			       len, CHANNEL_MAX);
	if (len) {
		/* sendmsg(2) only reads it. */
		memcpy(&iov[1].iov_base, &data, sizeof(data));
		iov[1].iov_len = len;
	}
	if (sent >= 0) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &sent, sizeof(int));
	}
	do {
		r = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? err_sys(err, "send to the other process") : 0;
}

int channel_send(int fd, uint32_t type, const void *data, size_t len, struct err *err)
{
	return channel_send_fd(fd, type, data, len, -1, err);
}

/* Take the descriptors out of a received message; those beyond max are closed. Returns their
 * number. */
static size_t take_fds(struct msghdr *msg, int *ret, size_t max)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < max)
				ret[n++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

static void close_fds(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Is what arrived a whole frame of a known type? */
static int check_frame(const struct header *h, size_t received, int msg_flags, struct err *err)
{
	if (received < sizeof(*h))
		return err_set(err, ERR_CORRUPT,
			       "a frame of %zu bytes is shorter than its header of %zu", received,
			       sizeof(*h));
	if (msg_flags & MSG_TRUNC)
		return err_set(err, ERR_CORRUPT, "a frame is longer than the %d bytes allowed",
			       CHANNEL_MAX);
	if (msg_flags & MSG_CTRUNC)
		return err_set(err, ERR_CORRUPT, "a frame has more than the %d descriptors allowed",
			       CHANNEL_FDS);
	if (h->len != received - sizeof(*h))
		return err_set(err, ERR_CORRUPT, "a frame says that it has %u bytes and has %zu",
			       h->len, received - sizeof(*h));
	if (h->type < CHANNEL_GO || h->type > CHANNEL_DATA)
		return err_set(err, ERR_CORRUPT, "a frame is of the unknown type %u", h->type);
	return 0;
}

int channel_recv(int fd, struct channel_frame *ret, struct err *err)
{
	struct header h = {0};
	char data[CHANNEL_MAX];
	struct iovec iov[2] = {
		{.iov_base = &h, .iov_len = sizeof(h)},
		{.iov_base = data, .iov_len = sizeof(data)},
	};
	union control control;
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fds[CHANNEL_FDS];
	unsigned resets = 0;
	size_t n_fds;
	ssize_t r;

	/*
	 * Who ends without having read what we sent resets the connection. That is told once, and
	 * before the frames that it sent, of which one may be its error.
	 */
	do {
		r = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (r < 0 && (errno == EINTR || (errno == ECONNRESET && !resets++)));
	if (r == 0 || (r < 0 && errno == ECONNRESET))
		return 0;
	if (r < 0)
		return err_sys(err, "receive from the other process");
	n_fds = take_fds(&msg, fds, CHANNEL_FDS);
	if (check_frame(&h, (size_t)r, msg.msg_flags, err) < 0) {
		close_fds(fds, n_fds);
		return -1;
	}
	if (h.type == CHANNEL_ERROR) {
		struct err theirs = ERR_INIT;

		close_fds(fds, n_fds);
		if (err_unpack(&theirs, data, h.len) < 0 || theirs.kind == ERR_NONE ||
		    !theirs.text[0])
			return err_set(err, ERR_CORRUPT,
				       "the error that the other process sent is malformed");
		if (err)
			*err = theirs;
		return -1;
	}
	ret->type = h.type;
	ret->len = h.len;
	memcpy(ret->data, data, h.len);
	memcpy(ret->fds, fds, n_fds * sizeof(int));
	ret->n_fds = n_fds;
	return 1;
}

void channel_send_err(int fd, const struct err *err)
{
	char packed[ERR_PACKED_MAX];
	size_t len = err_pack(err, packed, sizeof(packed));

	_Static_assert(ERR_PACKED_MAX <= CHANNEL_MAX, "an error fits a frame");
	channel_send(fd, CHANNEL_ERROR, packed, len, NULL);
}
