/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "suites.h"

/*
 * An archive with one good layer and config under the names layer.tar and config.json, a link to
 * the layer, and this manifest.json.
 */
static int load(const char *manifest, struct image_loaded *loaded, struct err *err)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf layer = BUF_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	const struct test_entry entries[] = {{TAR_FILE, "f", "x", 0, NULL}};
	const struct tar_entry link = {.type = TAR_SYMLINK,
				       .path = "old/layer.tar",
				       .target = "../layer.tar"};
	struct image_load_request req = {.fd = -1};
	struct sink *sink;
	struct tar_writer *w;
	struct digest diff;
	char config[256];

	test_store(&s);
	test_tar(entries, 1, &layer);
	ck_ok(digest_of(layer.data, layer.len, &diff, err), err);
	snprintf(config, sizeof(config),
		 "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
		 "\"diff_ids\":[\"sha256:%s\"]}}",
		 diff.hex);
	w = test_tar_begin(&tar, &sink);
	test_tar_file(w, "./config.json", config, strlen(config));
	test_tar_file(w, "0000000000000000000000000000000000000000000000000000000000000000.json",
		      config, strlen(config));
	test_tar_file(w, "layer.tar", layer.data, layer.len);
	ck_ok(tar_writer_entry(w, &link, err), err);
	test_tar_file(w, "manifest.json", manifest, strlen(manifest));
	test_tar_end(w, sink);
	req.input = test_file(&tar, "a.tar");
	return image_load(&s, &req, loaded, err);
}

#define IMAGE(config, tags, layers)                                                                \
	"[{\"Config\":\"" config "\",\"RepoTags\":" tags ",\"Layers\":[" layers "]}]"

static const struct {
	const char *manifest;
	enum err_kind kind;
} rows[] = {
	{IMAGE("config.json", "[\"a:1\"]", "\"layer.tar\""), ERR_NONE},
	{IMAGE("config.json", "null", "\"layer.tar\""), ERR_NONE},
	{IMAGE("config.json", "[\"a:1\"]", "\"old/layer.tar\""), ERR_NONE},
	{IMAGE("./config.json", "[\"a:1\"]", "\"/layer.tar\""), ERR_NONE},
	{IMAGE("config.json", "[\"a:1\"]", "\"nothing.tar\""), ERR_NOT_FOUND},
	{IMAGE("nothing.json", "[\"a:1\"]", "\"layer.tar\""), ERR_NOT_FOUND},
	{IMAGE("config.json", "[\"a:1\"]", "\"../layer.tar\""), ERR_INVALID},
	{IMAGE("../config.json", "[\"a:1\"]", "\"layer.tar\""), ERR_INVALID},
	{IMAGE("config.json", "[\"A:1\"]", "\"layer.tar\""), ERR_INVALID},
	{IMAGE("config.json", "[\"a:1\"]", "\"layer.tar\",\"layer.tar\""), ERR_CORRUPT},
	{IMAGE("config.json", "[\"a:1\"]", ""), ERR_CORRUPT},
	{IMAGE("config.json", "[\"a:1\"]", "\"config.json\""), ERR_CORRUPT},
	{IMAGE("0000000000000000000000000000000000000000000000000000000000000000.json", "[\"a:1\"]",
	       "\"layer.tar\""),
	 ERR_CORRUPT},
	{"[]", ERR_INVALID},
	{"{}", ERR_INVALID},
	{"[null]", ERR_INVALID},
	{"[{}]", ERR_INVALID},
};

START_TEST(manifests)
{
	struct image_loaded loaded = {0};
	struct err err = ERR_INIT;
	int r = load(rows[_i].manifest, &loaded, &err);

	if (rows[_i].kind == ERR_NONE) {
		ck_ok(r, &err);
		ck_assert_uint_eq(strv_len(loaded.names), 1);
		image_loaded_done(&loaded);
		return;
	}
	ck_assert_int_eq(r, -1);
	ck_assert_msg(err.kind == rows[_i].kind, "%d: %s", (int)err.kind, err.text);
	ck_assert_ptr_null(loaded.names);
}
END_TEST

Suite *suite_load_docker(void)
{
	Suite *s = suite_create("image/load_docker");
	TCase *c = tcase_create("docker");

	tcase_add_loop_test(c, manifests, 0, ROWS(rows));
	suite_add_tcase(s, c);
	return s;
}
