/* SPDX-License-Identifier: Apache-2.0 */
#include "image/create.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "image/pipeline.h"
#include "oci/manifest.h"
#include "store/images.h"

static const char *media_type(enum compression c)
{
	if (c == COMPRESSION_GZIP)
		return MEDIA_OCI_LAYER_GZIP;
	return c == COMPRESSION_ZSTD ? MEDIA_OCI_LAYER_ZSTD : MEDIA_OCI_LAYER;
}

static int store_documents(struct store *s, struct image_create *c, const struct layer_job *j,
			   struct digest *ret_id, struct err *err)
{
	_cleanup_(manifest) struct manifest m = {.schema_version = 2};
	_cleanup_(buf) struct buf config = BUF_INIT_MAX(IMAGE_CONFIG_MAX_SIZE);
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(MANIFEST_MAX_SIZE);
	struct descriptor d = {.media_type = arena_strdup(&m.arena, MEDIA_OCI_MANIFEST)};

	c->config->diff_ids = arena_calloc(&c->config->arena, 1, sizeof(*c->config->diff_ids));
	c->config->diff_ids[0] = j->diff_id;
	c->config->n_diff_ids = 1;
	image_config_write(c->config, &config);
	m.media_type = d.media_type;
	m.config.media_type = arena_strdup(&m.arena, MEDIA_OCI_CONFIG);
	m.config.size = config.len;
	m.layers = arena_calloc(&m.arena, 1, sizeof(*m.layers));
	m.n_layers = 1;
	m.layers[0].media_type = arena_strdup(&m.arena, media_type(j->compression));
	m.layers[0].digest = j->blob_digest;
	m.layers[0].size = j->blob_size;
	if (buf_check(&config, "image config", err) < 0 ||
	    store_blob_put(s, config.data, config.len, &m.config.digest, err) < 0)
		return -1;
	manifest_write(&m, &text);
	if (buf_check(&text, "manifest", err) < 0 ||
	    store_blob_put(s, text.data, text.len, &d.digest, err) < 0)
		return -1;
	d.size = text.len;
	if (store_image_name(s, &d, &m.config.digest, c->name, c->name ? 1 : 0, err) < 0)
		return -1;
	*ret_id = m.config.digest;
	return 0;
}

int image_create(struct store *s, struct image_create *c, struct digest *ret_id, struct err *err)
{
	struct layer_job j = LAYER_JOB_INIT;
	_cleanup_fd_ int lock = -1;
	enum compression compression;
	int n;

	if (source_detect(ptr_take(c->layer), &compression, &j.in, err) < 0)
		return -1;
	j.label = "root file system";
	j.blob_mode = compression == COMPRESSION_XZ || compression == COMPRESSION_BZIP2
			      ? LAYER_BLOB_PLAIN
			      : LAYER_BLOB_COPY;
	n = store_lock_loads(s, false, &lock, err);
	if (n == 0)
		n = layer_jobs_run(s, &j, 1, c->progress, err);
	if (n == 0)
		n = layer_jobs_commit(s, &j, 1, err);
	if (n == 0)
		layer_jobs_tell(&j, 1, c->progress);
	if (n == 0)
		n = store_documents(s, c, &j, ret_id, err);
	layer_job_done(&j);
	return n;
}
