/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics for the person who runs the command, on stderr, one line each: "onggi: warning: ...",
 * coloured on a terminal (base/colour.h). The level is one of the few pieces of mutable file-scope
 * state (design.md §5).
 */
#ifndef ONGGI_BASE_LOG_H
#define ONGGI_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Set the least severe level that is printed; the default is LOG_LEVEL_WARN. */
void log_set_level(enum log_level level);
/* Would a message of this level be printed? Guards costly arguments. */
bool log_enabled(enum log_level level);
/* "error", "warn", "info" or "debug" (and docker's "warning", "fatal", "trace") to a level. */
int log_level_parse(const char *s, enum log_level *ret, struct err *err);
/* Print one line at a level; written with a single write(2). */
void log_print(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_warn(...) log_print(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_print(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
	do {                                                                                       \
		if (log_enabled(LOG_LEVEL_DEBUG))                                                  \
			log_print(LOG_LEVEL_DEBUG, __VA_ARGS__);                                   \
	} while (0)

/* Print "onggi: TEXT" and, where there is one, "hint: ..." on the next line. */
void log_err(const struct err *err);

#endif
