/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compression by several threads.
 *
 * Theory of operation. The input is cut into blocks of the format's size, whatever pieces it comes
 * in; the bytes depend on nothing but the input. Blocks lie in a ring of jobs. The calling thread
 * fills them and, when the ring is full or the stream ends, waits for the oldest and writes it;
 * workers take the oldest that nobody has begun.
 */
#include "codec/deflate.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"

#define AROUND_MAX 16 /* bytes of a header or a trailer */

enum slot_state {
	SLOT_FREE,
	SLOT_READY,
	SLOT_TAKEN,
	SLOT_DONE,
};

struct slot {
	enum slot_state state;
	bool failed;
	struct deflate_job job;
};

struct parallel {
	struct sink base;
	struct sink *out;
	const struct deflate_format *format;
	pthread_mutex_t lock;
	pthread_cond_t ready, done;
	pthread_t threads[DEFLATE_THREADS_MAX];
	size_t n_threads;
	struct slot *slots;
	size_t n_slots;
	size_t filling, taking, writing; /* counted from the beginning, each modulo n_slots */
	bool stop;
	uint32_t crc;
	uint64_t total;
};

/* ---- workers ---- */

/* The oldest job that nobody has begun, waited for; NULL: there will be none. */
static struct slot *take(struct parallel *p)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && p->slots[p->taking % p->n_slots].state != SLOT_READY)
		pthread_cond_wait(&p->ready, &p->lock);
	if (!p->stop) {
		s = &p->slots[p->taking++ % p->n_slots];
		s->state = SLOT_TAKEN;
	}
	pthread_mutex_unlock(&p->lock);
	return s;
}

static void *worker_main(void *arg)
{
	struct parallel *p = arg;
	void *state = p->format->open();

	for (struct slot *s = take(p); s; s = take(p)) {
		s->failed = !state || !p->format->run(state, &s->job);
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_DONE;
		pthread_cond_signal(&p->done);
		pthread_mutex_unlock(&p->lock);
	}
	if (state)
		p->format->close(state);
	return NULL;
}

/* ---- the calling thread ---- */

static int write_oldest(struct parallel *p, struct err *err)
{
	struct slot *s = &p->slots[p->writing % p->n_slots];

	pthread_mutex_lock(&p->lock);
	while (s->state != SLOT_DONE)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (s->failed)
		return err_set(err, ERR_LIMIT, "not enough memory to compress");
	p->crc = (uint32_t)crc32_combine(p->crc, s->job.crc, (z_off_t)s->job.len);
	p->total += s->job.len;
	if (sink_write(p->out, s->job.out, s->job.out_len, err) < 0)
		return -1;
	pthread_mutex_lock(&p->lock);
	s->state = SLOT_FREE;
	pthread_mutex_unlock(&p->lock);
	p->writing++;
	return 0;
}

static struct slot *filling(struct parallel *p)
{
	return &p->slots[p->filling % p->n_slots];
}

static void submit(struct parallel *p, struct slot *s, bool last)
{
	s->job.last = last;
	p->filling++;
	pthread_mutex_lock(&p->lock);
	s->state = SLOT_READY;
	pthread_cond_signal(&p->ready);
	pthread_mutex_unlock(&p->lock);
}

/* Hand the full job over; its end is what the next one looks back to. */
static int next_block(struct parallel *p, struct err *err)
{
	struct slot *full = filling(p);
	struct slot *next = &p->slots[(p->filling + 1) % p->n_slots];
	size_t back = p->format->dictionary;

	/* The next one's place, before this one's content may change hands. */
	if (p->filling + 1 - p->writing == p->n_slots && write_oldest(p, err) < 0)
		return -1;
	next->job.dictionary = back;
	next->job.len = 0;
	if (back)
		memcpy(next->job.in, full->job.in + full->job.dictionary + full->job.len - back,
		       back);
	submit(p, full, false);
	return 0;
}

static int parallel_write(struct sink *sink, const void *buf, size_t n, struct err *err)
{
	struct parallel *p = (struct parallel *)sink;
	const uint8_t *data = buf;

	while (n) {
		struct deflate_job *j = &filling(p)->job;
		size_t piece = p->format->block - j->len;

		if (!piece) {
			if (next_block(p, err) < 0)
				return -1;
			continue;
		}
		if (piece > n)
			piece = n;
		memcpy(j->in + j->dictionary + j->len, data, piece);
		j->len += piece;
		data += piece;
		n -= piece;
	}
	return 0;
}

static int parallel_finish(struct sink *sink, struct err *err)
{
	struct parallel *p = (struct parallel *)sink;
	uint8_t around[AROUND_MAX];

	/* A block that is full is followed by one more only when there is more. */
	submit(p, filling(p), true);
	while (p->writing < p->filling) {
		if (write_oldest(p, err) < 0)
			return -1;
	}
	if (p->format->trailer &&
	    sink_write(p->out, around, p->format->trailer(around, p->crc, p->total), err) < 0)
		return -1;
	return sink_finish(p->out, err);
}

static void parallel_close(struct sink *sink)
{
	struct parallel *p = (struct parallel *)sink;

	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	for (size_t i = 0; i < p->n_slots; i++) {
		free(p->slots[i].job.in);
		free(p->slots[i].job.out);
	}
	free(p->slots);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->done);
	sink_free(p->out);
	free(p);
}

static void make_slots(struct parallel *p, size_t threads)
{
	p->n_slots = threads + 2;
	p->slots = xcalloc(p->n_slots, sizeof(*p->slots));
	for (size_t i = 0; i < p->n_slots; i++) {
		p->slots[i].job.in = xalloc(p->format->dictionary + p->format->block);
		p->slots[i].job.out = xalloc(p->format->out_size);
		p->slots[i].job.out_size = p->format->out_size;
	}
}

int deflate_parallel(struct sink *out, const struct deflate_format *f, size_t threads,
		     struct sink **ret, struct err *err)
{
	struct parallel *p = xalloc(sizeof(*p));
	uint8_t around[AROUND_MAX];

	p->base = (struct sink){parallel_write, parallel_finish, parallel_close};
	p->out = out;
	p->format = f;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ready, NULL);
	pthread_cond_init(&p->done, NULL);
	make_slots(p, threads);
	while (p->n_threads < threads &&
	       pthread_create(&p->threads[p->n_threads], NULL, worker_main, p) == 0)
		p->n_threads++;
	if (!p->n_threads)
		err_set(err, ERR_LIMIT, "can't start a thread to compress");
	if (!p->n_threads || (f->header && sink_write(out, around, f->header(around), err) < 0)) {
		parallel_close(&p->base);
		return -1;
	}
	*ret = &p->base;
	return 0;
}

int sink_deflate_parallel(struct sink *out, enum compression c, struct sink **ret, struct err *err)
{
	cpu_set_t set;
	size_t threads = 1;

	if (c == COMPRESSION_NONE) {
		*ret = out;
		return 0;
	}
	if (c != COMPRESSION_GZIP && c != COMPRESSION_ZSTD) {
		sink_free(out);
		return err_set(err, ERR_UNSUPPORTED, "can't compress to %s, only to gzip and zstd",
			       compression_name(c));
	}
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		threads = (size_t)CPU_COUNT(&set);
	if (threads > DEFLATE_THREADS_MAX)
		threads = DEFLATE_THREADS_MAX;
	return deflate_parallel(out,
				c == COMPRESSION_GZIP ? &deflate_gzip_pieces : &deflate_zstd_pieces,
				threads, ret, err);
}
