/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: complete reads and writes, whole small files. All close-on-exec. */
#ifndef ONGGI_OS_FD_H
#define ONGGI_OS_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Read until n bytes or the end; returns the count or -1 with errno. Repeats on EINTR. */
ssize_t fd_read_full(int fd, void *buf, size_t n);
/* Write all n bytes; 0 or -1 with errno. Repeats on EINTR. */
int fd_write_full(int fd, const void *buf, size_t n);
/*
 * Append the whole of a file to out. what: the subject for errors. Errors: ERR_LIMIT when it is
 * larger than max bytes; ERR_SYSTEM.
 */
int fd_read_all(int fd, size_t max, const char *what, struct buf *out, struct err *err);
/* Open relative to dirfd (or AT_FDCWD) and read the whole; ENOENT is kept in err->sys. */
int file_read_all(int dirfd, const char *path, size_t max, struct buf *out, struct err *err);
/*
 * Write a short text with one write(2) to an existing file (procfs, sysfs, cgroupfs). err names
 * path, text and cause; errno is kept.
 */
int file_write_text(int dirfd, const char *path, const char *text, struct err *err);
/* Make sure 0, 1 and 2 are open, on /dev/null where they are not. First act of the program. */
int fd_ensure_stdio(struct err *err);
/*
 * Is there something of that name, a link that leads nowhere included? With errno when not. Unlike
 * faccessat(3), which asks by a call that older filters refuse.
 */
bool fd_entry_exists(int dirfd, const char *path);
/*
 * Mark every descriptor from `first` on close-on-exec. proc_fd: a procfs in which this process is
 * seen, for kernels and filters without close_range(2), or -1: what is at /proc. It fails where
 * that is no procfs. Keeps errno on failure.
 */
int fd_cloexec_from(unsigned first, int proc_fd, struct err *err);
/* Path of a descriptor as /proc/self/fd/N in buf (at least 32 bytes). Returns buf. */
const char *fd_proc_path(int fd, char *buf);

#endif
