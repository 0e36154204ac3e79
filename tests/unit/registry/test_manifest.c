/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/strv.h"
#include "oci/manifest.h"
#include "registry/private.h"
#include "suites.h"

START_TEST(types)
{
	static const struct {
		const char *header, *text, *type; /* type NULL: ERR_CORRUPT */
	} rows[] = {
		{MEDIA_OCI_INDEX, "{\"manifests\":[]}", MEDIA_OCI_INDEX},
		{MEDIA_DOCKER_MANIFEST "; charset=utf-8",
		 "{\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\",\"layers\":[]}",
		 MEDIA_DOCKER_MANIFEST},
		{"Application/VND.oci.image.index.v1+JSON", "{}", MEDIA_OCI_INDEX},
		{"text/plain", "{\"mediaType\":\"" MEDIA_DOCKER_LIST "\",\"manifests\":[]}",
		 MEDIA_DOCKER_LIST},
		{NULL, "{\"mediaType\":\"" MEDIA_DOCKER_LIST "\"}", MEDIA_DOCKER_LIST},
		{NULL, "{\"manifests\":[]}", MEDIA_OCI_INDEX},
		{"application/json", "{\"config\":{},\"layers\":[]}", MEDIA_OCI_MANIFEST},
		{"application/vnd.docker.distribution.manifest.v1+prettyjws", "{}",
		 "application/vnd.docker.distribution.manifest.v1+prettyjws"},
		{NULL, "{}", ""},
		{"a\x1b[1m/b", "{}", ""},
		{MEDIA_OCI_INDEX, "{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\"}", NULL},
		{MEDIA_OCI_INDEX, "{\"manifests\":[],\"layers\":[]}", NULL},
		{NULL, "{\"manifests\":[],\"config\":{}}", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(buf) struct buf text = BUF_INIT;
		char type[REGISTRY_MEDIA_TYPE_MAX] = "";
		struct err err = ERR_INIT;
		int r;

		buf_adds(&text, rows[i].text);
		r = manifest_judge(&text, rows[i].header, type, &err);
		ck_assert_msg(r == (rows[i].type ? 0 : -1), "row %zu: %s", i, err.text);
		if (r < 0)
			ck_assert_int_eq(err.kind, ERR_CORRUPT);
		else
			ck_assert_str_eq(type, rows[i].type);
	}
}
END_TEST

START_TEST(no_json)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	char type[REGISTRY_MEDIA_TYPE_MAX];
	struct err err = ERR_INIT;

	buf_adds(&text, "<html>");
	ck_assert_int_eq(manifest_judge(&text, MEDIA_OCI_INDEX, type, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

START_TEST(done)
{
	struct registry_manifest m = {.media_type = "x"};

	buf_adds(&m.text, "text");
	registry_manifest_done(&m);
	ck_assert_ptr_null(m.text.data);
	registry_manifest_done(&m);
}
END_TEST

Suite *suite_manifest(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");

	tcase_add_test(t, types);
	tcase_add_test(t, no_json);
	tcase_add_test(t, done);
	suite_add_tcase(s, t);
	return s;
}
