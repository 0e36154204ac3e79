/* SPDX-License-Identifier: Apache-2.0 */
/* The plain ends of streams: descriptors and memory. */
#include "codec/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

ssize_t source_read(struct source *s, void *buf, size_t n, struct err *err)
{
	return n ? s->read(s, buf, n, err) : 0;
}

ssize_t source_read_full(struct source *s, void *buf, size_t n, struct err *err)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = s->read(s, (char *)buf + have, n - have, err);
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		have += (size_t)r;
	}
	return (ssize_t)have;
}

ssize_t source_borrow(struct source *s, void **buf, size_t n, const void **ret, struct err *err)
{
	ssize_t r;

	if (s->borrow)
		return s->borrow(s, ret, err);
	if (!*buf)
		*buf = xalloc(n);
	r = s->read(s, *buf, n, err);
	*ret = *buf;
	return r;
}

void source_free(struct source *s)
{
	if (s)
		s->close(s);
}

int sink_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	return n ? s->write(s, buf, n, err) : 0;
}

int sink_finish(struct sink *s, struct err *err)
{
	return s->finish(s, err);
}

void sink_free(struct sink *s)
{
	if (s)
		s->close(s);
}

struct fd_source {
	struct source base;
	int fd;
	uint64_t offset;
	uint64_t left;
};

static ssize_t fd_read(struct source *s, void *buf, size_t n, struct err *err)
{
	const struct fd_source *f = (const struct fd_source *)s;
	ssize_t r;

	do
		r = read(f->fd, buf, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "read");
	return r;
}

static ssize_t fd_range_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct fd_source *f = (struct fd_source *)s;
	ssize_t r;

	if (n > f->left)
		n = (size_t)f->left;
	if (!n)
		return 0;
	do
		r = pread(f->fd, buf, n, (off_t)f->offset);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "read");
	f->offset += (uint64_t)r;
	f->left -= (uint64_t)r;
	return r;
}

static void fd_close(struct source *s)
{
	free(s);
}

struct source *source_from_fd(int fd)
{
	struct fd_source *f = xalloc(sizeof(*f));

	f->base.read = fd_read;
	f->base.close = fd_close;
	f->fd = fd;
	return &f->base;
}

struct source *source_from_fd_range(int fd, uint64_t offset, uint64_t len)
{
	struct fd_source *f = xalloc(sizeof(*f));

	f->base.read = fd_range_read;
	f->base.close = fd_close;
	f->fd = fd;
	f->offset = offset;
	f->left = len;
	return &f->base;
}

struct mem_source {
	struct source base;
	const char *data;
	size_t left;
};

static ssize_t mem_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct mem_source *m = (struct mem_source *)s;

	(void)err;
	if (n > m->left)
		n = m->left;
	if (n)
		memcpy(buf, m->data, n);
	m->data += n;
	m->left -= n;
	return (ssize_t)n;
}

static void mem_close(struct source *s)
{
	free(s);
}

struct source *source_from_mem(const void *data, size_t len)
{
	struct mem_source *m = xalloc(sizeof(*m));

	m->base.read = mem_read;
	m->base.close = mem_close;
	m->data = data;
	m->left = len;
	return &m->base;
}

struct fd_sink {
	struct sink base;
	int fd;
};

static int fd_sink_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	const struct fd_sink *f = (const struct fd_sink *)s;
	const char *p = buf;
	ssize_t r;

	while (n) {
		r = write(f->fd, p, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, "write");
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

static int plain_sink_finish(struct sink *s, struct err *err)
{
	(void)s;
	(void)err;
	return 0;
}

static void plain_sink_close(struct sink *s)
{
	free(s);
}

struct sink *sink_to_fd(int fd)
{
	struct fd_sink *f = xalloc(sizeof(*f));

	f->base.write = fd_sink_write;
	f->base.finish = plain_sink_finish;
	f->base.close = plain_sink_close;
	f->fd = fd;
	return &f->base;
}

struct buf_sink {
	struct sink base;
	struct buf *buf;
};

static int buf_sink_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	struct buf *b = ((struct buf_sink *)s)->buf;

	buf_add(b, buf, n);
	return buf_check(b, "data", err);
}

struct sink *sink_to_buf(struct buf *b)
{
	struct buf_sink *s = xalloc(sizeof(*s));

	s->base.write = buf_sink_write;
	s->base.finish = plain_sink_finish;
	s->base.close = plain_sink_close;
	s->buf = b;
	return &s->base;
}
