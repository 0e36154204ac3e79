/* SPDX-License-Identifier: Apache-2.0 */
#include "image/list.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/filter.h"
#include "store/images.h"
#include "store/prune.h"

#define NONE	      "<none>"
#define TIME_TEXT_MAX 64

enum {
	FILTER_BEFORE,
	FILTER_DANGLING,
	FILTER_DIGEST,
	FILTER_ID,
	FILTER_LABEL,
	FILTER_REFERENCE,
	FILTER_SINCE,
	FILTER_UNTIL,
};

/* Of before and since: when the image was made that they name. */
struct target {
	const char *value;
	struct timespec created;
};

struct context {
	struct store *store;
	struct target *targets;
	size_t n_targets;
	time_t now;
	bool read_config;
};

struct item {
	const struct context *context;
	const struct descriptor *entry;
	struct store_summary sum;
	struct reference name; /* domain "" where there is none */
	char repository[REFERENCE_NAME_MAX + 1];
	struct digest digest;	  /* as `--digests` shows it */
	struct store_image image; /* with read_config */
};

/* ---- filters ---- */

/*
 * docker's match: the pattern against the familiar and the full form, with and without the tag; an
 * asterisk ends at a slash.
 */
static bool match_reference(const void *row, const char *value)
{
	const struct item *i = row;
	char text[REFERENCE_STR_MAX];

	if (!*i->name.domain)
		return false;
	return !fnmatch(value, i->repository, FNM_PATHNAME) ||
	       !fnmatch(value, reference_familiar(&i->name, true, text), FNM_PATHNAME) ||
	       !fnmatch(value, reference_name(&i->name, text), FNM_PATHNAME) ||
	       !fnmatch(value, reference_str(&i->name, text), FNM_PATHNAME);
}

static bool match_dangling(const void *row, const char *value)
{
	const struct item *i = row;
	bool wanted = false;

	return !parse_bool(value, &wanted, NULL) && wanted == !*i->name.domain;
}

static bool match_label(const void *row, const char *value)
{
	const struct image_container_config *c = &((const struct item *)row)->image.config.config;

	for (size_t i = 0; i < c->n_labels; i++)
		if (filter_label(value, c->labels[i].key, c->labels[i].value))
			return true;
	return false;
}

static bool match_id(const void *row, const char *value)
{
	const char *hex = value;

	str_prefix(value, "sha256:", &hex);
	return str_prefix(((const struct item *)row)->sum.id.hex, hex, NULL);
}

static bool match_digest(const void *row, const char *value)
{
	const struct item *i = row;
	const char *hex = value;

	str_prefix(value, "sha256:", &hex);
	return str_prefix(i->digest.hex, hex, NULL) || str_prefix(i->entry->digest.hex, hex, NULL);
}

static int compare_target(const struct item *i, const char *value)
{
	const struct context *c = i->context;

	for (size_t k = 0; k < c->n_targets; k++)
		if (c->targets[k].value == value)
			return compare_times(i->sum.created, c->targets[k].created);
	return 0;
}

static bool match_before(const void *row, const char *value)
{
	return compare_target(row, value) < 0;
}

static bool match_since(const void *row, const char *value)
{
	return compare_target(row, value) > 0;
}

static int parse_until(const char *value, time_t now, struct prune_filter *ret, struct err *err)
{
	_cleanup_free_ char *word = xasprintf("until=%s", value);

	return prune_filter_parse((char *[]){word, NULL}, PRUNE_BY_UNTIL, now, ret, err);
}

static int check_until(const char *value, struct err *err)
{
	_cleanup_(prune_filter) struct prune_filter f = PRUNE_FILTER_INIT;

	return parse_until(value, time(NULL), &f, err);
}

static bool match_until(const void *row, const char *value)
{
	_cleanup_(prune_filter) struct prune_filter f = PRUNE_FILTER_INIT;
	const struct item *i = row;

	return !parse_until(value, i->context->now, &f, NULL) &&
	       compare_times(i->sum.created, f.until) < 0;
}

static const struct filter_key filter_keys[] = {
	{"after", FILTER_SINCE, false, match_since, NULL},
	{"before", FILTER_BEFORE, false, match_before, NULL},
	{"dangling", FILTER_DANGLING, false, match_dangling, filter_check_bool},
	{"digest", FILTER_DIGEST, false, match_digest, NULL},
	{"id", FILTER_ID, false, match_id, NULL},
	{"label", FILTER_LABEL, true, match_label, NULL},
	{"reference", FILTER_REFERENCE, false, match_reference, NULL},
	{"since", FILTER_SINCE, false, match_since, NULL},
	{"until", FILTER_UNTIL, false, match_until, check_until},
	{0},
};

static int find_targets(struct context *c, const struct filters *f, struct err *err)
{
	c->targets = xcalloc(f->n, sizeof(*c->targets));
	for (size_t i = 0; i < f->n; i++) {
		_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
		struct target *t = &c->targets[c->n_targets];
		int id = f->items[i].key->id;

		if (id != FILTER_BEFORE && id != FILTER_SINCE)
			continue;
		if (store_image_find(c->store, f->items[i].value, &img, err) < 0)
			return err_ctx(err, "--filter %s", f->items[i].key->name);
		c->n_targets++;
		t->value = f->items[i].value;
		if (img.config.created && parse_time(img.config.created, &t->created, NULL) < 0)
			t->created = (struct timespec){.tv_sec = 0};
	}
	return 0;
}

/* ---- order ---- */

static int by_name(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int order = strcmp((*x)->repository, (*y)->repository);

	return order ? order : strcmp((*x)->name.tag, (*y)->name.tag);
}

static int newest_first(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int order = compare_times((*y)->sum.created, (*x)->sum.created);

	return order ? order : by_name(a, b);
}

static int by_id(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int order = strcmp((*x)->sum.id.hex, (*y)->sum.id.hex);

	return order ? order : by_name(a, b);
}

static int by_size(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	if ((*x)->sum.size != (*y)->sum.size)
		return (*x)->sum.size > (*y)->sum.size ? -1 : 1;
	return by_name(a, b);
}

static int by_tag(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int order = strcmp((*x)->name.tag, (*y)->name.tag);

	return order ? order : by_name(a, b);
}

const char *const image_sort_keys[] = {"created", "id", "repository", "size", "tag", NULL};
static int (*const orders[])(const void *, const void *) = {newest_first, by_id, by_name, by_size,
							    by_tag};

/* ---- rows ---- */

static const char *local_time(struct arena *a, struct timespec t)
{
	char text[TIME_TEXT_MAX];
	struct tm tm;

	if (!t.tv_sec || !localtime_r(&t.tv_sec, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm))
		return "N/A";
	return arena_strdup(a, text);
}

static const char *age(struct arena *a, const struct item *i)
{
	char text[FORMAT_MAX];

	if (!i->sum.created.tv_sec)
		return "N/A";
	return arena_printf(a, "%s ago", format_age(i->context->now - i->sum.created.tv_sec, text));
}

static const char *labels_text(const struct item *i, struct arena *a)
{
	const struct image_container_config *c = &i->image.config.config;
	_cleanup_(buf) struct buf out = BUF_INIT;

	for (size_t k = 0; k < c->n_labels; k++)
		buf_addf(&out, "%s%s=%s", k ? "," : "", c->labels[k].key,
			 c->labels[k].value ? c->labels[k].value : "");
	return arena_strdup(a, buf_str(&out));
}

static struct value *make_row(const struct item *i, const struct image_list_request *req,
			      struct arena *a)
{
	struct value *v = value_struct(a);
	char id[DIGEST_STR_MAX], digest[DIGEST_STR_MAX], size[FORMAT_MAX];
	const char *tag = *i->name.tag ? i->name.tag : NONE;

	if (req->no_trunc)
		digest_str(&i->sum.id, id);
	else
		str_copy(id, ID_SHORT_LEN + 1, i->sum.id.hex);
	value_put_string(a, v, "Containers", "N/A");
	value_put_string(a, v, "CreatedAt", local_time(a, i->sum.created));
	value_put_string(a, v, "CreatedSince", age(a, i));
	value_put_string(a, v, "Digest", digest_str(&i->digest, digest));
	value_put_string(a, v, "ID", id);
	value_put_string(a, v, "Repository", *i->repository ? i->repository : NONE);
	value_put_string(a, v, "SharedSize", "N/A");
	value_put_string(a, v, "Size", format_size(i->sum.size, size));
	value_put_string(a, v, "Tag", tag);
	value_put_string(a, v, "UniqueSize", "N/A");
	value_put_string(a, v, "VirtualSize", size);
	value_put_string(a, v, "Created", age(a, i));
	if (req->labels)
		value_put_string(a, v, "Labels", labels_text(i, a));
	return v;
}

/* ---- reading ---- */

static void name_item(struct item *i)
{
	const char *name = descriptor_annotation(i->entry, ANNOTATION_REF_NAME);

	if (!name || reference_parse(name, &i->name, NULL) < 0)
		i->name = (struct reference){.domain = ""};
	else
		reference_familiar(&i->name, false, i->repository);
	store_entry_repo_digest(i->entry, &i->digest);
}

static int read_item(struct context *c, const struct descriptor *d, struct item *i, struct err *err)
{
	i->context = c;
	i->entry = d;
	name_item(i);
	if (!c->read_config)
		return store_image_summary(c->store, d, &i->sum, err);
	if (store_image_load(c->store, d, &i->image, err) < 0)
		return -1;
	return store_image_summary(c->store, d, &i->sum, err);
}

/* The operand: REPOSITORY or REPOSITORY:TAG, as a name or a pattern; an id as podman takes it. */
static bool match_name(const struct item *i, const char *name)
{
	struct reference want;
	const char *last = strrchr(name, '/');
	bool tagged = strchr(last ? last : name, ':') != NULL;

	if (match_reference(i, name))
		return true;
	if (!*i->name.domain || reference_parse(name, &want, NULL) < 0)
		return false;
	return strcmp(want.domain, i->name.domain) == 0 && strcmp(want.path, i->name.path) == 0 &&
	       (digest_is_set(&want.digest) ? digest_eq(&want.digest, &i->digest)
					    : !tagged || strcmp(want.tag, i->name.tag) == 0);
}

struct items {
	struct item **v; /* in the arena */
	size_t n;
};

static void read_items(struct context *c, const struct image_index *index,
		       const struct image_list_request *req, const struct filters *f,
		       struct arena *a, struct items *ret)
{
	ret->v = arena_calloc(a, index->n_manifests + 1, sizeof(*ret->v));
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct item *item = arena_alloc(a, sizeof(*item));
		struct err one = ERR_INIT;

		if (read_item(c, &index->manifests[i], item, &one) < 0)
			log_err(&one);
		else if ((!req->name || match_name(item, req->name)) && filters_match(f, item)) {
			ret->v[ret->n++] = item;
			continue;
		}
		store_image_done(&item->image);
	}
}

static void sort_items(struct items *items, const char *key)
{
	int (*order)(const void *, const void *) = newest_first;

	for (size_t i = 0; key && image_sort_keys[i]; i++)
		if (strcmp(image_sort_keys[i], key) == 0)
			order = orders[i];
	if (items->n > 1)
		qsort(items->v, items->n, sizeof(*items->v), order);
}

int image_list(struct store *s, const struct image_list_request *req, struct arena *a,
	       struct value ***ret, size_t *ret_n, struct err *err)
{
	_cleanup_(filters) struct filters f = {0};
	_cleanup_(image_index) struct image_index index = {.manifests = NULL};
	struct context c = {.store = s, .now = time(NULL)};
	struct items items = {0};
	struct value **rows;

	if (filters_parse(req->filters, filter_keys, &f, err) < 0)
		return -1;
	c.read_config = req->labels || filters_has(&f, FILTER_LABEL);
	if (find_targets(&c, &f, err) < 0 || store_index_read(s, &index, err) < 0) {
		free(c.targets);
		return -1;
	}
	read_items(&c, &index, req, &f, a, &items);
	sort_items(&items, req->sort);
	rows = arena_calloc(a, items.n + 1, sizeof(*rows));
	for (size_t i = 0; i < items.n; i++) {
		rows[i] = make_row(items.v[i], req, a);
		store_image_done(&items.v[i]->image);
	}
	free(c.targets);
	*ret = rows;
	*ret_n = items.n;
	return 0;
}
