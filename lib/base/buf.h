/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a maximum.
 *
 * data is always NUL-terminated at data[len] (and never NULL once something was added). An addition
 * that would pass max adds nothing and sets `overflow`, which stays and refuses what follows, so
 * that the text is always a prefix of what was meant: build first, check once at the end with
 * buf_check().
 */
#ifndef ONGGI_BASE_BUF_H
#define ONGGI_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes without the NUL; 0 means BUF_DEFAULT_MAX */
	bool overflow;
};

#define BUF_DEFAULT_MAX ((size_t)64 << 20)
#define BUF_INIT                                                                                   \
	{                                                                                          \
		.data = NULL                                                                       \
	}
#define BUF_INIT_MAX(n)                                                                            \
	{                                                                                          \
		.data = NULL, .max = (n)                                                           \
	}

/* Release; accepts NULL and zeroed buffers and leaves an empty one. */
void buf_done(struct buf *b);
DEFINE_CLEANUP_VALUE(buf, buf_done)
/* Empty the buffer and clear overflow, keeping its memory. */
void buf_reset(struct buf *b);
/* Make room for n more bytes. Returns false, and sets overflow, when that passes max. */
bool buf_reserve(struct buf *b, size_t n);
/* Append n bytes. */
void buf_add(struct buf *b, const void *data, size_t n);
/* Append a string; NULL adds nothing. */
void buf_adds(struct buf *b, const char *s);
/* Append one byte. */
void buf_addc(struct buf *b, char c);
/* Append formatted text. */
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Append formatted text from a va_list. */
void buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The text so far, never NULL; valid until the next change. */
const char *buf_str(const struct buf *b);
/* Move the text out: the caller frees it; the buffer becomes empty. Never NULL. */
char *buf_take(struct buf *b);
/* 0, or -1 with ERR_LIMIT naming `what` when an addition did not fit. */
int buf_check(const struct buf *b, const char *what, struct err *err);

#endif
