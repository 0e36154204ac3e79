/* SPDX-License-Identifier: Apache-2.0 */
/* --filter KEY=VALUE of the commands that list: what was asked, by key. */
#ifndef ONGGI_CLI_FILTER_H
#define ONGGI_CLI_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

/* A key that a command knows; a table of them ends with a NULL name. */
struct filter_key {
	const char *name;
	int id;	  /* what the command calls it; aliases share one */
	bool all; /* every value given must match (labels); otherwise one of them */
	/* Does one value match a row? */
	bool (*matches)(const void *row, const char *value);
	/* Refuse a value that no row can match; NULL: any is accepted. */
	int (*check)(const char *value, struct err *err);
};

struct filter {
	const struct filter_key *key;
	const char *value; /* borrowed from argv */
};

struct filters {
	struct filter *items;
	size_t n;
};

/*
 * Understand the values of --filter.
 *
 * args  a strv; NULL: none
 * ret   to be released with filters_done()
 * Errors: ERR_INVALID "--filter 'x': expected KEY=VALUE, KEY being one of …", naming the nearest
 * key
 */
int filters_parse(char *const *args, const struct filter_key *keys, struct filters *ret,
		  struct err *err);
/* Release. Zeroed ones are accepted. */
void filters_done(struct filters *f);
DEFINE_CLEANUP_VALUE(filters, filters_done)
/* Does a row match every key that was given? */
bool filters_match(const struct filters *f, const void *row);
/* Was a key given? id: of the key. */
bool filters_has(const struct filters *f, int id);

/* Does "KEY" or "KEY=VALUE" mean this label? */
bool filter_label(const char *wanted, const char *key, const char *value);
/* true, false, 1, 0, ...: for check(). */
int filter_check_bool(const char *value, struct err *err);

#endif
