/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/buf.h"
#include "base/strv.h"
#include "oci/manifest.h"
#include "suites.h"

#define HEX62 "23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* An index whose n-th manifest has the digest "NN..." and this platform; "-": none; "!":
 * attestation. */
static void make_index(const char *const *platforms, struct image_index *ret)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	buf_adds(&text, "{\"schemaVersion\":2,\"manifests\":[");
	for (int i = 0; platforms[i]; i++) {
		char os[32] = "", arch[32] = "", variant[32] = "";

		buf_addf(&text,
			 "%s{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\",\"size\":1,\"digest\":"
			 "\"sha256:%02d" HEX62 "\"",
			 i ? "," : "", i);
		if (sscanf(platforms[i], "%31[^/]/%31[^/]/%31s", os, arch, variant) >= 2)
			buf_addf(&text,
				 ",\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\","
				 "\"variant\":\"%s\"}",
				 os, arch, variant);
		if (platforms[i][0] == '!')
			buf_adds(&text, ",\"annotations\":{\"vnd.docker.reference.type\":"
					"\"attestation-manifest\"}");
		buf_adds(&text, "}");
	}
	buf_adds(&text, "]}");
	ck_assert_msg(image_index_parse(text.data, text.len, "index", ret, &err) == 0, "%s",
		      err.text);
}

static const struct {
	const char *want;
	const char *platforms[20];
	int chosen; /* -1: none */
	const char *error;
	const char *hint;
} cases[] = {
	{"linux/amd64", {"linux/arm64", "linux/amd64"}, 1, NULL, NULL},
	{"linux/arm64", {"linux/amd64", "linux/arm64/v8"}, 1, NULL, NULL},
	{"linux/arm/v7", {"linux/arm/v5", "linux/arm/v6", "linux/amd64"}, 1, NULL, NULL},
	{"linux/arm/v7", {"linux/arm/v6", "linux/arm/v7", "linux/arm/v7"}, 1, NULL, NULL},
	{"linux/amd64", {"-"}, 0, NULL, NULL},
	{"linux/amd64", {"!", "-", "linux/arm64"}, 1, NULL, NULL},
	{"linux/amd64", {"-", "linux/amd64"}, 1, NULL, NULL},
	{"linux/amd64", {NULL}, -1, "no image for platform linux/amd64: the index is empty", ""},
	{"linux/amd64",
	 {"!", "unknown/unknown"},
	 -1,
	 "no image for platform linux/amd64: the index is empty",
	 ""},
	{"linux/riscv64",
	 {"linux/amd64", "unknown/unknown", "linux/arm/v7"},
	 -1,
	 "no image for platform linux/riscv64, there are: linux/amd64, linux/arm/v7",
	 "--platform linux/amd64"},
	{"linux/amd64",
	 {"a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b", "a/b",
	  "a/b"},
	 -1,
	 "no image for platform linux/amd64, there are: a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, "
	 "a/b, "
	 "a/b, a/b, a/b and 2 more",
	 "--platform a/b"},
};

START_TEST(choice)
{
	_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};
	const struct descriptor *d = NULL;
	struct platform want;
	struct err err = ERR_INIT;
	int r;

	make_index(cases[_i].platforms, &x);
	ck_assert_int_eq(platform_parse(cases[_i].want, &want, &err), 0);
	r = image_index_select(&x, &want, &d, &err);
	if (cases[_i].chosen < 0) {
		ck_assert_int_eq(r, -1);
		ck_assert_ptr_null(d);
		ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
		ck_assert_str_eq(err.text, cases[_i].error);
		ck_assert_str_eq(err.hint, cases[_i].hint);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_ptr_eq(d, &x.manifests[cases[_i].chosen]);
	}
}
END_TEST

Suite *suite_index_select(void)
{
	Suite *s = suite_create("index_select");
	TCase *t = tcase_create("index_select");

	tcase_add_loop_test(t, choice, 0, (int)ARRAY_SIZE(cases));
	suite_add_tcase(s, t);
	return s;
}
