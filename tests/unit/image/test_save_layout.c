/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/save.h"
#include "os/fd.h"
#include "suites.h"

static int save_as(struct store *s, const char *image, enum compression c, struct err *err)
{
	char *images[] = {(char *)(uintptr_t)image, NULL};
	const struct image_save_request req = {.images = images,
					       .format = IMAGE_SAVE_OCI_DIR,
					       .output = "lay",
					       .fd = -1,
					       .recompress = c != COMPRESSION_COUNT,
					       .compression = c};

	return image_save(s, &req, err);
}

static void save_ok(struct store *s, const char *image)
{
	struct err err = ERR_INIT;

	ck_ok(save_as(s, image, COMPRESSION_COUNT, &err), &err);
}

static void put(const char *path, const char *text)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
}

static void read_index(struct buf *ret)
{
	struct err err = ERR_INIT;

	buf_reset(ret);
	ck_ok(file_read_all(AT_FDCWD, "lay/index.json", 100000, ret, &err), &err);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
		n++;
	return n;
}

/* What another tool wrote stays, in its place and to the letter. */
START_TEST(foreign_members_stay)
{
	static const char before[] =
		"{\"schemaVersion\":2,\"x-tool\":[1,{\"a\":null}],\"manifests\":["
		"{\"mediaType\":\"application/x\",\"digest\":\"sha256:"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"size\":7,"
		"\"urls\":[\"https://e.example/\"],\"data\":\"aGVsbG8=\"}";
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf text = BUF_INIT;

	test_save_store(&s);
	ck_assert_int_eq(mkdir("lay", 0755), 0);
	put("lay/oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}\n");
	buf_adds(&text, before);
	buf_adds(&text, "],\"annotations\":{\"k\":\"v\"}}");
	put("lay/index.json", buf_str(&text));
	save_ok(&s, "app:1");
	save_ok(&s, "app:1");
	read_index(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "\"x-tool\":[1,{\"a\":null}]"));
	ck_assert_ptr_nonnull(strstr(text.data, "\"annotations\":{\"k\":\"v\"}"));
	ck_assert_ptr_nonnull(strstr(text.data, strstr(before, "{\"mediaType")));
	ck_assert_uint_eq(count(text.data, "docker.io/library/app:1"), 2);
	buf_reset(&text);
	ck_assert(test_has(AT_FDCWD, "lay/oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}\n"));
}
END_TEST

/* An image without a name is listed once, and not at all beside an entry that has one. */
START_TEST(unnamed_images)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image one = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	test_save_store(&s);
	ck_ok(store_image_find(&s, "app:1", &one, &err), &err);
	for (int i = 0; i < 2; i++) {
		save_ok(&s, one.id.hex);
		read_index(&text);
		ck_assert_uint_eq(count(text.data, "\"digest\""), 1);
		ck_assert_ptr_null(strstr(text.data, "annotations"));
	}
	save_ok(&s, "app:1");
	save_ok(&s, one.id.hex);
	read_index(&text);
	ck_assert_uint_eq(count(text.data, "\"digest\""), 1);
	ck_assert_ptr_nonnull(strstr(text.data, "ref.name\":\"docker.io/library/app:1\""));
}
END_TEST

START_TEST(a_name_takes_the_place_of_its_old_entry)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image two = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct reference ref;
	struct err err = ERR_INIT;

	test_save_store(&s);
	save_ok(&s, "app:1");
	ck_ok(reference_parse("app:1", &ref, &err), &err);
	ck_ok(store_image_tag(&s, "app:2", &ref, &err), &err);
	save_ok(&s, "app:1");
	ck_ok(store_image_find(&s, "app:2", &two, &err), &err);
	read_index(&text);
	ck_assert_uint_eq(count(text.data, "\"digest\""), 1);
	ck_assert_ptr_nonnull(strstr(text.data, two.descriptor.digest.hex));
}
END_TEST

/* A blob that is there with another size is not what its name says. */
START_TEST(a_short_blob_is_replaced)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image one = {0};
	char path[SAVE_NAME_MAX + 8];
	char name[SAVE_NAME_MAX];
	struct stat st;
	struct err err = ERR_INIT;

	test_save_store(&s);
	ck_ok(store_image_find(&s, "app:1", &one, &err), &err);
	save_ok(&s, "app:1");
	snprintf(path, sizeof(path), "lay/%s",
		 save_blob_name(&one.manifest.layers[0].digest, name));
	ck_assert_int_eq(truncate(path, 100), 0);
	save_ok(&s, "app:1");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)one.manifest.layers[0].size);
}
END_TEST

START_TEST(refusals)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;

	test_save_store(&s);
	ck_assert_int_eq(mkdir("lay", 0755), 0);
	put("lay/file", "x");
	ck_assert_int_lt(save_as(&s, "app:1", COMPRESSION_COUNT, &err), 0);
	ck_assert_str_eq(err.text, "'lay' is neither empty nor an OCI layout");
	ck_assert_int_ne(access("lay/blobs", F_OK), 0);
	ck_assert_int_eq(unlink("lay/file"), 0);
	ck_assert_int_eq(rmdir("lay"), 0);
	put("lay", "x");
	ck_assert_int_lt(save_as(&s, "app:1", COMPRESSION_COUNT, &err), 0);
	ck_assert_str_eq(err.text, "'lay' is a file, and an OCI layout is a directory");
	ck_assert_int_eq(unlink("lay"), 0);
	/* An index that can't be read is not replaced. */
	save_ok(&s, "app:1");
	put("lay/index.json", "{\"schemaVersion\":2,\"manifests\":[{}]}");
	ck_assert_int_lt(save_as(&s, "app:2", COMPRESSION_ZSTD, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "index.json"));
	ck_assert(test_has(AT_FDCWD, "lay/index.json", "{\"schemaVersion\":2,\"manifests\":[{}]}"));
}
END_TEST

Suite *suite_save_layout(void)
{
	Suite *s = suite_create("image/save_layout");
	TCase *tc = tcase_create("save_layout");

	tcase_add_test(tc, foreign_members_stay);
	tcase_add_test(tc, unnamed_images);
	tcase_add_test(tc, a_name_takes_the_place_of_its_old_entry);
	tcase_add_test(tc, a_short_blob_is_replaced);
	tcase_add_test(tc, refusals);
	suite_add_tcase(s, tc);
	return s;
}
