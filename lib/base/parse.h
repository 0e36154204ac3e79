/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, sizes, durations, times and booleans as people write them, and back. All refuse trailing
 * text, overflow and the empty string with ERR_INVALID, echoing the value and what is accepted.
 */
#ifndef ONGGI_BASE_PARSE_H
#define ONGGI_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* Decimal integer in [min, max]. */
int parse_int(const char *s, int64_t min, int64_t max, int64_t *ret, struct err *err);
/* Decimal unsigned integer up to max. */
int parse_uint(const char *s, uint64_t max, uint64_t *ret, struct err *err);
/* Octal mode up to 07777. */
int parse_mode(const char *s, unsigned *ret, struct err *err);
/*
 * Bytes: a number (fractions allowed) with b, k, m, g, t, p, their KB and KiB forms in any
 * case, one space before the unit; powers of 1024, rounded down, at most INT64_MAX.
 */
int parse_size(const char *s, uint64_t *ret, struct err *err);
/* Nanoseconds: Go's form "1h2m3.5s", "100ms"; a bare number counts seconds. */
int parse_duration(const char *s, int64_t *ret_ns, struct err *err);
/* RFC 3339 ("2026-01-02T03:04:05.6Z", offsets too). */
int parse_time(const char *s, struct timespec *ret, struct err *err);
/* Negative, 0 or positive: x is before, at or after y. */
int compare_times(struct timespec x, struct timespec y);
/* Go's strconv.ParseBool words: 1 t true 0 f false, any case. */
int parse_bool(const char *s, bool *ret, struct err *err);
/* Decimal fraction such as --cpus takes, as units of 1e-9. */
int parse_nano(const char *s, int64_t *ret, struct err *err);

#define FORMAT_MAX 48
/* "12.3MB" in powers of 1000, three digits, as docker prints image sizes. buf: at least FORMAT_MAX
 * bytes. */
const char *format_size(uint64_t bytes, char *buf);
/* "3 minutes ago" style age without the "ago": docker's words ("About a minute", "2 weeks"). */
const char *format_age(int64_t seconds, char *buf);
/* RFC 3339 in UTC, with a fraction without trailing zeros where there is one. */
const char *format_time(struct timespec t, char *buf);

#endif
