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

/*
 * Replace what a terminal would obey: C0 controls but those in `keep`, DEL, and the C1 controls in
 * their UTF-8 form (C2 80 to C2 9F).
 */
static void log_clean(char *s, const char *keep)
{
	for (unsigned char *p = (unsigned char *)s; *p; p++) {
		if (*p == '\n' && !strchr(keep, '\n'))
			*p = ' ';
		else if ((*p < 0x20 && !strchr(keep, *p)) || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
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

void log_print(enum log_level level, const char *fmt, ...)
{
	static const char *const prefixes[] = {
		[LOG_LEVEL_ERROR] = "onggi: ",
		[LOG_LEVEL_WARN] = "onggi: warning: ",
		[LOG_LEVEL_INFO] = "onggi: ",
		[LOG_LEVEL_DEBUG] = "onggi: debug: ",
	};
	char line[LOG_LINE_MAX];
	size_t n;
	va_list ap;
	int saved = errno;

	if (!log_enabled(level))
		return;
	n = strlen(prefixes[level]);
	memcpy(line, prefixes[level], n + 1);
	va_start(ap, fmt);
	/* The newline takes the place of the NUL. */
	if (vsnprintf(line + n, sizeof(line) - n, fmt, ap) < 0)
		line[n] = '\0';
	va_end(ap);
	log_clean(line, "\t");
	n = strlen(line);
	line[n++] = '\n';
	log_write(line, n);
	errno = saved;
}

void log_err(const struct err *err)
{
	char lines[ERR_TEXT_MAX + ERR_HINT_MAX + 32];
	char hint[ERR_HINT_MAX];
	size_t n;

	if (!err || err->kind == ERR_NONE)
		return;
	/* err_at() lays out several lines itself. */
	snprintf(lines, sizeof(lines), "onggi: %s", err->text);
	log_clean(lines, "\t\n");
	n = strlen(lines);
	lines[n++] = '\n';
	if (err->hint[0]) {
		memcpy(hint, err->hint, strlen(err->hint) + 1);
		log_clean(hint, "\t");
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "hint: %s\n", hint);
	}
	log_write(lines, n);
}
