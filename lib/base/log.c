/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages are put together on the stack: they may come from a child between fork and exec, or from
 * under an exhausted heap. Control characters are taken out here, at the last moment, because file
 * names, labels and the texts of other programs reach a terminal only through this file.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/colour.h"

#define LOG_LINE_MAX 4096

static enum log_level log_level = LOG_LEVEL_WARN;

void log_set_level(enum log_level level)
{
	__atomic_store_n(&log_level, level, __ATOMIC_RELAXED);
}

bool log_enabled(enum log_level level)
{
	return level <= __atomic_load_n(&log_level, __ATOMIC_RELAXED);
}

int log_level_parse(const char *s, enum log_level *ret, struct err *err)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {
		{"error", LOG_LEVEL_ERROR}, {"fatal", LOG_LEVEL_ERROR},	 {"panic", LOG_LEVEL_ERROR},
		{"warn", LOG_LEVEL_WARN},   {"warning", LOG_LEVEL_WARN}, {"info", LOG_LEVEL_INFO},
		{"debug", LOG_LEVEL_DEBUG}, {"trace", LOG_LEVEL_DEBUG},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(s, names[i].name) == 0) {
			*ret = names[i].level;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "'%s' is not a log level: error, warn, info or debug is accepted", s);
}

/* Bytes of the UTF-8 sequence that begins here; 1 for ASCII and for what is none. */
static size_t sequence(const unsigned char *p)
{
	size_t len = *p < 0xc2 || *p > 0xf4 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 1;
	return len;
}

/*
 * Replace what a terminal would obey: C0 controls but those in `keep`, DEL, and the C1 controls, in
 * their UTF-8 form (C2 80 to C2 9F) and, for terminals that speak no UTF-8, as single bytes.
 */
static void log_clean(char *s, const char *keep)
{
	size_t len;

	for (unsigned char *p = (unsigned char *)s; *p; p += len) {
		len = sequence(p);
		if (*p == '\n' && !strchr(keep, '\n'))
			*p = ' ';
		else if ((*p < 0x20 && !strchr(keep, *p)) || *p == 0x7f ||
			 (len == 1 && *p >= 0x80 && *p <= 0x9f))
			*p = '?';
		else if (*p == 0xc2 && len == 2 && p[1] <= 0x9f)
			p[0] = p[1] = '?';
	}
}

/* One write(2), so that lines of several processes don't mix. A closed stderr is nobody's problem.
 */
static void log_write(const char *s, size_t len)
{
	int saved = errno;

	while (write(STDERR_FILENO, s, len) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* Append text to a line of size bytes, as far as it fits; returns the new length. */
static size_t add(char *line, size_t size, size_t n, const char *text)
{
	size_t len = strlen(text);

	if (len > size - 1 - n)
		len = size - 1 - n;
	memcpy(line + n, text, len);
	line[n + len] = '\0';
	return n + len;
}

/* The same with a colour around the text, unless colour is NULL. */
static size_t add_coloured(char *line, size_t size, size_t n, const char *colour, const char *text)
{
	if (colour)
		n = add(line, size, n, colour);
	n = add(line, size, n, text);
	return colour ? add(line, size, n, COLOUR_END) : n;
}

void log_print(enum log_level level, const char *fmt, ...)
{
	static const struct {
		const char *prefix, *colour;
	} kinds[] = {
		[LOG_LEVEL_ERROR] = {"onggi:", COLOUR_RED},
		[LOG_LEVEL_WARN] = {"onggi: warning:", COLOUR_YELLOW},
		[LOG_LEVEL_INFO] = {"onggi:", NULL},
		[LOG_LEVEL_DEBUG] = {"onggi: debug:", NULL},
	};
	const char *colour;
	char line[LOG_LINE_MAX];
	size_t n;
	va_list ap;
	int saved = errno;

	if (!log_enabled(level))
		return;
	colour = kinds[level].colour && colour_wanted(STDERR_FILENO) ? kinds[level].colour : NULL;
	n = add_coloured(line, sizeof(line), 0, colour, kinds[level].prefix);
	n = add(line, sizeof(line), n, " ");
	va_start(ap, fmt);
	/* The newline takes the place of the NUL. */
	if (vsnprintf(line + n, sizeof(line) - n, fmt, ap) < 0)
		line[n] = '\0';
	va_end(ap);
	log_clean(line + n, "\t");
	n = strlen(line);
	line[n++] = '\n';
	log_write(line, n);
	errno = saved;
}

void log_err(const struct err *err)
{
	char lines[ERR_TEXT_MAX + ERR_HINT_MAX + 64];
	char text[ERR_TEXT_MAX];
	bool colour;
	size_t n;

	if (!err || err->kind == ERR_NONE)
		return;
	colour = colour_wanted(STDERR_FILENO);
	n = add_coloured(lines, sizeof(lines), 0, colour ? COLOUR_RED : NULL, "onggi:");
	n = add(lines, sizeof(lines), n, " ");
	/* err_at() lays out several lines itself. */
	memcpy(text, err->text, sizeof(text));
	log_clean(text, "\t\n");
	n = add(lines, sizeof(lines), n, text);
	n = add(lines, sizeof(lines), n, "\n");
	if (err->hint[0]) {
		memcpy(text, err->hint, sizeof(err->hint));
		log_clean(text, "\t");
		n = add_coloured(lines, sizeof(lines), n, colour ? COLOUR_CYAN : NULL, "hint:");
		n = add(lines, sizeof(lines), n, " ");
		n = add(lines, sizeof(lines), n, text);
		n = add(lines, sizeof(lines), n, "\n");
	}
	log_write(lines, n);
}
