/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of Go's time.Time, Duration, Month and Weekday that people write in templates. */
#include <string.h>

#include "base/strv.h"
#include "cli/go_time.h"
#include "cli/template_private.h"

#define SECOND	   INT64_C(1000000000)
#define MILLION	   INT64_C(1000000)
#define THOUSAND   INT64_C(1000)
#define LAYOUT_MAX 1024
/* Further times, some thirty million years away, are not computed with. */
#define SECONDS_MAX INT64_C(1000000000000000)

/* The shape of struct value_method's call, of which most need only self; for those that are alike.
 */
#define METHOD(name)                                                                               \
	static int name(const struct value *self, const struct value *const *args, size_t n,       \
			struct arena *a, const struct value **ret, struct err *err)
#define UNUSED ((void)args, (void)n, (void)err)

static const struct value *of_unit(struct arena *a, int64_t v, enum value_unit unit)
{
	struct value *r = value_int(a, v);

	r->unit = unit;
	return r;
}

static int text_of(struct buf *text, struct arena *a, const struct value **ret)
{
	*ret = value_string_n(a, buf_str(text), text->len);
	return 0;
}

/* a * b + c, or the nearest that there is. */
static int64_t scale(int64_t a, int64_t b, int64_t c)
{
	int64_t v;

	if (__builtin_mul_overflow(a, b, &v) || __builtin_add_overflow(v, c, &v))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return v;
}

static int time_format(const struct value *self, const struct value *const *args, size_t n,
		       struct arena *a, const struct value **ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	(void)n;
	if (args[0]->kind != VALUE_STRING)
		return err_set(err, ERR_INVALID, "a layout such as \"2006-01-02\" is wanted");
	if (args[0]->string.len > LAYOUT_MAX)
		return err_set(err, ERR_INVALID, "a layout has at most %d bytes", LAYOUT_MAX);
	go_time_format(self, args[0]->string.text, &text);
	return text_of(&text, a, ret);
}

static int time_string(const struct value *self, const struct value *const *args, size_t n,
		       struct arena *a, const struct value **ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	UNUSED;
	go_time_format(self, GO_TIME_STRING, &text);
	return text_of(&text, a, ret);
}

static int time_unix(const struct value *self, const struct value *const *args, size_t n,
		     struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	*ret = value_int(a, go_time_seconds(self));
	return 0;
}

static int time_unix_milli(const struct value *self, const struct value *const *args, size_t n,
			   struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	*ret = value_int(a,
			 scale(go_time_seconds(self), THOUSAND, self->time.nanoseconds / MILLION));
	return 0;
}

static int time_unix_micro(const struct value *self, const struct value *const *args, size_t n,
			   struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	*ret = value_int(a,
			 scale(go_time_seconds(self), MILLION, self->time.nanoseconds / THOUSAND));
	return 0;
}

static int time_unix_nano(const struct value *self, const struct value *const *args, size_t n,
			  struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	/* Go lets it wrap around beyond the years 1678 to 2262. */
	*ret = value_int(a, (int64_t)((uint64_t)go_time_seconds(self) * (uint64_t)SECOND +
				      self->time.nanoseconds));
	return 0;
}

#define DATE_METHOD(name, member)                                                                  \
	METHOD(name)                                                                               \
	{                                                                                          \
		struct go_date d;                                                                  \
                                                                                                   \
		UNUSED;                                                                            \
		go_time_date(go_time_seconds(self), &d);                                           \
		*ret = value_int(a, d.member);                                                     \
		return 0;                                                                          \
	}

DATE_METHOD(time_year, year)
DATE_METHOD(time_day, day)
DATE_METHOD(time_yearday, yearday)
DATE_METHOD(time_hour, hour)
DATE_METHOD(time_minute, minute)
DATE_METHOD(time_second, second)

static int time_month(const struct value *self, const struct value *const *args, size_t n,
		      struct arena *a, const struct value **ret, struct err *err)
{
	struct go_date d;

	UNUSED;
	go_time_date(go_time_seconds(self), &d);
	*ret = of_unit(a, d.month, VALUE_MONTH);
	return 0;
}

static int time_weekday(const struct value *self, const struct value *const *args, size_t n,
			struct arena *a, const struct value **ret, struct err *err)
{
	struct go_date d;

	UNUSED;
	go_time_date(go_time_seconds(self), &d);
	*ret = of_unit(a, d.weekday, VALUE_WEEKDAY);
	return 0;
}

static int time_nanosecond(const struct value *self, const struct value *const *args, size_t n,
			   struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	*ret = value_int(a, self->time.nanoseconds);
	return 0;
}

static int time_is_zero(const struct value *self, const struct value *const *args, size_t n,
			struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	*ret = value_bool(a, go_time_seconds(self) == GO_TIME_ZERO && !self->time.nanoseconds);
	return 0;
}

/* Every time here is in UTC already; where the machine stands is not asked. */
static int time_itself(const struct value *self, const struct value *const *args, size_t n,
		       struct arena *a, const struct value **ret, struct err *err)
{
	UNUSED;
	(void)a;
	*ret = self;
	return 0;
}

static const struct value *other_time(const struct value *v, struct err *err)
{
	const struct value *time = template_time_of(v);

	if (time->kind == VALUE_TIME)
		return time;
	(void)err_set(err, ERR_INVALID, "a time is wanted, this is %s", template_type(v));
	return NULL;
}

static int order(const struct value *a, const struct value *b)
{
	int64_t x = go_time_seconds(a), y = go_time_seconds(b);

	if (x != y)
		return x < y ? -1 : 1;
	if (a->time.nanoseconds != b->time.nanoseconds)
		return a->time.nanoseconds < b->time.nanoseconds ? -1 : 1;
	return 0;
}

#define ORDER_METHOD(name, test)                                                                   \
	METHOD(name)                                                                               \
	{                                                                                          \
		const struct value *other = other_time(args[0], err);                              \
                                                                                                   \
		(void)n;                                                                           \
		if (!other)                                                                        \
			return -1;                                                                 \
		*ret = value_bool(a, order(self, other) test 0);                                   \
		return 0;                                                                          \
	}

ORDER_METHOD(time_before, <)
ORDER_METHOD(time_after, >)
ORDER_METHOD(time_equal, ==)

static int time_compare(const struct value *self, const struct value *const *args, size_t n,
			struct arena *a, const struct value **ret, struct err *err)
{
	const struct value *other = other_time(args[0], err);

	(void)n;
	if (!other)
		return -1;
	*ret = value_int(a, order(self, other));
	return 0;
}

static int time_sub(const struct value *self, const struct value *const *args, size_t n,
		    struct arena *a, const struct value **ret, struct err *err)
{
	const struct value *b = other_time(args[0], err);

	(void)n;
	if (!b)
		return -1;
	*ret = of_unit(a,
		       scale(go_time_seconds(self) - go_time_seconds(b), SECOND,
			     (int64_t)self->time.nanoseconds - (int64_t)b->time.nanoseconds),
		       VALUE_DURATION);
	return 0;
}

static int check_range(const struct value *v, struct err *err)
{
	if (v->time.seconds >= -SECONDS_MAX && v->time.seconds <= SECONDS_MAX)
		return 0;
	return err_set(err, ERR_INVALID, "that time is too far away");
}

static int time_add(const struct value *self, const struct value *const *args, size_t n,
		    struct arena *a, const struct value **ret, struct err *err)
{
	struct value *r = value_time(a, NULL);
	int64_t nanoseconds;

	(void)n;
	if (args[0]->kind != VALUE_INT)
		return err_set(err, ERR_INVALID, "a duration in nanoseconds is wanted");
	nanoseconds = args[0]->integer % SECOND + self->time.nanoseconds;
	r->time.seconds = go_time_seconds(self) + args[0]->integer / SECOND;
	if (nanoseconds < 0 || nanoseconds >= SECOND) {
		r->time.seconds += nanoseconds < 0 ? -1 : 1;
		nanoseconds += nanoseconds < 0 ? SECOND : -SECOND;
	}
	r->time.nanoseconds = (uint32_t)nanoseconds;
	if (check_range(r, err) < 0)
		return -1;
	*ret = r;
	return 0;
}

static int time_add_date(const struct value *self, const struct value *const *args, size_t n,
			 struct arena *a, const struct value **ret, struct err *err)
{
	struct value *r = value_time(a, NULL);
	struct go_date d;

	for (size_t i = 0; i < n; i++) {
		if (args[i]->kind != VALUE_INT || args[i]->integer > MILLION ||
		    args[i]->integer < -MILLION)
			return err_set(err, ERR_INVALID,
				       "whole numbers of years, months and days are wanted");
	}
	go_time_date(go_time_seconds(self), &d);
	r->time.seconds = go_time_days(d.year + args[0]->integer, d.month + args[1]->integer,
				       d.day + args[2]->integer) +
			  d.hour * 3600 + d.minute * 60 + d.second;
	r->time.nanoseconds = self->time.nanoseconds;
	if (check_range(r, err) < 0)
		return -1;
	*ret = r;
	return 0;
}

static int unit_string(const struct value *self, const struct value *const *args, size_t n,
		       struct arena *a, const struct value **ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	UNUSED;
	template_print(&text, self);
	return text_of(&text, a, ret);
}

#define UNIT_METHOD(name, nanoseconds)                                                             \
	METHOD(name)                                                                               \
	{                                                                                          \
		UNUSED;                                                                            \
		*ret = value_float(a, (double)(self->integer / (nanoseconds)) +                    \
					      (double)(self->integer % (nanoseconds)) /            \
						      (double)(nanoseconds));                      \
		return 0;                                                                          \
	}
#define WHOLE_METHOD(name, nanoseconds)                                                            \
	METHOD(name)                                                                               \
	{                                                                                          \
		UNUSED;                                                                            \
		*ret = value_int(a, self->integer / (nanoseconds));                                \
		return 0;                                                                          \
	}

UNIT_METHOD(duration_hours, 3600 * SECOND)
UNIT_METHOD(duration_minutes, 60 * SECOND)
UNIT_METHOD(duration_seconds, SECOND)
WHOLE_METHOD(duration_milliseconds, MILLION)
WHOLE_METHOD(duration_microseconds, THOUSAND)
WHOLE_METHOD(duration_nanoseconds, 1)

static const struct value_method time_methods[] = {
	{"Format", 1, 1, time_format},
	{"String", 0, 0, time_string},
	{"Unix", 0, 0, time_unix},
	{"UnixMilli", 0, 0, time_unix_milli},
	{"UnixMicro", 0, 0, time_unix_micro},
	{"UnixNano", 0, 0, time_unix_nano},
	{"Year", 0, 0, time_year},
	{"Month", 0, 0, time_month},
	{"Day", 0, 0, time_day},
	{"YearDay", 0, 0, time_yearday},
	{"Weekday", 0, 0, time_weekday},
	{"Hour", 0, 0, time_hour},
	{"Minute", 0, 0, time_minute},
	{"Second", 0, 0, time_second},
	{"Nanosecond", 0, 0, time_nanosecond},
	{"IsZero", 0, 0, time_is_zero},
	{"UTC", 0, 0, time_itself},
	{"Local", 0, 0, time_itself},
	{"Before", 1, 1, time_before},
	{"After", 1, 1, time_after},
	{"Equal", 1, 1, time_equal},
	{"Compare", 1, 1, time_compare},
	{"Sub", 1, 1, time_sub},
	{"Add", 1, 1, time_add},
	{"AddDate", 3, 3, time_add_date},
	{NULL, 0, 0, NULL},
};

static const struct value_method duration_methods[] = {
	{"String", 0, 0, unit_string},
	{"Hours", 0, 0, duration_hours},
	{"Minutes", 0, 0, duration_minutes},
	{"Seconds", 0, 0, duration_seconds},
	{"Milliseconds", 0, 0, duration_milliseconds},
	{"Microseconds", 0, 0, duration_microseconds},
	{"Nanoseconds", 0, 0, duration_nanoseconds},
	{NULL, 0, 0, NULL},
};

static const struct value_method name_methods[] = {
	{"String", 0, 0, unit_string},
	{NULL, 0, 0, NULL},
};

const struct value *template_time_of(const struct value *v)
{
	return v->kind == VALUE_STRING && v->string.time ? v->string.time : v;
}

const struct value_method *template_time_methods(const struct value *v)
{
	if (template_time_of(v)->kind == VALUE_TIME)
		return time_methods;
	if (v->kind != VALUE_INT || v->unit == VALUE_PLAIN)
		return NULL;
	return v->unit == VALUE_DURATION ? duration_methods : name_methods;
}
