/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "oci/manifest.h"
#include "suites.h"

static const struct {
	const char *type;
	enum media_kind kind;
	enum compression compression;
} types[] = {
	{MEDIA_OCI_INDEX, MEDIA_INDEX, COMPRESSION_NONE},
	{MEDIA_DOCKER_LIST, MEDIA_INDEX, COMPRESSION_NONE},
	{MEDIA_OCI_MANIFEST, MEDIA_MANIFEST, COMPRESSION_NONE},
	{MEDIA_DOCKER_MANIFEST, MEDIA_MANIFEST, COMPRESSION_NONE},
	{MEDIA_OCI_CONFIG, MEDIA_CONFIG, COMPRESSION_NONE},
	{MEDIA_DOCKER_CONFIG, MEDIA_CONFIG, COMPRESSION_NONE},
	{MEDIA_OCI_LAYER, MEDIA_LAYER, COMPRESSION_NONE},
	{MEDIA_OCI_LAYER_GZIP, MEDIA_LAYER, COMPRESSION_GZIP},
	{MEDIA_OCI_LAYER_ZSTD, MEDIA_LAYER, COMPRESSION_ZSTD},
	{MEDIA_DOCKER_LAYER, MEDIA_LAYER, COMPRESSION_NONE},
	{MEDIA_DOCKER_LAYER_GZIP, MEDIA_LAYER, COMPRESSION_GZIP},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_GZIP},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_NONE},
	{"application/vnd.oci.image.layer.v1.tar+xz", MEDIA_UNKNOWN, COMPRESSION_COUNT},
	{"text/plain", MEDIA_UNKNOWN, COMPRESSION_COUNT},
	{NULL, MEDIA_UNKNOWN, COMPRESSION_COUNT},
};

START_TEST(kinds)
{
	enum compression c = COMPRESSION_COUNT;

	ck_assert_int_eq(media_kind(types[_i].type, &c), types[_i].kind);
	ck_assert_int_eq(c, types[_i].compression);
	ck_assert_int_eq(media_kind(types[_i].type, NULL), types[_i].kind);
}
END_TEST

Suite *suite_media_type(void)
{
	Suite *s = suite_create("media_type");
	TCase *t = tcase_create("media_type");

	tcase_add_loop_test(t, kinds, 0, (int)ARRAY_SIZE(types));
	suite_add_tcase(s, t);
	return s;
}
