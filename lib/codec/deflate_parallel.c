/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip by several threads.
 *
 * Theory of operation. The input is cut into blocks of a fixed size. Each is deflated on its own,
 * with the last 32 KiB before it as dictionary, and ends on a byte boundary (Z_SYNC_FLUSH), so that
 * the outputs joined are one deflate stream; the checksum is combined from those of the blocks. The
 * bytes depend on nothing but the input.
 *
 * Blocks lie in a ring of jobs. The calling thread fills them and, when the ring is full or the
 * stream ends, waits for the oldest and writes it; workers take the oldest that nobody has begun.
 */
#include "codec/deflate.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"

#define BLOCK_SIZE	((size_t)512 << 10)
#define DICTIONARY_SIZE ((size_t)32 << 10)
#define RAW_WINDOW_BITS (-15) /* zlib.h: a negative number for raw deflate */

enum job_state {
	JOB_FREE,
	JOB_READY,
	JOB_TAKEN,
	JOB_DONE,
};

struct job {
	enum job_state state;
	bool last;
	uint8_t *in; /* dictionary, then the block */
	size_t dictionary, len;
	uint8_t *out;
	size_t out_size, out_len;
	uint32_t crc;
	bool failed;
};

struct parallel {
	struct sink base;
	struct sink *out;
	pthread_mutex_t lock;
	pthread_cond_t ready, done;
	pthread_t threads[DEFLATE_THREADS_MAX];
	size_t n_threads;
	struct job *jobs;
	size_t n_jobs;
	size_t filling, taking, writing; /* counted from the beginning, each modulo n_jobs */
	bool stop;
	uint32_t crc;
	uint64_t total;
};

/* ---- workers ---- */

static bool run_job(z_stream *z, struct job *j)
{
	int r;

	if (deflateReset(z) != Z_OK ||
	    (j->dictionary && deflateSetDictionary(z, j->in, (unsigned)j->dictionary) != Z_OK))
		return false;
	z->next_in = j->in + j->dictionary;
	z->avail_in = (unsigned)j->len;
	z->next_out = j->out;
	z->avail_out = (unsigned)j->out_size;
	r = deflate(z, j->last ? Z_FINISH : Z_SYNC_FLUSH);
	j->out_len = j->out_size - z->avail_out;
	j->crc = (uint32_t)crc32(0, j->in + j->dictionary, (unsigned)j->len);
	return r == (j->last ? Z_STREAM_END : Z_OK) && z->avail_in == 0 && z->avail_out != 0;
}

/* The oldest job that nobody has begun, waited for; NULL: there will be none. */
static struct job *take_job(struct parallel *p)
{
	struct job *j = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && p->jobs[p->taking % p->n_jobs].state != JOB_READY)
		pthread_cond_wait(&p->ready, &p->lock);
	if (!p->stop) {
		j = &p->jobs[p->taking++ % p->n_jobs];
		j->state = JOB_TAKEN;
	}
	pthread_mutex_unlock(&p->lock);
	return j;
}

static void *worker_main(void *arg)
{
	struct parallel *p = arg;
	z_stream z = {.zalloc = NULL};
	bool usable = deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_WINDOW_BITS, 8,
				   Z_DEFAULT_STRATEGY) == Z_OK;

	for (struct job *j = take_job(p); j; j = take_job(p)) {
		j->failed = !usable || !run_job(&z, j);
		pthread_mutex_lock(&p->lock);
		j->state = JOB_DONE;
		pthread_cond_signal(&p->done);
		pthread_mutex_unlock(&p->lock);
	}
	if (usable)
		deflateEnd(&z);
	return NULL;
}

/* ---- the calling thread ---- */

static int write_oldest(struct parallel *p, struct err *err)
{
	struct job *j = &p->jobs[p->writing % p->n_jobs];

	pthread_mutex_lock(&p->lock);
	while (j->state != JOB_DONE)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (j->failed)
		return err_set(err, ERR_LIMIT, "not enough memory to compress");
	p->crc = (uint32_t)crc32_combine(p->crc, j->crc, (z_off_t)j->len);
	p->total += j->len;
	if (sink_write(p->out, j->out, j->out_len, err) < 0)
		return -1;
	/* No worker looks at a job that is neither ready nor theirs. */
	j->state = JOB_FREE;
	p->writing++;
	return 0;
}

/* The job that is being filled, ready for input. */
static int current_job(struct parallel *p, struct job **ret, struct err *err)
{
	struct job *j = &p->jobs[p->filling % p->n_jobs];

	if (p->filling - p->writing == p->n_jobs && write_oldest(p, err) < 0)
		return -1;
	*ret = j;
	return 0;
}

/* Hand the filled job over; its end is the next one's dictionary. */
static int submit(struct parallel *p, struct job *j, bool last, struct err *err)
{
	struct job *next = NULL;

	if (!last) {
		p->filling++;
		if (current_job(p, &next, err) < 0)
			return -1;
		next->dictionary = DICTIONARY_SIZE;
		next->len = 0;
		memcpy(next->in, j->in + j->dictionary + j->len - DICTIONARY_SIZE, DICTIONARY_SIZE);
	}
	j->last = last;
	pthread_mutex_lock(&p->lock);
	j->state = JOB_READY;
	pthread_cond_signal(&p->ready);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static int parallel_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	struct parallel *p = (struct parallel *)s;
	const uint8_t *data = buf;

	while (n) {
		struct job *j = &p->jobs[p->filling % p->n_jobs];
		size_t piece = BLOCK_SIZE - j->len;

		if (!piece) {
			if (submit(p, j, false, err) < 0)
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

static void put32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static int parallel_finish(struct sink *s, struct err *err)
{
	struct parallel *p = (struct parallel *)s;
	uint8_t trailer[8];

	if (submit(p, &p->jobs[p->filling % p->n_jobs], true, err) < 0)
		return -1;
	p->filling++;
	while (p->writing < p->filling) {
		if (write_oldest(p, err) < 0)
			return -1;
	}
	put32(trailer, p->crc);
	put32(trailer + 4, (uint32_t)p->total);
	if (sink_write(p->out, trailer, sizeof(trailer), err) < 0)
		return -1;
	return sink_finish(p->out, err);
}

static void parallel_close(struct sink *s)
{
	struct parallel *p = (struct parallel *)s;

	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	for (size_t i = 0; i < p->n_jobs; i++) {
		free(p->jobs[i].in);
		free(p->jobs[i].out);
	}
	free(p->jobs);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->done);
	sink_free(p->out);
	free(p);
}

static void make_jobs(struct parallel *p, size_t threads)
{
	/* What deflate may need at worst, and the empty block of the flush (zlib.h). */
	size_t bound = compressBound(BLOCK_SIZE) + 64;

	p->n_jobs = 2 * threads + 1;
	p->jobs = xcalloc(p->n_jobs, sizeof(*p->jobs));
	for (size_t i = 0; i < p->n_jobs; i++) {
		p->jobs[i].in = xalloc(DICTIONARY_SIZE + BLOCK_SIZE);
		p->jobs[i].out = xalloc(bound);
		p->jobs[i].out_size = bound;
	}
}

int deflate_gzip_parallel(struct sink *out, size_t threads, struct sink **ret, struct err *err)
{
	static const uint8_t header[] = {0x1f, 0x8b, Z_DEFLATED, 0, 0, 0, 0, 0, 0, GZIP_OS_UNKNOWN};
	struct parallel *p = xalloc(sizeof(*p));

	p->base = (struct sink){parallel_write, parallel_finish, parallel_close};
	p->out = out;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ready, NULL);
	pthread_cond_init(&p->done, NULL);
	make_jobs(p, threads);
	while (p->n_threads < threads &&
	       pthread_create(&p->threads[p->n_threads], NULL, worker_main, p) == 0)
		p->n_threads++;
	if (!p->n_threads)
		err_set(err, ERR_LIMIT, "can't start a thread to compress");
	if (!p->n_threads || sink_write(out, header, sizeof(header), err) < 0) {
		parallel_close(&p->base);
		return -1;
	}
	*ret = &p->base;
	return 0;
}
