/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing and creating files so that a reader, or a crash, sees the old or the new one, never a
 * part. */
#ifndef ONGGI_OS_ATOMIC_H
#define ONGGI_OS_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum durability {
	DURABLE_NO,  /* a lost file after a power cut is no loss */
	DURABLE_YES, /* fsync the file and its directory */
};

/*
 * Write data to dirfd/name by temporary file and rename. mode is less the umask. Data that
 * overflowed its buffer is ERR_LIMIT, and nothing is written.
 */
int atomic_write(int dirfd, const char *name, const struct buf *data, mode_t mode,
		 enum durability durable, struct err *err);

/* A file being written that has no name yet (O_TMPFILE, or a hidden temporary name). */
struct atomic_file {
	int fd;
	int dirfd;    /* borrowed */
	char tmp[64]; /* name while unlinked is not possible; "" with O_TMPFILE */
};
#define ATOMIC_FILE_INIT                                                                           \
	{                                                                                          \
		.fd = -1, .dirfd = -1                                                              \
	}

/* Begin in the directory where the file will end up; names starting ".tmp-" are ours to sweep. */
int atomic_begin(int dirfd, mode_t mode, struct atomic_file *ret, struct err *err);
/* The same, with a hidden temporary name from the beginning: for file systems without O_TMPFILE. */
int atomic_begin_named(int dirfd, mode_t mode, struct atomic_file *ret, struct err *err);
/* Give it its name. replace: an existing file is replaced, else EEXIST is ERR_EXISTS. */
int atomic_commit(struct atomic_file *f, const char *name, bool replace, enum durability durable,
		  struct err *err);
/* Drop what was not committed; accepts done and zero-initialised-by-macro values. */
void atomic_done(struct atomic_file *f);
/* Remove ".tmp-*" entries of a directory that no live process is writing (they are flock'ed). */
int atomic_sweep(int dirfd, struct err *err);

#endif
