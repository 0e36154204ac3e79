/* SPDX-License-Identifier: Apache-2.0 */
/* A cached filter is used when it is sound, and made anew when anything about it is not. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strv.h"
#include "codec/digest.h"
#include "os/fd.h"
#include "os/tree.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "suites.h"

#define DIGEST_LEN 64

static char dir[] = "/tmp/onggi-seccomp-XXXXXX";
static int dir_fd = -1;
static struct buf key;
static struct buf insns;

static const struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)};

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir_fd, 0);
	buf_adds(&key, "a key");
	buf_add(&insns, allow_all, sizeof(allow_all));
}

static void teardown(void)
{
	close(dir_fd);
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
	buf_done(&key);
	buf_done(&insns);
}

static char *entry_path(void)
{
	char hex[HASH_MAX_SIZE * 2 + 1];

	ck_assert_int_eq(hash_bytes_hex(HASH_SHA256, key.data, key.len, hex, NULL), 0);
	return xasprintf("%s/seccomp-%s", dir, hex);
}

static bool get(void)
{
	_cleanup_(buf) struct buf got = BUF_INIT;

	if (!seccomp_cache_get(dir_fd, &key, &got)) {
		ck_assert_uint_eq(got.len, 0);
		return false;
	}
	ck_assert_uint_eq(got.len, insns.len);
	ck_assert_mem_eq(got.data, insns.data, insns.len);
	return true;
}

START_TEST(gives_back_what_was_put)
{
	_cleanup_free_ char *path = entry_path();
	struct stat st;

	ck_assert(!get());
	seccomp_cache_put(dir_fd, &key, &insns);
	ck_assert(get());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	buf_adds(&key, "!");
	ck_assert(!get());
}
END_TEST

static void flip_byte(const char *path, off_t at)
{
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CLOEXEC);
	char c;

	ck_assert_int_eq(pread(fd, &c, 1, at), 1);
	c = (char)(c ^ 1);
	ck_assert_int_eq(pwrite(fd, &c, 1, at), 1);
}

START_TEST(every_byte_counts)
{
	_cleanup_free_ char *path = entry_path();
	struct stat st;

	seccomp_cache_put(dir_fd, &key, &insns);
	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t i = 0; i < st.st_size; i++) {
		flip_byte(path, i);
		ck_assert_msg(!get(), "byte %ld", (long)i);
		flip_byte(path, i);
	}
	ck_assert(get());
	ck_assert_int_eq(truncate(path, st.st_size - 1), 0);
	ck_assert(!get());
}
END_TEST

START_TEST(refuses_what_others_may_write)
{
	_cleanup_free_ char *path = entry_path();
	_cleanup_free_ char *other = xasprintf("%s/other", dir);

	seccomp_cache_put(dir_fd, &key, &insns);
	ck_assert_int_eq(chmod(path, 0620), 0);
	ck_assert(!get());
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert(get());
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 12345, 0), 0);
		ck_assert(!get());
		ck_assert_int_eq(chown(path, 0, 0), 0);
	}
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink("other", path), 0);
	ck_assert(!get());
}
END_TEST

/* A sound entry is what is installed: the proof that seccomp_filter_new() reads the cache. */
START_TEST(filter_comes_from_the_cache)
{
	struct spec_seccomp s = {.default_action = (char[]){"SCMP_ACT_LOG"}};
	_cleanup_(seccomp_filter) struct seccomp_filter first = {.insns = NULL};
	_cleanup_(seccomp_filter) struct seccomp_filter again = {.insns = NULL};
	_cleanup_(buf) struct buf data = BUF_INIT;
	char digest[HASH_MAX_SIZE * 2 + 1], name[256];
	_cleanup_dir_ DIR *d = NULL;
	const struct dirent *e;
	size_t body;

	ck_assert_int_eq(seccomp_filter_new(&s, 0, dir_fd, &first, NULL), 0);
	d = opendir(dir);
	while ((e = readdir(d)) != NULL && e->d_name[0] == '.')
		;
	ck_assert_ptr_nonnull(e);
	ck_assert(str_copy(name, sizeof(name), e->d_name));
	ck_assert_int_eq(file_read_all(dir_fd, name, 65536, &data, NULL), 0);
	/* change the last instruction's constant and seal the entry again */
	body = data.len - DIGEST_LEN;
	data.data[body - 1] = (char)(data.data[body - 1] ^ 0x40);
	ck_assert_int_eq(hash_bytes_hex(HASH_SHA256, data.data, body, digest, NULL), 0);
	memcpy(data.data + body, digest, DIGEST_LEN);
	{
		_cleanup_fd_ int fd = openat(dir_fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

		ck_assert_int_eq(fd_write_full(fd, data.data, data.len), 0);
	}
	ck_assert_int_eq(seccomp_filter_new(&s, 0, dir_fd, &again, NULL), 0);
	ck_assert_uint_eq(again.n_insns, first.n_insns);
	ck_assert_uint_eq(again.insns[again.n_insns - 1].k,
			  first.insns[first.n_insns - 1].k ^ 0x40000000u);
}
END_TEST

Suite *suite_seccomp_cache(void)
{
	Suite *s = suite_create("seccomp_cache");
	TCase *t = tcase_create("seccomp_cache");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, gives_back_what_was_put);
	tcase_add_test(t, every_byte_counts);
	tcase_add_test(t, refuses_what_others_may_write);
	tcase_add_test(t, filter_comes_from_the_cache);
	suite_add_tcase(s, t);
	return s;
}
