/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"
#include "store/prune.h"

void prune_filter_done(struct prune_filter *f)
{
	strv_free(f->labels);
	strv_free(f->not_labels);
	*f = (struct prune_filter)PRUNE_FILTER_INIT;
}

/* A date with or without a time of day, in the caller's time zone. */
static bool parse_local(const char *s, struct timespec *ret)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(s, forms[i], &tm);

		if (!end || *end)
			continue;
		*ret = (struct timespec){.tv_sec = mktime(&tm)};
		return true;
	}
	return false;
}

static int parse_until(const char *value, time_t now, struct timespec *ret, struct err *err)
{
	const int64_t second = 1000000000;
	uint64_t seconds;
	int64_t ns;

	if (parse_uint(value, INT64_MAX, &seconds, NULL) == 0) {
		*ret = (struct timespec){.tv_sec = (time_t)seconds};
		return 0;
	}
	if (parse_time(value, ret, NULL) == 0 || parse_local(value, ret))
		return 0;
	if (parse_duration(value, &ns, NULL) == 0 && ns >= 0) {
		*ret = (struct timespec){.tv_sec = now - ns / second};
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "filter 'until=%.100s' is no time: expected an age such as 24h or 10m30s, a "
		       "date such as 2026-01-31 or 2026-01-31T12:00:00Z, or seconds since 1970",
		       value);
}

static int parse_word(const char *word, unsigned allowed, time_t now, struct prune_filter *f,
		      struct err *err)
{
	const char *value;
	bool yes;

	if ((allowed & PRUNE_BY_LABEL) && str_prefix(word, "label!=", &value) && *value) {
		strv_add(&f->not_labels, value);
		return 0;
	}
	if ((allowed & PRUNE_BY_LABEL) && str_prefix(word, "label=", &value) && *value) {
		strv_add(&f->labels, value);
		return 0;
	}
	if ((allowed & PRUNE_BY_UNTIL) && str_prefix(word, "until=", &value)) {
		f->has_until = true;
		return parse_until(value, now, &f->until, err);
	}
	if ((allowed & PRUNE_BY_DANGLING) && str_prefix(word, "dangling=", &value)) {
		if (parse_bool(value, &yes, err) < 0)
			return err_ctx(err, "filter 'dangling'");
		f->dangling = yes;
		return 0;
	}
	return err_set(err, ERR_INVALID, "filter '%.100s' is not known here: expected %s%s%s", word,
		       allowed & PRUNE_BY_UNTIL ? "until=TIME, " : "",
		       allowed & PRUNE_BY_DANGLING ? "dangling=BOOL, " : "",
		       "label=KEY[=VALUE] or label!=KEY[=VALUE]");
}

int prune_filter_parse(char *const *words, unsigned allowed, time_t now, struct prune_filter *ret,
		       struct err *err)
{
	struct prune_filter f = PRUNE_FILTER_INIT;

	strv_foreach (word, words) {
		if (parse_word(*word, allowed, now, &f, err) < 0) {
			prune_filter_done(&f);
			return -1;
		}
	}
	*ret = f;
	return 0;
}

static bool has_label(const struct json_pair *labels, size_t n, const char *want)
{
	const char *equals = strchr(want, '=');
	size_t len = equals ? (size_t)(equals - want) : strlen(want);

	for (size_t i = 0; i < n; i++) {
		if (strlen(labels[i].key) != len || strncmp(labels[i].key, want, len) != 0)
			continue;
		if (!equals || str_eq(labels[i].value, equals + 1))
			return true;
	}
	return false;
}

bool prune_filter_pass(const struct prune_filter *f, const char *created,
		       const struct json_pair *labels, size_t n_labels)
{
	struct timespec t;

	if (!f)
		return true;
	if (f->has_until && created && parse_time(created, &t, NULL) == 0 &&
	    compare_times(t, f->until) >= 0)
		return false;
	strv_foreach (label, f->labels)
		if (!has_label(labels, n_labels, *label))
			return false;
	strv_foreach (label, f->not_labels)
		if (has_label(labels, n_labels, *label))
			return false;
	return true;
}
