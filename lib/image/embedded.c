/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image in the binary: one layer with one file, /hello. Everything in it is fixed, times too,
 * so that the same binary gives the same image everywhere.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "codec/tar.h"
#include "image/create.h"
#include "image/hello.h"
#include "image/image.h"
#include "store/layers.h"

#define EMBEDDED_DOMAIN	 "docker.io"
#define EMBEDDED_PATH	 "onggi/hello"
#define EMBEDDED_TAG	 "latest"
#define EMBEDDED_CREATED "2026-01-01T00:00:00Z"
#define EMBEDDED_MTIME	 1767225600 /* the same, as seconds */

bool image_is_embedded(const struct reference *name)
{
	return strcmp(name->domain, EMBEDDED_DOMAIN) == 0 &&
	       strcmp(name->path, EMBEDDED_PATH) == 0 && strcmp(name->tag, EMBEDDED_TAG) == 0 &&
	       !digest_is_set(&name->digest);
}

static int write_layer(struct buf *out, struct err *err)
{
	_cleanup_(sink) struct sink *sink = sink_to_buf(out);
	_cleanup_(tar_writer) struct tar_writer *tar = NULL;
	const struct tar_entry entry = {
		.type = TAR_FILE,
		.path = "hello",
		.mode = 0755,
		.mtime = {.tv_sec = EMBEDDED_MTIME},
		.size = image_hello_program_size,
	};

	if (tar_writer_new(sink, &tar, err) < 0 || tar_writer_entry(tar, &entry, err) < 0 ||
	    tar_writer_data(tar, image_hello_program, image_hello_program_size, err) < 0)
		return -1;
	return tar_writer_finish(tar, err);
}

static void make_config(struct image_config *c)
{
	struct arena *a = &c->arena;
	struct image_history *h = arena_push(a, c->history, c->n_history);
	struct platform host;

	platform_host(&host);
	c->created = arena_strdup(a, EMBEDDED_CREATED);
	c->os = arena_strdup(a, host.os);
	c->architecture = arena_strdup(a, host.arch);
	c->variant = host.variant[0] ? arena_strdup(a, host.variant) : NULL;
	arena_strv_add(a, &c->config.cmd, &c->config.n_cmd, arena_strdup(a, "/hello"));
	h->created = c->created;
	h->comment = arena_strdup(a, "embedded in onggi");
}

static int embedded_main(void *arg, int channel, struct err *err)
{
	struct store *s = arg;
	_cleanup_(buf) struct buf layer = BUF_INIT;
	_cleanup_(image_config) struct image_config config = {0};
	struct reference name = {.domain = EMBEDDED_DOMAIN,
				 .path = EMBEDDED_PATH,
				 .tag = EMBEDDED_TAG};
	struct image_create create = {.config = &config, .name = &name};
	struct digest id;

	(void)channel;
	if (write_layer(&layer, err) < 0)
		return -1;
	make_config(&config);
	create.layer = source_from_mem(layer.data, layer.len);
	return image_create(s, &create, &id, err);
}

int image_load_embedded(struct store *s, struct err *err)
{
	if (store_run_mapped(s, embedded_main, s, NULL, NULL, err) < 0)
		return err_ctx(err, "store the embedded image '" EMBEDDED_PATH "'");
	return 0;
}
