/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers are read as integers with a fraction in units of 1e-18, never as floating point: "0.1"
 * counts exactly, and the locale has no say.
 */
#include "base/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NANO		    UINT64_C(1000000000)
#define FRACTION	    UINT64_C(1000000000000000000)
#define FRACTION_MAX_DIGITS 18
#define MODE_MAX	    07777

__extension__ typedef unsigned __int128 wide;

struct decimal {
	uint64_t whole;
	uint64_t fraction; /* in units of 1 / FRACTION */
	bool inexact;	   /* digits other than 0 follow behind what fraction holds */
};

/* Values are echoed, but not at any length. */
static int refuse(const char *s, const char *what, const char *accepted, struct err *err)
{
	return err_set(err, ERR_INVALID, "'%.100s' is not %s: %s is accepted", s, what, accepted);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits of a base up to 10 from *s; false when there is none or the value passes max. */
static bool take_digits(const char **s, unsigned base, uint64_t max, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0;

	for (; *p >= '0' && (unsigned)(*p - '0') < base; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (v > (max - digit) / base || digit > max)
			return false;
		v = v * base + digit;
	}
	if (p == *s)
		return false;
	*s = p;
	*ret = v;
	return true;
}

/* "12", "12.5", ".5" or "12."; false when there is no digit or the whole part overflows. */
static bool take_decimal(const char **s, struct decimal *ret)
{
	struct decimal d = {0};
	const char *p = *s;
	unsigned digits = 0;

	if (is_digit(*p) && !take_digits(&p, 10, UINT64_MAX, &d.whole))
		return false;
	if (*p == '.') {
		for (p++; is_digit(*p); p++, digits++) {
			if (digits < FRACTION_MAX_DIGITS)
				d.fraction = d.fraction * 10 + (uint64_t)(*p - '0');
			else
				d.inexact |= *p != '0';
		}
		if (digits == 0 && p == *s + 1)
			return false;
	}
	for (; digits < FRACTION_MAX_DIGITS; digits++)
		d.fraction *= 10;
	if (p == *s)
		return false;
	*s = p;
	*ret = d;
	return true;
}

/* d times unit (at most 2^62), rounded down; false when that passes max. */
static bool decimal_scale(const struct decimal *d, uint64_t unit, uint64_t max, uint64_t *ret)
{
	wide v = (wide)d->whole * unit + (wide)d->fraction * unit / FRACTION;

	if (v > max)
		return false;
	*ret = (uint64_t)v;
	return true;
}

int parse_int(const char *s, int64_t min, int64_t max, int64_t *ret, struct err *err)
{
	const char *p = s ? s : "";
	bool negative = *p == '-';
	uint64_t v, limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	int64_t value = 0;
	bool ok;

	if (*p == '-' || *p == '+')
		p++;
	ok = take_digits(&p, 10, limit, &v) && !*p;
	if (ok) {
		/* Written so that INT64_MIN does not overflow on its way. */
		value = negative && v ? -(int64_t)(v - 1) - 1 : (int64_t)v;
		ok = value >= min && value <= max;
	}
	if (!ok)
		return err_set(err, ERR_INVALID,
			       "'%.100s' is not a valid number: a whole number from %lld to %lld "
			       "is accepted",
			       s ? s : "", (long long)min, (long long)max);
	*ret = value;
	return 0;
}

int parse_uint(const char *s, uint64_t max, uint64_t *ret, struct err *err)
{
	const char *p = s ? s : "";
	uint64_t v;

	if (!take_digits(&p, 10, max, &v) || *p)
		return err_set(
			err, ERR_INVALID,
			"'%.100s' is not a valid number: a whole number from 0 to %llu is accepted",
			s ? s : "", (unsigned long long)max);
	*ret = v;
	return 0;
}

int parse_mode(const char *s, unsigned *ret, struct err *err)
{
	const char *p = s ? s : "";
	uint64_t v;

	if (!take_digits(&p, 8, MODE_MAX, &v) || *p)
		return refuse(s ? s : "", "a file mode", "an octal number up to 7777, such as 0755",
			      err);
	*ret = (unsigned)v;
	return 0;
}

/* A size's unit ("", "b", "k", "kb", "kib", ... in any case) as a power of two; -1: none. */
static int size_shift(const char *s)
{
	static const char letters[] = "kmgtp";
	const char *at;
	int shift = 0;

	if (*s && (at = strchr(letters, tolower((unsigned char)*s)))) {
		shift = 10 * (int)(at - letters + 1);
		s++;
		if (strcasecmp(s, "ib") == 0)
			return shift;
	}
	return !*s || strcasecmp(s, "b") == 0 ? shift : -1;
}

int parse_size(const char *s, uint64_t *ret, struct err *err)
{
	static const char accepted[] =
		"a number with an optional unit b, k, m, g, t or p, such as 512m or 1.5g,";
	const char *p = s ? s : "";
	struct decimal d;
	uint64_t v;
	int shift;

	if (!take_decimal(&p, &d))
		return refuse(s ? s : "", "a size", accepted, err);
	if (*p == ' ')
		p++;
	shift = size_shift(p);
	/* File offsets are signed, so that is where sizes end. */
	if (shift < 0 || !decimal_scale(&d, UINT64_C(1) << shift, INT64_MAX, &v))
		return refuse(s, "a size", accepted, err);
	*ret = v;
	return 0;
}

/* A unit of Go's time.ParseDuration at *s in nanoseconds, 0 for none. */
static uint64_t take_unit(const char **s)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{"ns", 1},	     {"us", 1000}, {"\xc2\xb5s", 1000}, /* U+00B5 micro sign */
		{"\xce\xbcs", 1000},					/* U+03BC Greek letter mu */
		{"ms", 1000000},     {"s", NANO},  {"m", 60 * NANO},	{"h", 3600 * NANO},
	};
	/* A unit ends where the next number starts. */
	size_t len = strcspn(*s, "0123456789.");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == len && memcmp(*s, units[i].name, len) == 0) {
			*s += len;
			return units[i].ns;
		}
	}
	return 0;
}

/* Number and unit pairs up to the end of s. */
static bool duration_sum(const char *s, uint64_t *ret)
{
	uint64_t total = 0, part, unit;
	struct decimal d;
	bool first = true;

	do {
		if (!take_decimal(&s, &d))
			return false;
		unit = !*s && first ? NANO : take_unit(&s);
		if (!unit || !decimal_scale(&d, unit, INT64_MAX, &part))
			return false;
		if (part > (uint64_t)INT64_MAX - total)
			return false;
		total += part;
		first = false;
	} while (*s);
	*ret = total;
	return true;
}

int parse_duration(const char *s, int64_t *ret_ns, struct err *err)
{
	const char *p = s ? s : "";
	bool negative = *p == '-';
	uint64_t total;

	if (*p == '-' || *p == '+')
		p++;
	if (!duration_sum(p, &total))
		return refuse(s ? s : "", "a duration",
			      "seconds, or numbers with h, m, s, ms, us or ns, such as 1m30s,",
			      err);
	*ret_ns = negative ? -(int64_t)total : (int64_t)total;
	return 0;
}

/*
 * Match *s against a pattern in which a digit stands for that many digits and any other character
 * for itself; the numbers go to ret one after the other.
 */
static bool scan_fixed(const char **s, const char *pattern, int *ret)
{
	const char *p = *s;

	for (; *pattern; pattern++) {
		if (!is_digit(*pattern)) {
			if (toupper((unsigned char)*p++) != *pattern)
				return false;
			continue;
		}
		*ret = 0;
		for (int i = *pattern - '0'; i > 0; i--, p++) {
			if (!is_digit(*p))
				return false;
			*ret = *ret * 10 + (*p - '0');
		}
		ret++;
	}
	*s = p;
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* "Z", "+09:00" or "-03:30" as seconds east of Greenwich. */
static bool take_zone(const char **s, int *ret)
{
	int sign = **s == '-' ? -1 : 1;
	int at[2];

	if (**s == 'Z' || **s == 'z') {
		++*s;
		*ret = 0;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	++*s;
	if (!scan_fixed(s, "2:2", at) || at[0] > 23 || at[1] > 59)
		return false;
	*ret = sign * (at[0] * 3600 + at[1] * 60);
	return true;
}

/* RFC 3339 section 5.6; like Go's parser without leap seconds. */
static bool time_scan(const char *p, struct timespec *ret)
{
	enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, N };
	struct decimal d = {0};
	struct tm tm = {0};
	int t[N], offset;

	if (!scan_fixed(&p, "4-2-2T2:2:2", t))
		return false;
	if (t[MONTH] < 1 || t[MONTH] > 12 || t[DAY] < 1 || t[DAY] > month_days(t[YEAR], t[MONTH]))
		return false;
	if (t[HOUR] > 23 || t[MINUTE] > 59 || t[SECOND] > 59)
		return false;
	if (*p == '.' && (!is_digit(p[1]) || !take_decimal(&p, &d)))
		return false;
	if (!take_zone(&p, &offset) || *p)
		return false;
	tm.tm_year = t[YEAR] - 1900;
	tm.tm_mon = t[MONTH] - 1;
	tm.tm_mday = t[DAY];
	tm.tm_hour = t[HOUR];
	tm.tm_min = t[MINUTE];
	tm.tm_sec = t[SECOND];
	ret->tv_sec = timegm(&tm) - offset;
	ret->tv_nsec = (long)(d.fraction / (FRACTION / NANO));
	return true;
}

int parse_time(const char *s, struct timespec *ret, struct err *err)
{
	struct timespec t;

	if (!s || !time_scan(s, &t))
		return refuse(s ? s : "", "a time", "RFC 3339, such as 2026-01-02T15:04:05Z,", err);
	*ret = t;
	return 0;
}

int parse_bool(const char *s, bool *ret, struct err *err)
{
	/* Pairs, the true word first. */
	static const char *const words[] = {"1", "0", "t", "f", "true", "false"};

	for (size_t i = 0; s && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(s, words[i]) == 0) {
			*ret = i % 2 == 0;
			return 0;
		}
	}
	return refuse(s ? s : "", "a boolean", "true or false", err);
}

int parse_nano(const char *s, int64_t *ret, struct err *err)
{
	const char *p = s ? s : "";
	struct decimal d;
	uint64_t v;

	if (!take_decimal(&p, &d) || *p || !decimal_scale(&d, NANO, INT64_MAX, &v))
		return refuse(s ? s : "", "a number", "a decimal fraction such as 1.5", err);
	if (d.inexact || d.fraction % (FRACTION / NANO))
		return refuse(s, "precise in billionths", "a number with at most 9 decimals", err);
	*ret = (int64_t)v;
	return 0;
}

const char *format_size(uint64_t bytes, char *buf)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	size_t unit = 0;

	/* From 999.5 on, three digits would read 1000 of the smaller unit. */
	while (v >= (unit ? 999.5 : 1000.0) && unit + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1000;
		unit++;
	}
	snprintf(buf, FORMAT_MAX, "%.3g%s", v, units[unit]);
	return buf;
}

const char *format_age(int64_t seconds, char *buf)
{
	long long minutes = seconds / 60;
	long long hours = (seconds + 1800) / 3600; /* docker rounds hours, and cuts all else */

	if (seconds < 1)
		snprintf(buf, FORMAT_MAX, "Less than a second");
	else if (seconds == 1)
		snprintf(buf, FORMAT_MAX, "1 second");
	else if (seconds < 60)
		snprintf(buf, FORMAT_MAX, "%lld seconds", (long long)seconds);
	else if (minutes == 1)
		snprintf(buf, FORMAT_MAX, "About a minute");
	else if (minutes < 60)
		snprintf(buf, FORMAT_MAX, "%lld minutes", minutes);
	else if (hours == 1)
		snprintf(buf, FORMAT_MAX, "About an hour");
	else if (hours < 48)
		snprintf(buf, FORMAT_MAX, "%lld hours", hours);
	else if (hours < 24 * 7 * 2)
		snprintf(buf, FORMAT_MAX, "%lld days", hours / 24);
	else if (hours < 24 * 30 * 2)
		snprintf(buf, FORMAT_MAX, "%lld weeks", hours / 24 / 7);
	else if (hours < 24 * 365 * 2)
		snprintf(buf, FORMAT_MAX, "%lld months", hours / 24 / 30);
	else
		snprintf(buf, FORMAT_MAX, "%lld years", hours / 24 / 365);
	return buf;
}

#define DAY_SECONDS 86400

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/*
 * Date of a day counted from 0000-01-01, year 9999 at most. gmtime_r() would do, but reads the time
 * zone's file first, at every start of a container.
 */
static void date_of(int day, int *ret_year, int *ret_month, int *ret_day)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = day / 366, month = 0;

	/* The first guess is never too late. */
	day -= year * 365 + (year ? (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1 : 0);
	for (; day >= 365 + is_leap(year); year++)
		day -= 365 + is_leap(year);
	for (int n; day >= (n = month_days[month] + (month == 1 && is_leap(year))); month++)
		day -= n;
	*ret_year = year;
	*ret_month = month + 1;
	*ret_day = day + 1;
}

int compare_times(struct timespec x, struct timespec y)
{
	if (x.tv_sec != y.tv_sec)
		return x.tv_sec < y.tv_sec ? -1 : 1;
	return x.tv_nsec < y.tv_nsec ? -1 : x.tv_nsec > y.tv_nsec;
}

const char *format_time(struct timespec t, char *buf)
{
	static const time_t first = -62167219200; /* 0000-01-01T00:00:00Z */
	static const time_t last = 253402300799;  /* 9999-12-31T23:59:59Z */
	int year, month, day, second;
	char *p;

	/* RFC 3339 has four digits for the year. */
	t.tv_sec = t.tv_sec < first ? first : t.tv_sec > last ? last : t.tv_sec;
	date_of((int)((t.tv_sec - first) / DAY_SECONDS), &year, &month, &day);
	second = (int)((t.tv_sec - first) % DAY_SECONDS);
	p = buf + snprintf(buf, FORMAT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
			   second / 3600, second / 60 % 60, second % 60);
	if (t.tv_nsec > 0 && t.tv_nsec < (long)NANO) {
		p += snprintf(p, 16, ".%09ld", t.tv_nsec);
		while (p[-1] == '0')
			p--;
	}
	memcpy(p, "Z", 2);
	return buf;
}
