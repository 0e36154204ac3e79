/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded stream of blocks from one producing thread to several consuming ones, each of which
 * sees every block: so bytes are hashed and used at the same time without being copied for either.
 */
#ifndef ONGGI_CODEC_FLOW_H
#define ONGGI_CODEC_FLOW_H

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "codec/stream.h"

#define FLOW_BLOCK	   ((size_t)256 << 10) /* bytes */
#define FLOW_BLOCKS	   8
#define FLOW_CONSUMERS_MAX 2

struct flow;

/* consumers: how many there will be, each known by its number from 0. */
struct flow *flow_new(size_t consumers);
/* Release; no thread may use it any more. NULL is accepted. */
void flow_free(struct flow *f);
DEFINE_CLEANUP(flow, flow_free)
/* Producer: room for FLOW_BLOCK bytes, waited for; NULL when a consumer has cancelled. */
void *flow_slot(struct flow *f);
/* Producer: hand over the first len bytes (not 0) of the slot. */
void flow_push(struct flow *f, size_t len);
/* Producer: end of data; cause NULL: all went well, else what consumers get as their error. */
void flow_close(struct flow *f, const struct err *cause);
/*
 * Consumer: the next block, borrowed until flow_pop(). Returns its length, 0 at the end, -1 with
 * the producer's error, or ERR_CANCELLED when another consumer gave up.
 */
ssize_t flow_peek(struct flow *f, size_t consumer, const void **ret, struct err *err);
/* Consumer: done with the block. */
void flow_pop(struct flow *f, size_t consumer);
/* Consumer: stop everybody. */
void flow_cancel(struct flow *f);
/* A consuming end as a source. The flow stays the caller's. */
struct source *source_from_flow(struct flow *f, size_t consumer);

#endif
