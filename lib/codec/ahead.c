/* SPDX-License-Identifier: Apache-2.0 */
/* A source that a thread reads ahead of its user. */
#include <pthread.h>

#include "base/alloc.h"
#include "codec/flow.h"
#include "codec/stream.h"

struct ahead {
	struct source base;
	struct source *in; /* the thread's until it is joined */
	struct flow *flow;
	struct source *out; /* the flow's other end */
	pthread_t thread;
};

static void *ahead_main(void *arg)
{
	struct ahead *a = arg;
	struct err err = ERR_INIT;
	ssize_t n = 0;

	for (;;) {
		void *slot = flow_slot(a->flow);

		if (!slot)
			break;
		n = source_read_full(a->in, slot, FLOW_BLOCK, &err);
		if (n <= 0)
			break;
		flow_push(a->flow, (size_t)n);
	}
	flow_close(a->flow, n < 0 ? &err : NULL);
	return NULL;
}

static ssize_t ahead_read(struct source *s, void *buf, size_t n, struct err *err)
{
	return source_read(((struct ahead *)s)->out, buf, n, err);
}

static ssize_t ahead_borrow(struct source *s, const void **ret, struct err *err)
{
	struct source *out = ((struct ahead *)s)->out;

	return out->borrow(out, ret, err);
}

static void release(struct ahead *a)
{
	source_free(a->out);
	flow_free(a->flow);
	free(a);
}

static void ahead_close(struct source *s)
{
	struct ahead *a = (struct ahead *)s;

	flow_cancel(a->flow);
	pthread_join(a->thread, NULL);
	source_free(a->in);
	release(a);
}

struct source *source_ahead(struct source *in)
{
	struct ahead *a = xalloc(sizeof(*a));

	a->base.read = ahead_read;
	a->base.borrow = ahead_borrow;
	a->base.close = ahead_close;
	a->in = in;
	a->flow = flow_new(1);
	a->out = source_from_flow(a->flow, 0);
	if (pthread_create(&a->thread, NULL, ahead_main, a) != 0) {
		release(a);
		return in;
	}
	return &a->base;
}
