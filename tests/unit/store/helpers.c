/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "os/fd.h"
#include "store/layers.h"
#include "suites.h"

void test_store(struct store *ret)
{
	char dir[128];
	char data[160];
	char run[160];
	struct err err = ERR_INIT;

	snprintf(dir, sizeof(dir), "%s/store-XXXXXX", getenv("ONGGI_TEST_DIR"));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(run, sizeof(run), "%s/run", dir);
	ck_ok(store_open(data, run, ret, &err), &err);
	ret->durable = false;
}

void test_image_parts(struct store *s, const char *const *texts, struct descriptor *ret_manifest,
		      struct digest *ret_id)
{
	_cleanup_(buf) struct buf config = BUF_INIT;
	_cleanup_(buf) struct buf layers = BUF_INIT;
	_cleanup_(buf) struct buf manifest = BUF_INIT;
	struct err err = ERR_INIT;
	struct digest id;

	buf_adds(&config, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
			  "\"layers\",\"diff_ids\":[");
	for (size_t i = 0; texts[i]; i++) {
		struct store_layer_stage stage = STORE_LAYER_STAGE_INIT;
		struct digest d;

		ck_ok(store_blob_put(s, texts[i], strlen(texts[i]), &d, &err), &err);
		ck_ok(store_layer_begin(s, &stage, &err), &err);
		test_write(stage.fd, "content", texts[i]);
		ck_ok(store_layer_commit(&stage, &d, NULL, &err), &err);
		buf_addf(&config, "%s\"sha256:%s\"", i ? "," : "", d.hex);
		buf_addf(&layers,
			 "%s{\"mediaType\":\"" MEDIA_OCI_LAYER
			 "\",\"digest\":\"sha256:%s\",\"size\":%zu}",
			 i ? "," : "", d.hex, strlen(texts[i]));
	}
	buf_adds(&config, "]}}");
	ck_ok(store_blob_put(s, config.data, config.len, &id, &err), &err);
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" MEDIA_OCI_CONFIG
		 "\",\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[%s]}",
		 id.hex, config.len, buf_str(&layers));
	*ret_manifest = (struct descriptor){.media_type = (char *)(uintptr_t)MEDIA_OCI_MANIFEST,
					    .size = manifest.len};
	ck_ok(store_blob_put(s, manifest.data, manifest.len, &ret_manifest->digest, &err), &err);
	*ret_id = id;
}

void test_image(struct store *s, const char *text, const char *name, struct digest *ret_id)
{
	const char *texts[] = {text, NULL};
	struct descriptor manifest;
	struct reference ref;
	struct err err = ERR_INIT;
	struct digest id;

	test_image_parts(s, texts, &manifest, &id);
	if (name)
		ck_ok(reference_parse(name, &ref, &err), &err);
	ck_ok(store_image_name(s, &manifest, &id, &ref, name ? 1 : 0, &err), &err);
	if (ret_id)
		*ret_id = id;
}

void test_container(struct store *s, const char *image, const char *name, char ret_id[ID_LEN + 1])
{
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(container_record) struct container_record r = {.auto_remove = true};
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;
	char text[DIGEST_STR_MAX];

	id_random(ret_id);
	r.id = arena_strdup(&r.arena, ret_id);
	r.name = arena_strdup(&r.arena, name);
	if (image) {
		ck_ok(store_image_find(s, image, &img, &err), &err);
		r.image = arena_strdup(&r.arena, image);
		r.manifest = arena_strdup(&r.arena, digest_str(&img.descriptor.digest, text));
		arena_strv_add(&r.arena, &r.layers, &r.n_layers,
			       arena_strdup(&r.arena, digest_str(&img.config.diff_ids[0], text)));
	}
	ck_ok(store_container_create(s, &r, &d, &err), &err);
}

bool test_exists(int dirfd, const char *path)
{
	return faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int test_entries(int dirfd, const char *path)
{
	_cleanup_dir_ DIR *d = fdopendir(openat(dirfd, path, O_RDONLY | O_DIRECTORY));
	int n = -2;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	return n;
}

void test_write(int dirfd, const char *path, const char *text)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
}
