/* SPDX-License-Identifier: Apache-2.0 */
/* Archives made here by hand, byte by byte, so that the reader isn't only tested by our writer. */
#include <locale.h>
#include <string.h>

#include "codec/tar.h"
#include "suites.h"

#define GNU_MAGIC "ustar  "

/* One 512-byte header; the size in octal, or as it stands where raw_size is given (12 bytes). */
struct raw {
	const char *name;
	char type;
	unsigned long long size;
	const char *raw_size;
	const char *link;
	const char *raw_uid; /* 8 bytes */
	bool v7, gnu;
};

static void finish_header(char *h)
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum & 0777777);
}

static void make_header(char h[512], const struct raw *r)
{
	memset(h, 0, 512);
	memcpy(h, r->name, strnlen(r->name, 100));
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, r->raw_uid ? r->raw_uid : "0001750", 8);
	memcpy(h + 116, "0000144", 8);
	if (r->raw_size)
		memcpy(h + 124, r->raw_size, 12);
	else
		snprintf(h + 124, 12, "%011llo", r->size);
	memcpy(h + 136, "14524000000", 12);
	h[156] = r->type;
	if (r->link)
		memcpy(h + 157, r->link, strnlen(r->link, 100));
	if (r->gnu)
		memcpy(h + 257, GNU_MAGIC, 8);
	else if (!r->v7)
		memcpy(h + 257,
		       "ustar\0"
		       "00",
		       8);
	finish_header(h);
}

static void add(struct buf *b, const struct raw *r, const char *data)
{
	char h[512];

	make_header(h, r);
	buf_add(b, h, 512);
	if (data) {
		buf_add(b, data, r->size);
		while (b->len % 512)
			buf_addc(b, '\0');
	}
}

/* A pax header that holds the records in text. */
static void add_pax(struct buf *b, const char *text, size_t len)
{
	add(b, &(struct raw){.name = "PaxHeaders/x", .type = 'x', .size = len}, text);
}

/* "LEN key=value\n" with the length counted in. */
static void pax_record(struct buf *b, const char *key, const char *value, size_t len)
{
	size_t body = 1 + strlen(key) + 1 + len + 1, n = body + 1;

	while ((size_t)snprintf(NULL, 0, "%zu", n) + body > n)
		n++;
	buf_addf(b, "%zu %s=", n, key);
	buf_add(b, value, len);
	buf_addc(b, '\n');
}

static void add_end(struct buf *b)
{
	static const char zeros[1024];

	buf_add(b, zeros, sizeof(zeros));
}

static struct tar_reader *open_buf(const struct buf *b, struct source **ret)
{
	struct tar_reader *r;
	struct err err = ERR_INIT;

	*ret = trickle_source(b->data, b->len, 700, false);
	ck_assert_msg(tar_reader_new(*ret, &r, &err) == 0, "%s", err.text);
	return r;
}

static void check_data(struct tar_reader *r, const char *want)
{
	size_t have = 0, len;
	const void *p;
	uint64_t offset;
	int n;

	while ((n = tar_reader_data(r, &p, &len, &offset, NULL)) == 1) {
		ck_assert_uint_eq(offset, have);
		ck_assert_mem_eq(p, want + have, len);
		have += len;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(have, strlen(want));
}

START_TEST(reads_each_format)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	_cleanup_(source) struct source *s = NULL;
	char longname[301] = "";
	struct tar_entry e;

	memset(longname, 'n', 300);
	add(&b, &(struct raw){.name = "v7", .size = 3, .v7 = true}, "abc");
	add(&b, &(struct raw){.name = "ustar", .type = '0', .size = 2}, "de");
	add(&b, &(struct raw){.name = "././@LongLink", .type = 'L', .size = 301, .gnu = true},
	    longname);
	add(&b, &(struct raw){.name = "short", .type = '0', .gnu = true}, NULL);
	add(&b, &(struct raw){.name = "v7dir/", .v7 = true}, NULL);
	add(&b, &(struct raw){.name = "sym", .type = '2', .link = "../t"}, NULL);
	add(&b, &(struct raw){.name = "hard", .type = '1', .link = "ustar"}, NULL);
	add(&b, &(struct raw){.name = "fifo", .type = '6'}, NULL);
	/* GNU's base-256 numbers. */
	add(&b,
	    &(struct raw){.name = "big",
			  .type = '0',
			  .gnu = true,
			  .raw_uid = "\x80\0\0\0\x00\x2d\xc6\xc0"},
	    NULL);
	add_end(&b);
	r = open_buf(&b, &s);

	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_str_eq(e.path, "v7");
	ck_assert_int_eq(e.type, TAR_FILE);
	ck_assert_uint_eq(e.size, 3);
	ck_assert_uint_eq(e.uid, 1000);
	ck_assert_uint_eq(e.gid, 100);
	ck_assert_uint_eq(e.mode, 0644);
	ck_assert_int_eq(e.mtime.tv_sec, 014524000000);
	check_data(r, "abc");
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_str_eq(e.path, "ustar"); /* its data is skipped */
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_str_eq(e.path, longname);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_int_eq(e.type, TAR_DIR);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_int_eq(e.type, TAR_SYMLINK);
	ck_assert_str_eq(e.target, "../t");
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_int_eq(e.type, TAR_HARDLINK);
	ck_assert_str_eq(e.target, "ustar");
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_int_eq(e.type, TAR_FIFO);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_uint_eq(e.uid, 3000000);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 0);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 0);
}
END_TEST

/* Names are bytes: neither translated nor normalised, in any locale of the process. */
START_TEST(keeps_names)
{
	static const char *const names[] = {"nfc-\xc3\xa9", "nfd-e\xcc\x81", "bytes-\xff\xfe"};
	static const char *const locales[] = {"C", "C.UTF-8"};

	ck_assert_ptr_nonnull(setlocale(LC_ALL, locales[_i]));
	for (size_t i = 0; i < 3; i++) {
		_cleanup_(buf) struct buf b = BUF_INIT;
		_cleanup_(buf) struct buf records = BUF_INIT;
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		_cleanup_(source) struct source *s = NULL;
		struct tar_entry e;

		pax_record(&records, "path", names[i], strlen(names[i]));
		pax_record(&records, "linkpath", names[i], strlen(names[i]));
		add_pax(&b, records.data, records.len);
		add(&b, &(struct raw){.name = "x", .type = '2', .link = "y"}, NULL);
		add(&b, &(struct raw){.name = names[i], .type = '0'}, NULL);
		add_end(&b);
		r = open_buf(&b, &s);
		ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
		ck_assert_str_eq(e.path, names[i]);
		ck_assert_str_eq(e.target, names[i]);
		ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
		ck_assert_str_eq(e.path, names[i]);
	}
}
END_TEST

START_TEST(reads_pax_records)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(buf) struct buf records = BUF_INIT;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	_cleanup_(source) struct source *s = NULL;
	struct tar_entry e;

	pax_record(&records, "SCHILY.xattr.user.a", "x\0y", 3);
	pax_record(&records, "SCHILY.xattr.security.capability", "\1\0\0\2", 4);
	pax_record(&records, "mtime", "1700000000.25", 13);
	pax_record(&records, "uid", "4000000000", 10);
	add_pax(&b, records.data, records.len);
	add(&b, &(struct raw){.name = "f", .type = '0'}, NULL);
	add(&b, &(struct raw){.name = "g", .type = '0'}, NULL);
	add_end(&b);
	r = open_buf(&b, &s);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_uint_eq(e.n_xattrs, 2);
	for (size_t i = 0; i < 2; i++)
		if (strcmp(e.xattrs[i].name, "user.a") == 0) {
			ck_assert_uint_eq(e.xattrs[i].size, 3);
			ck_assert_mem_eq(e.xattrs[i].value, "x\0y", 3);
		} else {
			ck_assert_str_eq(e.xattrs[i].name, "security.capability");
			ck_assert_mem_eq(e.xattrs[i].value, "\1\0\0\2", 4);
		}
	ck_assert_int_eq(e.mtime.tv_sec, 1700000000);
	ck_assert_int_eq(e.mtime.tv_nsec, 250000000);
	ck_assert_uint_eq(e.uid, 4000000000u);
	/* Nothing carries over to the next entry. */
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_uint_eq(e.n_xattrs, 0);
	ck_assert_uint_eq(e.uid, 1000);
}
END_TEST

/* GNU's old sparse header: data at 1024 and at 4096 of a file of 10000 bytes. */
START_TEST(reads_sparse)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	_cleanup_(source) struct source *s = NULL;
	char h[512], data[1024];
	uint64_t offset, seen = 0;
	const void *p;
	size_t len;
	struct tar_entry e;

	make_header(h, &(struct raw){.name = "sparse", .type = 'S', .size = 600, .gnu = true});
	snprintf(h + 386, 12, "%011o", 1024u);
	snprintf(h + 398, 12, "%011o", 512u);
	snprintf(h + 410, 12, "%011o", 4096u);
	snprintf(h + 422, 12, "%011o", 88u);
	snprintf(h + 483, 12, "%011o", 10000u);
	finish_header(h);
	buf_add(&b, h, 512);
	memset(data, 'A', 512);
	memset(data + 512, 'B', 88);
	memset(data + 600, 0, 424);
	buf_add(&b, data, 1024);
	add(&b, &(struct raw){.name = "next", .type = '0'}, NULL);
	add_end(&b);
	r = open_buf(&b, &s);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_uint_eq(e.size, 10000);
	while (tar_reader_data(r, &p, &len, &offset, NULL) == 1)
		for (size_t i = 0; i < len; i++, seen++) {
			uint64_t at = offset + i;

			ck_assert((at >= 1024 && at < 1536) || (at >= 4096 && at < 4184));
			ck_assert_int_eq(((const char *)p)[i], at < 4096 ? 'A' : 'B');
		}
	ck_assert_uint_eq(seen, 600);
	ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
	ck_assert_str_eq(e.path, "next");
}
END_TEST

START_TEST(refuses_truncation)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(buf) struct buf records = BUF_INIT;
	char text[601] = "";

	memset(text, 't', 600);
	pax_record(&records, "path", text, 300);
	add_pax(&b, records.data, records.len);
	add(&b, &(struct raw){.name = "f", .type = '0', .size = 600}, text);
	/* A cut at an entry's border looks like an archive without an end marker, as some writers
	 * leave it. */
	for (size_t n = 1; n < b.len - (1024 - 600); n++) {
		_cleanup_(source) struct source *s = source_from_mem(b.data, n);
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		struct tar_entry e;
		struct err err = ERR_INIT;
		const void *p;
		uint64_t offset;
		size_t len;
		int k;

		if (tar_reader_new(s, &r, &err) == 0) {
			k = tar_reader_next(r, &e, &err);
			while (k == 1)
				k = tar_reader_data(r, &p, &len, &offset, &err);
			ck_assert_msg(k == -1, "cut at %zu is accepted", n);
		}
		ck_assert_int_eq(err.kind, ERR_CORRUPT);
	}
}
END_TEST

static const struct {
	struct raw raw;
	enum err_kind kind;
} bad[] = {
	{{.name = "uid", .type = '0', .gnu = true, .raw_uid = "\xff\xff\xff\xff\xff\xff\xff\xfe"},
	 ERR_CORRUPT},
	{{.name = "uid", .type = '0', .gnu = true, .raw_uid = "\x80\0\0\0\xff\xff\xff\xff"},
	 ERR_CORRUPT},
	{{.name = "size",
	  .type = '0',
	  .gnu = true,
	  .raw_size = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"},
	 ERR_CORRUPT},
	{{.name = "", .type = '2'}, ERR_CORRUPT},
};

START_TEST(refuses_bad_values)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	_cleanup_(source) struct source *s = NULL;
	struct tar_entry e;
	struct err err = ERR_INIT;
	int n;

	add(&b, &bad[_i].raw, NULL);
	add_end(&b);
	r = open_buf(&b, &s);
	n = tar_reader_next(r, &e, &err);
	/* An empty name is an entry for whoever puts it on disk to judge. */
	if (!*bad[_i].raw.name && n == 1) {
		ck_assert_str_eq(e.path, "");
		return;
	}
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(err.kind, bad[_i].kind);
}
END_TEST

START_TEST(limits)
{
	static const size_t path_sizes[] = {TAR_PATH_MAX - 1, TAR_PATH_MAX};
	static char text[TAR_XATTR_MAX + 2];

	memset(text, 'p', sizeof(text) - 1);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf) struct buf b = BUF_INIT;
		_cleanup_(buf) struct buf records = BUF_INIT;
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		_cleanup_(source) struct source *s = NULL;
		struct tar_entry e;
		struct err err = ERR_INIT;

		if (_i == 0)
			pax_record(&records, "path", text, path_sizes[i]);
		else if (_i == 1)
			pax_record(&records, "SCHILY.xattr.user.x", text, TAR_XATTR_MAX + i);
		else
			for (size_t k = 0; k < TAR_XATTRS_MAX + i; k++) {
				char key[40];

				snprintf(key, sizeof(key), "SCHILY.xattr.user.%zu", k);
				pax_record(&records, key, "v", 1);
			}
		add_pax(&b, records.data, records.len);
		add(&b, &(struct raw){.name = "f", .type = '0'}, NULL);
		add_end(&b);
		r = open_buf(&b, &s);
		ck_assert_int_eq(tar_reader_next(r, &e, &err), i ? -1 : 1);
		ck_assert_int_eq(err.kind, i ? ERR_LIMIT : ERR_NONE);
	}
}
END_TEST

START_TEST(empty_archives)
{
	static const size_t sizes[] = {0, 512, 1024, 10240};
	static const char zeros[10240];

	for (size_t i = 0; i < 4; i++) {
		_cleanup_(source) struct source *s = source_from_mem(zeros, sizes[i]);
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		struct tar_entry e;
		struct err err = ERR_INIT;

		ck_assert_int_eq(tar_reader_new(s, &r, &err), 0);
		ck_assert_msg(tar_reader_next(r, &e, &err) == 0, "%zu bytes: %s", sizes[i],
			      err.text);
		ck_assert_int_eq(tar_reader_drain(r, &err), 0);
	}
}
END_TEST

START_TEST(refuses_what_is_no_tar)
{
	static char noise[5000];
	_cleanup_(source) struct source *s = source_from_mem(noise, sizeof(noise));
	_cleanup_(tar_reader) struct tar_reader *r = NULL;
	struct tar_entry e;
	struct err err = ERR_INIT;

	fill_noise(noise, sizeof(noise));
	if (tar_reader_new(s, &r, &err) == 0)
		ck_assert_int_eq(tar_reader_next(r, &e, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
}
END_TEST

/* The padding behind the end marker is read to the last byte, and the source's error is kept. */
START_TEST(drains)
{
	_cleanup_(buf) struct buf b = BUF_INIT;
	struct tar_entry e;

	add(&b, &(struct raw){.name = "f", .type = '0', .size = 2}, "ab");
	add_end(&b);
	for (int i = 0; i < 600000; i++)
		buf_addc(&b, '\0');
	for (int fails = 0; fails < 2; fails++) {
		_cleanup_(source) struct source *s = trickle_source(b.data, b.len, 100000, fails);
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		struct err err = ERR_INIT;
		char c;

		ck_assert_int_eq(tar_reader_new(s, &r, NULL), 0);
		ck_assert_int_eq(tar_reader_next(r, &e, NULL), 1);
		ck_assert_int_eq(tar_reader_next(r, &e, NULL), 0);
		ck_assert_int_eq(tar_reader_drain(r, &err), fails ? -1 : 0);
		ck_assert_int_eq(err.kind, fails ? ERR_NETWORK : ERR_NONE);
		if (!fails)
			ck_assert_int_eq(source_read(s, &c, 1, NULL), 0);
	}
}
END_TEST

START_TEST(passes_the_sources_error_on)
{
	_cleanup_(buf) struct buf b = BUF_INIT;

	add(&b, &(struct raw){.name = "f", .type = '0', .size = 2}, "ab");
	for (size_t n = 0; n < b.len; n += 300) {
		_cleanup_(source) struct source *s = trickle_source(b.data, n, 100, true);
		_cleanup_(tar_reader) struct tar_reader *r = NULL;
		struct tar_entry e;
		struct err err = ERR_INIT;
		int k = tar_reader_new(s, &r, &err);

		if (k == 0)
			k = tar_reader_next(r, &e, &err);
		if (k == 1)
			k = tar_reader_next(r, &e, &err);
		ck_assert_int_eq(k, -1);
		ck_assert_int_eq(err.kind, ERR_NETWORK);
	}
}
END_TEST

Suite *suite_tar_read(void)
{
	Suite *s = suite_create("tar_read");
	TCase *t = tcase_create("tar_read");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, reads_each_format);
	tcase_add_loop_test(t, keeps_names, 0, 2);
	tcase_add_test(t, reads_pax_records);
	tcase_add_test(t, reads_sparse);
	tcase_add_test(t, refuses_truncation);
	tcase_add_loop_test(t, refuses_bad_values, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(t, limits, 0, 3);
	tcase_add_test(t, empty_archives);
	tcase_add_test(t, refuses_what_is_no_tar);
	tcase_add_test(t, drains);
	tcase_add_test(t, passes_the_sources_error_on);
	suite_add_tcase(s, t);
	return s;
}
