/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_load(): from an input to named images.
 *
 * The formats list images; here the layers that the store lacks become jobs of the pipeline, each
 * once, however many images share it; blobs and layers are named when every digest was right; then
 * config and manifest are stored, and last the index gets the names. A removal that runs at the
 * same time may take a layer that was there at first: the index notices (ERR_BUSY), and we begin
 * again.
 *
 * Rootless, all of this happens in a child inside the user's namespace, and names and ids come back
 * over its channel.
 */
#include "image/load.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/strv.h"
#include "image/parents.h"
#include "os/channel.h"

#define BUSY_TRIES 3

void image_loaded_done(struct image_loaded *l)
{
	strv_free(l->names);
	strv_free(l->ids);
	*l = (struct image_loaded){0};
}

void load_done(struct load *l)
{
	load_documents_done(&l->documents);
	arena_done(&l->arena);
	image_input_free(ptr_take(l->input));
	l->images = NULL;
	l->n_images = 0;
}

struct load_image *load_add(struct load *l, struct err *err)
{
	if (l->n_images >= LOAD_IMAGES_MAX) {
		err_set(err, ERR_LIMIT, "'%s' has more than %d images", image_input_label(l->input),
			LOAD_IMAGES_MAX);
		return NULL;
	}
	return arena_push(&l->arena, l->images, l->n_images);
}

int load_set_config(struct load *l, struct load_image *image, const struct load_document *config,
		    size_t n_layers, struct err *err)
{
	_cleanup_(image_config) struct image_config c = {0};
	const struct digest *below = NULL;

	if (image_config_parse(config->text.data, config->text.len, "image config", &c, err) < 0)
		return -1;
	if (c.n_diff_ids != n_layers)
		return err_set(err, ERR_CORRUPT, "the config names %zu layers, the manifest %zu",
			       c.n_diff_ids, n_layers);
	l->n_layers += n_layers;
	if (l->n_layers > LOAD_LAYERS_MAX)
		return err_set(err, ERR_LIMIT, "'%s' has images with more than %zu layers together",
			       image_input_label(l->input), LOAD_LAYERS_MAX);
	image->layers = arena_calloc(&l->arena, n_layers, sizeof(*image->layers));
	image->n_layers = n_layers;
	for (size_t i = 0; i < n_layers; i++) {
		struct load_layer *layer = &image->layers[i];

		layer->diff_id = c.diff_ids[i];
		layer->size = UINT64_MAX;
		layer->job = -1;
		if (digest_chain(below, &layer->diff_id, &layer->chain, err) < 0)
			return -1;
		below = &layer->chain;
	}
	image->config = config;
	return 0;
}

void load_add_name(struct load *l, struct load_image *image, const struct reference *name)
{
	for (size_t i = 0; i < image->n_names; i++) {
		if (reference_eq(&image->names[i], name))
			return;
	}
	*arena_push(&l->arena, image->names, image->n_names) = *name;
}

/* ---- jobs ---- */

struct jobs {
	struct layer_job *v;
	size_t n;
	struct map pairs; /* store_layer_pairs(), once needed */
	bool have_pairs;
};

static void jobs_done(struct jobs *j)
{
	for (size_t i = 0; i < j->n; i++)
		layer_job_done(&j->v[i]);
	free(j->v);
	map_done(&j->pairs);
}
DEFINE_CLEANUP_VALUE(jobs, jobs_done)

/*
 * Does the blob hold the layer? The two digests alone don't say so: an archive may name any blob
 * for any layer. What was unpacked once, or is the plain tar itself, is known.
 */
static bool is_known_pair(struct load *l, struct jobs *jobs, const struct digest *blob,
			  const struct digest *diff_id)
{
	char pair[STORE_LAYER_PAIR_MAX];

	if (digest_eq(blob, diff_id))
		return true;
	if (!jobs->have_pairs) {
		struct err err = ERR_INIT;

		jobs->have_pairs = true;
		if (store_layer_pairs(l->store, &jobs->pairs, &err) < 0)
			log_debug("layers are unpacked again: %s", err.text);
	}
	return map_has(&jobs->pairs, store_layer_pair(blob, diff_id, pair));
}

/* The blob's bytes, by its file or by what its descriptor said. */
static int open_layer(struct load *l, const struct load_layer *layer, struct image_input_blob *ret,
		      struct err *err)
{
	const struct descriptor d = {.media_type = layer->media_type,
				     .digest = layer->blob,
				     .size = layer->size};

	if (layer->member)
		return image_input_blob(l->input, layer->member, ret, err);
	return image_input_content(l->input, &d, ret, err);
}

/* Size of a blob of which only the file is known; UINT64_MAX: the input has no such file. */
static uint64_t member_size(struct load *l, const struct load_layer *layer)
{
	struct image_input_blob b;

	if (layer->size != UINT64_MAX)
		return layer->size;
	if (image_input_blob(l->input, layer->member, &b, NULL) < 0)
		return UINT64_MAX;
	source_free(b.source);
	return b.size;
}

/* Is there nothing to do, because blob and tree are in the store? */
static bool layer_present(struct load *l, struct jobs *jobs, struct load_layer *layer)
{
	_cleanup_fd_ int fd = -1;
	const struct digest *blob = &layer->blob;
	uint64_t size, expected;

	if (!store_layer_exists(l->store, &layer->diff_id, &layer->chain))
		return false;
	/* A docker archive's layers are plain tars as a rule, whose blob is named by the diff id.
	 */
	if (!digest_is_set(blob))
		blob = &layer->diff_id;
	if (store_blob_open(l->store, blob, &fd, &size, NULL) < 0)
		return false;
	expected = member_size(l, layer);
	if ((expected != UINT64_MAX && expected != size) ||
	    !is_known_pair(l, jobs, blob, &layer->diff_id))
		return false;
	layer->blob = *blob;
	layer->size = size;
	return true;
}

/*
 * A job for the same layer; two blobs of one diff id (differently compressed) are two jobs, and so
 * are two stacks, since the tree may depend on the stack.
 */
static ssize_t find_job(const struct jobs *jobs, const struct load_layer *layer)
{
	for (size_t i = 0; i < jobs->n; i++) {
		if (digest_eq(&jobs->v[i].expect_diff, &layer->diff_id) &&
		    digest_eq(&jobs->v[i].chain, &layer->chain) &&
		    (!digest_is_set(&layer->blob) ||
		     digest_eq(&jobs->v[i].expect_blob, &layer->blob)))
			return (ssize_t)i;
	}
	return -1;
}

static const char *layer_label(struct load *l, const struct load_layer *layer)
{
	return arena_printf(&l->arena, "layer %.12s", layer->diff_id.hex);
}

static int add_job(struct load *l, struct jobs *jobs, const struct load_image *image,
		   struct load_layer *layer, struct err *err)
{
	struct layer_job j = LAYER_JOB_INIT;
	struct image_input_blob b;

	if (open_layer(l, layer, &b, err) < 0)
		return err_ctx(err, "image '%s': layer %.12s", image->label, layer->diff_id.hex);
	j.label = layer_label(l, layer);
	j.image = image->label;
	j.in = b.source;
	j.expect_size = layer->size == UINT64_MAX ? b.size : layer->size;
	j.expect_blob = layer->blob;
	j.expect_diff = layer->diff_id;
	j.chain = layer->chain;
	j.blob_mode = b.stored ? LAYER_BLOB_KEEP : LAYER_BLOB_COPY;
	j.keep = l->keep;
	if (b.spooled) {
		j.blob_mode = LAYER_BLOB_KEEP;
		j.blob = *b.spooled;
		*b.spooled = (struct store_blob)STORE_BLOB_INIT;
	}
	jobs->v = xreallocarray(jobs->v, jobs->n + 1, sizeof(*jobs->v));
	layer->job = (ssize_t)jobs->n;
	jobs->v[jobs->n++] = j;
	return 0;
}

static int collect_jobs(struct load *l, struct jobs *jobs, struct progress *progress,
			struct err *err)
{
	for (size_t i = 0; i < l->n_images; i++) {
		for (size_t k = 0; k < l->images[i].n_layers; k++) {
			struct load_layer *layer = &l->images[i].layers[k];

			layer->job = find_job(jobs, layer);
			if (layer->job >= 0)
				continue;
			if (layer_present(l, jobs, layer)) {
				progress_report(progress, PROGRESS_HAVE, layer_label(l, layer),
						layer->size, layer->size);
				continue;
			}
			if (add_job(l, jobs, &l->images[i], layer, err) < 0)
				return -1;
			progress_report(progress, PROGRESS_WAIT, jobs->v[layer->job].label, 0,
					layer->size == UINT64_MAX ? 0 : layer->size);
		}
	}
	return 0;
}

/* A layer that was there at first, and is not any more: begin again. */
static int taken_meanwhile(int r, struct err *err)
{
	if (err && err->kind == ERR_NOT_FOUND)
		err->kind = ERR_BUSY;
	return r;
}

static int settle_parents(struct load *l, const struct jobs *jobs, struct err *err)
{
	for (size_t i = 0; i < l->n_images && jobs->n; i++) {
		const struct load_image *image = &l->images[i];
		_cleanup_free_ struct parents_layer *stack =
			xcalloc(image->n_layers, sizeof(*stack));

		for (size_t k = 0; k < image->n_layers; k++) {
			const struct load_layer *layer = &image->layers[k];

			stack[k].diff_id = &layer->diff_id;
			stack[k].chain = &layer->chain;
			stack[k].job = layer->job >= 0 ? &jobs->v[layer->job] : NULL;
			/* Named already. */
			if (stack[k].job && stack[k].job->stage.fd < 0)
				stack[k].job = NULL;
		}
		if (parents_settle(l->store, stack, image->n_layers, err) < 0)
			return taken_meanwhile(err_ctx(err, "image '%s'", image->label), err);
	}
	return 0;
}

/* ---- documents ---- */

static const char *layer_media_type(enum compression c)
{
	switch (c) {
	case COMPRESSION_GZIP:
		return MEDIA_OCI_LAYER_GZIP;
	case COMPRESSION_ZSTD:
		return MEDIA_OCI_LAYER_ZSTD;
	case COMPRESSION_NONE:
		return MEDIA_OCI_LAYER;
	case COMPRESSION_XZ:
	case COMPRESSION_BZIP2:
	case COMPRESSION_COUNT:
		break;
	}
	return NULL;
}

/* A docker archive has no manifest: one is made for what its layers turned out to be. */
static int make_manifest(const struct load_image *image, struct buf *out, struct err *err)
{
	_cleanup_(manifest) struct manifest m = {.schema_version = 2};
	struct arena *a = &m.arena;

	m.media_type = arena_strdup(a, MEDIA_OCI_MANIFEST);
	m.config.media_type = arena_strdup(a, MEDIA_OCI_CONFIG);
	m.config.digest = image->id;
	m.config.size = image->config->text.len;
	m.n_layers = image->n_layers;
	m.layers = arena_calloc(a, image->n_layers, sizeof(*m.layers));
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct load_layer *layer = &image->layers[i];
		const char *type = layer_media_type(layer->compression);

		if (!type)
			return err_set(err, ERR_UNSUPPORTED,
				       "layer %.12s is compressed with %s, expected none, gzip or "
				       "zstd",
				       layer->diff_id.hex, compression_name(layer->compression));
		m.layers[i].media_type = arena_strdup(a, type);
		m.layers[i].digest = layer->blob;
		m.layers[i].size = layer->size;
	}
	manifest_write(&m, out);
	return buf_check(out, "manifest", err);
}

static int store_image(struct load *l, struct load_image *image, const struct jobs *jobs,
		       struct err *err)
{
	const struct buf *config = &image->config->text;
	_cleanup_(buf) struct buf made = BUF_INIT_MAX(MANIFEST_MAX_SIZE);
	struct descriptor d = {.media_type = image->manifest_type};
	char pulled[DIGEST_STR_MAX];

	for (size_t i = 0; i < image->n_layers; i++) {
		struct load_layer *layer = &image->layers[i];
		const struct layer_job *j = layer->job >= 0 ? &jobs->v[layer->job] : NULL;

		if (!j)
			continue;
		layer->blob = j->blob_digest;
		layer->size = j->blob_size;
		layer->compression = j->compression;
	}
	if (store_blob_put_as(l->store, config->data, config->len, &image->id, err) < 0)
		return -1;
	if (image->manifest) {
		const struct buf *text = &image->manifest->text;

		d.digest = image->manifest_digest;
		d.size = text->len;
		if (store_blob_put_as(l->store, text->data, text->len, &d.digest, err) < 0)
			return -1;
	} else {
		if (make_manifest(image, &made, err) < 0 ||
		    store_blob_put(l->store, made.data, made.len, &d.digest, err) < 0)
			return -1;
		d.media_type = (char *)(uintptr_t)MEDIA_OCI_MANIFEST;
		d.size = made.len;
	}
	if (digest_is_set(&image->repo_digest))
		descriptor_annotate(&l->arena, &d, ANNOTATION_REPO_DIGEST,
				    digest_str(&image->repo_digest, pulled));
	return store_image_name(l->store, &d, &image->id, image->names, image->n_names, err);
}

static int load_once(struct load *l, struct progress *progress, struct err *err)
{
	_cleanup_(jobs) struct jobs jobs = {0};

	if (collect_jobs(l, &jobs, progress, err) < 0 ||
	    layer_jobs_run(l->store, jobs.v, jobs.n, progress, err) < 0 ||
	    settle_parents(l, &jobs, err) < 0 ||
	    layer_jobs_commit(l->store, jobs.v, jobs.n, err) < 0)
		return -1;
	layer_jobs_tell(jobs.v, jobs.n, progress);
	for (size_t i = 0; i < l->n_images; i++) {
		if (store_image(l, &l->images[i], &jobs, err) < 0)
			return err_ctx(err, "image '%s'", l->images[i].label);
	}
	return 0;
}

int load_store(struct load *l, struct progress *progress, struct err *err)
{
	_cleanup_fd_ int lock = -1;

	if (store_lock_loads(l->store, false, &lock, err) < 0)
		return -1;
	for (int i = 1;; i++) {
		struct err cause = ERR_INIT;

		if (load_once(l, progress, &cause) == 0)
			return 0;
		if (cause.kind == ERR_BUSY && i < BUSY_TRIES)
			continue;
		if (cause.sys == ENOSPC || cause.sys == EDQUOT)
			err_hint(&cause,
				 "free space on the file system of '%s', or give another "
				 "directory with --root DIR (onggi doctor disk-space)",
				 l->store->data_path);
		if (err)
			*err = cause;
		return -1;
	}
}

/* ---- image_load() ---- */

struct call {
	struct store *store;
	const struct image_load_request *req;
	struct image_loaded loaded;
};

static void add_loaded(struct image_loaded *l, const char *name, const char *id)
{
	strv_add(&l->names, name);
	strv_add(&l->ids, id);
}

/* From the child: name and id, each with its NUL. */
static void on_loaded(void *arg, const void *data, size_t len)
{
	struct call *c = arg;
	const char *name = data;
	const char *end = memchr(name, '\0', len);

	if (end && memchr(end + 1, '\0', len - (size_t)(end + 1 - name)))
		add_loaded(&c->loaded, name, end + 1);
}

static int tell_name(struct call *c, int channel, const char *name, const char *id, struct err *err)
{
	_cleanup_(buf) struct buf frame = BUF_INIT;

	if (channel < 0) {
		add_loaded(&c->loaded, name, id);
		return 0;
	}
	buf_add(&frame, name, strlen(name) + 1);
	buf_add(&frame, id, strlen(id) + 1);
	return channel_send(channel, CHANNEL_DATA, frame.data, frame.len, err);
}

static int tell_images(struct call *c, int channel, const struct load *l, struct err *err)
{
	char id[DIGEST_STR_MAX];
	char name[REFERENCE_STR_MAX];

	for (size_t i = 0; i < l->n_images; i++) {
		const struct load_image *image = &l->images[i];

		digest_str(&image->id, id);
		if (!image->n_names && tell_name(c, channel, id, id, err) < 0)
			return -1;
		for (size_t k = 0; k < image->n_names; k++) {
			if (tell_name(c, channel, reference_str(&image->names[k], name), id, err) <
			    0)
				return -1;
		}
	}
	return 0;
}

/* Spooled members and layers in parallel hold descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

/* "oci:DIR[:NAME]", "oci-archive:FILE[:NAME]", "docker-archive:FILE" as skopeo writes them, or a
 * path. */
static char *split_input(struct arena *a, const char *input, const char **ret_only)
{
	const char *rest = input;
	char *path;
	char *colon;

	*ret_only = NULL;
	if (!input)
		return NULL;
	if (!str_prefix(input, "oci:", &rest) && !str_prefix(input, "oci-archive:", &rest) &&
	    !str_prefix(input, "docker-archive:", &rest))
		return arena_strdup(a, input);
	path = arena_strdup(a, rest);
	colon = strchr(path, ':');
	if (colon) {
		*colon = '\0';
		if (colon[1])
			*ret_only = colon + 1;
	}
	return path;
}

static int find_images(struct load *l, struct err *err)
{
	const char *label = image_input_label(l->input);

	if (image_input_has(l->input, "index.json") && image_input_has(l->input, "oci-layout"))
		return load_oci(l, err);
	if (image_input_has(l->input, "manifest.json"))
		return load_docker(l, err);
	err_set(err, ERR_INVALID,
		"'%s' is no image: it has neither manifest.json (docker-archive) nor oci-layout "
		"and index.json (OCI layout)",
		label);
	return err_hint(err, "`onggi import FILE NAME` makes an image of a root file system's tar");
}

static int load_main(void *arg, int channel, struct err *err)
{
	struct call *c = arg;
	struct platform host;
	_cleanup_(load) struct load l = {.store = c->store, .platform = c->req->platform};
	const char *path = split_input(&l.arena, c->req->input, &l.only);

	load_documents_init(&l.documents);
	raise_descriptor_limit();
	if (!l.platform) {
		platform_host(&host);
		l.platform = &host;
	}
	if (image_input_open(c->store, path, c->req->fd, &l.input, err) < 0)
		return -1;
	if (find_images(&l, err) < 0 || load_store(&l, c->req->progress, err) < 0)
		return err_ctx(err, "load '%s'", image_input_label(l.input));
	return tell_images(c, channel, &l, err);
}

int image_load(struct store *s, const struct image_load_request *req, struct image_loaded *ret,
	       struct err *err)
{
	struct call c = {.store = s, .req = req};

	if (store_run_mapped(s, load_main, &c, on_loaded, &c, err) < 0) {
		image_loaded_done(&c.loaded);
		return -1;
	}
	*ret = c.loaded;
	return 0;
}
