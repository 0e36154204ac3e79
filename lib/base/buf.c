/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define BUF_FIRST ((size_t)64)

static size_t buf_max(const struct buf *b)
{
	return b->max ? b->max : BUF_DEFAULT_MAX;
}

void buf_done(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	b->overflow = false;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data)
		b->data[0] = '\0';
}

bool buf_reserve(struct buf *b, size_t n)
{
	size_t max = buf_max(b);
	size_t need, cap;

	/* After an overflow nothing follows, so that what is there is always a prefix. */
	if (b->overflow || b->len > max || n > max - b->len || b->len + n == SIZE_MAX) {
		b->overflow = true;
		return false;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > SIZE_MAX / 2 ? need : b->cap * 2;
	if (cap < BUF_FIRST)
		cap = BUF_FIRST;
	if (cap < need)
		cap = need;
	/* The last doubling stops at the maximum. */
	if (cap - 1 > max)
		cap = max + 1;
	b->data = xreallocarray(b->data, cap, 1);
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	if (!buf_reserve(b, n) || n == 0)
		return;
	memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	if (s)
		buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room = b->cap ? b->cap - b->len : 0;
	int len;

	va_copy(again, ap);
	len = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
	if (len < 0) {
		b->overflow = true;
	} else if (buf_reserve(b, (size_t)len)) {
		/* The first try was complete unless there was no room for it. */
		if ((size_t)len >= room)
			vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	} else if (room) {
		b->data[b->len] = '\0';
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *s = b->data ? b->data : xstrdup("");

	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	b->overflow = false;
	return s;
}

int buf_check(const struct buf *b, const char *what, struct err *err)
{
	if (!b->overflow)
		return 0;
	return err_set(err, ERR_LIMIT, "%s is too large: at most %zu bytes are accepted", what,
		       buf_max(b));
}
