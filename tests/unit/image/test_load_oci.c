/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "suites.h"

/* An OCI archive whose index.json has one manifest with these annotations (JSON), named FILE. */
static int load(const char *annotations, const char *file, const char *only,
		struct image_loaded *loaded, struct err *err)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf layer = BUF_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf input = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "f", "x", 0, NULL}};
	struct image_load_request req = {.fd = -1};
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(&tar, &sink);
	struct digest d;
	char path[192], config[512], manifest[768], index[1536];

	test_store(&s);
	test_tar(entries, 1, &layer);
	ck_ok(digest_of(layer.data, layer.len, &d, err), err);
	snprintf(path, sizeof(path), "blobs/sha256/%s", d.hex);
	test_tar_file(w, path, layer.data, layer.len);
	snprintf(config, sizeof(config),
		 "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
		 "\"diff_ids\":[\"sha256:%s\"]}}",
		 d.hex);
	snprintf(manifest, sizeof(manifest),
		 "\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		 "\"digest\":\"sha256:%s\",\"size\":%zu}]",
		 d.hex, layer.len);
	ck_ok(digest_of(config, strlen(config), &d, err), err);
	snprintf(path, sizeof(path), "blobs/sha256/%s", d.hex);
	test_tar_file(w, path, config, strlen(config));
	snprintf(index, sizeof(index),
		 "{\"schemaVersion\":2,\"config\":{\"mediaType\":"
		 "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:%s\",\"size\":"
		 "%zu},%s}",
		 d.hex, strlen(config), manifest);
	ck_ok(digest_of(index, strlen(index), &d, err), err);
	snprintf(path, sizeof(path), "blobs/sha256/%s", d.hex);
	test_tar_file(w, path, index, strlen(index));
	snprintf(manifest, sizeof(manifest),
		 "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
		 "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:%s\",\"size\":"
		 "%zu,\"annotations\":{%s}}]}",
		 d.hex, strlen(index), annotations);
	test_tar_file(w, "index.json", manifest, strlen(manifest));
	test_tar_file(w, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
	test_tar_end(w, sink);
	buf_addf(&input, "%s%s", only ? "oci-archive:" : "", test_file(&tar, file));
	if (only)
		buf_addf(&input, ":%s", only);
	req.input = buf_str(&input);
	return image_load(&s, &req, loaded, err);
}

#define REF(name) "\"org.opencontainers.image.ref.name\":\"" name "\""

static const struct {
	const char *annotations;
	const char *file;
	const char *only;
	const char *name; /* NULL: an error; "": no name, the id */
} rows[] = {
	{REF("app:1"), "x.tar", NULL, "docker.io/library/app:1"},
	{REF("app"), "x.tar", NULL, "docker.io/library/app:latest"},
	{REF("example.org/a/b:c"), "x.tar", NULL, "example.org/a/b:c"},
	{REF("latest"), "My-App.tar", NULL, "docker.io/library/my-app:latest"},
	{REF("v1.2"), "app.oci.tar.gz", NULL, "docker.io/library/app:v1.2"},
	{REF("12-slim"), "debian.tar", NULL, "docker.io/library/debian:12-slim"},
	{"\"io.containerd.image.name\":\"docker.io/library/n:2\"," REF("2"), "x.tar", NULL,
	 "docker.io/library/n:2"},
	{"", "x.tar", NULL, ""},
	{REF("Not A Name"), "x.tar", NULL, ""},
	{REF("app:1"), "x.tar", "app:1", "docker.io/library/app:1"},
	{REF("app:1"), "x.tar", "docker.io/library/app:1", "docker.io/library/app:1"},
	{REF("app:1"), "x.tar", "app:2", NULL},
};

START_TEST(names)
{
	struct image_loaded loaded = {0};
	struct err err = ERR_INIT;
	int r = load(rows[_i].annotations, rows[_i].file, rows[_i].only, &loaded, &err);

	if (!rows[_i].name) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
		return;
	}
	ck_ok(r, &err);
	ck_assert_uint_eq(strv_len(loaded.names), 1);
	ck_assert_str_eq(loaded.names[0], rows[_i].name[0] ? rows[_i].name : loaded.ids[0]);
	image_loaded_done(&loaded);
}
END_TEST

/* Add a blob and give its digest as a descriptor's members. */
static void add_blob(struct tar_writer *w, enum hash_algorithm alg, const char *data, size_t len,
		     struct buf *ret)
{
	static const char *const algs[] = {[HASH_SHA256] = "sha256", [HASH_SHA512] = "sha512"};
	struct err err = ERR_INIT;
	char hex[HASH_MAX_SIZE * 2 + 1];
	char path[192];

	ck_ok(hash_bytes_hex(alg, data, len, hex, &err), &err);
	snprintf(path, sizeof(path), "blobs/%s/%s", algs[alg], hex);
	test_tar_file(w, path, data, len);
	buf_addf(ret, "\"digest\":\"%s:%s\",\"size\":%zu", algs[alg], hex, len);
}

struct parts {
	enum hash_algorithm alg; /* of manifest and config */
	const struct buf *layer;
	bool bring; /* the layer is in the archive */
	const struct digest *diff;
	const char *others; /* entries of index.json before ours; NULL: none */
};

/* Load an OCI archive of one image with one layer. */
static int load_parts(struct store *s, const struct parts *p, struct err *err)
{
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf d = BUF_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf index = BUF_INIT;
	struct image_load_request req = {.fd = -1};
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(&tar, &sink);
	struct platform host;
	struct digest blob;
	char diff_text[DIGEST_STR_MAX];

	platform_host(&host);
	ck_ok(digest_of(p->layer->data, p->layer->len, &blob, err), err);
	buf_addf(&text,
		 "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
		 "\"diff_ids\":[\"%s\"]}}",
		 digest_str(p->diff, diff_text));
	add_blob(w, p->alg, text.data, text.len, &d);
	buf_reset(&text);
	buf_addf(&text,
		 "{\"schemaVersion\":2,\"config\":{\"mediaType\":"
		 "\"application/vnd.oci.image.config.v1+json\",%s},\"layers\":[{\"mediaType\":"
		 "\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:%s\",\"size\":"
		 "%zu}]}",
		 buf_str(&d), blob.hex, p->layer->len);
	buf_reset(&d);
	add_blob(w, p->alg, text.data, text.len, &d);
	buf_addf(&index,
		 "{\"schemaVersion\":2,\"manifests\":[%s{\"mediaType\":"
		 "\"application/vnd.oci.image.manifest.v1+json\",%s,\"platform\":{\"os\":\"%s\","
		 "\"architecture\":\"%s\"},\"annotations\":{" REF("parts:1") "}}]}",
		 p->others ? p->others : "", buf_str(&d), host.os, host.arch);
	if (p->bring)
		add_blob(w, HASH_SHA256, p->layer->data, p->layer->len, &d);
	test_tar_file(w, "index.json", index.data, index.len);
	test_tar_file(w, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
	test_tar_end(w, sink);
	req.input = test_file(&tar, "parts.tar");
	return image_load(s, &req, &loaded, err);
}

static void make_layers(struct buf layers[2], struct digest diffs[2])
{
	static const struct test_entry entries[] = {{TAR_FILE, "f", "one", 0, NULL},
						    {TAR_FILE, "f", "two", 0, NULL}};
	struct err err = ERR_INIT;

	for (int i = 0; i < 2; i++) {
		test_tar(&entries[i], 1, &layers[i]);
		ck_ok(digest_of(layers[i].data, layers[i].len, &diffs[i], &err), &err);
	}
}

/* That blob and tree are both in the store doesn't make them a pair. */
START_TEST(a_blob_is_not_taken_for_another_layer)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	_cleanup_(buf) struct buf tar = BUF_INIT;
	struct image_load_request req = {.fd = -1};
	struct buf layers[2] = {{0}};
	struct digest diffs[2];
	struct err err = ERR_INIT;

	test_store(&s);
	make_layers(layers, diffs);
	test_docker_archive("app", layers, 2, &tar);
	req.input = test_file(&tar, "app.tar");
	ck_ok(image_load(&s, &req, &loaded, &err), &err);
	ck_assert_int_eq(
		load_parts(&s, &(struct parts){HASH_SHA256, &layers[0], false, &diffs[1], NULL},
			   &err),
		-1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	err_clear(&err);
	ck_assert_int_eq(load_parts(&s,
				    &(struct parts){HASH_SHA256, &layers[0], true, &diffs[1], NULL},
				    &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	err_clear(&err);
	ck_ok(load_parts(&s, &(struct parts){HASH_SHA256, &layers[0], false, &diffs[0], NULL},
			 &err),
	      &err);
	buf_done(&layers[0]);
	buf_done(&layers[1]);
}
END_TEST

START_TEST(sha512_documents)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	struct buf layers[2] = {{0}};
	struct digest diffs[2];
	struct err err = ERR_INIT;

	test_store(&s);
	make_layers(layers, diffs);
	ck_ok(load_parts(&s, &(struct parts){HASH_SHA512, &layers[0], true, &diffs[0], NULL}, &err),
	      &err);
	ck_ok(store_image_find(&s, "parts:1", &img, &err), &err);
	ck_assert_int_eq(img.id.alg, HASH_SHA512);
	ck_assert_int_eq(img.descriptor.digest.alg, HASH_SHA512);
	buf_done(&layers[0]);
	buf_done(&layers[1]);
}
END_TEST

/* Entries of one name for other platforms, whose blobs nobody has, are passed over; many of them,
 * too. */
START_TEST(the_platform_that_fits)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf others = BUF_INIT;
	struct buf layers[2] = {{0}};
	struct digest diffs[2];
	struct err err = ERR_INIT;

	test_store(&s);
	make_layers(layers, diffs);
	for (int i = 0; i < 5000; i++)
		buf_addf(&others,
			 "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
			 "\"sha256:%064d\",\"size\":1,\"platform\":{\"os\":\"plan9\","
			 "\"architecture\":\"mips\"},\"annotations\":{" REF("parts:1") "}},",
			 i);
	ck_ok(load_parts(&s,
			 &(struct parts){HASH_SHA256, &layers[0], true, &diffs[0],
					 buf_str(&others)},
			 &err),
	      &err);
	buf_done(&layers[0]);
	buf_done(&layers[1]);
}
END_TEST

Suite *suite_load_oci(void)
{
	Suite *s = suite_create("image/load_oci");
	TCase *c = tcase_create("oci");

	tcase_add_loop_test(c, names, 0, ROWS(rows));
	tcase_add_test(c, a_blob_is_not_taken_for_another_layer);
	tcase_add_test(c, sha512_documents);
	tcase_add_test(c, the_platform_that_fits);
	suite_add_tcase(s, c);
	return s;
}
