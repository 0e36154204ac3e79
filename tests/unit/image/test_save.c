/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "image/save.h"
#include "os/fd.h"
#include "suites.h"

/* images: words; an archive or directory "out" of the test's. */
static int save(struct store *s, const char *images, struct image_save_request req, struct err *err)
{
	_cleanup_strv_ char **list = strv_split(images, ' ');

	req.images = list;
	if (!req.output)
		req.output = "out";
	return image_save(s, &req, err);
}

static void save_ok(struct store *s, const char *images, struct image_save_request req)
{
	struct err err = ERR_INIT;

	ck_ok(save(s, images, req, &err), &err);
}

static void load_ok(struct store *s, const char *input)
{
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	struct image_load_request req = {.fd = -1, .input = input};
	struct err err = ERR_INIT;

	ck_ok(image_load(s, &req, &loaded, &err), &err);
}

static void find(struct store *s, const char *name, struct store_image *ret)
{
	struct err err = ERR_INIT;

	ck_ok(store_image_find(s, name, ret, &err), &err);
}

static void read_file(const char *path, struct buf *ret)
{
	struct err err = ERR_INIT;

	buf_reset(ret);
	ck_ok(file_read_all(AT_FDCWD, path, (size_t)1 << 24, ret, &err), &err);
}

/* The text of a member; the test fails when there are two, or none. */
static void member(const char *path, const char *name, struct buf *ret)
{
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(source) struct source *in = NULL;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	struct tar_entry e;
	struct err err = ERR_INIT;
	bool found = false;

	read_file(path, &tar);
	buf_reset(ret);
	in = source_from_mem(tar.data, tar.len);
	ck_ok(tar_reader_new(in, &r, &err), &err);
	while (tar_reader_next(r, &e, &err) > 0) {
		const void *data;
		size_t len;
		uint64_t at;

		ck_assert_int_eq(e.mtime.tv_sec, 0);
		if (strcmp(e.path, name) != 0)
			continue;
		ck_assert(!found);
		found = true;
		while (tar_reader_data(r, &data, &len, &at, &err) > 0)
			buf_add(ret, data, len);
	}
	ck_assert_msg(found, "no member %s", name);
}

/* Change a byte of a blob in the store. */
static void damage(struct store *s, const struct digest *d, off_t at)
{
	char path[SAVE_NAME_MAX];
	_cleanup_fd_ int fd = -1;
	char byte;

	save_blob_name(d, path);
	ck_assert_int_eq(fchmodat(test_images_fd(s), path, 0644, 0), 0);
	fd = openat(test_images_fd(s), path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte = (char)(byte ^ 1);
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
}

/* ---- what is written ---- */

START_TEST(a_docker_archive)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image one = {0};
	_cleanup_(store_image) struct store_image two = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf want = BUF_INIT;
	struct stat st;

	test_save_store(&s);
	find(&s, "app:1", &one);
	find(&s, "app:2", &two);
	umask(027);
	save_ok(&s, "app:1 app:2", (struct image_save_request){.fd = -1});
	ck_assert_int_eq(stat("out", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	member("out", "manifest.json", &text);
	buf_addf(&want,
		 "[{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"docker.io/library/app:1\"],"
		 "\"Layers\":[\"blobs/sha256/%s\"]},"
		 "{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"docker.io/library/app:2\"],"
		 "\"Layers\":[\"blobs/sha256/%s\"]}]",
		 one.id.hex, one.config.diff_ids[0].hex, two.id.hex, two.config.diff_ids[0].hex);
	ck_assert_str_eq(buf_str(&text), buf_str(&want));
	member("out", "oci-layout", &text);
	ck_assert_str_eq(buf_str(&text), "{\"imageLayoutVersion\":\"1.0.0\"}");
}
END_TEST

START_TEST(an_index_has_names_for_all_readers)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image one = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf want = BUF_INIT;

	test_save_store(&s);
	find(&s, "app:1", &one);
	save_ok(&s, "app:1",
		(struct image_save_request){.format = IMAGE_SAVE_OCI_ARCHIVE, .fd = -1});
	member("out", "index.json", &text);
	buf_addf(&want,
		 "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_INDEX
		 "\",\"manifests\":[{\"mediaType\":\"" MEDIA_OCI_MANIFEST
		 "\",\"digest\":\"sha256:%s\",\"size\":%llu,\"annotations\":{"
		 "\"io.containerd.image.name\":\"docker.io/library/app:1\","
		 "\"org.opencontainers.image.ref.name\":\"docker.io/library/app:1\"}}]}",
		 one.descriptor.digest.hex, (unsigned long long)one.descriptor.size);
	ck_assert_str_eq(buf_str(&text), buf_str(&want));
}
END_TEST

/* Each form comes back as the same image, and the same form of it has the same bytes. */
START_TEST(round_trips)
{
	static const struct image_save_request forms[] = {
		{.format = IMAGE_SAVE_DOCKER_ARCHIVE, .fd = -1},
		{.format = IMAGE_SAVE_OCI_ARCHIVE, .fd = -1},
		{.format = IMAGE_SAVE_OCI_DIR, .fd = -1},
		{.format = IMAGE_SAVE_OCI_ARCHIVE,
		 .fd = -1,
		 .recompress = true,
		 .compression = COMPRESSION_GZIP},
		{.format = IMAGE_SAVE_DOCKER_ARCHIVE,
		 .fd = -1,
		 .recompress = true,
		 .compression = COMPRESSION_ZSTD},
	};
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store) struct store back = STORE_INIT;
	_cleanup_(store_image) struct store_image was = {0};
	_cleanup_(store_image) struct store_image is = {0};
	_cleanup_(buf) struct buf first = BUF_INIT;
	_cleanup_(buf) struct buf again = BUF_INIT;
	struct image_save_request req = forms[_i];

	test_save_store(&s);
	test_store(&back);
	save_ok(&s, "app:1 app:2", req);
	load_ok(&back, "out");
	find(&s, "app:2", &was);
	find(&back, "app:2", &is);
	ck_assert_str_eq(was.id.hex, is.id.hex);
	ck_assert_str_eq(was.config.diff_ids[0].hex, is.config.diff_ids[0].hex);
	if (req.format == IMAGE_SAVE_OCI_DIR)
		return;
	read_file("out", &first);
	req.output = "again";
	save_ok(&back, "app:1 app:2", req);
	read_file("again", &again);
	ck_assert_uint_eq(first.len, again.len);
	ck_assert_mem_eq(first.data, again.data, first.len);
	/* From compressed blobs come the plain ones that there were. */
	req.recompress = false;
	req.format = IMAGE_SAVE_DOCKER_ARCHIVE;
	save_ok(&s, "app:1", req);
	read_file("again", &first);
	save_ok(&back, "app:1", req);
	read_file("again", &again);
	ck_assert_uint_eq(first.len, again.len);
	ck_assert_mem_eq(first.data, again.data, first.len);
}
END_TEST

/* To a pipe, where headers can't be written last, go the same bytes. */
START_TEST(a_pipe_gets_the_same)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store) struct store zipped = STORE_INIT;
	char *images[] = {(char[]){"app:1"}, (char[]){"app:2"}, NULL};
	struct image_save_request req = {.fd = -1,
					 .format = IMAGE_SAVE_OCI_ARCHIVE,
					 .recompress = true,
					 .compression = COMPRESSION_GZIP};

	test_save_store(&s);
	test_store(&zipped);
	save_ok(&s, "app:1 app:2", req);
	load_ok(&zipped, "out");
	for (int i = 0; i < 3; i++) {
		_cleanup_(buf) struct buf file = BUF_INIT;
		_cleanup_(buf) struct buf piped = BUF_INIT;
		struct err err = ERR_INIT;
		int fds[2];

		/* Copied, inflated, compressed. */
		req.recompress = i != 0;
		req.compression = i == 1 ? COMPRESSION_NONE : COMPRESSION_ZSTD;
		req.output = NULL;
		save_ok(&zipped, "app:1 app:2", req);
		read_file("out", &file);
		ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
		ck_assert_int_gt(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20), 0);
		req.fd = fds[1];
		req.images = images;
		ck_ok(image_save(&zipped, &req, &err), &err);
		close(fds[1]);
		ck_ok(fd_read_all(fds[0], (size_t)1 << 24, "pipe", &piped, &err), &err);
		close(fds[0]);
		ck_assert_uint_eq(piped.len, file.len);
		ck_assert_mem_eq(piped.data, file.data, file.len);
	}
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *images, *want;
	} cases[] = {
		{"app:1", "\"RepoTags\":[\"docker.io/library/app:1\"]"},
		{"docker.io/library/app:1 app:1", "\"RepoTags\":[\"docker.io/library/app:1\"]"},
		{"ID", "\"RepoTags\":[]"},
		{"ID app:1", "\"RepoTags\":[\"docker.io/library/app:1\"]"},
		{"app@MANIFEST", "\"RepoTags\":[]"},
		{"app:1@MANIFEST", "\"RepoTags\":[\"docker.io/library/app:1\"]"},
	};
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image one = {0};

	test_save_store(&s);
	find(&s, "app:1", &one);
	for (size_t i = 0; i < ROWS(cases); i++) {
		_cleanup_(buf) struct buf text = BUF_INIT;
		_cleanup_strv_ char **words = strv_split(cases[i].images, ' ');
		struct image_save_request req = {.fd = -1, .output = "out"};
		struct err err = ERR_INIT;

		strv_foreach (w, words) {
			char **word = (char **)(uintptr_t)w;
			const char *at = strstr(*word, "MANIFEST");
			char *full = NULL;

			if (strcmp(*word, "ID") == 0)
				full = xstrndup(one.id.hex, 20);
			else if (at)
				full = xasprintf("%.*ssha256:%s", (int)(at - *word), *word,
						 one.descriptor.digest.hex);
			if (full) {
				free(*word);
				*word = full;
			}
		}
		req.images = words;
		ck_ok(image_save(&s, &req, &err), &err);
		member("out", "manifest.json", &text);
		ck_assert_msg(strstr(buf_str(&text), cases[i].want), "%s: %s", cases[i].images,
			      buf_str(&text));
	}
}
END_TEST

/* ---- what goes wrong ---- */

static void refused(struct store *s, const char *images, struct image_save_request req,
		    enum err_kind kind, const char *part)
{
	struct err err = ERR_INIT;

	ck_assert_int_lt(save(s, images, req, &err), 0);
	ck_assert_msg(err.kind == kind && strstr(err.text, part), "%d: %s", (int)err.kind,
		      err.text);
	ck_assert_int_ne(access("out", F_OK), 0);
}

START_TEST(damage_is_told_whatever_is_written)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store) struct store zipped = STORE_INIT;
	_cleanup_(store_image) struct store_image plain = {0};
	_cleanup_(store_image) struct store_image gz = {0};
	struct image_save_request req = {.fd = -1, .format = IMAGE_SAVE_OCI_ARCHIVE};
	struct err err = ERR_INIT;
	char part[64];

	test_save_store(&s);
	test_store(&zipped);
	req.recompress = true;
	req.compression = COMPRESSION_GZIP;
	save_ok(&s, "app:1 app:2", req);
	load_ok(&zipped, "out");
	ck_assert_int_eq(unlink("out"), 0);
	find(&s, "app:1", &plain);
	find(&zipped, "app:1", &gz);
	/* In the data of the one file; in the checksum of the gzip member. */
	damage(&s, &plain.manifest.layers[0].digest, 512);
	damage(&zipped, &gz.manifest.layers[0].digest, (off_t)gz.manifest.layers[0].size - 6);
	for (int i = 0; i < 4; i++) {
		req.recompress = i > 0;
		req.compression = i == 1   ? COMPRESSION_NONE
				  : i == 2 ? COMPRESSION_ZSTD
					   : COMPRESSION_GZIP;
		snprintf(part, sizeof(part), "blob sha256:%.12s is damaged",
			 plain.manifest.layers[0].digest.hex);
		refused(&s, "app:2 app:1", req, ERR_CORRUPT, part);
		snprintf(part, sizeof(part), "blob sha256:%.12s is damaged",
			 gz.manifest.layers[0].digest.hex);
		refused(&zipped, "app:2 app:1", req, ERR_CORRUPT, part);
	}
	ck_assert_int_lt(save(&s, "app:1", req, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.hint, "onggi system check"));
	damage(&s, &plain.id, 7); /* "linux" */
	refused(&s, "app:1", req, ERR_CORRUPT, "is damaged");
}
END_TEST

START_TEST(refusals)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store) struct store nothing = STORE_INIT;
	const struct image_save_request plain = {.fd = -1};
	struct image_save_request req = plain;
	const atomic_bool cancelled = true;
	struct platform other;

	test_save_store(&s);
	test_store(&nothing);
	refused(&nothing, "app:1", plain, ERR_NOT_FOUND, "no such image: app:1");
	ck_assert_int_ne(faccessat(nothing.data_fd, "images", F_OK, 0), 0);
	refused(&s, "app:1 app:3", plain, ERR_NOT_FOUND, "no such image: app:3");
	ck_assert_int_eq(platform_parse("linux/riscv64", &other, NULL), 0);
	req.platform = &other;
	refused(&s, "app:1", req, ERR_NOT_FOUND, "not for linux/riscv64");
	req = plain;
	req.cancel = &cancelled;
	refused(&s, "app:1", req, ERR_CANCELLED, "interrupted");
	req = plain;
	req.output = "none/out";
	refused(&s, "app:1", req, ERR_SYSTEM, "open directory 'none'");
	req.output = ".";
	refused(&s, "app:1", req, ERR_INVALID, "is a directory");
}
END_TEST

/* What is removed after the images were found is written all the same. */
START_TEST(a_removal_takes_nothing_away)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(save) struct save sv = {0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *sink = sink_to_buf(&out);
	struct store_removal removal = {NULL};
	char *images[] = {(char[]){"app:1"}, NULL};
	const struct image_save_request req = {.images = images, .fd = -1};
	struct err err = ERR_INIT;

	test_save_store(&s);
	sv.store = &s;
	sv.req = &req;
	ck_ok(save_plan(&sv, &err), &err);
	ck_ok(store_image_remove(&s, "app:1", false, &removal, &err), &err);
	store_removal_done(&removal);
	ck_assert_uint_eq(sv.n_layers, 1);
	ck_ok(save_layer_write(&sv, &sv.layers[0], sink, &err), &err);
	ck_assert_uint_eq(out.len, sv.layers[0].blob_size);
}
END_TEST

/* ---- progress ---- */

struct events {
	struct progress base;
	struct buf text;
};

static void note(struct progress *p, const struct progress_event *e)
{
	static const char *const words[] = {"wait", "start", "step", "end", "have", "note"};

	buf_addf(&((struct events *)p)->text, "%s %.5s;", words[e->kind], e->name);
}

START_TEST(progress)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct events events = {.base = {.report = note}};
	struct image_save_request req = {.fd = -1,
					 .format = IMAGE_SAVE_OCI_DIR,
					 .progress = &events.base};

	test_save_store(&s);
	save_ok(&s, "app:1 app:2", req);
	ck_assert_str_eq(buf_str(&events.text),
			 "wait layer;wait layer;start layer;end layer;start layer;end layer;");
	buf_reset(&events.text);
	save_ok(&s, "app:1", req);
	ck_assert_str_eq(buf_str(&events.text), "wait layer;have layer;");
	buf_done(&events.text);
}
END_TEST

Suite *suite_save(void)
{
	Suite *s = suite_create("image/save");
	TCase *tc = tcase_create("save");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_docker_archive);
	tcase_add_test(tc, an_index_has_names_for_all_readers);
	tcase_add_loop_test(tc, round_trips, 0, 5);
	tcase_add_test(tc, a_pipe_gets_the_same);
	tcase_add_test(tc, names);
	tcase_add_test(tc, damage_is_told_whatever_is_written);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, a_removal_takes_nothing_away);
	tcase_add_test(tc, progress);
	suite_add_tcase(s, tc);
	return s;
}
