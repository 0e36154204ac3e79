/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading tar by libarchive.
 *
 * Names are bytes. libarchive would translate pax names, which are UTF-8, to the locale's encoding,
 * and in an UTF-8 locale it composes them (NFC), which would rename files. In the C locale it can't
 * translate, warns, and gives the bytes as they stand: so headers are read in the C locale, set for
 * this thread only, and that warning is dropped.
 */
#include "codec/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

#define READ_SIZE ((size_t)256 << 10)

struct tar_reader {
	struct archive *archive;
	struct source *in;
	locale_t c_locale;
	void *buf;	    /* of bytes that can't be borrowed */
	bool source_failed; /* source_err says why */
	struct err source_err;
	bool source_empty; /* no byte came at all */
	bool ended;
	char last[TAR_NAME_TEXT_MAX + 1]; /* name of the last entry, for errors */
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
};

const char *tar_name_text(const char *name, char *buf)
{
	static const char mark[] = "...";
	size_t len = strlen(name);
	size_t keep = len < TAR_NAME_TEXT_MAX ? len : TAR_NAME_TEXT_MAX - sizeof(mark);

	/* Not in the middle of a character of UTF-8. */
	while (keep < len && keep && ((unsigned char)name[keep] & 0xc0) == 0x80)
		keep--;
	for (size_t i = 0; i < keep; i++)
		buf[i] = (char)((unsigned char)name[i] < 0x20 || name[i] == 0x7f ? '?' : name[i]);
	memcpy(buf + keep, mark, keep < len ? sizeof(mark) : 0);
	if (keep == len)
		buf[keep] = '\0';
	return buf;
}

static la_ssize_t on_read(struct archive *a, void *data, const void **ret)
{
	struct tar_reader *r = data;
	ssize_t n = source_borrow(r->in, &r->buf, READ_SIZE, ret, &r->source_err);

	if (n < 0) {
		r->source_failed = true;
		archive_set_error(a, EIO, "source");
		return -1;
	}
	if (n > 0)
		r->source_empty = false;
	return n;
}

static int fail(struct tar_reader *r, struct err *err)
{
	const char *text = archive_error_string(r->archive);

	if (r->source_failed) {
		if (err)
			*err = r->source_err;
		return -1;
	}
	return err_set(err, ERR_CORRUPT, "tar archive is damaged: %s",
		       text ? text : "a header has no meaning");
}

/* The same where the next entry should begin: it has no name yet. */
static int fail_next(struct tar_reader *r, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];

	fail(r, err);
	if (!r->last[0])
		return err_ctx(err, "before the first entry");
	return err_ctx(err, "behind entry '%s'", tar_name_text(r->last, text));
}

int tar_reader_new(struct source *in, struct tar_reader **ret, struct err *err)
{
	_cleanup_(tar_reader) struct tar_reader *r = xalloc(sizeof(*r));

	r->in = in;
	r->source_empty = true;
	r->c_locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	r->archive = archive_read_new();
	if (!r->archive || !r->c_locale)
		return err_set(err, ERR_LIMIT, "not enough memory to read a tar archive");
	archive_read_support_format_tar(r->archive);
	if (archive_read_open(r->archive, r, NULL, on_read, NULL) != ARCHIVE_OK) {
		/* libarchive takes no bytes for an unknown format; for us no bytes are no entries.
		 */
		if (!r->source_empty || r->source_failed)
			return fail(r, err);
		r->ended = true;
	}
	*ret = ptr_take(r);
	return 0;
}

void tar_reader_free(struct tar_reader *r)
{
	if (!r)
		return;
	if (r->archive)
		archive_read_free(r->archive);
	if (r->c_locale)
		freelocale(r->c_locale);
	free(r->buf);
	free(r);
}

static int check_path(const char *path, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];

	if (!path)
		return err_set(err, ERR_CORRUPT, "tar archive has an entry without a name");
	if (strlen(path) >= TAR_PATH_MAX)
		return err_set(err, ERR_LIMIT,
			       "tar entry '%s': its name has %zu bytes, less than %d are accepted",
			       tar_name_text(path, text), strlen(path), TAR_PATH_MAX);
	return 0;
}

static int check_target(const struct tar_entry *t, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];

	if (!t->target || !t->target[0])
		return err_set(err, ERR_CORRUPT, "tar entry '%s' is a link without a target",
			       tar_name_text(t->path, text));
	if (strlen(t->target) >= TAR_PATH_MAX)
		return err_set(
			err, ERR_LIMIT,
			"tar entry '%s': its target has %zu bytes, less than %d are accepted",
			tar_name_text(t->path, text), strlen(t->target), TAR_PATH_MAX);
	return 0;
}

static int get_type(struct archive_entry *e, struct tar_entry *t, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];
	t->target = archive_entry_hardlink(e);
	if (t->target) {
		t->type = TAR_HARDLINK;
		return check_target(t, err);
	}
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		t->type = TAR_FILE;
		return 0;
	case AE_IFDIR:
		t->type = TAR_DIR;
		return 0;
	case AE_IFLNK:
		t->type = TAR_SYMLINK;
		t->target = archive_entry_symlink(e);
		return check_target(t, err);
	case AE_IFCHR:
		t->type = TAR_CHAR;
		return 0;
	case AE_IFBLK:
		t->type = TAR_BLOCK;
		return 0;
	case AE_IFIFO:
		t->type = TAR_FIFO;
		return 0;
	default:
		return err_set(err, ERR_CORRUPT, "tar entry '%s' has an unknown type",
			       tar_name_text(t->path, text));
	}
}

/* uid_t -1 means "leave alone" to chown(2), so it is no owner. */
static int get_id(const char *what, la_int64_t id, const char *path, uint32_t *ret, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];
	if (id < 0 || id >= UINT32_MAX)
		return err_set(err, ERR_CORRUPT, "tar entry '%s' has the %s %lld, expected 0 to %u",
			       tar_name_text(path, text), what, (long long)id, UINT32_MAX - 1);
	*ret = (uint32_t)id;
	return 0;
}

static int get_xattrs(struct tar_reader *r, struct archive_entry *e, struct tar_entry *t,
		      struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];
	const char *name;
	const void *value;
	size_t size;

	t->xattrs = r->xattrs;
	if (archive_entry_xattr_count(e) > TAR_XATTRS_MAX)
		return err_set(err, ERR_LIMIT,
			       "tar entry '%s' has %d extended attributes, at most %d are accepted",
			       tar_name_text(t->path, text), archive_entry_xattr_count(e),
			       TAR_XATTRS_MAX);
	archive_entry_xattr_reset(e);
	while (t->n_xattrs < TAR_XATTRS_MAX &&
	       archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
		if (size > TAR_XATTR_MAX)
			return err_set(err, ERR_LIMIT,
				       "tar entry '%s': extended attribute '%.64s' has %zu bytes, "
				       "at most %d are accepted",
				       tar_name_text(t->path, text), name, size, TAR_XATTR_MAX);
		r->xattrs[t->n_xattrs++] =
			(struct tar_xattr){.name = name, .value = value, .size = size};
	}
	return 0;
}

static int get_entry(struct tar_reader *r, struct archive_entry *e, struct tar_entry *ret,
		     struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];
	struct tar_entry t = {.path = archive_entry_pathname(e)};

	if (check_path(t.path, err) < 0 || get_type(e, &t, err) < 0 ||
	    get_id("owner", archive_entry_uid(e), t.path, &t.uid, err) < 0 ||
	    get_id("group", archive_entry_gid(e), t.path, &t.gid, err) < 0 ||
	    get_xattrs(r, e, &t, err) < 0)
		return -1;
	t.mode = archive_entry_perm(e) & 07777;
	t.mtime.tv_sec = archive_entry_mtime(e);
	t.mtime.tv_nsec = archive_entry_mtime_nsec(e);
	if (t.type == TAR_FILE) {
		if (archive_entry_size(e) < 0)
			return err_set(err, ERR_CORRUPT, "tar entry '%s' has a negative size",
				       tar_name_text(t.path, text));
		t.size = (uint64_t)archive_entry_size(e);
	}
	if (t.type == TAR_CHAR || t.type == TAR_BLOCK) {
		t.rdev_major = (uint32_t)archive_entry_rdevmajor(e);
		t.rdev_minor = (uint32_t)archive_entry_rdevminor(e);
	}
	*ret = t;
	return 0;
}

int tar_reader_next(struct tar_reader *r, struct tar_entry *ret, struct err *err)
{
	struct archive_entry *e;
	locale_t old;
	int n;

	if (r->ended)
		return 0;
	old = uselocale(r->c_locale);
	n = archive_read_next_header(r->archive, &e);
	uselocale(old);
	if (n == ARCHIVE_EOF) {
		r->ended = true;
		return 0;
	}
	if (n != ARCHIVE_OK && n != ARCHIVE_WARN)
		return fail_next(r, err);
	if (get_entry(r, e, ret, err) < 0)
		return -1;
	if (!memccpy(r->last, ret->path, '\0', sizeof(r->last)))
		r->last[sizeof(r->last) - 1] = '\0';
	return 1;
}

/* The last filter's position: what the tar format has consumed, however much was read ahead. */
uint64_t tar_reader_offset(const struct tar_reader *r)
{
	la_int64_t n = archive_filter_bytes(r->archive, 0);

	return n < 0 ? 0 : (uint64_t)n;
}

int tar_reader_data(struct tar_reader *r, const void **ret_data, size_t *ret_len,
		    uint64_t *ret_offset, struct err *err)
{
	const void *data;
	la_int64_t offset;
	size_t len;
	int n;

	do {
		n = archive_read_data_block(r->archive, &data, &len, &offset);
		if (n == ARCHIVE_EOF)
			return 0;
		if ((n != ARCHIVE_OK && n != ARCHIVE_WARN) || offset < 0)
			return fail(r, err);
	} while (!len);
	*ret_data = data;
	*ret_len = len;
	*ret_offset = (uint64_t)offset;
	return 1;
}

int tar_reader_drain(struct tar_reader *r, struct err *err)
{
	const void *data;
	ssize_t n;

	do
		n = source_borrow(r->in, &r->buf, READ_SIZE, &data, err);
	while (n > 0);
	return n < 0 ? -1 : 0;
}
