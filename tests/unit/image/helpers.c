/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "codec/digest.h"
#include "os/fd.h"
#include "suites.h"

static void make_dir(char *path, size_t size)
{
	snprintf(path, size, "%s/dir-XXXXXX", getenv("ONGGI_TEST_DIR"));
	ck_assert_ptr_nonnull(mkdtemp(path));
}

int test_dir(void)
{
	char path[128];
	int fd;

	make_dir(path, sizeof(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

void test_store(struct store *ret)
{
	char dir[128], data[160], run[160];
	struct err err = ERR_INIT;

	make_dir(dir, sizeof(dir));
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(run, sizeof(run), "%s/run", dir);
	ck_ok(store_open(data, run, ret, &err), &err);
	ret->durable = false;
}

struct tar_writer *test_tar_begin(struct buf *out, struct sink **ret_sink)
{
	struct sink *s = sink_to_buf(out);
	struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_ok(tar_writer_new(s, &w, &err), &err);
	*ret_sink = s;
	return w;
}

void test_tar_end(struct tar_writer *w, struct sink *sink)
{
	struct err err = ERR_INIT;

	ck_ok(tar_writer_finish(w, &err), &err);
	tar_writer_free(w);
	sink_free(sink);
}

void test_tar_file(struct tar_writer *w, const char *path, const void *data, size_t len)
{
	const struct tar_entry e = {.type = TAR_FILE, .path = path, .mode = 0644, .size = len};
	struct err err = ERR_INIT;

	ck_ok(tar_writer_entry(w, &e, &err), &err);
	if (len)
		ck_ok(tar_writer_data(w, data, len, &err), &err);
}

void test_tar(const struct test_entry *entries, size_t n, struct buf *out)
{
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(out, &sink);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		const struct test_entry *t = &entries[i];
		const struct tar_xattr x = {.name = t->xattr, .value = "y", .size = 1};
		const char *text = t->type == TAR_FILE && t->target ? t->target : "";
		struct tar_entry e = {.type = t->type,
				      .path = t->path,
				      .mode = t->mode,
				      .mtime = {.tv_sec = 1000000000},
				      .size = strlen(text),
				      .rdev_major = t->type == TAR_CHAR ? 1 : 0,
				      .rdev_minor = t->type == TAR_CHAR ? 3 : 0,
				      .xattrs = &x,
				      .n_xattrs = t->xattr ? 1 : 0};

		if (t->type != TAR_FILE)
			e.target = t->target;
		if (!e.mode)
			e.mode = t->type == TAR_DIR ? 0755 : 0644;
		ck_ok(tar_writer_entry(w, &e, &err), &err);
		if (text[0])
			ck_ok(tar_writer_data(w, text, strlen(text), &err), &err);
	}
	test_tar_end(w, sink);
}

bool test_is_root(void)
{
	return geteuid() == 0;
}

int test_unpack(const struct buf *tar, int rootfd, struct unpack_result *ret, struct err *err)
{
	const struct unpack_options opts = {.user_xattr = !test_is_root(),
					    .no_devices = !test_is_root()};
	_cleanup_(source) struct source *src = source_from_mem(tar->data, tar->len);

	return unpack_layer(src, rootfd, &opts, ret, err);
}

bool test_stat(int dirfd, const char *path, struct stat *ret)
{
	return fstatat(dirfd, path, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

bool test_has(int dirfd, const char *path, const char *text)
{
	_cleanup_(buf) struct buf out = BUF_INIT;

	return file_read_all(dirfd, path, 100000, &out, NULL) == 0 &&
	       strcmp(buf_str(&out), text) == 0;
}

const char *test_file(const struct buf *content, const char *suffix)
{
	static char path[160];
	char dir[128];
	_cleanup_fd_ int fd = -1;

	make_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, content->data, content->len), 0);
	return path;
}

void test_docker_archive(const char *name, const struct buf *layers, size_t n, struct buf *out)
{
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(out, &sink);
	_cleanup_(buf) struct buf manifest = BUF_INIT;
	struct err err = ERR_INIT;
	char hex[HASH_MAX_SIZE * 2 + 1];
	char text[300];
	char file[32];

	buf_addc(&manifest, '[');
	for (size_t i = 0; i < n; i++) {
		ck_ok(hash_bytes_hex(HASH_SHA256, layers[i].data, layers[i].len, hex, &err), &err);
		snprintf(text, sizeof(text),
			 "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
			 "\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
			 hex);
		snprintf(file, sizeof(file), "%zu.json", i + 1);
		test_tar_file(w, file, text, strlen(text));
		snprintf(file, sizeof(file), "%zu.tar", i + 1);
		test_tar_file(w, file, layers[i].data, layers[i].len);
		buf_addf(&manifest,
			 "%s{\"Config\":\"%zu.json\",\"RepoTags\":[\"%s:%zu\"],\"Layers\":[\"%zu."
			 "tar\"]}",
			 i ? "," : "", i + 1, name, i + 1, i + 1);
	}
	buf_addc(&manifest, ']');
	test_tar_file(w, "manifest.json", manifest.data, manifest.len);
	test_tar_end(w, sink);
}

void test_docker_stack(const char *name, const struct buf *layers, size_t n, struct buf *out)
{
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(out, &sink);
	_cleanup_(buf) struct buf config = BUF_INIT;
	_cleanup_(buf) struct buf manifest = BUF_INIT;
	struct err err = ERR_INIT;
	char hex[HASH_MAX_SIZE * 2 + 1];
	char file[32];

	buf_adds(&config, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
			  "\"layers\",\"diff_ids\":[");
	buf_addf(&manifest, "[{\"Config\":\"c.json\",\"RepoTags\":[\"%s\"],\"Layers\":[", name);
	for (size_t i = 0; i < n; i++) {
		ck_ok(hash_bytes_hex(HASH_SHA256, layers[i].data, layers[i].len, hex, &err), &err);
		snprintf(file, sizeof(file), "%zu.tar", i);
		test_tar_file(w, file, layers[i].data, layers[i].len);
		buf_addf(&config, "%s\"sha256:%s\"", i ? "," : "", hex);
		buf_addf(&manifest, "%s\"%s\"", i ? "," : "", file);
	}
	buf_adds(&config, "]}}");
	buf_adds(&manifest, "]}]");
	test_tar_file(w, "c.json", config.data, config.len);
	test_tar_file(w, "manifest.json", manifest.data, manifest.len);
	test_tar_end(w, sink);
}

bool test_single_id(void)
{
	char uid[32], gid[32];

	/* Outside ids are named as they are seen before. */
	snprintf(uid, sizeof(uid), "0 %u 1", geteuid());
	snprintf(gid, sizeof(gid), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	(void)file_write_text(AT_FDCWD, "/proc/self/setgroups", "deny", NULL);
	return file_write_text(AT_FDCWD, "/proc/self/uid_map", uid, NULL) == 0 &&
	       file_write_text(AT_FDCWD, "/proc/self/gid_map", gid, NULL) == 0;
}

int test_layers_fd(struct store *s)
{
	struct err err = ERR_INIT;
	int fd;

	ck_ok(store_layers_dir(s, &fd, &err), &err);
	return fd;
}

int test_images_fd(struct store *s)
{
	struct err err = ERR_INIT;
	int fd;

	ck_ok(store_images_dir(s, &fd, &err), &err);
	return fd;
}

void test_save_store(struct store *s)
{
	_cleanup_(buf) struct buf a = BUF_INIT;
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(image_loaded) struct image_loaded loaded = {0};
	const struct test_entry one[] = {{TAR_FILE, "one", "1", 0, NULL}};
	const struct test_entry two[] = {{TAR_FILE, "two", "2", 0, NULL}};
	struct image_load_request req = {.fd = -1};
	struct err err = ERR_INIT;
	int dir = test_dir();

	ck_assert_int_eq(fchdir(dir), 0);
	close(dir);
	test_store(s);
	test_tar(one, 1, &a);
	test_tar(two, 1, &b);
	test_docker_archive("app", (const struct buf[]){a, b}, 2, &tar);
	req.input = test_file(&tar, "app.tar");
	ck_ok(image_load(s, &req, &loaded, &err), &err);
}
