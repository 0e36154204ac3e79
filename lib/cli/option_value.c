/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/option_row.h"

static int store_flag(const struct opt *row, void *member, const char *value, struct err *err)
{
	bool v = true;

	if (value && parse_bool(value, &v, err) < 0)
		return -1;
	if (row->kind == OPT_KIND_FLAG)
		*(bool *)member = v;
	else
		*(int *)member = v;
	return 0;
}

/* Rows that give no bounds take any number. */
static int store_int(const struct opt *row, int64_t *member, const char *value, struct err *err)
{
	bool bounded = row->min != 0 || row->max != 0;

	return parse_int(value, bounded ? row->min : INT64_MIN, bounded ? row->max : INT64_MAX,
			 member, err);
}

static int store_size(const struct opt *row, int64_t *member, const char *value, struct err *err)
{
	int64_t max = row->max > 0 ? row->max : INT64_MAX;
	char text[FORMAT_MAX];
	uint64_t bytes;

	if (row->min == -1 && strcmp(value, "-1") == 0) {
		*member = -1;
		return 0;
	}
	if (parse_size(value, &bytes, err) < 0)
		return -1;
	if (row->min > 0 && bytes < (uint64_t)row->min)
		return err_set(err, ERR_INVALID, "'%.100s' is too small: at least %s is accepted",
			       value, format_size((uint64_t)row->min, text));
	if (bytes > (uint64_t)max)
		return err_set(err, ERR_INVALID, "'%.100s' is too large: at most %s is accepted",
			       value, format_size((uint64_t)max, text));
	*member = (int64_t)bytes;
	return 0;
}

static int store_choice(const struct opt *row, const char **member, const char *value,
			struct err *err)
{
	_cleanup_(buf) struct buf list = BUF_INIT;
	const char *nearest;
	size_t n = 0;

	/* A script's variable that is not set: the default holds, as with docker. */
	if (*value == '\0') {
		*member = NULL;
		return 0;
	}
	for (; row->choices[n]; n++) {
		if (strcmp(row->choices[n], value) == 0) {
			*member = value;
			return 0;
		}
	}
	for (size_t i = 0; i < n; i++)
		buf_addf(&list, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", row->choices[i]);
	err_set(err, ERR_INVALID, "'%.100s' is not a known value: %s is accepted", value,
		buf_str(&list));
	nearest = str_nearest(value, row->choices, n);
	if (nearest)
		err_hint(err, "did you mean '%s'?", nearest);
	return -1;
}

int option_store(const struct opt *row, void *args, size_t offset, const char *value,
		 struct err *err)
{
	void *member = (char *)args + offset;

	switch (row->kind) {
	case OPT_KIND_FLAG:
	case OPT_KIND_OPT_FLAG:
		return store_flag(row, member, value, err);
	case OPT_KIND_STRING:
		*(const char **)member = value;
		return 0;
	case OPT_KIND_LIST:
		strv_add(member, value);
		return 0;
	case OPT_KIND_INT:
		return store_int(row, member, value, err);
	case OPT_KIND_SIZE:
		return store_size(row, member, value, err);
	case OPT_KIND_DURATION:
		return parse_duration(value, member, err);
	case OPT_KIND_NANO:
		return parse_nano(value, member, err);
	case OPT_KIND_CHOICE:
		return store_choice(row, member, value, err);
	case OPT_KIND_ACCEPT:
		log_warn("option '--%s' has no effect: %s", row->name, row->help);
		return 0;
	case OPT_KIND_REFUSE:
		return err_set(err, ERR_INVALID, "not available: %s", row->help);
	case OPT_KIND_GROUP:
	case OPT_KIND_HEADING:
		break;
	}
	return 0;
}
