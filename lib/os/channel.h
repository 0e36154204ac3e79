/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A framed, bidirectional channel between a parent and its child: a SOCK_SEQPACKET pair. A frame is
 * a type, up to CHANNEL_MAX bytes, and at most CHANNEL_FDS descriptors. Frames from a process that
 * runs foreign code are untrusted; lengths and types are checked here.
 */
#ifndef ONGGI_OS_CHANNEL_H
#define ONGGI_OS_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CHANNEL_MAX 4096
#define CHANNEL_FDS 4

enum channel_type {
	CHANNEL_GO = 1, /* parent → child: proceed */
	CHANNEL_READY,	/* child → parent: a stage is done; data says which */
	CHANNEL_ERROR,	/* a packed struct err */
	CHANNEL_FD,	/* descriptors; data names them */
	CHANNEL_DATA,	/* anything the two ends agree on */
};

struct channel_frame {
	uint32_t type;
	size_t len;
	char data[CHANNEL_MAX];
	int fds[CHANNEL_FDS]; /* received: the caller owns them */
	size_t n_fds;
};

/* Make a pair, both close-on-exec. */
int channel_pair(int ret[2], struct err *err);
/* Send one frame. Errors: ERR_LIMIT for more than CHANNEL_MAX bytes; EPIPE without a signal. */
int channel_send(int fd, uint32_t type, const void *data, size_t len, struct err *err);
/* The same with a descriptor, which the caller keeps; -1: none. */
int channel_send_fd(int fd, uint32_t type, const void *data, size_t len, int sent, struct err *err);
/*
 * Receive one frame: 1, or 0 when the other end is closed. A CHANNEL_ERROR frame is unpacked into
 * err and returns -1, so that a child's error reads like our own.
 */
int channel_recv(int fd, struct channel_frame *ret, struct err *err);
/* Send err as a CHANNEL_ERROR frame; failures are dropped (the other end is gone). */
void channel_send_err(int fd, const struct err *err);

#endif
