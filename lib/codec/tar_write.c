/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing tar by libarchive's pax writer.
 *
 * Determinism: an entry has no other times, names or numbers than those given, and times are cut to
 * whole seconds. libarchive picks a name's encoding by locale, so headers are made in C.UTF-8, set
 * for this thread only: UTF-8 names are then written as they are, others with hdrcharset=BINARY.
 */
#include "codec/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/archive_writers.h"

#define BLOCK_SIZE (256 << 10)

struct tar_writer {
	struct archive *archive;
	struct archive_entry *entry;
	struct sink *out;
	locale_t utf8_locale;
	uint64_t left; /* of the current file's data */
	bool abandoned;
	bool sink_failed; /* sink_err says why */
	struct err sink_err;
};

/*
 * Always takes the bytes: libarchive, when it is told of a failure, never releases its buffers.
 * What is wrong is kept for the calling function, and nothing is written behind it.
 */
static la_ssize_t on_write(struct archive *a, void *data, const void *buf, size_t n)
{
	struct tar_writer *w = data;

	(void)a;
	if (!w->abandoned && !w->sink_failed && sink_write(w->out, buf, n, &w->sink_err) < 0)
		w->sink_failed = true;
	return (la_ssize_t)n;
}

static int fail(struct tar_writer *w, const char *what, struct err *err)
{
	const char *text = archive_error_string(w->archive);

	if (w->sink_failed) {
		if (err)
			*err = w->sink_err;
		return -1;
	}
	return err_set(err, ERR_INVALID, "tar entry '%s' can't be written: %s", what,
		       text ? text : "unknown error");
}

/* block: bytes that are collected before they are written; 0: none. */
static int writer_open(struct sink *out, int block, struct tar_writer **ret, struct err *err)
{
	_cleanup_(tar_writer) struct tar_writer *w = xalloc(sizeof(*w));

	w->out = out;
	w->utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!w->utf8_locale)
		w->utf8_locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	w->entry = archive_entry_new();
	w->archive = archive_write_new();
	if (!w->archive || !w->entry || !w->utf8_locale)
		return err_set(err, ERR_LIMIT, "not enough memory to write a tar archive");
	if (archive_writers_set_pax(w->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(w->archive, block) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(w->archive, 1) != ARCHIVE_OK ||
	    archive_write_open(w->archive, w, NULL, on_write, NULL) != ARCHIVE_OK)
		return fail(w, "", err);
	*ret = ptr_take(w);
	return 0;
}

int tar_writer_new(struct sink *out, struct tar_writer **ret, struct err *err)
{
	return writer_open(out, BLOCK_SIZE, ret, err);
}

void tar_writer_free(struct tar_writer *w)
{
	if (!w)
		return;
	/* Releasing an unfinished writer would write an end marker. */
	w->abandoned = true;
	if (w->archive)
		archive_write_free(w->archive);
	archive_entry_free(w->entry);
	if (w->utf8_locale)
		freelocale(w->utf8_locale);
	free(w);
}

static int check_complete(const struct tar_writer *w, struct err *err)
{
	if (w->left)
		return err_set(err, ERR_INVALID,
			       "tar entry '%s' has %llu bytes of data less than its size",
			       archive_entry_pathname(w->entry), (unsigned long long)w->left);
	return 0;
}

static unsigned filetype(enum tar_type t)
{
	switch (t) {
	case TAR_DIR:
		return AE_IFDIR;
	case TAR_SYMLINK:
		return AE_IFLNK;
	case TAR_CHAR:
		return AE_IFCHR;
	case TAR_BLOCK:
		return AE_IFBLK;
	case TAR_FIFO:
		return AE_IFIFO;
	case TAR_FILE:
	case TAR_HARDLINK:
		break;
	}
	return AE_IFREG;
}

static void fill_entry(struct archive_entry *a, const struct tar_entry *e)
{
	archive_entry_clear(a);
	archive_entry_copy_pathname(a, e->path);
	archive_entry_set_filetype(a, filetype(e->type));
	archive_entry_set_perm(a, e->mode & 07777);
	archive_entry_set_uid(a, e->uid);
	archive_entry_set_gid(a, e->gid);
	archive_entry_set_mtime(a, e->mtime.tv_sec, 0);
	archive_entry_set_size(a, e->type == TAR_FILE ? (la_int64_t)e->size : 0);
	if (e->type == TAR_HARDLINK)
		archive_entry_copy_hardlink(a, e->target);
	if (e->type == TAR_SYMLINK)
		archive_entry_copy_symlink(a, e->target);
	if (e->type == TAR_CHAR || e->type == TAR_BLOCK) {
		archive_entry_set_rdevmajor(a, e->rdev_major);
		archive_entry_set_rdevminor(a, e->rdev_minor);
	}
	/* libarchive keeps its list in reverse. */
	for (size_t i = e->n_xattrs; i > 0; i--)
		archive_entry_xattr_add_entry(a, e->xattrs[i - 1].name, e->xattrs[i - 1].value,
					      e->xattrs[i - 1].size);
}

/*
 * A pax record ends its key at the first '=', and libarchive writes the other bytes refused here as
 * %XX, which nobody takes back in SCHILY.xattr: such a name would come back as another one.
 */
static bool xattr_name_fits(const char *name)
{
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p >= 127 || *p == '%' || *p == '=')
			return false;
	return true;
}

static int check_xattrs(const struct tar_entry *e, struct err *err)
{
	for (size_t i = 0; i < e->n_xattrs; i++)
		if (!xattr_name_fits(e->xattrs[i].name))
			return err_set(
				err, ERR_UNSUPPORTED,
				"tar entry '%s': extended attribute '%.64s' can't be stored: "
				"its name may hold printable ASCII but '=' and '%%'",
				e->path, e->xattrs[i].name);
	return 0;
}

int tar_writer_entry(struct tar_writer *w, const struct tar_entry *e, struct err *err)
{
	locale_t old;
	int n;

	if (check_complete(w, err) < 0 || check_xattrs(e, err) < 0)
		return -1;
	if ((e->type == TAR_HARDLINK || e->type == TAR_SYMLINK) && !e->target)
		return err_set(err, ERR_INVALID, "tar entry '%s' is a link without a target",
			       e->path);
	if (e->size > INT64_MAX)
		return err_set(err, ERR_LIMIT, "tar entry '%s' is too large", e->path);
	fill_entry(w->entry, e);
	old = uselocale(w->utf8_locale);
	n = archive_write_header(w->archive, w->entry);
	uselocale(old);
	/* A warning says that a name is no UTF-8; its bytes were written all the same. */
	if ((n != ARCHIVE_OK && n != ARCHIVE_WARN) || w->sink_failed)
		return fail(w, e->path, err);
	w->left = e->type == TAR_FILE ? e->size : 0;
	return 0;
}

int tar_header(const struct tar_entry *e, struct buf *out, struct err *err)
{
	_cleanup_(sink) struct sink *sink = sink_to_buf(out);
	_cleanup_(tar_writer) struct tar_writer *w = NULL;

	return writer_open(sink, 0, &w, err) < 0 ? -1 : tar_writer_entry(w, e, err);
}

int tar_writer_data(struct tar_writer *w, const void *buf, size_t n, struct err *err)
{
	const char *path = archive_entry_pathname(w->entry);

	if (n > w->left)
		return err_set(err, ERR_INVALID, "tar entry '%s' has more data than its size",
			       path ? path : "");
	if (n && (archive_write_data(w->archive, buf, n) != (la_ssize_t)n || w->sink_failed))
		return fail(w, path, err);
	w->left -= n;
	return 0;
}

int tar_writer_finish(struct tar_writer *w, struct err *err)
{
	if (check_complete(w, err) < 0)
		return -1;
	if (archive_write_close(w->archive) != ARCHIVE_OK || w->sink_failed)
		return fail(w, "end of archive", err);
	return 0;
}
