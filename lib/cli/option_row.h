/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the option engine: walking the rows of a table through its groups, and storing values. */
#ifndef ONGGI_CLI_OPTION_ROW_H
#define ONGGI_CLI_OPTION_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/option.h"

/* Groups within groups. Tables are ours: a deeper one is a mistake that the unit tests show. */
#define OPTION_DEPTH_MAX 8

struct option_iter {
	struct {
		const struct opt *row;
		size_t offset;
	} level[OPTION_DEPTH_MAX];
	unsigned depth; /* levels in use; 0: at the end */
};

/* Start before the first row of a table, NULL for none. */
void option_iter_init(struct option_iter *it, const struct opt *rows);
/*
 * The next row that is not a group, NULL at the end. Headings are rows too.
 *
 * ret_offset  of the row's member in the command's struct, groups' offsets included
 */
const struct opt *option_iter_next(struct option_iter *it, size_t *ret_offset);

/* Does the row name an option (and not a heading)? */
bool option_is_named(const struct opt *row);
/* Must a value follow? A flag takes one only as --flag=VALUE. */
bool option_takes_value(const struct opt *row);

/* The row with this long name of len bytes, or second name; NULL where there is none, or no rows.
 */
const struct opt *option_find_long(const struct opt *rows, const char *word, size_t len,
				   size_t *ret_offset);
/* The row with this letter. */
const struct opt *option_find_short(const struct opt *rows, char c, size_t *ret_offset);

/*
 * Convert a value and store it into the member at args + offset, or append it where the row is a
 * list.
 *
 * value  NULL for a flag without one; strings are stored as this very pointer, lists copy
 * Returns -1 with ERR_INVALID: the text does not name the option.
 */
int option_store(const struct opt *row, void *args, size_t offset, const char *value,
		 struct err *err);

#endif
