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

Suite *suite_load_oci(void)
{
	Suite *s = suite_create("image/load_oci");
	TCase *c = tcase_create("oci");

	tcase_add_loop_test(c, names, 0, ROWS(rows));
	suite_add_tcase(s, c);
	return s;
}
