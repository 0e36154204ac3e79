/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded ring between two threads.
 *
 * head and tail count all bytes ever read and written; only the consumer moves head, only the
 * producer moves tail, both under the lock. Bytes are copied outside the lock: the producer owns
 * the free part and the consumer the filled one. A sleeping producer is woken only when a quarter
 * of the ring is free, so that the two sides run in long strides instead of handing over every few
 * bytes.
 */
#include "codec/stream.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"

#define RING_SIZE_MIN ((size_t)4096)
#define RING_SIZE_MAX ((size_t)64 << 20)
/* Bytes published at once, so that the consumer starts before a large write is copied whole. */
#define RING_STRIDE ((size_t)256 << 10)

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t readable;
	pthread_cond_t writable;
	size_t size; /* a power of two */
	uint64_t head, tail;
	bool reader_waits, writer_waits;
	bool closed;	/* by the producer */
	bool cancelled; /* by the consumer */
	bool failed;	/* cause is what the consumer gets behind the data */
	struct err cause;
	char *data;
};

struct ring *ring_new(size_t size)
{
	struct ring *r = xalloc(sizeof(*r));

	r->size = RING_SIZE_MIN;
	while (r->size < size && r->size < RING_SIZE_MAX)
		r->size *= 2;
	r->data = xalloc(r->size);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->readable, NULL);
	pthread_cond_init(&r->writable, NULL);
	return r;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	pthread_cond_destroy(&r->writable);
	pthread_cond_destroy(&r->readable);
	pthread_mutex_destroy(&r->lock);
	free(r->data);
	free(r);
}

/* Wait until there is room; returns how much, 0 when the consumer cancelled. Locks inside. */
static size_t wait_writable(struct ring *r)
{
	size_t room = 0;

	pthread_mutex_lock(&r->lock);
	while (!r->cancelled) {
		room = r->size - (size_t)(r->tail - r->head);
		if (room)
			break;
		r->writer_waits = true;
		pthread_cond_wait(&r->writable, &r->lock);
	}
	r->writer_waits = false;
	if (r->cancelled)
		room = 0;
	pthread_mutex_unlock(&r->lock);
	return room;
}

static void publish(struct ring *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	r->tail += n;
	if (r->reader_waits)
		pthread_cond_signal(&r->readable);
	pthread_mutex_unlock(&r->lock);
}

int ring_write(struct ring *r, const void *buf, size_t n, struct err *err)
{
	const char *p = buf;

	while (n) {
		size_t room = wait_writable(r);
		size_t at = (size_t)r->tail & (r->size - 1);
		size_t piece = n < room ? n : room;

		if (!room)
			return err_set(err, ERR_CANCELLED, "the reader stopped");
		if (piece > RING_STRIDE)
			piece = RING_STRIDE;
		if (piece > r->size - at)
			piece = r->size - at;
		memcpy(r->data + at, p, piece);
		publish(r, piece);
		p += piece;
		n -= piece;
	}
	return 0;
}

void ring_close(struct ring *r, const struct err *cause)
{
	pthread_mutex_lock(&r->lock);
	if (!r->closed) {
		r->closed = true;
		if (cause) {
			r->failed = true;
			r->cause = *cause;
		}
	}
	pthread_cond_signal(&r->readable);
	pthread_mutex_unlock(&r->lock);
}

/* Wait until there are bytes; returns how many, 0 at the end and when cancelled. Locks inside. */
static size_t wait_readable(struct ring *r, bool *ret_cancelled)
{
	size_t filled = 0;

	pthread_mutex_lock(&r->lock);
	while (!r->cancelled) {
		filled = (size_t)(r->tail - r->head);
		if (filled || r->closed)
			break;
		r->reader_waits = true;
		pthread_cond_wait(&r->readable, &r->lock);
	}
	r->reader_waits = false;
	*ret_cancelled = r->cancelled;
	if (r->cancelled)
		filled = 0;
	pthread_mutex_unlock(&r->lock);
	return filled;
}

static void release(struct ring *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	r->head += n;
	if (r->writer_waits && r->size - (size_t)(r->tail - r->head) >= r->size / 4)
		pthread_cond_signal(&r->writable);
	pthread_mutex_unlock(&r->lock);
}

ssize_t ring_read(struct ring *r, void *buf, size_t n, struct err *err)
{
	bool cancelled;
	size_t filled = wait_readable(r, &cancelled);
	size_t at = (size_t)r->head & (r->size - 1);

	if (!filled) {
		if (cancelled)
			return err_set(err, ERR_CANCELLED, "reading was stopped");
		/* Written before `closed`, which was seen under the lock. */
		if (r->failed) {
			if (err)
				*err = r->cause;
			return -1;
		}
		return 0;
	}
	if (n > filled)
		n = filled;
	if (n > r->size - at)
		n = r->size - at;
	memcpy(buf, r->data + at, n);
	release(r, n);
	return (ssize_t)n;
}

void ring_cancel(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->cancelled = true;
	pthread_cond_signal(&r->writable);
	pthread_cond_signal(&r->readable);
	pthread_mutex_unlock(&r->lock);
}

struct ring_source {
	struct source base;
	struct ring *ring;
};

static ssize_t ring_source_read(struct source *s, void *buf, size_t n, struct err *err)
{
	return ring_read(((struct ring_source *)s)->ring, buf, n, err);
}

static void ring_source_close(struct source *s)
{
	ring_cancel(((struct ring_source *)s)->ring);
	free(s);
}

struct source *source_from_ring(struct ring *r)
{
	struct ring_source *s = xalloc(sizeof(*s));

	s->base.read = ring_source_read;
	s->base.close = ring_source_close;
	s->ring = r;
	return &s->base;
}
