/* SPDX-License-Identifier: Apache-2.0 */
#include "store/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/tar.h"
#include "os/fd.h"
#include "os/tree.h"
#include "store/check_private.h"
#include "store/layers.h"
#include "store/volumes.h"
#include "suites.h"

#define TIME 1000000000

/* ---- a tree and its archive ---- */

struct sample {
	int fd; /* the tree */
	struct buf tar;
};

/* clang-format off */
static const struct tar_entry entries[] = {
	{.type = TAR_DIR, .path = "d/", .mode = 0755},
	{.type = TAR_FILE, .path = "d/file", .mode = 0644, .size = 4},
	{.type = TAR_HARDLINK, .path = "d/hard", .target = "d/file", .mode = 0644},
	{.type = TAR_SYMLINK, .path = "d/link", .target = "/d/file", .mode = 0777},
	/* Of two with one name the last counts. */
	{.type = TAR_FILE, .path = "twice", .mode = 0600, .size = 4},
	{.type = TAR_FILE, .path = "twice", .mode = 0640, .size = 4},
	{.type = TAR_DIR, .path = "replaced/", .mode = 0755},
	{.type = TAR_FILE, .path = "replaced/x", .mode = 0600},
	{.type = TAR_SYMLINK, .path = "replaced", .target = "d", .mode = 0777},
	/* Through a link of the same layer, and below a directory that it doesn't describe. */
	{.type = TAR_FILE, .path = "replaced/through", .mode = 0600},
	{.type = TAR_FILE, .path = "implied/below", .mode = 0600},
	{.type = TAR_FIFO, .path = "fifo", .mode = 0600},
	/* What one replaced is gone, though another replaced that in turn. */
	{.type = TAR_FILE, .path = "again/and/again", .mode = 0600},
	{.type = TAR_FIFO, .path = "again/and", .mode = 0600},
	{.type = TAR_DIR, .path = "again/and", .mode = 0755},
};
/* clang-format on */

static void write_tar(struct buf *tar)
{
	_cleanup_(sink) struct sink *out = sink_to_buf(tar);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_ok(tar_writer_new(out, &w, &err), &err);
	for (int i = 0; i < ROWS(entries); i++) {
		struct tar_entry e = entries[i];

		e.uid = geteuid();
		e.gid = getegid();
		e.mtime.tv_sec = TIME;
		ck_ok(tar_writer_entry(w, &e, &err), &err);
		if (e.size)
			ck_ok(tar_writer_data(w, "text", 4, &err), &err);
	}
	ck_ok(tar_writer_finish(w, &err), &err);
}

static void settle(int fd, const char *path, mode_t mode)
{
	const struct timespec times[2] = {{.tv_sec = TIME}, {.tv_sec = TIME}};

	if (mode)
		ck_assert_int_eq(fchmodat(fd, path, mode, 0), 0);
	ck_assert_int_eq(utimensat(fd, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make_sample(struct sample *ret)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/tree-XXXXXX", getenv("ONGGI_TEST_DIR"));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ret->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret->tar = (struct buf)BUF_INIT;
	write_tar(&ret->tar);
	ck_assert_int_eq(mkdirat(ret->fd, "d", 0755), 0);
	ck_assert_int_eq(mkdirat(ret->fd, "implied", 0700), 0);
	ck_assert_int_eq(mkdirat(ret->fd, "again", 0755), 0);
	ck_assert_int_eq(mkdirat(ret->fd, "again/and", 0755), 0);
	test_write(ret->fd, "d/file", "text");
	ck_assert_int_eq(linkat(ret->fd, "d/file", ret->fd, "d/hard", 0), 0);
	ck_assert_int_eq(symlinkat("/d/file", ret->fd, "d/link"), 0);
	test_write(ret->fd, "twice", "text");
	ck_assert_int_eq(symlinkat("d", ret->fd, "replaced"), 0);
	test_write(ret->fd, "d/through", "");
	test_write(ret->fd, "implied/below", "");
	ck_assert_int_eq(mkfifoat(ret->fd, "fifo", 0600), 0);
	settle(ret->fd, "d/file", 0644);
	settle(ret->fd, "d/link", 0);
	settle(ret->fd, "twice", 0640);
	settle(ret->fd, "replaced", 0);
	settle(ret->fd, "d/through", 0600);
	settle(ret->fd, "implied/below", 0600);
	settle(ret->fd, "fifo", 0600);
	settle(ret->fd, "d", 0755);
	settle(ret->fd, "again/and", 0755);
}

static const char *compare(const struct sample *s, char *text, size_t size)
{
	_cleanup_(source) struct source *in = source_from_mem(s->tar.data, s->tar.len);
	_cleanup_(buf) struct buf wrong = BUF_INIT_MAX(CHECK_TEXT_MAX);
	struct id_maps maps = ID_MAPS_INIT;
	struct check_tree t = {.fd = s->fd, .maps = &maps};
	struct err err = ERR_INIT;

	id_map_add(&maps.uid, 0, 0, UINT32_MAX);
	id_map_add(&maps.gid, 0, 0, UINT32_MAX);
	ck_ok(check_tree(&t, in, &wrong, &err), &err);
	id_maps_done(&maps);
	snprintf(text, size, "%s", buf_str(&wrong));
	return text;
}

/* ---- damages ---- */

static void content(int fd)
{
	test_write(fd, "d/file", "tex7");
	settle(fd, "d/file", 0);
}
static void size(int fd)
{
	test_write(fd, "twice", "text and more");
}
static void mode(int fd)
{
	ck_assert_int_eq(fchmodat(fd, "twice", 0600, 0), 0);
}
static void mtime(int fd)
{
	utimensat(fd, "twice", NULL, 0);
}
static void missing(int fd)
{
	unlinkat(fd, "implied/below", 0);
}
static void foreign(int fd)
{
	test_write(fd, "implied/foreign", "");
}
static void foreign_dir(int fd)
{
	mkdirat(fd, "implied/dir", 0700);
	test_write(fd, "implied/dir/file", "");
}
static void target(int fd)
{
	unlinkat(fd, "d/link", 0);
	ck_assert_int_eq(symlinkat("/d/filf", fd, "d/link"), 0);
	settle(fd, "d/link", 0);
}
static void hard(int fd)
{
	unlinkat(fd, "d/hard", 0);
	test_write(fd, "d/hard", "text");
	settle(fd, "d/hard", 0644);
}
static void type(int fd)
{
	unlinkat(fd, "fifo", 0);
	test_write(fd, "fifo", "");
}
static void symlink_for_file(int fd)
{
	unlinkat(fd, "twice", 0);
	ck_assert_int_eq(symlinkat("d/file", fd, "twice"), 0);
}

static const struct {
	void (*damage)(int fd);
	const char *says;
} damages[] = {
	{NULL, ""},
	{content, "'d/file' has another content"},
	{size, "'twice' has 13 bytes, not 4"},
	{mode, "'twice' has mode 0600, not 0640"},
	{mtime, "'twice' was changed at "},
	{missing, "'implied/below' is missing"},
	{foreign, "'foreign' is in it, which is not in the layer"},
	{foreign_dir, "'dir' is in it, which is not in the layer"},
	{target, "'d/link' leads elsewhere"},
	{hard, "'d/hard' is not the same file as 'd/file'"},
	{type, "'fifo' is another node"},
	{symlink_for_file, "'twice' is no file"},
};

START_TEST(trees)
{
	char text[CHECK_TEXT_MAX];
	struct sample s;

	make_sample(&s);
	if (damages[_i].damage)
		damages[_i].damage(s.fd);
	compare(&s, text, sizeof(text));
	ck_assert_msg(strncmp(text, damages[_i].says, strlen(damages[_i].says)) == 0 &&
			      !text[0] == !damages[_i].says[0],
		      "'%s', not '%s'", text, damages[_i].says);
	buf_done(&s.tar);
	close(s.fd);
}
END_TEST

/* An archive that ends too early is an error, not a broken tree. */
START_TEST(short_archive)
{
	struct check_tree t = {.user = true};
	_cleanup_(source) struct source *in = NULL;
	_cleanup_(buf) struct buf wrong = BUF_INIT_MAX(CHECK_TEXT_MAX);
	struct err err = ERR_INIT;
	struct sample s;

	make_sample(&s);
	t.fd = s.fd;
	in = source_from_mem(s.tar.data, 700);
	ck_assert_int_eq(check_tree(&t, in, &wrong, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	buf_done(&s.tar);
	close(s.fd);
}
END_TEST

/* ---- the store ---- */

static size_t find(struct store *s, const char *object, const char *says)
{
	_cleanup_(check_report) struct check_report r = CHECK_REPORT_INIT;
	_cleanup_(check_report) struct check_report after = CHECK_REPORT_INIT;
	struct err err = ERR_INIT;
	size_t n = 0;

	ck_ok(store_check(s, true, &r, &err), &err);
	for (size_t i = 0; i < r.n; i++)
		n += strstr(r.findings[i].object, object) && strstr(r.findings[i].text, says);
	ck_ok(store_check_repair(s, &r, false, &err), &err);
	ck_ok(store_check(s, true, &after, &err), &err);
	ck_assert_msg(after.n == 0, "%s: %s", after.n ? after.findings[0].object : "",
		      after.n ? after.findings[0].text : "");
	return n;
}

START_TEST(a_sound_store)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(check_report) struct check_report r = CHECK_REPORT_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	ck_ok(store_check(&s, false, &r, &err), &err);
	ck_assert_uint_eq(r.n, 0);
	ck_assert_int_eq(test_entries(s.data_fd, "."), 0);
	test_image(&s, "one", "one", NULL);
	test_container(&s, "one", "web", id);
	ck_ok(store_check(&s, true, &r, &err), &err);
	ck_assert_msg(r.n == 0, "%s: %s", r.n ? r.findings[0].object : "",
		      r.n ? r.findings[0].text : "");
	ck_assert_uint_eq(r.images, 1);
	ck_assert_uint_eq(r.blobs, 3);
	ck_assert_uint_eq(r.layers, 1);
	ck_assert_uint_eq(r.containers, 1);
}
END_TEST

START_TEST(blobs_and_images)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_free_ char *path = NULL;
	struct digest id;

	test_store(&s);
	test_image(&s, "one", "one", &id);
	test_image(&s, "two", "two", NULL);
	path = xasprintf("blobs/sha256/%s", id.hex);
	test_write(s.images_fd, path, "{}");
	ck_assert_uint_eq(find(&s, "image one:latest", "its descriptor says"), 1);
	ck_assert(!test_exists(s.images_fd, path));
	test_image(&s, "one", "one", &id);
	unlinkat(s.images_fd, path, 0);
	ck_assert_uint_eq(find(&s, "image one:latest", "not in the store"), 1);
}
END_TEST

START_TEST(index_and_names)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	test_image(&s, "one", "one", NULL);
	test_container(&s, "one", "web", id);
	test_write(s.images_fd, "index.json", "[]");
	ck_assert_uint_eq(find(&s, "images/index.json", "can't be read"), 1);
	ck_ok(store_image_find(&s, "one", &img, &err), &err);
	unlinkat(s.containers_fd, "by-name/web", 0);
	ck_assert_uint_eq(find(&s, "container ", "its name 'web'"), 1);
	ck_ok(store_container_resolve(&s, "web", id, &err), &err);
	ck_ok(store_volume_create(&s, "vol", NULL, 0, NULL, &err), &err);
	test_write(s.data_fd, "volumes/vol/volume.json", "{");
	ck_assert_uint_eq(find(&s, "volume vol", "labels can't be read"), 1);
	ck_assert_int_eq(symlinkat("../x", s.containers_fd, "by-name/bad"), 0);
	ck_assert_uint_eq(find(&s, "by-name/bad", "no name of a container"), 1);
}
END_TEST

/* The name is there before the record: nobody may take it away in between. */
START_TEST(a_container_that_is_being_made)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_record) struct container_record r = {.auto_remove = true};
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	_cleanup_(check_report) struct check_report report = CHECK_REPORT_INIT;
	struct check_finding *f;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	test_image(&s, "one", "one", NULL);
	id_random(id);
	r.id = arena_strdup(&r.arena, id);
	r.name = arena_strdup(&r.arena, "web");
	ck_ok(store_container_begin(&s, &r, &d, &err), &err);
	ck_assert_uint_eq(find(&s, "by-name/web", ""), 0);
	ck_ok(store_container_commit(&s, &r, &d, &err), &err);
	/* Nor what took the name after it was judged. */
	f = check_add(&report, "containers/by-name/web", "leads nowhere");
	check_mends(&report, f, CHECK_MEND_REMOVE, "containers/by-name/web", "it is removed");
	ck_ok(store_check_repair(&s, &report, false, &err), &err);
	ck_ok(store_container_resolve(&s, "web", id, &err), &err);
}
END_TEST

START_TEST(foreign_files_and_modes)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	int layers;

	test_store(&s);
	test_image(&s, "one", "one", NULL);
	ck_ok(store_layers_dir(&s, &layers, &err), &err);
	test_write(layers, "foreign", "");
	ck_assert_uint_eq(find(&s, "layers/sha256/foreign", "no file of onggi's"), 1);
	ck_assert_int_eq(fchmod(layers, 0755), 0);
	ck_assert_uint_eq(find(&s, "layers/sha256", "has mode 0755"), 1);
	ck_assert_int_eq(mkdirat(layers, ".tmp-left", 0700), 0);
	ck_assert_uint_eq(find(&s, ".tmp-left", "was left"), 1);
}
END_TEST

Suite *suite_check(void)
{
	Suite *s = suite_create("store/check");
	TCase *c = tcase_create("check");

	tcase_add_loop_test(c, trees, 0, ROWS(damages));
	tcase_add_test(c, short_archive);
	tcase_add_test(c, a_sound_store);
	tcase_add_test(c, blobs_and_images);
	tcase_add_test(c, index_and_names);
	tcase_add_test(c, a_container_that_is_being_made);
	tcase_add_test(c, foreign_files_and_modes);
	suite_add_tcase(s, c);
	return s;
}
