/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store keeps and somebody may have damaged or made up: records and states of containers.
 * What is accepted is written in a form that is accepted and written the same again. Frames of a
 * child that runs foreign code, too: the bytes of one in a channel.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "os/channel.h"
#include "scratch.h"
#include "store/containers_private.h"

static int read_one(const struct json_table *t, const char *text, size_t size, void *ret,
		    struct arena *a, struct err *err)
{
	return json_decode_text(t, text, size, "record", ret, a, err);
}

static void write_one(const struct json_table *t, const void *value, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(NULL, 2);

	w.out = out;
	json_encode(t, value, &w);
}

static void round_trip(const struct json_table *t, const char *text, size_t size)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf first = BUF_INIT, second = BUF_INIT;
	void *value = arena_alloc(&a, t->size), *again = arena_alloc(&a, t->size);
	struct err err = ERR_INIT;

	if (read_one(t, text, size, value, &a, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	write_one(t, value, &first);
	FUZZ_CHECK(read_one(t, buf_str(&first), first.len, again, &a, &err) == 0);
	write_one(t, again, &second);
	FUZZ_CHECK(strcmp(buf_str(&first), buf_str(&second)) == 0);
}

static void frame(const void *data, size_t size)
{
	struct channel_frame f = {.type = 0};
	struct err err = ERR_INIT;
	int ends[2], n;

	if (!size || size > 2 * CHANNEL_MAX)
		return;
	FUZZ_CHECK(channel_pair(ends, &err) == 0);
	FUZZ_CHECK(send(ends[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	close(ends[1]);
	n = channel_recv(ends[0], &f, &err);
	close(ends[0]);
	if (n < 0)
		scratch_check_err(&err);
	else
		FUZZ_CHECK(n == 1 && f.len <= CHANNEL_MAX && !f.n_fds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	round_trip(&container_record_table, (const char *)data, size);
	round_trip(&container_state_table, (const char *)data, size);
	frame(data, size);
	return 0;
}
