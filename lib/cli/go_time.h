/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the templates: Go's layouts and calendar, in UTC alone. Only for the files of cli. */
#ifndef ONGGI_CLI_GO_TIME_H
#define ONGGI_CLI_GO_TIME_H

#include <stdint.h>

#include "base/buf.h"
#include "cli/value.h"

/* Go's zero time, 0001-01-01T00:00:00Z, in seconds since 1970. */
#define GO_TIME_ZERO   INT64_C(-62135596800)
#define GO_TIME_STRING "2006-01-02 15:04:05.999999999 -0700 MST"

struct go_date {
	int64_t year;
	int month, day; /* from 1 */
	int weekday;	/* Sunday = 0 */
	int yearday;	/* from 1 */
	int hour, minute, second;
};

/* Seconds since 1970 of a VALUE_TIME, the zero time as what it is in Go. */
int64_t go_time_seconds(const struct value *v);
/* The proleptic Gregorian calendar. */
void go_time_date(int64_t seconds, struct go_date *ret);
/* Seconds since 1970 at the start of a day; month and day may lie out of range, as in time.Date. */
int64_t go_time_days(int64_t year, int64_t month, int64_t day);
#define GO_RFC3339_NANO "2006-01-02T15:04:05.999999999Z07:00"
/* Append a VALUE_TIME in a layout of Go's time.Format. */
void go_time_format(const struct value *v, const char *layout, struct buf *out);
/* Append as time.Duration prints: 1h2m3.5s. */
void go_duration_format(int64_t ns, struct buf *out);
/* English names; "" where Go has none. month from 1, weekday from 0. */
const char *go_month_name(int64_t month);
const char *go_weekday_name(int64_t weekday);

#endif
