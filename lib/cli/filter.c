/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/parse.h"
#include "base/strv.h"

static int refuse(const char *arg, const char *name, const struct filter_key *keys, struct err *err)
{
	_cleanup_(buf) struct buf list = BUF_INIT_MAX(600);
	_cleanup_strv_ char **names = NULL;
	const char *nearest;

	for (const struct filter_key *k = keys; k->name; k++) {
		buf_addf(&list, "%s%s", list.len ? ", " : "", k->name);
		strv_add(&names, k->name);
	}
	if (!name)
		return err_set(err, ERR_INVALID,
			       "--filter '%.100s': expected KEY=VALUE, KEY being one of %s", arg,
			       buf_str(&list));
	err_set(err, ERR_INVALID, "--filter '%.100s': '%.40s' is no key, expected one of %s", arg,
		name, buf_str(&list));
	nearest = str_nearest(name, (const char *const *)names, strv_len(names));
	return nearest ? err_hint(err, "did you mean '%s'?", nearest) : -1;
}

static const struct filter_key *find_key(const struct filter_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static int parse_one(const char *arg, const struct filter_key *keys, struct filter *ret,
		     struct err *err)
{
	size_t len = strcspn(arg, "=");
	_cleanup_free_ char *name = xstrndup(arg, len);

	if (!arg[len])
		return refuse(arg, NULL, keys, err);
	ret->key = find_key(keys, name);
	ret->value = arg + len + 1;
	if (!ret->key)
		return refuse(arg, name, keys, err);
	if (ret->key->check && ret->key->check(ret->value, err) < 0)
		return err_ctx(err, "--filter '%.100s'", arg);
	return 0;
}

int filters_parse(char *const *args, const struct filter_key *keys, struct filters *ret,
		  struct err *err)
{
	struct filters f = {.items = xcalloc(strv_len(args), sizeof(*f.items))};

	strv_foreach (arg, args) {
		if (parse_one(*arg, keys, &f.items[f.n++], err) < 0) {
			filters_done(&f);
			return -1;
		}
	}
	*ret = f;
	return 0;
}

void filters_done(struct filters *f)
{
	free(f->items);
	*f = (struct filters){0};
}

/* Of the values of one key all or one must match; looked at where the key is met first. */
static bool match_key(const struct filters *f, size_t first, const void *row)
{
	const struct filter_key *key = f->items[first].key;

	for (size_t i = first; i < f->n; i++) {
		if (f->items[i].key->id != key->id)
			continue;
		if (f->items[i].key->matches(row, f->items[i].value) != key->all)
			return !key->all;
	}
	return key->all;
}

bool filters_match(const struct filters *f, const void *row)
{
	for (size_t i = 0; i < f->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= f->items[k].key->id == f->items[i].key->id;
		if (!seen && !match_key(f, i, row))
			return false;
	}
	return true;
}

bool filters_has(const struct filters *f, int id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].key->id == id)
			return true;
	return false;
}

bool filter_label(const char *wanted, const char *key, const char *value)
{
	size_t len = strcspn(wanted, "=");

	return strlen(key) == len && strncmp(key, wanted, len) == 0 &&
	       (!wanted[len] || str_eq(value ? value : "", wanted + len + 1));
}

int filter_check_bool(const char *value, struct err *err)
{
	bool ignored;

	return parse_bool(value, &ignored, err);
}
