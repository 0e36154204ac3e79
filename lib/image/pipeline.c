/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. One layer is the work of up to five threads over two flows of blocks:
 *
 *   reader ─ blob file ─┬─ hash of the blob
 *                       └─ inflater ──┬─ hash of the tar
 *                                     └─ the job's own thread: entries → files
 *
 * A plain tar has no inflater: its own thread takes the blob's flow, and the blob's digest is the
 * tar's. Blocks are shared, not copied. The first to fail stops the others: a producer closes its
 * flow with the error, a consumer cancels its flow, and then its producer stops. All threads are
 * joined before a job returns; only then are digests compared, and nothing was named before.
 */
#include "image/pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "codec/flow.h"
#include "image/ratio.h"
#include "image/unpack.h"
#include "os/process.h"

#define REMOTE_JOBS 4 /* at a time, on the smallest machine too */
#define JOBS_MAX    5 /* on the largest: each keeps more than two processors busy, in 5 MiB */

enum consumer {
	CONSUMER_HASH,
	CONSUMER_MAIN,
};

/* One running job. */
struct run {
	struct layer_job *job;
	struct store *store;
	struct progress *progress;
	struct flow *blob_flow;
	struct flow *tar_flow;
	struct source *inflated;
	bool inflates;		      /* there is an inflater, and with it another digest */
	_Atomic(uint64_t) read_bytes; /* the inflater compares its own with the reader's */
	_Atomic(uint64_t) tar_bytes;
	char blob_hex[HASH_MAX_SIZE * 2 + 1];
	char tar_hex[HASH_MAX_SIZE * 2 + 1];
	struct err reader_err, blob_hash_err, inflater_err, tar_hash_err;
};

struct thread {
	pthread_t id;
	bool started;
};

static int start(struct thread *t, void *(*fn)(void *), void *arg, struct err *err)
{
	int n = pthread_create(&t->id, NULL, fn, arg);

	if (n)
		return process_thread_err(n, err);
	t->started = true;
	return 0;
}

static void join(struct thread *t)
{
	if (t->started)
		pthread_join(t->id, NULL);
	t->started = false;
}

/* ---- producers ---- */

static int write_blob(const struct layer_job *j, const char *data, size_t len, struct err *err)
{
	while (len) {
		ssize_t n = write(j->blob.file.fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "write blob");
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* For progress: 0 where it is unknown. */
static uint64_t known_size(const struct layer_job *j)
{
	return j->expect_size == UINT64_MAX ? 0 : j->expect_size;
}

/*
 * Fill a flow from a source. copy: write what passes to the job's blob. *count: bytes so far.
 * Returns 0 at the end and when a consumer cancelled.
 */
static int produce(struct run *r, struct source *in, struct flow *flow, bool copy,
		   _Atomic(uint64_t) *count, struct err *err)
{
	bool is_blob = count == &r->read_bytes;
	uint64_t total = 0;

	for (;;) {
		void *slot = flow_slot(flow);
		ssize_t n;

		if (!slot)
			return 0;
		n = source_read_full(in, slot, FLOW_BLOCK, err);
		if (n <= 0)
			return (int)n;
		if (copy && write_blob(r->job, slot, (size_t)n, err) < 0)
			return -1;
		total += (uint64_t)n;
		*count = total;
		flow_push(flow, (size_t)n);
		if (!is_blob && ratio_check(&r->store->limits, r->read_bytes, total, err) < 0)
			return -1;
		if (is_blob)
			progress_report(r->progress, PROGRESS_STEP, r->job->label, total,
					known_size(r->job));
	}
}

static void *reader_main(void *arg)
{
	struct run *r = arg;
	bool copy = r->job->blob_mode == LAYER_BLOB_COPY;
	int n = produce(r, r->job->in, r->blob_flow, copy, &r->read_bytes, &r->reader_err);

	flow_close(r->blob_flow, n < 0 ? &r->reader_err : NULL);
	return NULL;
}

static void *inflater_main(void *arg)
{
	struct run *r = arg;
	bool copy = r->job->blob_mode == LAYER_BLOB_PLAIN;
	int n = produce(r, r->inflated, r->tar_flow, copy, &r->tar_bytes, &r->inflater_err);

	flow_close(r->tar_flow, n < 0 ? &r->inflater_err : NULL);
	if (n < 0)
		flow_cancel(r->blob_flow);
	return NULL;
}

/* ---- hashing ---- */

static int hash_flow(struct flow *flow, enum hash_algorithm alg, char *ret_hex, struct err *err)
{
	_cleanup_(hash) struct hash *h = NULL;
	const void *block = NULL;
	ssize_t n;

	if (hash_new(alg, &h, err) < 0)
		return -1;
	while ((n = flow_peek(flow, CONSUMER_HASH, &block, err)) > 0) {
		hash_update(h, block, (size_t)n);
		flow_pop(flow, CONSUMER_HASH);
	}
	if (n == 0)
		hash_final_hex(h, ret_hex);
	return (int)n;
}

static void *blob_hash_main(void *arg)
{
	struct run *r = arg;

	if (hash_flow(r->blob_flow, r->job->expect_blob.alg, r->blob_hex, &r->blob_hash_err) < 0)
		flow_cancel(r->blob_flow);
	return NULL;
}

static void *tar_hash_main(void *arg)
{
	struct run *r = arg;

	if (hash_flow(r->tar_flow, r->job->expect_diff.alg, r->tar_hex, &r->tar_hash_err) < 0)
		flow_cancel(r->tar_flow);
	return NULL;
}

/* ---- the job's own thread ---- */

/* Entries to files. */
static int consume(struct run *r, struct source *tar, struct err *err)
{
	struct layer_job *j = r->job;
	struct unpack_result result;
	bool user = store_overlay_user();
	struct unpack_options opts = {.user_xattr = user,
				      .no_devices = user,
				      .max_entries = r->store->limits.layer_entries,
				      .max_bytes = r->store->limits.layer_bytes};

	/* The umask belongs to the process unless a thread takes its own. */
	if (unshare(CLONE_FS) == 0) {
		umask(0);
		opts.umask_zero = true;
	}
	if (unpack_layer(tar, j->stage.fd, &opts, &result, err) < 0)
		return -1;
	j->notes = result.notes;
	j->implied = result.implied;
	j->root_opaque = result.root_opaque;
	j->stacked = result.implied || result.root_opaque;
	return 0;
}

/* With the inflater between: `in` reads what it makes. */
static int consume_inflated(struct run *r, struct err *err)
{
	_cleanup_(flow) struct flow *flow = flow_new(2);
	_cleanup_(source) struct source *tar = source_from_flow(flow, CONSUMER_MAIN);
	struct thread inflater = {0}, hasher = {0};
	int n;

	r->inflates = true;
	r->tar_flow = flow;
	n = start(&hasher, tar_hash_main, r, err);
	if (n == 0)
		n = start(&inflater, inflater_main, r, err);
	if (n == 0)
		n = consume(r, tar, err);
	if (n < 0) {
		flow_cancel(flow);
		flow_cancel(r->blob_flow);
	}
	join(&inflater);
	join(&hasher);
	r->tar_flow = NULL;
	return n;
}

static int consume_blob(struct run *r, struct err *err)
{
	struct layer_job *j = r->job;
	bool same_alg = j->expect_blob.alg == j->expect_diff.alg;

	/* On failure it has released its input too. */
	if (source_inflate_auto(source_from_flow(r->blob_flow, CONSUMER_MAIN), &j->compression,
				&r->inflated, err) < 0)
		return -1;
	if (j->compression == COMPRESSION_NONE && same_alg && j->blob_mode != LAYER_BLOB_PLAIN)
		return consume(r, r->inflated, err);
	return consume_inflated(r, err);
}

static int check_digest(const char *what, const struct digest *expected, const char *hex,
			struct digest *ret, struct err *err)
{
	if (digest_is_set(expected) && strcmp(expected->hex, hex) != 0)
		return err_set(err, ERR_CORRUPT, "its %s is %s:%.12s, expected %s:%.12s", what,
			       digest_alg(expected), hex, digest_alg(expected), expected->hex);
	ret->alg = expected->alg;
	memcpy(ret->hex, hex, sizeof(ret->hex));
	return 0;
}

static int verify(struct run *r, struct err *err)
{
	struct layer_job *j = r->job;

	if (j->expect_size != UINT64_MAX && r->read_bytes != j->expect_size)
		return err_set(err, ERR_CORRUPT, "it has %llu bytes, expected %llu",
			       (unsigned long long)r->read_bytes,
			       (unsigned long long)j->expect_size);
	if (check_digest("digest", &j->expect_blob, r->blob_hex, &j->blob_digest, err) < 0)
		return -1;
	if (check_digest("diff id", &j->expect_diff, r->inflates ? r->tar_hex : r->blob_hex,
			 &j->diff_id, err) < 0)
		return -1;
	j->blob_size = r->read_bytes;
	if (j->blob_mode == LAYER_BLOB_PLAIN) {
		j->blob_digest = j->diff_id;
		j->blob_size = r->tar_bytes;
		j->compression = COMPRESSION_NONE;
	}
	return 0;
}

/* The error that explains the others: a cancelled side only says that somebody else failed. */
static void pick_error(struct run *r, struct err *err)
{
	const struct err *causes[] = {&r->reader_err, &r->inflater_err, &r->blob_hash_err,
				      &r->tar_hash_err};

	if (!err || (err->kind != ERR_CANCELLED && err->kind != ERR_NONE))
		return;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i]->kind != ERR_NONE && causes[i]->kind != ERR_CANCELLED) {
			*err = *causes[i];
			return;
		}
	}
}

static int run_threads(struct run *r, struct err *err)
{
	_cleanup_(flow) struct flow *flow = flow_new(2);
	struct thread reader = {0}, hasher = {0};
	struct err cause = ERR_INIT;
	int n;

	r->blob_flow = flow;
	n = start(&hasher, blob_hash_main, r, &cause);
	if (n == 0)
		n = start(&reader, reader_main, r, &cause);
	if (n == 0)
		n = consume_blob(r, &cause);
	if (n < 0)
		flow_cancel(flow);
	join(&reader);
	join(&hasher);
	source_free(ptr_take(r->inflated));
	r->blob_flow = NULL;
	if (n == 0 && (r->blob_hash_err.kind != ERR_NONE || r->tar_hash_err.kind != ERR_NONE))
		n = -1;
	if (n < 0) {
		pick_error(r, &cause);
		if (cause.kind == ERR_NONE)
			cause = r->blob_hash_err.kind != ERR_NONE ? r->blob_hash_err
								  : r->tar_hash_err;
		if (err)
			*err = cause;
	}
	return n;
}

/* Chain id in the name of the job's tree; NULL: none. The lowest layer's chain id is its own. */
static const struct digest *stack_of(const struct layer_job *j)
{
	if (!j->stacked)
		return NULL;
	return digest_is_set(&j->chain) ? &j->chain : &j->diff_id;
}

/* early: what depends on the layers below is not settled yet. */
static int commit(struct layer_job *j, bool early, struct err *err)
{
	if (j->blob.dirfd >= 0 && store_blob_commit(&j->blob, &j->blob_digest, err) < 0)
		return -1;
	if (j->stage.fd < 0 || (early && j->stacked))
		return 0;
	return store_layer_commit(&j->stage, &j->diff_id, stack_of(j), err);
}

static int run_job(struct layer_job *j, struct store *s, struct progress *progress, struct err *err)
{
	struct run r = {.job = j, .store = s, .progress = progress};

	if (j->blob_mode != LAYER_BLOB_KEEP && store_blob_begin(s, &j->blob, err) < 0)
		return -1;
	if (store_layer_begin(s, &j->stage, err) < 0)
		return -1;
	progress_report(progress, PROGRESS_START, j->label, 0, known_size(j));
	if (run_threads(&r, err) < 0 || verify(&r, err) < 0 ||
	    (j->keep && commit(j, true, err) < 0))
		return -1;
	progress_report(progress, PROGRESS_END, j->label, r.read_bytes, r.read_bytes);
	source_free(ptr_take(j->in));
	return 0;
}

void layer_job_done(struct layer_job *j)
{
	source_free(ptr_take(j->in));
	strv_free(ptr_take(j->implied));
	store_blob_done(&j->blob);
	store_layer_abort(&j->stage);
}

/* ---- several jobs ---- */

struct team {
	struct store *store;
	struct progress *progress;
	struct layer_job *jobs;
	size_t n;
	atomic_size_t next;
	atomic_bool failed;
	pthread_mutex_t lock; /* of err */
	struct err err;
};

static void *worker_main(void *arg)
{
	struct team *t = arg;

	while (!atomic_load(&t->failed)) {
		size_t i = atomic_fetch_add(&t->next, 1);
		struct err err = ERR_INIT;

		if (i >= t->n)
			break;
		if (run_job(&t->jobs[i], t->store, t->progress, &err) == 0)
			continue;
		err_ctx(&err, "%s", t->jobs[i].label);
		if (t->jobs[i].image)
			err_ctx(&err, "image '%s'", t->jobs[i].image);
		pthread_mutex_lock(&t->lock);
		if (!atomic_exchange(&t->failed, true))
			t->err = err;
		pthread_mutex_unlock(&t->lock);
	}
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (size_t)CPU_COUNT(&set);
	return 1;
}

/* What comes over a network waits most of the time. */
static size_t team_width(const struct layer_job *jobs, size_t n)
{
	size_t width = processors();

	if (n && jobs[0].keep && width < REMOTE_JOBS)
		width = REMOTE_JOBS;
	if (width > JOBS_MAX)
		width = JOBS_MAX;
	return width < n ? width : n;
}

int layer_jobs_run(struct store *s, struct layer_job *jobs, size_t n, struct progress *progress,
		   struct err *err)
{
	struct team team = {.store = s,
			    .progress = progress,
			    .jobs = jobs,
			    .n = n,
			    .lock = PTHREAD_MUTEX_INITIALIZER};
	size_t width = team_width(jobs, n);
	_cleanup_free_ struct thread *threads = xcalloc(width, sizeof(*threads));
	_cleanup_(hash) struct hash *probe = NULL;
	bool durable = s->durable;
	int images, layers;

	/* The store opens its directories at first use, which several threads must not do at once.
	 */
	if (store_images_dir(s, &images, err) < 0 || store_layers_dir(s, &layers, err) < 0)
		return -1;
	/* Where hashing is impossible, one error says so, and no two threads open the library. */
	if (hash_new(HASH_SHA256, &probe, err) < 0)
		return -1;
	s->durable = false;
	for (size_t i = 0; i < n; i++)
		progress_report(progress, PROGRESS_WAIT, jobs[i].label, 0, known_size(&jobs[i]));
	for (size_t i = 0; i < width; i++) {
		if (start(&threads[i], worker_main, &team, i ? NULL : err) < 0 && i == 0)
			break;
	}
	for (size_t i = 0; i < width; i++)
		join(&threads[i]);
	s->durable = durable;
	if (n && !atomic_load(&team.next))
		return -1;
	if (atomic_load(&team.failed)) {
		if (err)
			*err = team.err;
		return -1;
	}
	return 0;
}

int layer_jobs_commit(struct store *s, struct layer_job *jobs, size_t n, struct err *err)
{
	bool durable = s->durable;
	int r = 0;

	s->durable = false;
	for (size_t i = 0; i < n && r == 0; i++)
		r = commit(&jobs[i], false, err);
	s->durable = durable;
	return r;
}

void layer_jobs_tell(const struct layer_job *jobs, size_t n, struct progress *progress)
{
	static const struct {
		unsigned note;
		const char *text;
	} texts[] = {
		{UNPACK_NOTE_OWNER,
		 "owners that are not mapped could not be set: their files belong to you (onggi "
		 "doctor subordinate-ids)"},
		{UNPACK_NOTE_DEVICE, "device nodes were left out"},
		{UNPACK_NOTE_XATTR, "some extended attributes could not be set"},
	};
	unsigned notes = 0;

	for (size_t i = 0; i < n; i++)
		notes |= jobs[i].notes;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!(notes & texts[i].note))
			continue;
		if (progress)
			progress_report(progress,
					texts[i].note == UNPACK_NOTE_OWNER ? PROGRESS_WARN
									   : PROGRESS_NOTE,
					texts[i].text, 0, 0);
		else
			log_print(texts[i].note == UNPACK_NOTE_DEVICE ? LOG_LEVEL_INFO
								      : LOG_LEVEL_WARN,
				  "%s", texts[i].text);
	}
}
