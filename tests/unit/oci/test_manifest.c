/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/manifest.h"
#include "suites.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "\"digest\":\"sha256:" HEX "\""
#define CONFIG "\"config\":{\"mediaType\":\"" MEDIA_OCI_CONFIG "\"," DIGEST ",\"size\":7}"
#define LAYER  "{\"mediaType\":\"" MEDIA_OCI_LAYER_GZIP "\"," DIGEST ",\"size\":9}"

static const char *const same[] = {
	"{\"schemaVersion\":2," CONFIG ",\"layers\":[]}",
	"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_MANIFEST "\"," CONFIG
	",\"layers\":[" LAYER "," LAYER "]}",
	"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\"," CONFIG
	",\"layers\":[" LAYER "]}",
	"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_MANIFEST
	"\",\"artifactType\":\"a/b\"," CONFIG ",\"layers\":[],\"subject\":" LAYER
	",\"annotations\":{\"k\":\"v\"}}",
};

START_TEST(round_trip)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(manifest) struct manifest m = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_msg(manifest_parse(same[_i], strlen(same[_i]), "m", &m, &err) == 0, "%s",
		      err.text);
	manifest_write(&m, &out);
	ck_assert_str_eq(buf_str(&out), same[_i]);
}
END_TEST

START_TEST(index_round_trip)
{
	static const char text[] =
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_DOCKER_LIST
		"\",\"manifests\":[{\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\"," DIGEST
		",\"size\":1,\"annotations\":{\"" ANNOTATION_REF_NAME "\":\"x\"},\"platform\":"
		"{\"architecture\":\"arm64\",\"os\":\"linux\",\"os.version\":\"1\",\"variant\":"
		"\"v8\"}},"
		"{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\",\"artifactType\":\"a/b\"," DIGEST
		",\"size\":0}],"
		"\"annotations\":{\"k\":\"\"}}";
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_msg(image_index_parse(text, strlen(text), "i", &x, &err) == 0, "%s", err.text);
	image_index_write(&x, &out);
	ck_assert_str_eq(buf_str(&out), text);
	ck_assert_str_eq(x.manifests[0].platform->variant, "v8");
}
END_TEST

/* Nulls and members that nobody knows are no errors. */
START_TEST(lenient)
{
	static const char text[] = "{\"schemaVersion\":2,\"x\":{},\"mediaType\":\"\"," CONFIG
				   ",\"layers\":null,\"annotations\":null,\"subject\":null}";
	_cleanup_(manifest) struct manifest m = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_msg(manifest_parse(text, strlen(text), "m", &m, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(m.n_layers, 0);
	ck_assert_ptr_null(m.subject);
}
END_TEST

#define LAYERS(l) "{\"schemaVersion\":2," CONFIG ",\"layers\":[" l "]}"

static const struct {
	const char *text;
	enum err_kind kind;
	const char *error;
} bad[] = {
	{"[]", ERR_INVALID, "m: expected a JSON object"},
	{"{}", ERR_INVALID, "m: schemaVersion: missing, but required"},
	{"{\"schemaVersion\":1,\"fsLayers\":[]}", ERR_UNSUPPORTED,
	 "m: Docker image manifest version 2, schema 1 is not supported, only schema 2 and OCI"},
	{"{\"mediaType\":\"application/vnd.docker.distribution.manifest.v1+prettyjws\"}",
	 ERR_UNSUPPORTED,
	 "m: Docker image manifest version 2, schema 1 is not supported, only schema 2 and OCI"},
	{"{\"schemaVersion\":3," CONFIG "}", ERR_INVALID,
	 "m: schemaVersion: 3 is unknown, expected 2"},
	{"{\"schemaVersion\":2,\"manifests\":[]}", ERR_INVALID,
	 "m: is an index, expected a manifest"},
	{"{\"schemaVersion\":2,\"manifests\":[]," CONFIG ",\"layers\":[]}", ERR_INVALID,
	 "m: has the members of both a manifest and an index, which is ambiguous"},
	{"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_INDEX "\"," CONFIG "}", ERR_INVALID,
	 "m: mediaType: '" MEDIA_OCI_INDEX "', expected " MEDIA_OCI_MANIFEST
	 " or " MEDIA_DOCKER_MANIFEST},
	{"{\"schemaVersion\":2,\"layers\":[]}", ERR_INVALID, "m: config: missing, but required"},
	{LAYERS("{}"), ERR_INVALID, "m: layers[0].mediaType: missing, but required"},
	{LAYERS("{\"mediaType\":\"a/b\",\"size\":1}"), ERR_INVALID,
	 "m: layers[0].digest: missing, but required"},
	{LAYERS("{\"mediaType\":\"a/b\"," DIGEST "}"), ERR_INVALID,
	 "m: layers[0].size: missing, but required"},
	{LAYERS("{\"mediaType\":\"a/b\"," DIGEST ",\"size\":-1}"), ERR_INVALID,
	 "m: layers[0].size: expected a whole number from 0 to 18446744073709551615, found -1"},
	{LAYERS(LAYER ",{\"mediaType\":\"a/b\"," DIGEST ",\"size\":9223372036854775808}"),
	 ERR_LIMIT,
	 "m: layers[1]: size: 9223372036854775808 is more than 9223372036854775807 bytes"},
	{LAYERS("{\"mediaType\":\"layer\"," DIGEST ",\"size\":1}"), ERR_INVALID,
	 "m: layers[0]: mediaType: 'layer' is no media type, expected TYPE/SUBTYPE"},
	{LAYERS("{\"mediaType\":\"a/../b\"," DIGEST ",\"size\":1}"), ERR_INVALID,
	 "m: layers[0]: mediaType: 'a/../b' is no media type, expected TYPE/SUBTYPE"},
	{LAYERS("{\"mediaType\":\"a/b\",\"digest\":\"sha256:../../x\",\"size\":1}"), ERR_INVALID,
	 "m: layers[0].digest: invalid digest 'sha256:../../x': expected sha256:<64 lower-case hex "
	 "digits>"},
	{LAYERS("{\"mediaType\":\"a/b\",\"digest\":5,\"size\":1}"), ERR_INVALID,
	 "m: layers[0].digest: expected a digest string such as sha256:<64 hex digits>"},
};

START_TEST(refused)
{
	_cleanup_(manifest) struct manifest m = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_int_eq(manifest_parse(bad[_i].text, strlen(bad[_i].text), "m", &m, &err), -1);
	ck_assert_str_eq(err.text, bad[_i].error);
	ck_assert_int_eq(err.kind, bad[_i].kind);
	ck_assert_ptr_null(m.arena.head);
}
END_TEST

START_TEST(index_refused)
{
	static const char manifest[] = LAYERS("");
	static const char arch[] =
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\"," DIGEST
		",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
		"}}]}";
	_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_int_eq(image_index_parse(manifest, strlen(manifest), "i", &x, &err), -1);
	ck_assert_str_eq(err.text, "i: is a manifest, expected an index");
	ck_assert_int_eq(image_index_parse(arch, strlen(arch), "i", &x, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "i: manifests[0].platform: architecture: 'aaaa"));
}
END_TEST

START_TEST(limits)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(manifest) struct manifest m = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	buf_adds(&text, "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER);
	for (int i = 1; i < MANIFEST_MAX_LAYERS + 1; i++)
		buf_adds(&text, "," LAYER);
	buf_adds(&text, "]}");
	ck_assert_int_eq(manifest_parse(text.data, text.len, "m", &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "m: layers: 1001 elements, at most 1000 are accepted");
	ck_assert_int_eq(manifest_parse("", MANIFEST_MAX_SIZE + 1, "m", &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "m: 4194305 bytes, at most 4194304 are accepted");
}
END_TEST

Suite *suite_manifest(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");

	tcase_add_loop_test(t, round_trip, 0, (int)ARRAY_SIZE(same));
	tcase_add_test(t, index_round_trip);
	tcase_add_test(t, lenient);
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, index_refused);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
