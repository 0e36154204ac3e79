/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/strv.h"
#include "oci/manifest.h"
#include "suites.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char index_text[] =
	"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MEDIA_OCI_MANIFEST
	"\",\"digest\":\"sha256:" HEX
	"\",\"size\":5,\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"},"
	"\"platform\":{\"architecture\":\"amd64\",\"os\":\"windows\",\"os.version\":\"10.0.1\"}}]}";

/* A decoded array is exactly as long as it was: setting one more must not write behind it. */
START_TEST(annotate)
{
	_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};
	struct descriptor *d;
	char key[16];

	ck_assert_int_eq(image_index_parse(index_text, sizeof(index_text) - 1, "i", &x, NULL), 0);
	d = &x.manifests[0];
	ck_assert_str_eq(descriptor_annotation(d, "b"), "2");
	ck_assert_ptr_null(descriptor_annotation(d, "z"));
	descriptor_annotate(&x.arena, d, "b", "two");
	ck_assert_uint_eq(d->n_annotations, 3);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		descriptor_annotate(&x.arena, d, key, key);
	}
	ck_assert_uint_eq(d->n_annotations, 43);
	ck_assert_str_eq(descriptor_annotation(d, "b"), "two");
	ck_assert_str_eq(descriptor_annotation(d, "c"), "3");
	ck_assert_str_eq(descriptor_annotation(d, "k39"), "k39");
}
END_TEST

START_TEST(copy)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct descriptor d;

	{
		_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};

		ck_assert_int_eq(image_index_parse(index_text, sizeof(index_text) - 1, "i", &x,
						   NULL),
				 0);
		descriptor_copy(&a, &d, &x.manifests[0]);
	}
	ck_assert_str_eq(d.media_type, MEDIA_OCI_MANIFEST);
	ck_assert_str_eq(d.digest.hex, HEX);
	ck_assert_uint_eq(d.size, 5);
	ck_assert_str_eq(d.platform->os_version, "10.0.1");
	ck_assert_str_eq(descriptor_annotation(&d, "c"), "3");
	descriptor_annotate(&a, &d, "d", "4");
	ck_assert_uint_eq(d.n_annotations, 4);
}
END_TEST

Suite *suite_descriptor(void)
{
	Suite *s = suite_create("descriptor");
	TCase *t = tcase_create("descriptor");

	tcase_add_test(t, annotate);
	tcase_add_test(t, copy);
	suite_add_tcase(s, t);
	return s;
}
