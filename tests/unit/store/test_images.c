/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "store/images_private.h"
#include "suites.h"

static struct store s;
static struct digest app_id, other_id;

static void setup(void)
{
	s = (struct store)STORE_INIT;
	test_store(&s);
	test_image(&s, "one", "app", &app_id);
	test_image(&s, "two", "localhost/other:2", &other_id);
}

static void teardown(void)
{
	store_done(&s);
}

static const struct {
	const char *name;
	bool found;
} lookups[] = {
	{"app", true},	       {"app:latest", true}, {"docker.io/library/app:latest", true},
	{"library/app", true}, {"app:1", false},     {"localhost/other:2", true},
	{"other:2", false},    {"../app", false},    {"", false},
	{"sha256:", false},
};

START_TEST(find_by_name)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	int r = store_image_find(&s, lookups[_i].name, &img, &err);

	if (lookups[_i].found) {
		ck_ok(r, &err);
		ck_assert_uint_eq(img.config.n_diff_ids, 1);
		ck_assert_uint_eq(img.manifest.n_layers, 1);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
		ck_assert_ptr_nonnull(strstr(err.text, lookups[_i].name));
		ck_assert_int_ne(err.hint[0], '\0');
	}
}
END_TEST

START_TEST(find_by_id)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	char text[DIGEST_STR_MAX];

	ck_ok(store_image_find(&s, digest_str(&app_id, text), &img, &err), &err);
	ck_assert_str_eq(img.name.path, "library/app");
	store_image_done(&img);
	ck_ok(store_image_find(&s, app_id.hex, &img, &err), &err);
	store_image_done(&img);
	snprintf(text, sizeof(text), "%.8s", other_id.hex);
	ck_ok(store_image_find(&s, text, &img, &err), &err);
	ck_assert(digest_eq(&img.id, &other_id));
	store_image_done(&img);
	/* Too short to be meant as an id. */
	text[3] = '\0';
	ck_assert_int_eq(store_image_find(&s, text, &img, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(find_by_repository_and_digest)
{
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(store_image) struct store_image again = {0};
	struct err err = ERR_INIT;
	char name[REFERENCE_STR_MAX];
	char text[DIGEST_STR_MAX];

	ck_ok(store_image_find(&s, "app", &img, &err), &err);
	snprintf(name, sizeof(name), "app@%s", digest_str(&img.descriptor.digest, text));
	ck_ok(store_image_find(&s, name, &again, &err), &err);
	ck_assert(digest_eq(&again.id, &app_id));
}
END_TEST

START_TEST(nearest_name_is_suggested)
{
	struct store_image img;
	struct err err = ERR_INIT;

	ck_assert_int_eq(store_image_find(&s, "appp", &img, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.hint, "'app'"));
}
END_TEST

START_TEST(an_absent_store_is_empty)
{
	_cleanup_(store) struct store empty = STORE_INIT;
	_cleanup_(image_index) struct image_index index = {0};
	struct err err = ERR_INIT;

	test_store(&empty);
	ck_ok(store_index_read(&empty, &index, &err), &err);
	ck_assert_uint_eq(index.n_manifests, 0);
	ck_assert(!test_exists(empty.data_fd, "images"));
}
END_TEST

START_TEST(a_damaged_index_is_named)
{
	struct store_image img;
	struct err err = ERR_INIT;

	test_write(s.images_fd, "index.json", "{");
	ck_assert_int_eq(store_image_find(&s, "app", &img, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "image index"));
}
END_TEST

/* What another tool wrote carries no annotation of ours, and is verified at each use. */
START_TEST(foreign_entries_are_verified)
{
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(image_index) struct image_index index = {0};
	struct err err = ERR_INIT;
	char path[BLOB_PATH_MAX];
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct descriptor d;

	ck_ok(store_image_find(&s, "app", &img, &err), &err);
	d = img.descriptor;
	ck_ok(store_blob_get(&s, &d, 10000, true, &text, &err), &err);
	/* Same size, other content. */
	*strchr(text.data, '2') = '3';
	test_write(s.images_fd, store_blob_path(&d.digest, path), text.data);
	store_image_done(&img);
	ck_assert_int_eq(store_index_read(&s, &index, &err), 0);
	for (size_t i = 0; i < index.n_manifests; i++)
		index.manifests[i].n_annotations = 0;
	ck_assert_int_eq(store_image_load(&s, &index.manifests[0], &img, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
}
END_TEST

/* An index below an entry comes from a registry: only entries speak for us. */
START_TEST(annotations_below_an_entry_are_not_ours)
{
	_cleanup_(store_image) struct store_image img = {0};
	_cleanup_(store_image) struct store_image below = {0};
	struct descriptor d = {.media_type = (char[]){MEDIA_OCI_INDEX}};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	char digest[DIGEST_STR_MAX];

	ck_ok(store_image_find(&s, "app", &img, &err), &err);
	digest_str(&img.descriptor.digest, digest);
	buf_addf(&text,
		 "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MEDIA_OCI_MANIFEST
		 "\",\"digest\":\"%s\",\"size\":%llu,\"annotations\":"
		 "{\"" ANNOTATION_IMAGE_CHAINS "\":\"%s\"}}]}",
		 digest, (unsigned long long)img.descriptor.size, digest);
	d.size = text.len;
	ck_ok(store_blob_put(&s, text.data, text.len, &d.digest, &err), &err);
	ck_ok(store_image_load(&s, &d, &below, &err), &err);
	ck_assert(digest_eq(&below.id, &app_id));
	ck_assert_ptr_null(descriptor_annotation(&below.descriptor, ANNOTATION_IMAGE_CHAINS));
}
END_TEST

Suite *suite_images(void)
{
	Suite *suite = suite_create("store/images");
	TCase *c = tcase_create("images");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, find_by_name, 0, ROWS(lookups));
	tcase_add_test(c, find_by_id);
	tcase_add_test(c, find_by_repository_and_digest);
	tcase_add_test(c, nearest_name_is_suggested);
	tcase_add_test(c, an_absent_store_is_empty);
	tcase_add_test(c, a_damaged_index_is_named);
	tcase_add_test(c, foreign_entries_are_verified);
	tcase_add_test(c, annotations_below_an_entry_are_not_ours);
	suite_add_tcase(suite, c);
	return suite;
}
