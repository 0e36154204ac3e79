/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts are formatted into a local buffer first, since an argument may be the old text of the same
 * error. Every function keeps errno, so that a caller may still look at it.
 */
#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The largest value that the kernel uses for an errno. */
#define ERRNO_MAX 4095
/* A window of this many bytes of the source line is shown, the column in its first part. */
#define SOURCE_MAX  120
#define SOURCE_LEAD 60

static const char cut_mark[] = "...";

/* Number of bytes up to n at which s may be cut without splitting a UTF-8 character. */
static size_t utf8_cut(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* vsnprintf(3) into dst; text that doesn't fit ends in "...". */
static void __attribute__((format(printf, 3, 0)))
format_cut(char *dst, size_t size, const char *fmt, va_list ap)
{
	int len = vsnprintf(dst, size, fmt, ap);
	size_t keep;

	if (len < 0) {
		dst[0] = '\0';
		return;
	}
	if ((size_t)len < size)
		return;
	keep = utf8_cut(dst, size - sizeof(cut_mark));
	memcpy(dst + keep, cut_mark, sizeof(cut_mark));
}

static void err_store(struct err *err, enum err_kind kind, int sys, const char *text)
{
	size_t len = strnlen(text, ERR_TEXT_MAX - 1);

	err->kind = kind;
	err->sys = sys;
	memmove(err->text, text, len);
	err->text[len] = '\0';
	err->hint[0] = '\0';
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	int saved = errno;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	format_cut(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_store(err, kind, 0, text);
	errno = saved;
	return -1;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	char reason[128];
	int saved = errno;
	const char *desc = strerrordesc_np(saved);
	size_t n, room;
	va_list ap;

	if (!err)
		return -1;
	if (desc)
		snprintf(reason, sizeof(reason), ": %s", desc);
	else
		snprintf(reason, sizeof(reason), ": unknown error %d", saved);
	/* The reason is worth more than the end of a long subject. */
	n = strlen(reason);
	room = sizeof(text) - n;
	va_start(ap, fmt);
	format_cut(text, room, fmt, ap);
	va_end(ap);
	memcpy(text + strlen(text), reason, n + 1);
	err_store(err, ERR_SYSTEM, saved, text);
	/* Whatever was to be opened, the mend is the same. */
	if (saved == EMFILE)
		err_hint(err, "raise the limit of open files: ulimit -n 4096 (onggi doctor "
			      "open-files)");
	errno = saved;
	return -1;
}

/* Step over at most n characters of the line s. */
static const char *utf8_skip(const char *s, unsigned n)
{
	while (n > 0 && *s && *s != '\n' && *s != '\r') {
		s++;
		while (((unsigned char)*s & 0xc0) == 0x80)
			s++;
		n--;
	}
	return s;
}

/* Append the source line and, where a column is known, a caret below it. */
static void add_source(char *text, size_t size, const char *source, unsigned column)
{
	const char *at = utf8_skip(source, column ? column - 1 : 0);
	const char *from = source;
	unsigned before = 0;
	char pad[SOURCE_LEAD * 4 + 8];
	size_t used = strlen(text), n = 0, len;

	/* The column may lie behind the end of the line: what counts is how far it was followed. */
	for (const char *p = source; p < at; p = utf8_skip(p, 1))
		before++;
	if (before >= SOURCE_LEAD)
		from = utf8_skip(source, before - SOURCE_LEAD + 1);
	len = strcspn(from, "\r\n");
	if (len > SOURCE_MAX)
		len = utf8_cut(from, SOURCE_MAX);
	/* A tab in the line stands in the padding too: the caret is right at any tab width. */
	for (const char *p = from; p < at && n < sizeof(pad) - 1; p = utf8_skip(p, 1))
		pad[n++] = *p == '\t' ? '\t' : ' ';
	pad[n] = '\0';
	if (used + len + n + sizeof("\n    \n    ^") > size)
		return;
	if (column)
		snprintf(text + used, size - used, "\n    %.*s\n    %s^", (int)len, from, pad);
	else
		snprintf(text + used, size - used, "\n    %.*s", (int)len, from);
}

int err_at(struct err *err, const char *file, unsigned line, unsigned column, const char *source,
	   const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	int saved = errno;
	size_t used;
	va_list ap;

	if (!err)
		return -1;
	/* A path that long is cut rather than the message. */
	if (column)
		snprintf(text, sizeof(text) / 2, "%.480s:%u:%u: ", file, line, column);
	else
		snprintf(text, sizeof(text) / 2, "%.480s:%u: ", file, line);
	used = strlen(text);
	va_start(ap, fmt);
	format_cut(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (source)
		add_source(text, sizeof(text), source, column);
	err_store(err, ERR_INVALID, 0, text);
	errno = saved;
	return -1;
}

int err_ctx(struct err *err, const char *fmt, ...)
{
	char prefix[ERR_TEXT_MAX];
	int saved = errno;
	size_t n, len;
	va_list ap;

	if (!err || err->kind == ERR_NONE)
		return -1;
	va_start(ap, fmt);
	format_cut(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	n = strlen(prefix);
	len = strlen(err->text);
	/* What was being done is dropped where it would push out what went wrong. */
	if (n + 2 + len < sizeof(err->text)) {
		memmove(err->text + n + 2, err->text, len + 1);
		memcpy(err->text, prefix, n);
		memcpy(err->text + n, ": ", 2);
	}
	errno = saved;
	return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
	char hint[ERR_HINT_MAX];
	int saved = errno;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	format_cut(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	memcpy(err->hint, hint, strlen(hint) + 1);
	errno = saved;
	return -1;
}

void err_clear(struct err *err)
{
	if (err)
		err_store(err, ERR_NONE, 0, "");
}

/* The frame: kind and sys as native ints, the text and the hint each with its NUL. */
size_t err_pack(const struct err *err, void *data, size_t size)
{
	static const struct err clear = ERR_INIT;
	char *p = data;
	size_t text, hint;
	int kind;

	if (!err)
		err = &clear;
	text = strnlen(err->text, ERR_TEXT_MAX - 1);
	hint = strnlen(err->hint, ERR_HINT_MAX - 1);
	if (size < 2 * sizeof(int) + text + hint + 2)
		return 0;
	kind = (int)err->kind;
	memcpy(p, &kind, sizeof(kind));
	memcpy(p + sizeof(int), &err->sys, sizeof(int));
	p += 2 * sizeof(int);
	memcpy(p, err->text, text);
	p[text] = '\0';
	p += text + 1;
	memcpy(p, err->hint, hint);
	p[hint] = '\0';
	return 2 * sizeof(int) + text + hint + 2;
}

int err_unpack(struct err *err, const void *data, size_t size)
{
	const char *p = data;
	const char *hint;
	size_t left;
	int kind, sys;

	if (size < 2 * sizeof(int) + 2 || size > ERR_PACKED_MAX)
		return -1;
	memcpy(&kind, p, sizeof(kind));
	memcpy(&sys, p + sizeof(int), sizeof(sys));
	if (kind < 0 || kind >= ERR_KIND_COUNT || sys < 0 || sys > ERRNO_MAX)
		return -1;
	p += 2 * sizeof(int);
	left = size - 2 * sizeof(int);
	hint = memchr(p, '\0', left < ERR_TEXT_MAX ? left : ERR_TEXT_MAX);
	if (!hint)
		return -1;
	hint++;
	left -= (size_t)(hint - p);
	/* The only NUL of the rest must be its last byte. */
	if (left == 0 || left > ERR_HINT_MAX || memchr(hint, '\0', left) != hint + left - 1)
		return -1;
	if (!err)
		return 0;
	err_store(err, (enum err_kind)kind, sys, p);
	memcpy(err->hint, hint, left);
	return 0;
}
