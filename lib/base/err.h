/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error values.
 *
 * A function that can fail returns 0 or -1 and takes `struct err *err` last. The value has no heap
 * parts: it is declared with ERR_INIT, needs no release, and may be filled in a child between fork
 * and exec. Text grows outward: the innermost function words the subject and the cause, each caller
 * may prefix what it was doing with err_ctx(). `hint` is a command or a setting that mends it.
 * A NULL err is accepted everywhere and drops the details.
 *
 * Code branches on `kind` (and at most on `sys`), never on text.
 */
#ifndef ONGGI_BASE_ERR_H
#define ONGGI_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

enum err_kind {
	ERR_NONE,
	ERR_SYSTEM,	 /* a system call failed; sys holds errno */
	ERR_INVALID,	 /* the caller's or a file's value is refused */
	ERR_USAGE,	 /* a command line that can't be understood */
	ERR_NOT_FOUND,	 /* the named object does not exist */
	ERR_EXISTS,	 /* the name is taken */
	ERR_LIMIT,	 /* a named limit was exceeded */
	ERR_DENIED,	 /* permission, or a policy, forbids it */
	ERR_UNSUPPORTED, /* the machine or this build can't do it */
	ERR_BUSY,	 /* in use */
	ERR_CORRUPT,	 /* a digest, a size or a record is wrong */
	ERR_NETWORK,	 /* a peer on the network failed */
	ERR_CANCELLED,	 /* a signal asked us to stop */
	ERR_EXEC,	 /* the container's program could not be executed (sys says why) */
	ERR_KIND_COUNT,
};

#define ERR_TEXT_MAX 1024
#define ERR_HINT_MAX 384

struct err {
	enum err_kind kind;
	int sys; /* errno, 0 where none applies */
	char text[ERR_TEXT_MAX];
	char hint[ERR_HINT_MAX];
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		.kind = ERR_NONE                                                                   \
	}

/*
 * Set an error, replacing what was there.
 *
 * kind  what code will branch on
 * fmt   one line without a final newline: subject first, refused value echoed
 * Returns -1, so that `return err_set(...)` reads well.
 */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Set an error of kind ERR_SYSTEM from errno; ": strerror" is appended to the text. ENOENT,
 * EEXIST, EACCES/EPERM, ENOSPC/EDQUOT keep kind ERR_SYSTEM too: the caller names the kind
 * with err_set() where it knows what the missing thing is. Keeps errno. Returns -1.
 */
int err_sys(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Set an error that stands in a file that a person wrote: "FILE:LINE:COLUMN: text".
 *
 * line, column  1-based; column 0 leaves the column out
 * source        the text of that line, shown below the message with a caret; NULL: none
 * Returns -1.
 */
int err_at(struct err *err, const char *file, unsigned line, unsigned column, const char *source,
	   const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/*
 * Prefix "text: " to an error that is set; nothing when err is NULL or clear, or when the prefix
 * would push out part of what went wrong. Returns -1.
 */
int err_ctx(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Give the line that follows "hint: ", replacing an earlier one. Returns -1. */
int err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Make *err clear again. */
void err_clear(struct err *err);

/*
 * Serialise an error into a self-contained frame for a pipe, and read it back.
 *
 * data, size  err_pack: at least ERR_PACKED_MAX bytes, returns how many were used. err_unpack: what
 *             was received, untrusted: returns -1 and leaves *err untouched when it is malformed.
 */
#define ERR_PACKED_MAX (sizeof(int) * 2 + ERR_TEXT_MAX + ERR_HINT_MAX)
size_t err_pack(const struct err *err, void *data, size_t size);
int err_unpack(struct err *err, const void *data, size_t size);

#endif
