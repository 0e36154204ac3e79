/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar archives: reading untrusted ones entry by entry and writing deterministic ones.
 *
 * Reading understands v7, ustar, pax and GNU (long names, sparse files, base-256 numbers), by
 * libarchive, which no other file sees. It does not judge names: whoever puts entries on disk does.
 */
#ifndef ONGGI_CODEC_TAR_H
#define ONGGI_CODEC_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "codec/stream.h"

#define TAR_PATH_MAX   4096  /* bytes of a name or of a link's target */
#define TAR_XATTR_MAX  65536 /* bytes of one value */
#define TAR_XATTRS_MAX 256   /* attributes of one entry */

enum tar_type {
	TAR_FILE,
	TAR_DIR,
	TAR_SYMLINK,
	TAR_HARDLINK,
	TAR_CHAR,
	TAR_BLOCK,
	TAR_FIFO,
};

struct tar_xattr {
	const char *name; /* "user.foo", "security.capability" */
	const void *value;
	size_t size;
};

struct tar_entry {
	enum tar_type type;
	const char *path;   /* as it stands in the archive */
	const char *target; /* of links, else NULL */
	mode_t mode;	    /* permission bits with setuid, setgid, sticky */
	uint32_t uid, gid;
	struct timespec mtime;
	uint64_t size; /* of a file's data */
	uint32_t rdev_major, rdev_minor;
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
};

#define TAR_NAME_TEXT_MAX 200
/*
 * A name of an archive for messages, in buf (TAR_NAME_TEXT_MAX bytes): cut so that the reason
 * behind it can be read, and on one line, so that it can't pretend to be another message. Returns
 * buf.
 */
const char *tar_name_text(const char *name, char *buf);

struct tar_reader;

/* Start reading; in is borrowed, and already inflated. */
int tar_reader_new(struct source *in, struct tar_reader **ret, struct err *err);
/* Release; the source stays. NULL is accepted. */
void tar_reader_free(struct tar_reader *r);
DEFINE_CLEANUP(tar_reader, tar_reader_free)
/*
 * Next entry: returns 1 and fills *ret (strings valid until the next call), 0 at the end, -1 on
 * error. Unread data of the last entry is skipped. Errors: ERR_CORRUPT, ERR_LIMIT.
 */
int tar_reader_next(struct tar_reader *r, struct tar_entry *ret, struct err *err);
/*
 * Where the current entry's data begins: bytes of the source before it. Only right after
 * tar_reader_next(). An archive in a file can so be read by ranges.
 */
uint64_t tar_reader_offset(const struct tar_reader *r);
/*
 * Next piece of the current file's data without copying: returns 1 with a borrowed piece and the
 * offset in the file where it belongs (gaps are holes), 0 at the end, -1 on error.
 */
int tar_reader_data(struct tar_reader *r, const void **ret_data, size_t *ret_len,
		    uint64_t *ret_offset, struct err *err);
/*
 * Read what follows the end marker up to the source's end, so that digests over the whole stream
 * are complete. Errors: those of the source.
 */
int tar_reader_drain(struct tar_reader *r, struct err *err);

struct tar_writer;

/* Start writing pax archives (plain ustar headers wherever they suffice) to out, borrowed. */
int tar_writer_new(struct sink *out, struct tar_writer **ret, struct err *err);
/* Release without an end marker; the sink stays. NULL is accepted. */
void tar_writer_free(struct tar_writer *w);
DEFINE_CLEANUP(tar_writer, tar_writer_free)
/*
 * Write a header; no user or group names, no times but mtime, cut to whole seconds as docker does:
 * equal entries give equal bytes. Errors: ERR_UNSUPPORTED for an extended attribute whose name pax
 * can't hold, ERR_INVALID for a link without target or when the last file's data is short.
 */
int tar_writer_entry(struct tar_writer *w, const struct tar_entry *e, struct err *err);
/* Write data of the current file; in total exactly its size. */
int tar_writer_data(struct tar_writer *w, const void *buf, size_t n, struct err *err);
/* Write the end marker. Does not finish the sink. */
int tar_writer_finish(struct tar_writer *w, struct err *err);

#define TAR_UNIT ((size_t)512) /* headers and data are filled up to it; two of zeros end a tar */

/*
 * Append to out what tar_writer_entry() writes for an entry: for those who put an archive together
 * themselves, because a size is only known behind the data.
 */
int tar_header(const struct tar_entry *e, struct buf *out, struct err *err);

#endif
