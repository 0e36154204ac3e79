/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/value_table.h"

static struct value *member_value(struct arena *a, const struct value_row *row, const void *at)
{
	switch (row->kind) {
	case VALUE_ROW_STRING:
		return value_string(a, *(char *const *)at);
	case VALUE_ROW_TIME:
		return value_time_text(a, *(char *const *)at);
	case VALUE_ROW_BOOL:
		return value_bool(a, *(const bool *)at);
	case VALUE_ROW_INT32:
		return value_int(a, *(const int32_t *)at);
	default:
		return value_int(a, *(const int64_t *)at);
	}
}

static struct value *fixed_value(struct arena *a, enum value_row_kind kind)
{
	switch (kind) {
	case VALUE_ROW_EMPTY:
		return value_string(a, "");
	case VALUE_ROW_ZERO:
		return value_int(a, 0);
	case VALUE_ROW_NO_LIST:
		return value_nil_of(a, VALUE_LIST);
	case VALUE_ROW_NO_MAP:
		return value_nil_of(a, VALUE_MAP);
	case VALUE_ROW_EMPTY_MAP:
		return value_map(a);
	default:
		return value_bool(a, kind == VALUE_ROW_TRUE);
	}
}

void value_put_rows(struct arena *a, struct value *object, const struct value_row *rows, size_t n,
		    const void *src)
{
	for (size_t i = 0; i < n; i++) {
		const struct value_row *row = &rows[i];
		const char *base = src;

		if (row->kind == VALUE_ROW_STRINGS)
			value_put_strings(a, object, row->name,
					  *(char **const *)(const void *)(base + row->offset),
					  *(const size_t *)(const void *)(base +
									  row->count_offset));
		else if (row->kind == VALUE_ROW_MAKE)
			value_put(a, object, row->name, row->make(a, src));
		else if (row->kind >= VALUE_ROW_EMPTY)
			value_put(a, object, row->name, fixed_value(a, row->kind));
		else
			value_put(a, object, row->name, member_value(a, row, base + row->offset));
	}
}
