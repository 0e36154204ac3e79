/* SPDX-License-Identifier: Apache-2.0 */
/* The unpacked layers of an image, made where only its blobs are there. */
#include "image/image.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "image/parents.h"
#include "image/pipeline.h"

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(fds);
}

struct call {
	struct store *store;
	const struct store_image *image;
	struct digest
		*chains; /* of the stacks up to each layer, bottom first; NULL: not needed yet */
	struct arena labels;
};

static int make_chains(struct call *c, struct err *err)
{
	size_t n = c->image->config.n_diff_ids;
	_cleanup_free_ struct digest *chains = xcalloc(n, sizeof(*chains));

	for (size_t i = 0; i < n; i++) {
		if (digest_chain(i ? &chains[i - 1] : NULL, &c->image->config.diff_ids[i],
				 &chains[i], err) < 0)
			return -1;
	}
	c->chains = ptr_take(chains);
	return 0;
}

/* The i-th layer from its blob. *fd: the blob, for as long as the job lives. */
static int make_job(struct call *c, size_t i, struct layer_job *j, int *fd, struct err *err)
{
	const struct descriptor *d = &c->image->manifest.layers[i];

	if (store_blob_open(c->store, &d->digest, fd, NULL, err) < 0)
		return -1;
	j->label = arena_printf(&c->labels, "layer %.12s", c->image->config.diff_ids[i].hex);
	j->in = source_from_fd_range(*fd, 0, d->size);
	j->expect_size = d->size;
	j->expect_blob = d->digest;
	j->expect_diff = c->image->config.diff_ids[i];
	j->chain = c->chains[i];
	j->blob_mode = LAYER_BLOB_KEEP;
	return 0;
}

static int unpack_missing(void *arg, int channel, struct err *err)
{
	struct call *c = arg;
	size_t n = c->image->config.n_diff_ids;
	_cleanup_free_ struct layer_job *jobs = xcalloc(n, sizeof(*jobs));
	_cleanup_free_ struct parents_layer *stack = xcalloc(n, sizeof(*stack));
	int *fds = xcalloc(n, sizeof(*fds));
	size_t used = 0;
	int r = 0;

	(void)channel;
	for (size_t i = 0; i < n && r == 0; i++) {
		stack[i].diff_id = &c->image->config.diff_ids[i];
		stack[i].chain = &c->chains[i];
		if (store_layer_exists(c->store, stack[i].diff_id, stack[i].chain))
			continue;
		stack[i].job = &jobs[used];
		jobs[used] = (struct layer_job)LAYER_JOB_INIT;
		fds[used] = -1;
		r = make_job(c, i, &jobs[used], &fds[used], err);
		used++;
	}
	if (r == 0)
		r = layer_jobs_run(c->store, jobs, used, NULL, err);
	if (r == 0)
		r = parents_settle(c->store, stack, n, err);
	if (r == 0)
		r = layer_jobs_commit(c->store, jobs, used, err);
	if (r == 0)
		layer_jobs_tell(jobs, used, NULL);
	for (size_t i = 0; i < used; i++)
		layer_job_done(&jobs[i]);
	close_all(fds, used);
	return r;
}

/* The chain id that the image's entry names for its i-th layer; false: none. */
static bool noted_chain(const struct store_image *img, size_t i, struct digest *ret)
{
	const char *list = descriptor_annotation(&img->descriptor, ANNOTATION_IMAGE_CHAINS);
	char text[DIGEST_STR_MAX];
	size_t n;

	for (; list && i > 0; i--) {
		list = strchr(list, ',');
		list += list != NULL;
	}
	n = list ? strcspn(list, ",") : 0;
	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, list, n);
	text[n] = '\0';
	return digest_parse(text, ret, NULL) == 0;
}

/*
 * The i-th layer. Most have one tree for all stacks, and of the others the entry names the chain
 * ids: to compute them costs the loading of a library.
 */
static int open_one(struct call *c, size_t i, int *ret_fd, struct err *err)
{
	const struct digest *diff_id = &c->image->config.diff_ids[i];
	const struct digest *chain = c->chains ? &c->chains[i] : NULL;
	struct err cause = ERR_INIT;
	struct digest noted;

	if (!chain && noted_chain(c->image, i, &noted))
		chain = &noted;
	if (store_layer_open(c->store, diff_id, chain, ret_fd, &cause) == 0)
		return 0;
	if (cause.kind == ERR_NOT_FOUND && !c->chains) {
		if (make_chains(c, err) < 0)
			return -1;
		return store_layer_open(c->store, diff_id, &c->chains[i], ret_fd, err);
	}
	if (err)
		*err = cause;
	return -1;
}

/* Returns 1, or 0 when one is missing. */
static int open_all(struct call *c, int *fds, struct err *err)
{
	size_t n = c->image->config.n_diff_ids;

	for (size_t i = 0; i < n; i++) {
		struct err cause = ERR_INIT;

		if (open_one(c, n - 1 - i, &fds[i], &cause) == 0)
			continue;
		if (cause.kind == ERR_NOT_FOUND)
			return 0;
		if (err)
			*err = cause;
		return -1;
	}
	return 1;
}

static int open_or_unpack(struct call *c, int **ret_fds, struct err *err)
{
	const struct store_image *img = c->image;
	size_t n = img->config.n_diff_ids;

	for (int attempt = 0;; attempt++) {
		int *fds = xreallocarray(NULL, n + 1, sizeof(*fds));
		int r;

		for (size_t i = 0; i < n; i++)
			fds[i] = -1;
		r = open_all(c, fds, err);
		if (r > 0) {
			*ret_fds = fds;
			return 0;
		}
		close_all(fds, n);
		if (r < 0)
			return -1;
		if (attempt)
			return err_set(err, ERR_BUSY, "layers of image %.12s are being removed",
				       img->id.hex);
		r = store_run_mapped(c->store, unpack_missing, c, NULL, NULL, err);
		if (r < 0)
			return err_ctx(err, "unpack image %.12s", img->id.hex);
	}
}

int image_layers_open(struct store *s, const struct store_image *img, int **ret_fds,
		      struct err *err)
{
	struct call c = {.store = s, .image = img};
	int r = open_or_unpack(&c, ret_fds, err);

	arena_done(&c.labels);
	free(c.chains);
	return r;
}
