/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar headers of every dialect, pax records, sparse maps. An entry that is read keeps within the
 * named limits and, where our own writer takes it, is read again as the same.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/tar.h"
#include "fuzz.h"
#include "scratch.h"

#define ENTRIES_MAX 4096
#define DATA_MAX    (UINT64_C(64) << 20) /* holes cost nothing; data comes from the input */

#define INPUT_MAX ((size_t)1 << 20)

static void check_entry(const struct tar_entry *e)
{
	bool link = e->type == TAR_SYMLINK || e->type == TAR_HARDLINK;

	FUZZ_CHECK(e->path && strlen(e->path) < TAR_PATH_MAX);
	FUZZ_CHECK(link == (e->target != NULL));
	FUZZ_CHECK(!e->target || strlen(e->target) < TAR_PATH_MAX);
	FUZZ_CHECK(!(e->mode & ~(mode_t)07777));
	FUZZ_CHECK(e->mtime.tv_nsec >= 0 && e->mtime.tv_nsec < 1000000000);
	FUZZ_CHECK(e->n_xattrs <= TAR_XATTRS_MAX);
	for (size_t i = 0; i < e->n_xattrs; i++) {
		FUZZ_CHECK(e->xattrs[i].name && e->xattrs[i].size <= TAR_XATTR_MAX);
		FUZZ_CHECK(e->xattrs[i].value || !e->xattrs[i].size);
	}
}

/* A directory is written with a slash at its end. */
static bool same_path(const struct tar_entry *a, const struct tar_entry *b)
{
	size_t len = strlen(a->path);

	return strncmp(a->path, b->path, len) == 0 &&
	       (!b->path[len] || (a->type == TAR_DIR && strcmp(b->path + len, "/") == 0));
}

static void check_same(const struct tar_entry *a, const struct tar_entry *b)
{
	FUZZ_CHECK(a->type == b->type && a->mode == b->mode);
	FUZZ_CHECK(a->uid == b->uid && a->gid == b->gid);
	/* The smallest number, which no file system keeps, has no decimal text in libarchive. */
	FUZZ_CHECK(a->mtime.tv_sec == INT64_MIN || a->mtime.tv_sec == b->mtime.tv_sec);
	FUZZ_CHECK(a->type != TAR_FILE || a->size == b->size);
	FUZZ_CHECK(same_path(a, b));
	FUZZ_CHECK(!a->target || strcmp(a->target, b->target) == 0);
	FUZZ_CHECK(a->n_xattrs == b->n_xattrs);
}

/* What our writer makes of a header is read as what it was made of. */
static void round_trip(const struct tar_entry *e)
{
	_cleanup_(buf) struct buf header = BUF_INIT;
	_cleanup_(source) struct source *src = NULL;
	_cleanup_(tar_reader) struct tar_reader *again = NULL;
	struct tar_entry back;
	struct err err = ERR_INIT;

	if (tar_header(e, &header, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	FUZZ_CHECK(header.len % TAR_UNIT == 0);
	src = source_from_mem(header.data, header.len);
	FUZZ_CHECK(tar_reader_new(src, &again, &err) == 0);
	FUZZ_CHECK(tar_reader_next(again, &back, &err) == 1);
	check_same(e, &back);
}

/* Pieces of data come in order and within the size; 0 at the end. */
static int read_data(struct tar_reader *tar, const struct tar_entry *e, struct err *err)
{
	uint64_t end = 0, offset;
	const void *data;
	size_t len;
	int n;

	while ((n = tar_reader_data(tar, &data, &len, &offset, err)) > 0) {
		FUZZ_CHECK(!len || data);
		FUZZ_CHECK(offset >= end);
		end = offset + len;
		FUZZ_CHECK(end >= offset);
		if (end > e->size)
			return -2;
	}
	return n;
}

static void read_tar(const uint8_t *data, size_t size)
{
	_cleanup_(source) struct source *src = source_from_mem(data, size);
	_cleanup_(tar_reader) struct tar_reader *tar = NULL;
	struct err err = ERR_INIT;
	struct tar_entry e;
	int n;

	if (tar_reader_new(src, &tar, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	for (int i = 0; i < ENTRIES_MAX; i++) {
		n = tar_reader_next(tar, &e, &err);
		if (n <= 0)
			break;
		check_entry(&e);
		round_trip(&e);
		if (e.type == TAR_FILE && e.size <= DATA_MAX) {
			n = read_data(tar, &e, &err);
			if (n < 0)
				break;
		}
	}
	if (n == -1)
		scratch_check_err(&err);
	if (n == 0)
		FUZZ_CHECK(tar_reader_drain(tar, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *mended = NULL;

	read_tar(data, size);
	if (size && size <= INPUT_MAX) {
		mended = xalloc(size);
		memcpy(mended, data, size);
		scratch_mend_tar(mended, size);
		if (memcmp(mended, data, size) != 0)
			read_tar(mended, size);
	}
	return 0;
}
