/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A layer's bytes go through three threads over one flow of blocks:
 *
 *   reader (and inflater) ──┬─ hash
 *                           └─ this thread: (compressor and hash of its output) → out
 *
 * What is hashed is what has a name already: the blob where it is copied, else the plain tar, whose
 * digest is the diff id. So damage shows whatever is written, and nothing is hashed twice.
 */
#include "image/save.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/digest.h"
#include "codec/flow.h"
#include "os/process.h"

#define PROGRESS_STRIDE (UINT64_C(4) << 20) /* bytes between two reports */

enum consumer {
	CONSUMER_HASH,
	CONSUMER_MAIN,
};

/* ---- the blob's bytes, counted as they are read ---- */

struct counted_source {
	struct source base;
	struct source *in;
	const struct save *sv;
	const struct save_layer *layer;
	uint64_t done, reported;
};

static ssize_t counted_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct counted_source *c = (struct counted_source *)s;
	ssize_t r;

	if (c->sv->req->cancel && atomic_load(c->sv->req->cancel))
		return err_set(err, ERR_CANCELLED, "interrupted");
	r = source_read(c->in, buf, n, err);
	if (r <= 0)
		return r;
	c->done += (uint64_t)r;
	if (c->done - c->reported >= PROGRESS_STRIDE) {
		c->reported = c->done;
		progress_report(c->sv->req->progress, PROGRESS_STEP, c->layer->label, c->done,
				c->layer->blob_size);
	}
	return r;
}

static void counted_close(struct source *s)
{
	struct counted_source *c = (struct counted_source *)s;

	source_free(c->in);
	free(c);
}

static struct source *open_blob(const struct save *sv, const struct save_layer *l)
{
	struct counted_source *c = xalloc(sizeof(*c));

	c->base.read = counted_read;
	c->base.close = counted_close;
	c->in = source_from_fd_range(l->fd, 0, l->blob_size);
	c->sv = sv;
	c->layer = l;
	return &c->base;
}

/* ---- bytes on their way out, counted and, where their digest is not known, hashed ---- */

struct measured_sink {
	struct sink base;
	struct sink *out; /* borrowed */
	struct hash *hash;
	uint64_t size;
};

static int measured_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	struct measured_sink *m = (struct measured_sink *)s;

	m->size += n;
	if (m->hash)
		hash_update(m->hash, buf, n);
	return sink_write(m->out, buf, n, err);
}

static int measured_finish(struct sink *s, struct err *err)
{
	(void)s;
	(void)err;
	return 0;
}

static void measured_close(struct sink *s)
{
	(void)s;
}

/* ---- threads ---- */

struct stream {
	struct save_layer *layer;
	struct source *in;
	struct flow *flow;
	char hex[HASH_MAX_SIZE * 2 + 1];
	struct err read_err, hash_err;
};

static void *reader_main(void *arg)
{
	struct stream *st = arg;
	ssize_t n = 1;

	while (n > 0) {
		void *slot = flow_slot(st->flow);

		if (!slot)
			break;
		n = source_read_full(st->in, slot, FLOW_BLOCK, &st->read_err);
		if (n > 0)
			flow_push(st->flow, (size_t)n);
	}
	flow_close(st->flow, n < 0 ? &st->read_err : NULL);
	return NULL;
}

static int hash_blocks(struct stream *st, struct err *err)
{
	_cleanup_(hash) struct hash *h = NULL;
	const struct save_layer *l = st->layer;
	const void *block = NULL;
	ssize_t n;

	if (hash_new(l->mode == SAVE_COPY ? l->blob.alg : l->diff_id.alg, &h, err) < 0)
		return -1;
	while ((n = flow_peek(st->flow, CONSUMER_HASH, &block, NULL)) > 0) {
		hash_update(h, block, (size_t)n);
		flow_pop(st->flow, CONSUMER_HASH);
	}
	/* Whoever stopped the flow tells why. */
	if (n == 0)
		hash_final_hex(h, st->hex);
	return 0;
}

static void *hash_main(void *arg)
{
	struct stream *st = arg;

	if (hash_blocks(st, &st->hash_err) < 0)
		flow_cancel(st->flow);
	return NULL;
}

static int write_blocks(struct stream *st, struct sink *out, struct err *err)
{
	const void *block = NULL;
	ssize_t n;

	while ((n = flow_peek(st->flow, CONSUMER_MAIN, &block, err)) > 0) {
		if (sink_write(out, block, (size_t)n, err) < 0)
			return -1;
		flow_pop(st->flow, CONSUMER_MAIN);
	}
	return (int)n;
}

static int run_threads(struct stream *st, struct sink *out, struct err *err)
{
	pthread_t reader, hasher;
	int n = pthread_create(&reader, NULL, reader_main, st);
	int r;

	if (n)
		return process_thread_err(n, err);
	n = pthread_create(&hasher, NULL, hash_main, st);
	if (n)
		r = process_thread_err(n, err);
	else
		r = write_blocks(st, out, err);
	if (r < 0)
		flow_cancel(st->flow);
	pthread_join(reader, NULL);
	if (!n)
		pthread_join(hasher, NULL);
	if (st->hash_err.kind != ERR_NONE) {
		if (err)
			*err = st->hash_err;
		return -1;
	}
	return r;
}

/* The reader's errors are the blob's: what can't be inflated is damaged. */
static int explain(const struct save_layer *l, struct err *err)
{
	struct err cause = err ? *err : (struct err)ERR_INIT;

	if (cause.kind == ERR_CORRUPT)
		return save_damaged(&l->blob, cause.text, err);
	return -1;
}

static int check(const struct stream *st, struct err *err)
{
	const struct save_layer *l = st->layer;
	const struct digest *want = l->mode == SAVE_COPY ? &l->blob : &l->diff_id;
	char cause[DIGEST_STR_MAX + 64];

	if (strcmp(st->hex, want->hex) == 0)
		return 0;
	snprintf(cause, sizeof(cause), "its %s has the digest %s:%.12s%s",
		 l->mode == SAVE_COPY ? "content" : "plain tar", digest_alg(want), st->hex,
		 l->mode == SAVE_COPY ? "" : ", not the diff id");
	return save_damaged(&l->blob, cause, err);
}

/* ---- the whole ---- */

static int stream(const struct save *sv, struct save_layer *l, struct sink *out, struct err *err)
{
	_cleanup_(source) struct source *in = NULL;
	_cleanup_(flow) struct flow *flow = NULL;
	struct stream st = {.layer = l, .read_err = ERR_INIT, .hash_err = ERR_INIT};

	if (l->mode == SAVE_COPY)
		in = open_blob(sv, l);
	else if (source_inflate(open_blob(sv, l), l->stored, &in, err) < 0)
		return -1;
	flow = flow_new(2);
	st.in = in;
	st.flow = flow;
	if (run_threads(&st, out, err) < 0)
		return explain(l, err);
	return check(&st, err);
}

int save_layer_write(const struct save *sv, struct save_layer *l, struct sink *out, struct err *err)
{
	struct measured_sink m = {.base = {measured_write, measured_finish, measured_close},
				  .out = out};
	_cleanup_(hash) struct hash *hash = NULL;
	_cleanup_(sink) struct sink *deflated = NULL;

	if (!l->begun)
		progress_report(sv->req->progress, PROGRESS_START, l->label, 0, l->blob_size);
	l->begun = true;
	if (l->mode != SAVE_COMPRESS) {
		if (stream(sv, l, &m.base, err) < 0)
			return -1;
		l->size = m.size;
		return 0;
	}
	if (hash_new(HASH_SHA256, &hash, err) < 0)
		return -1;
	m.hash = hash;
	if (sink_deflate_parallel(&m.base, sv->req->compression, &deflated, err) < 0 ||
	    stream(sv, l, deflated, err) < 0 || sink_finish(deflated, err) < 0)
		return -1;
	l->digest.alg = HASH_SHA256;
	hash_final_hex(hash, l->digest.hex);
	l->size = m.size;
	return 0;
}
