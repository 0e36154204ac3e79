/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option_row.h"

#include <string.h>

void option_iter_init(struct option_iter *it, const struct opt *rows)
{
	*it = (struct option_iter){.depth = 0};
	if (rows) {
		it->level[0].row = rows;
		it->depth = 1;
	}
}

const struct opt *option_iter_next(struct option_iter *it, size_t *ret_offset)
{
	while (it->depth > 0) {
		unsigned top = it->depth - 1;
		const struct opt *row = it->level[top].row;
		size_t offset = it->level[top].offset + row->offset;

		if (row->kind == OPT_KIND_FLAG && !row->name) {
			it->depth--;
			continue;
		}
		it->level[top].row++;
		if (row->kind != OPT_KIND_GROUP) {
			*ret_offset = offset;
			return row;
		}
		if (it->depth < OPTION_DEPTH_MAX) {
			it->level[it->depth].row = row->group;
			it->level[it->depth].offset = offset;
			it->depth++;
		}
	}
	return NULL;
}

bool option_is_named(const struct opt *row)
{
	return row->kind != OPT_KIND_HEADING && row->name;
}

bool option_takes_value(const struct opt *row)
{
	switch (row->kind) {
	case OPT_KIND_FLAG:
	case OPT_KIND_OPT_FLAG:
	case OPT_KIND_HEADING:
	case OPT_KIND_GROUP:
		return false;
	case OPT_KIND_ACCEPT:
	case OPT_KIND_REFUSE:
		return row->value != NULL;
	case OPT_KIND_STRING:
	case OPT_KIND_LIST:
	case OPT_KIND_INT:
	case OPT_KIND_SIZE:
	case OPT_KIND_DURATION:
	case OPT_KIND_NANO:
	case OPT_KIND_CHOICE:
		break;
	}
	return true;
}

static bool name_matches(const char *name, const char *word, size_t len)
{
	return name && strlen(name) == len && memcmp(name, word, len) == 0;
}

const struct opt *option_find_long(const struct opt *rows, const char *word, size_t len,
				   size_t *ret_offset)
{
	struct option_iter it;
	const struct opt *row;

	option_iter_init(&it, rows);
	while ((row = option_iter_next(&it, ret_offset))) {
		if (option_is_named(row) &&
		    (name_matches(row->name, word, len) || name_matches(row->alias, word, len)))
			return row;
	}
	return NULL;
}

const struct opt *option_find_short(const struct opt *rows, char c, size_t *ret_offset)
{
	struct option_iter it;
	const struct opt *row;

	option_iter_init(&it, rows);
	while ((row = option_iter_next(&it, ret_offset))) {
		if (option_is_named(row) && row->shorthand && row->shorthand == c)
			return row;
	}
	return NULL;
}
