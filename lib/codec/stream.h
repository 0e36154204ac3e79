/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte streams, and the compressions that layers and archives come in.
 *
 * A source is anything that gives bytes in order: a descriptor, memory, an archive's entry, an
 * inflater over another source. read() gives at most n bytes, 0 at the end, -1 with err set.
 */
#ifndef ONGGI_CODEC_STREAM_H
#define ONGGI_CODEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

struct source {
	ssize_t (*read)(struct source *s, void *buf, size_t n, struct err *err);
	/* NULL: it has no bytes in memory of its own. */
	ssize_t (*borrow)(struct source *s, const void **ret, struct err *err);
	void (*close)(struct source *s); /* releases s itself */
};

/* Read at most n bytes; 0 at the end. */
ssize_t source_read(struct source *s, void *buf, size_t n, struct err *err);
/* Read until n bytes or the end came; returns how many. */
ssize_t source_read_full(struct source *s, void *buf, size_t n, struct err *err);
/*
 * The next bytes without a copy where the source has them in memory. Otherwise they are read to
 * *buf, room for n bytes that is made at first use and is the caller's to free.
 *
 * ret      where they are; borrowed until the next call on the source
 * Returns how many, 0 at the end.
 */
ssize_t source_borrow(struct source *s, void **buf, size_t n, const void **ret, struct err *err);
/* Release. NULL is accepted. */
void source_free(struct source *s);
DEFINE_CLEANUP(source, source_free)

/* Bytes of a descriptor from its current position; the descriptor is borrowed. */
struct source *source_from_fd(int fd);
/* At most len bytes of a descriptor from offset, by pread: several may read one file in parallel.
 */
struct source *source_from_fd_range(int fd, uint64_t offset, uint64_t len);
/* Memory, borrowed. */
struct source *source_from_mem(const void *data, size_t len);

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_BZIP2,
	COMPRESSION_COUNT,
};

#define COMPRESSION_MAGIC_MAX 6

/* By its first bytes; COMPRESSION_NONE when no magic number fits. */
enum compression compression_detect(const void *head, size_t len);
/* "none", "gzip", ... */
const char *compression_name(enum compression c);

/*
 * Bytes of `in` inflated. Concatenated members are read through. ISA-L inflates gzip where it is
 * installed, zlib elsewhere.
 *
 * in   owned by the returned source
 * Errors of read: ERR_CORRUPT for damaged or truncated data
 */
int source_inflate(struct source *in, enum compression c, struct source **ret, struct err *err);
/*
 * Find out how `in` is compressed. ret: gives all of its bytes and owns it, which is released where
 * this fails.
 */
int source_detect(struct source *in, enum compression *ret_c, struct source **ret, struct err *err);
/*
 * The same bytes, read some blocks ahead by a thread of its own: whoever takes them and whoever
 * makes them work at the same time. Where there can't be a thread it is `in` itself. Owns in.
 */
struct source *source_ahead(struct source *in);
/* source_inflate() of what source_detect() found. ret_c may be NULL. */
int source_inflate_auto(struct source *in, enum compression *ret_c, struct source **ret,
			struct err *err);

/* Bytes taken by a writer. write() takes all n bytes or fails. finish() ends the stream. */
struct sink {
	int (*write)(struct sink *s, const void *buf, size_t n, struct err *err);
	int (*finish)(struct sink *s, struct err *err);
	void (*close)(struct sink *s);
};

/* Write all n bytes. */
int sink_write(struct sink *s, const void *buf, size_t n, struct err *err);
/* End the stream, and those below it that the sink owns. Nothing may be written afterwards. */
int sink_finish(struct sink *s, struct err *err);
/* Release without finishing. NULL is accepted. */
void sink_free(struct sink *s);
DEFINE_CLEANUP(sink, sink_free)

/* To a descriptor, borrowed. */
struct sink *sink_to_fd(int fd);
/* Appended to a buffer, borrowed; ERR_LIMIT where its maximum is passed. */
struct sink *sink_to_buf(struct buf *b);
/* Compressed on the way to `out`, which it owns. level 0: the format's default. Deterministic. */
int sink_deflate(struct sink *out, enum compression c, int level, struct sink **ret,
		 struct err *err);
/*
 * The same at the default level with as many threads as there are processors. The bytes are others
 * than sink_deflate()'s, but the same however many threads there are.
 */
int sink_deflate_parallel(struct sink *out, enum compression c, struct sink **ret, struct err *err);

#endif
