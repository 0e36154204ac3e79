/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layout is text in which some words stand for a part of the time. At each place the longest
 * word that Go knows there is taken, so the table is ordered: a word comes before those that it
 * begins with.
 */
#include "cli/go_time.h"

#include <stdbool.h>
#include <string.h>

#include "base/strv.h"

#define DAY    INT64_C(86400)
#define HOUR   INT64_C(3600)
#define SECOND UINT64_C(1000000000)
/* Days of 400 years, after which the calendar repeats, and from 0000-03-01 to 1970-01-01. */
#define ERA_DAYS    INT64_C(146097)
#define EPOCH_DAYS  INT64_C(719468)
#define NANO_DIGITS 9

enum part {
	PART_NUMBER,
	PART_LONG_MONTH,
	PART_MONTH,
	PART_LONG_WEEKDAY,
	PART_WEEKDAY,
	PART_YEAR,
	PART_SHORT_YEAR,
	PART_HOUR12,
	PART_ZERO_HOUR12,
	PART_PM,
	PART_LOWER_PM,
	PART_TEXT, /* of UTC always the same */
};

struct word {
	const char *word;
	enum part part;
	const char *text;
	size_t offset; /* PART_NUMBER: of an int in struct go_date */
	int width;     /* negative: padded with blanks instead of zeros */
};

#define NUMBER(word, member, width)                                                                \
	{                                                                                          \
		word, PART_NUMBER, NULL, offsetof(struct go_date, member), width                   \
	}
#define NAME(word, part)                                                                           \
	{                                                                                          \
		word, part, NULL, 0, 0                                                             \
	}
#define TEXT(word, text)                                                                           \
	{                                                                                          \
		word, PART_TEXT, text, 0, 0                                                        \
	}

static const struct word words[] = {
	NAME("January", PART_LONG_MONTH),
	NAME("Jan", PART_MONTH),
	NAME("Monday", PART_LONG_WEEKDAY),
	NAME("Mon", PART_WEEKDAY),
	TEXT("MST", "UTC"),
	NUMBER("002", yearday, 3),
	NUMBER("01", month, 2),
	NUMBER("02", day, 2),
	NAME("03", PART_ZERO_HOUR12),
	NUMBER("04", minute, 2),
	NUMBER("05", second, 2),
	NAME("06", PART_SHORT_YEAR),
	NUMBER("15", hour, 2),
	NUMBER("1", month, 0),
	NAME("2006", PART_YEAR),
	NUMBER("2", day, 0),
	/* Not the blank-padded day: Go takes the underscore as text here. */
	NAME("_2006", PART_YEAR),
	NUMBER("__2", yearday, -3),
	NUMBER("_2", day, -2),
	NAME("3", PART_HOUR12),
	NUMBER("4", minute, 0),
	NUMBER("5", second, 0),
	NAME("PM", PART_PM),
	NAME("pm", PART_LOWER_PM),
	TEXT("-07:00:00", "+00:00:00"),
	TEXT("-070000", "+000000"),
	TEXT("-07:00", "+00:00"),
	TEXT("-0700", "+0000"),
	TEXT("-07", "+00"),
	TEXT("Z07:00:00", "Z"),
	TEXT("Z070000", "Z"),
	TEXT("Z07:00", "Z"),
	TEXT("Z0700", "Z"),
	TEXT("Z07", "Z"),
};

static const char *const months[] = {"January",	  "February", "March",	  "April",
				     "May",	  "June",     "July",	  "August",
				     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				       "Thursday", "Friday", "Saturday"};

const char *go_month_name(int64_t month)
{
	return month >= 1 && month <= (int64_t)ARRAY_SIZE(months) ? months[month - 1] : "";
}

const char *go_weekday_name(int64_t weekday)
{
	return weekday >= 0 && weekday < (int64_t)ARRAY_SIZE(weekdays) ? weekdays[weekday] : "";
}

int64_t go_time_seconds(const struct value *v)
{
	return v->time.seconds == INT64_MIN ? GO_TIME_ZERO : v->time.seconds;
}

/* Rounded down, and what remains. */
static int64_t divide(int64_t a, int64_t b, int64_t *ret_rest)
{
	int64_t q = a / b;

	if (a % b < 0)
		q--;
	*ret_rest = a - q * b;
	return q;
}

/* Years begin in March here, so that the day that comes every four years is the last. */
int64_t go_time_days(int64_t year, int64_t month, int64_t day)
{
	int64_t era, of_era, rest;

	year += divide(month - 1, 12, &rest);
	if (rest < 2)
		year--;
	month = (rest + 10) % 12;
	era = divide(year, 400, &of_era);
	return (era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 +
		day - 1 - EPOCH_DAYS) *
	       DAY;
}

void go_time_date(int64_t seconds, struct go_date *ret)
{
	int64_t of_day, of_era, of_year, year, month, rest;
	int64_t days = divide(seconds, DAY, &of_day);
	int64_t era = divide(days + EPOCH_DAYS, ERA_DAYS, &of_era);

	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	ret->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	ret->month = (int)(month < 10 ? month + 3 : month - 9);
	ret->year = year + era * 400 + (ret->month <= 2 ? 1 : 0);
	(void)divide(days + 4, 7, &rest); /* 1970-01-01 was a Thursday */
	ret->weekday = (int)rest;
	ret->yearday = (int)((seconds - of_day - go_time_days(ret->year, 1, 1)) / DAY + 1);
	ret->hour = (int)(of_day / HOUR);
	ret->minute = (int)(of_day % HOUR / 60);
	ret->second = (int)(of_day % 60);
}

/*
 * A fraction at p ("." or "," and zeros or nines, no digit behind): the bytes it takes, 0 where
 * there is none.
 */
static size_t fraction_length(const char *p)
{
	size_t n;

	if ((*p != '.' && *p != ',') || (p[1] != '0' && p[1] != '9'))
		return 0;
	n = strspn(p + 1, p[1] == '0' ? "0" : "9");
	return p[1 + n] >= '0' && p[1 + n] <= '9' ? 0 : 1 + n;
}

static void add_fraction(const char *p, size_t len, uint32_t nanoseconds, struct buf *out)
{
	char digits[NANO_DIGITS + 1];
	size_t n = len - 1;

	for (size_t i = NANO_DIGITS; i-- > 0; nanoseconds /= 10)
		digits[i] = (char)('0' + nanoseconds % 10);
	if (n > NANO_DIGITS)
		n = NANO_DIGITS;
	while (p[1] == '9' && n > 0 && digits[n - 1] == '0')
		n--;
	if (n) {
		buf_addc(out, *p);
		buf_add(out, digits, n);
	}
}

static void add_year(int64_t year, struct buf *out)
{
	if (year < 0)
		buf_addf(out, "-%04lld", (long long)-year);
	else
		buf_addf(out, "%04lld", (long long)year);
}

static void add_number(const struct word *w, const struct go_date *d, struct buf *out)
{
	int v = *(const int *)(const void *)((const char *)d + w->offset);

	if (w->width < 0)
		buf_addf(out, "%*d", -w->width, v);
	else
		buf_addf(out, "%0*d", w->width, v);
}

static void add_name(const struct word *w, const struct go_date *d, struct buf *out)
{
	const char *name = w->part == PART_LONG_MONTH || w->part == PART_MONTH
				   ? months[d->month - 1]
				   : weekdays[d->weekday];

	if (w->part == PART_LONG_MONTH || w->part == PART_LONG_WEEKDAY)
		buf_adds(out, name);
	else
		buf_add(out, name, 3);
}

static void add_part(const struct word *w, const struct go_date *d, struct buf *out)
{
	bool afternoon = d->hour >= 12;
	int hour = d->hour % 12;

	switch (w->part) {
	case PART_NUMBER:
		add_number(w, d, out);
		break;
	case PART_YEAR:
		if (w->word[0] == '_')
			buf_addc(out, '_');
		add_year(d->year, out);
		break;
	case PART_SHORT_YEAR:
		buf_addf(out, "%02d", (int)(d->year < 0 ? -d->year : d->year) % 100);
		break;
	case PART_HOUR12:
	case PART_ZERO_HOUR12:
		buf_addf(out, "%0*d", w->part == PART_HOUR12 ? 0 : 2, hour ? hour : 12);
		break;
	case PART_PM:
		buf_adds(out, afternoon ? "PM" : "AM");
		break;
	case PART_LOWER_PM:
		buf_adds(out, afternoon ? "pm" : "am");
		break;
	case PART_TEXT:
		buf_adds(out, w->text);
		break;
	default:
		add_name(w, d, out);
	}
}

/* The word at p, NULL where there is none. */
static const struct word *find_word(const char *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *rest;

		if (!str_prefix(p, words[i].word, &rest))
			continue;
		/* "Jan" and "Mon" are not found inside of longer words. */
		if ((words[i].part == PART_MONTH || words[i].part == PART_WEEKDAY) &&
		    rest[0] >= 'a' && rest[0] <= 'z')
			continue;
		return &words[i];
	}
	return NULL;
}

void go_time_format(const struct value *v, const char *layout, struct buf *out)
{
	const char *p = layout;
	struct go_date date;

	go_time_date(go_time_seconds(v), &date);
	while (*p) {
		const struct word *w = find_word(p);
		size_t n = fraction_length(p);

		if (w) {
			add_part(w, &date, out);
			p += strlen(w->word);
		} else if (n) {
			add_fraction(p, n, v->time.nanoseconds, out);
			p += n;
		} else {
			buf_addc(out, *p++);
		}
	}
}

void go_duration_format(int64_t ns, struct buf *out)
{
	uint64_t v = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t seconds = v / SECOND, unit = SECOND;
	const char *suffix = "s";

	if (ns < 0)
		buf_addc(out, '-');
	if (v == 0) {
		buf_adds(out, "0s");
		return;
	}
	if (seconds == 0) {
		suffix = v < 1000 ? "ns" : v < 1000000 ? "µs" : "ms";
		unit = v < 1000 ? 1 : v < 1000000 ? 1000 : 1000000;
	}
	if (seconds >= (uint64_t)HOUR)
		buf_addf(out, "%lluh", (unsigned long long)(seconds / HOUR));
	if (seconds >= 60) {
		buf_addf(out, "%llum", (unsigned long long)(seconds / 60 % 60));
		v -= seconds / 60 * 60 * SECOND;
	}
	buf_addf(out, "%llu", (unsigned long long)(v / unit));
	v %= unit;
	if (v) {
		buf_addc(out, '.');
		for (; v; v %= unit) {
			unit /= 10;
			buf_addc(out, (char)('0' + v / unit));
		}
	}
	buf_adds(out, suffix);
}
