/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `load` is given, up to the point where layers are read: which kind of archive it is, its
 * members, the documents of docker-archive and oci-archive. From a file, where members are read by
 * ranges, and from a pipe, where they are kept; both find the same images.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "image/load.h"
#include "os/fd.h"
#include "scratch.h"

#define INPUT_MAX ((size_t)65536) /* what a pipe holds */

static struct store *the_store(void)
{
	static struct store store = STORE_INIT;
	char data[64], run[64];
	struct err err = ERR_INIT;

	if (store.data_path)
		return &store;
	(void)snprintf(data, sizeof(data), "/proc/self/fd/%d/data", scratch_dir());
	(void)snprintf(run, sizeof(run), "/proc/self/fd/%d/run", scratch_dir());
	FUZZ_CHECK(store_open(data, run, &store, &err) == 0);
	store.durable = false;
	return &store;
}

static void check_image(struct load *l, const struct load_image *image)
{
	FUZZ_CHECK(image->label && image->config && digest_is_set(&image->id));
	FUZZ_CHECK(image->n_layers <= MANIFEST_MAX_LAYERS);
	FUZZ_CHECK(!image->manifest == !digest_is_set(&image->manifest_digest));
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct load_layer *layer = &image->layers[i];
		struct image_input_blob blob = {0};
		struct err err = ERR_INIT;

		FUZZ_CHECK(digest_is_set(&layer->diff_id) && digest_is_set(&layer->chain));
		FUZZ_CHECK(layer->member || digest_is_set(&layer->blob));
		if (!layer->member)
			continue;
		if (image_input_blob(l->input, layer->member, &blob, &err) < 0)
			scratch_check_err(&err);
		source_free(blob.source);
	}
}

/* Number of images, or -1. */
static int try_input(int fd)
{
	_cleanup_(load) struct load l = {.store = the_store()};
	struct platform linux_amd64 = {.os = "linux", .arch = "amd64"};
	struct err err = ERR_INIT;
	int n;

	load_documents_init(&l.documents);
	l.platform = &linux_amd64;
	if (image_input_open(l.store, NULL, fd, &l.input, &err) < 0) {
		scratch_check_err(&err);
		return -1;
	}
	n = image_input_has(l.input, "index.json") ? load_oci(&l, &err) : load_docker(&l, &err);
	if (n < 0) {
		scratch_check_err(&err);
		return -1;
	}
	for (size_t i = 0; i < l.n_images; i++)
		check_image(&l, &l.images[i]);
	return (int)l.n_images;
}

static void load_archive(const uint8_t *data, size_t size)
{
	_cleanup_fd_ int file = -1;
	int ends[2], from_file, from_pipe;

	if (size > INPUT_MAX)
		return;
	file = scratch_file(data, size);
	from_file = try_input(file);
	FUZZ_CHECK(pipe2(ends, O_CLOEXEC) == 0 && fd_write_full(ends[1], data, size) == 0);
	close(ends[1]);
	from_pipe = try_input(ends[0]);
	close(ends[0]);
	FUZZ_CHECK(from_file == from_pipe || from_file < 0 || from_pipe < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *mended = NULL;

	load_archive(data, size);
	if (size && size <= INPUT_MAX) {
		mended = xalloc(size);
		memcpy(mended, data, size);
		scratch_mend_tar(mended, size);
		if (memcmp(mended, data, size) != 0)
			load_archive(mended, size);
	}
	return 0;
}
