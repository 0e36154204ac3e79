/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks in a circle. `produced` and each consumer's `taken` count blocks for ever; a slot is free
 * when every consumer is past it. Contents are touched outside the lock: the producer owns the free
 * slot that it was given, consumers only read filled ones.
 */
#include "codec/flow.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

struct flow {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t freed;
	size_t n_consumers;
	uint64_t produced;
	uint64_t taken[FLOW_CONSUMERS_MAX];
	bool closed, failed, cancelled;
	struct err cause;
	size_t len[FLOW_BLOCKS];
	char *blocks;
};

struct flow *flow_new(size_t consumers)
{
	struct flow *f = xalloc(sizeof(*f));

	f->blocks = xreallocarray(NULL, FLOW_BLOCKS, FLOW_BLOCK);
	f->n_consumers = consumers < FLOW_CONSUMERS_MAX ? consumers : FLOW_CONSUMERS_MAX;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->filled, NULL);
	pthread_cond_init(&f->freed, NULL);
	return f;
}

void flow_free(struct flow *f)
{
	if (!f)
		return;
	pthread_cond_destroy(&f->freed);
	pthread_cond_destroy(&f->filled);
	pthread_mutex_destroy(&f->lock);
	free(f->blocks);
	free(f);
}

/* Blocks that the slowest consumer has behind it. */
static uint64_t slowest(const struct flow *f)
{
	uint64_t min = UINT64_MAX;

	for (size_t i = 0; i < f->n_consumers; i++) {
		if (f->taken[i] < min)
			min = f->taken[i];
	}
	return min;
}

void *flow_slot(struct flow *f)
{
	bool cancelled;

	pthread_mutex_lock(&f->lock);
	while (!f->cancelled && f->produced - slowest(f) == FLOW_BLOCKS)
		pthread_cond_wait(&f->freed, &f->lock);
	cancelled = f->cancelled;
	pthread_mutex_unlock(&f->lock);
	return cancelled ? NULL : f->blocks + (f->produced % FLOW_BLOCKS) * FLOW_BLOCK;
}

void flow_push(struct flow *f, size_t len)
{
	pthread_mutex_lock(&f->lock);
	f->len[f->produced % FLOW_BLOCKS] = len;
	f->produced++;
	pthread_cond_broadcast(&f->filled);
	pthread_mutex_unlock(&f->lock);
}

void flow_close(struct flow *f, const struct err *cause)
{
	pthread_mutex_lock(&f->lock);
	f->closed = true;
	if (cause) {
		f->failed = true;
		f->cause = *cause;
	}
	pthread_cond_broadcast(&f->filled);
	pthread_mutex_unlock(&f->lock);
}

ssize_t flow_peek(struct flow *f, size_t consumer, const void **ret, struct err *err)
{
	uint64_t at = f->taken[consumer];
	ssize_t n = 0;

	pthread_mutex_lock(&f->lock);
	while (!f->cancelled && !f->closed && f->produced == at)
		pthread_cond_wait(&f->filled, &f->lock);
	if (f->cancelled) {
		n = err_set(err, ERR_CANCELLED, "reading was stopped");
	} else if (f->produced > at) {
		n = (ssize_t)f->len[at % FLOW_BLOCKS];
		*ret = f->blocks + (at % FLOW_BLOCKS) * FLOW_BLOCK;
	} else if (f->failed) {
		if (err)
			*err = f->cause;
		n = -1;
	}
	pthread_mutex_unlock(&f->lock);
	return n;
}

void flow_pop(struct flow *f, size_t consumer)
{
	pthread_mutex_lock(&f->lock);
	f->taken[consumer]++;
	pthread_cond_signal(&f->freed);
	pthread_mutex_unlock(&f->lock);
}

void flow_cancel(struct flow *f)
{
	pthread_mutex_lock(&f->lock);
	f->cancelled = true;
	pthread_cond_broadcast(&f->filled);
	pthread_cond_signal(&f->freed);
	pthread_mutex_unlock(&f->lock);
}

struct flow_source {
	struct source base;
	struct flow *flow;
	size_t consumer;
	const char *data; /* rest of the block that is being read */
	size_t left;
	bool held; /* the block before was lent to its last byte */
};

/* Have bytes of a block. Returns their number, 0 at the end. */
static ssize_t flow_source_fill(struct flow_source *fs, struct err *err)
{
	const void *block = NULL;
	ssize_t len;

	if (fs->left)
		return (ssize_t)fs->left;
	if (fs->held)
		flow_pop(fs->flow, fs->consumer);
	fs->held = false;
	len = flow_peek(fs->flow, fs->consumer, &block, err);
	if (len > 0) {
		fs->data = block;
		fs->left = (size_t)len;
	}
	return len;
}

static ssize_t flow_source_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct flow_source *fs = (struct flow_source *)s;
	ssize_t len = flow_source_fill(fs, err);

	if (len <= 0)
		return len;
	if (n > fs->left)
		n = fs->left;
	memcpy(buf, fs->data, n);
	fs->data += n;
	fs->left -= n;
	if (!fs->left)
		flow_pop(fs->flow, fs->consumer);
	return (ssize_t)n;
}

static ssize_t flow_source_borrow(struct source *s, const void **ret, struct err *err)
{
	struct flow_source *fs = (struct flow_source *)s;
	ssize_t len = flow_source_fill(fs, err);

	if (len <= 0)
		return len;
	*ret = fs->data;
	fs->left = 0;
	fs->held = true;
	return len;
}

static void flow_source_close(struct source *s)
{
	free(s);
}

struct source *source_from_flow(struct flow *f, size_t consumer)
{
	struct flow_source *fs = xalloc(sizeof(*fs));

	fs->base.read = flow_source_read;
	fs->base.borrow = flow_source_borrow;
	fs->base.close = flow_source_close;
	fs->flow = f;
	fs->consumer = consumer;
	return &fs->base;
}
