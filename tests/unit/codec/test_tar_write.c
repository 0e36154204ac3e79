/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <string.h>

#include "codec/tar.h"
#include "suites.h"

#define LONG_NAME                                                                                  \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"         \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"         \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct tar_xattr xattrs[] = {
	{"security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20},
	{"user.a.b-c:d", "x\0\ny", 4},
	{"user.empty", "", 0},
};

/* What comes back has to equal this, all but nanoseconds. */
static const struct tar_entry entries[] = {
	{.type = TAR_DIR, .path = "d/", .mode = 01777, .uid = 3000000, .gid = 5},
	{.type = TAR_FILE,
	 .path = "d/f",
	 .mode = 06755,
	 .size = 5,
	 .uid = 1,
	 .gid = 4294967294u,
	 .mtime = {.tv_sec = 1700000000, .tv_nsec = 5},
	 .xattrs = xattrs,
	 .n_xattrs = 3},
	{.type = TAR_HARDLINK, .path = "d/h", .target = "d/f", .mode = 0644},
	{.type = TAR_HARDLINK, .path = "d/i", .target = LONG_NAME, .mode = 0644},
	{.type = TAR_FILE, .path = LONG_NAME, .mode = 0},
	{.type = TAR_SYMLINK, .path = "d/nfd-e\xcc\x81", .target = "/etc/\xc3\xa9", .mode = 0777},
	{.type = TAR_SYMLINK, .path = "s", .target = LONG_NAME "/" LONG_NAME, .mode = 0777},
	{.type = TAR_FILE, .path = "bytes-\xff", .mode = 0600},
	{.type = TAR_CHAR, .path = "null", .mode = 0666, .rdev_major = 1, .rdev_minor = 3},
	{.type = TAR_CHAR, .path = "wh", .mode = 0},
	{.type = TAR_BLOCK, .path = "sda", .mode = 0660, .rdev_major = 8, .rdev_minor = 1048575},
	{.type = TAR_FIFO, .path = "p", .mode = 0600},
	{.type = TAR_FILE, .path = "old", .mtime = {.tv_sec = -5}},
	{.type = TAR_DIR, .path = "dir-with-xattr/", .mode = 0755, .xattrs = xattrs, .n_xattrs = 1},
};
#define N_ENTRIES (sizeof(entries) / sizeof(entries[0]))

static void write_sample(struct buf *out)
{
	_cleanup_(sink) struct sink *s = sink_to_buf(out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	for (size_t i = 0; i < N_ENTRIES; i++) {
		ck_assert_msg(tar_writer_entry(w, &entries[i], &err) == 0, "%s", err.text);
		if (entries[i].size) {
			ck_assert_int_eq(tar_writer_data(w, "hel", 3, NULL), 0);
			ck_assert_int_eq(tar_writer_data(w, "lo", 2, NULL), 0);
		}
	}
	ck_assert_int_eq(tar_writer_finish(w, NULL), 0);
}

static void check_xattrs(const struct tar_entry *got, const struct tar_entry *want)
{
	ck_assert_uint_eq(got->n_xattrs, want->n_xattrs);
	for (size_t i = 0; i < want->n_xattrs; i++) {
		size_t k = 0;

		while (k < got->n_xattrs && strcmp(got->xattrs[k].name, want->xattrs[i].name) != 0)
			k++;
		ck_assert_msg(k < got->n_xattrs, "no %s", want->xattrs[i].name);
		ck_assert_uint_eq(got->xattrs[k].size, want->xattrs[i].size);
		if (got->xattrs[k].size)
			ck_assert_mem_eq(got->xattrs[k].value, want->xattrs[i].value,
					 got->xattrs[k].size);
	}
}

static void check_entry(const struct tar_entry *got, const struct tar_entry *want)
{
	ck_assert_str_eq(got->path, want->path);
	ck_assert_int_eq(got->type, want->type);
	ck_assert_uint_eq(got->mode, want->mode);
	ck_assert_uint_eq(got->uid, want->uid);
	ck_assert_uint_eq(got->gid, want->gid);
	ck_assert_uint_eq(got->size, want->size);
	ck_assert_int_eq(got->mtime.tv_sec, want->mtime.tv_sec);
	ck_assert_int_eq(got->mtime.tv_nsec, 0);
	ck_assert_uint_eq(got->rdev_major, want->rdev_major);
	ck_assert_uint_eq(got->rdev_minor, want->rdev_minor);
	if (want->target)
		ck_assert_str_eq(got->target, want->target);
	else
		ck_assert_ptr_null(got->target);
	check_xattrs(got, want);
}

START_TEST(round_trip)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(source) struct source *s = NULL;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	struct tar_entry e;
	const void *p;
	uint64_t offset;
	size_t len;

	write_sample(&out);
	ck_assert_uint_eq(out.len % 512, 0);
	s = source_from_mem(out.data, out.len);
	ck_assert_int_eq(tar_reader_new(s, &r, NULL), 0);
	for (size_t i = 0; i < N_ENTRIES; i++) {
		ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
		check_entry(&e, &entries[i]);
		if (entries[i].size) {
			ck_assert_int_eq(tar_reader_data(r, &p, &len, &offset, NULL), 1);
			ck_assert_uint_eq(len, 5);
			ck_assert_mem_eq(p, "hello", 5);
		}
	}
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 0);
}
END_TEST

/* Equal entries, equal bytes: whenever, in whatever process and locale. */
START_TEST(deterministic)
{
	_cleanup_(buf) struct buf a = BUF_INIT;
	_cleanup_(buf) struct buf b = BUF_INIT;

	write_sample(&a);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	write_sample(&b);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.data, b.data, a.len);
}
END_TEST

/* A plain entry is one ustar header, nothing else, and an archive ends with two zero blocks. */
START_TEST(plain_entries_are_ustar)
{
	static const struct tar_entry e = {.type = TAR_FILE,
					   .path = "etc/hosts",
					   .mode = 0644,
					   .mtime = {.tv_sec = 1, .tv_nsec = 999}};
	static const char zeros[1024];
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_entry(w, &e, NULL), 0);
	ck_assert_int_eq(tar_writer_finish(w, NULL), 0);
	ck_assert_uint_eq(out.len, 512 + 1024);
	ck_assert_str_eq(out.data, "etc/hosts");
	ck_assert_mem_eq(out.data + 257,
			 "ustar\0"
			 "00",
			 8);
	ck_assert_mem_eq(out.data + 512, zeros, 1024);
}
END_TEST

START_TEST(size_is_binding)
{
	static const struct tar_entry e = {.type = TAR_FILE, .path = "f", .size = 3};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_data(w, "x", 1, &err), -1);
	err_clear(&err);
	ck_assert_int_eq(tar_writer_entry(w, &e, NULL), 0);
	ck_assert_int_eq(tar_writer_data(w, "abcd", 4, &err), -1);
	ck_assert_str_eq(err.text, "tar entry 'f' has more data than its size");
	err_clear(&err);
	ck_assert_int_eq(tar_writer_data(w, "ab", 2, NULL), 0);
	ck_assert_int_eq(tar_writer_finish(w, &err), -1);
	ck_assert_str_eq(err.text, "tar entry 'f' has 1 bytes of data less than its size");
	err_clear(&err);
	ck_assert_int_eq(tar_writer_entry(w, &e, &err), -1);
}
END_TEST

START_TEST(refuses_xattr_names)
{
	static const char *const names[] = {"user.a=b", "user.a%b", "user.a b", "user.\xc3\xa9"};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct tar_xattr x = {names[i], "v", 1};
		const struct tar_entry e = {.type = TAR_FILE,
					    .path = "f",
					    .xattrs = &x,
					    .n_xattrs = 1};
		struct err err = ERR_INIT;

		ck_assert_int_eq(tar_writer_entry(w, &e, &err), -1);
		ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	}
}
END_TEST

START_TEST(refuses_a_link_without_target)
{
	static const struct tar_entry e = {.type = TAR_SYMLINK, .path = "s"};
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_entry(w, &e, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

START_TEST(passes_the_sinks_error_on)
{
	_cleanup_(buf) struct buf out = BUF_INIT_MAX(700);
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_entry(w, &entries[0], NULL), 0);
	ck_assert_int_eq(tar_writer_finish(w, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* The sink fails in the middle of data larger than any buffer, and everything after it fails too.
 */
START_TEST(sink_fails_in_data)
{
	static const struct tar_entry e = {.type = TAR_FILE, .path = "f", .size = 2000000};
	static char data[1000000];
	_cleanup_(buf) struct buf out = BUF_INIT_MAX(700);
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_entry(w, &e, NULL), 0);
	ck_assert_int_eq(tar_writer_data(w, data, sizeof(data), &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_eq(tar_writer_data(w, data, sizeof(data), NULL), -1);
	ck_assert_int_eq(tar_writer_finish(w, NULL), -1);
	ck_assert_uint_le(out.len, 700);
}
END_TEST

/* Giving up must not leave something that looks whole. */
START_TEST(unfinished_has_no_end_marker)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(sink) struct sink *s = sink_to_buf(&out);
	struct tar_writer *w = NULL;

	ck_assert_int_eq(tar_writer_new(s, &w, NULL), 0);
	ck_assert_int_eq(tar_writer_entry(w, &entries[0], NULL), 0);
	tar_writer_free(w);
	ck_assert_uint_eq(out.len, 0);
	tar_writer_free(NULL);
}
END_TEST

/* An archive put together from headers is the one that the writer makes. */
START_TEST(headers_alone)
{
	_cleanup_(buf) struct buf whole = BUF_INIT;
	_cleanup_(buf) struct buf parts = BUF_INIT;
	static const char zeros[2 * TAR_UNIT];
	struct err err = ERR_INIT;

	write_sample(&whole);
	for (size_t i = 0; i < N_ENTRIES; i++) {
		ck_assert_msg(tar_header(&entries[i], &parts, &err) == 0, "%s", err.text);
		ck_assert_uint_eq(parts.len % TAR_UNIT, 0);
		if (entries[i].size) {
			buf_add(&parts, "hello", 5);
			buf_add(&parts, zeros, TAR_UNIT - 5);
		}
	}
	buf_add(&parts, zeros, sizeof(zeros));
	ck_assert_uint_eq(parts.len, whole.len);
	ck_assert_mem_eq(parts.data, whole.data, whole.len);
}
END_TEST

/* A size that the field of ustar can't hold takes more room. */
START_TEST(headers_of_large_files)
{
	const struct {
		uint64_t size;
		size_t len;
	} cases[] = {
		{0, TAR_UNIT},
		{(UINT64_C(1) << 33) - 1, TAR_UNIT},
		{UINT64_C(1) << 33, 3 * TAR_UNIT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tar_entry e = {.type = TAR_FILE,
					    .path = "f",
					    .mode = 0644,
					    .size = cases[i].size};
		_cleanup_(buf) struct buf b = BUF_INIT;

		ck_assert_int_eq(tar_header(&e, &b, NULL), 0);
		ck_assert_uint_eq(b.len, cases[i].len);
	}
}
END_TEST

Suite *suite_tar_write(void)
{
	Suite *s = suite_create("tar_write");
	TCase *t = tcase_create("tar_write");

	tcase_add_test(t, headers_alone);
	tcase_add_test(t, headers_of_large_files);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, deterministic);
	tcase_add_test(t, plain_entries_are_ustar);
	tcase_add_test(t, size_is_binding);
	tcase_add_test(t, refuses_xattr_names);
	tcase_add_test(t, refuses_a_link_without_target);
	tcase_add_test(t, passes_the_sinks_error_on);
	tcase_add_test(t, sink_fails_in_data);
	tcase_add_test(t, unfinished_has_no_end_marker);
	suite_add_tcase(s, t);
	return s;
}
