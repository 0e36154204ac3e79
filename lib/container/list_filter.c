/* SPDX-License-Identifier: Apache-2.0 */
/* docker's filters of containers. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"
#include "container/inspect.h"
#include "container/list_private.h"

static const char *const statuses[] = {"created", "restarting", "running", "removing",
				       "paused",  "exited",	"dead",	   NULL};
static const char *const healths[] = {"starting", "healthy", "unhealthy", "none", NULL};

static int check_word(const char *value, const char *const *words, struct err *err)
{
	_cleanup_free_ char *list = NULL;

	for (const char *const *w = words; *w; w++)
		if (strcmp(*w, value) == 0)
			return 0;
	list = strv_join((char *const *)(uintptr_t)words, ", ");
	return err_set(err, ERR_INVALID, "'%.40s' is not one of %s", value, list);
}

static int check_status(const char *value, struct err *err)
{
	return check_word(value, statuses, err);
}

static int check_health(const char *value, struct err *err)
{
	return check_word(value, healths, err);
}

static int check_exited(const char *value, struct err *err)
{
	int64_t code;

	return parse_int(value, 0, 255, &code, err);
}

static int check_regex(const char *value, struct err *err)
{
	regex_t re;
	int rc = regcomp(&re, value, REG_EXTENDED | REG_NOSUB);
	char why[128];

	if (rc == 0) {
		regfree(&re);
		return 0;
	}
	regerror(rc, &re, why, sizeof(why));
	return err_set(err, ERR_INVALID, "'%.100s' is no regular expression: %s", value, why);
}

static bool regex_matches(const char *pattern, const char *text)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

static bool match_id(const void *row, const char *value)
{
	const struct list_item *i = row;

	return regex_matches(*value == '^' ? value + 1 : value, i->record.id) &&
	       (*value != '^' || str_prefix(i->record.id, value + 1, NULL));
}

/* docker's names begin with a slash, and so do many people's patterns. */
static bool match_name(const void *row, const char *value)
{
	const struct list_item *i = row;
	const char *name = i->record.name ? i->record.name : "";
	_cleanup_free_ char *slashed = xasprintf("/%s", name);

	return regex_matches(value, name) || regex_matches(value, slashed);
}

static bool match_label(const void *row, const char *value)
{
	const struct container_record *r = &((const struct list_item *)row)->record;

	for (size_t i = 0; i < r->n_labels; i++)
		if (filter_label(value, r->labels[i].key, r->labels[i].value))
			return true;
	return false;
}

static bool match_status(const void *row, const char *value)
{
	const struct list_item *i = row;

	return str_eq(container_status_word(i->state.status), value);
}

static bool match_exited(const void *row, const char *value)
{
	const struct list_item *i = row;
	int64_t code;

	return i->state.status == CONTAINER_EXITED && !parse_int(value, 0, 255, &code, NULL) &&
	       i->state.exit_code == code;
}

static const struct list_target *target_of(const struct list_item *i, const char *value)
{
	for (size_t k = 0; k < i->context->n_targets; k++)
		if (i->context->targets[k].value == value)
			return &i->context->targets[k];
	return NULL;
}

/* Does the container's stack of layers begin with the image's? Then the image is its ancestor. */
static bool stands_on(const struct container_record *r, const struct store_image *img)
{
	char text[DIGEST_STR_MAX];

	if (str_eq(r->image_id, digest_str(&img->id, text)))
		return true;
	if (!img->config.n_diff_ids || img->config.n_diff_ids >= r->n_layers)
		return false;
	for (size_t i = 0; i < img->config.n_diff_ids; i++)
		if (!str_eq(r->layers[i], digest_str(&img->config.diff_ids[i], text)))
			return false;
	return true;
}

static bool same_reference(const char *a, const char *b)
{
	struct reference x, y;

	return a && !reference_parse(a, &x, NULL) && !reference_parse(b, &y, NULL) &&
	       reference_eq(&x, &y);
}

static bool match_ancestor(const void *row, const char *value)
{
	const struct list_item *i = row;
	const struct list_target *t = target_of(i, value);
	const char *hex = value;

	if (t && t->has_image)
		return stands_on(&i->record, &t->image);
	/* The image may be gone while its containers stay. */
	str_prefix(value, "sha256:", &hex);
	return same_reference(i->record.image, value) ||
	       (strlen(hex) >= 4 && i->record.image_id &&
		str_prefix(i->record.image_id + strlen("sha256:"), hex, NULL));
}

int list_compare_times(const char *a, const char *b)
{
	struct timespec x = {.tv_sec = INT64_MIN}, y = x;

	if (a)
		(void)parse_time(a, &x, NULL);
	if (b)
		(void)parse_time(b, &y, NULL);
	return compare_times(x, y);
}

static int compare_created(const struct list_item *i, const char *value)
{
	const struct list_target *t = target_of(i, value);

	return t ? list_compare_times(i->record.created, t->created) : 0;
}

static bool match_before(const void *row, const char *value)
{
	return compare_created(row, value) < 0;
}

static bool match_since(const void *row, const char *value)
{
	return compare_created(row, value) > 0;
}

static bool match_volume(const void *row, const char *value)
{
	const struct container_record *r = &((const struct list_item *)row)->record;

	for (size_t i = 0; i < r->n_mounts; i++)
		if (str_eq(r->mounts[i].name, value) || str_eq(r->mounts[i].source, value) ||
		    str_eq(r->mounts[i].destination, value))
			return true;
	return false;
}

static bool match_network(const void *row, const char *value)
{
	const struct list_item *i = row;

	return str_eq(i->record.network, value);
}

/* No container has a health check. */
static bool match_health(const void *row, const char *value)
{
	(void)row;
	return str_eq(value, "none");
}

/* No container publishes a port. */
static bool match_nothing(const void *row, const char *value)
{
	(void)row;
	(void)value;
	return false;
}

const struct filter_key list_filter_keys[] = {
	{"ancestor", FILTER_ANCESTOR, false, match_ancestor, NULL},
	{"before", FILTER_BEFORE, false, match_before, NULL},
	{"exited", FILTER_EXITED, false, match_exited, check_exited},
	{"expose", FILTER_PUBLISH, false, match_nothing, NULL},
	{"health", FILTER_HEALTH, false, match_health, check_health},
	{"id", FILTER_ID, false, match_id, check_regex},
	{"label", FILTER_LABEL, true, match_label, NULL},
	{"name", FILTER_NAME, false, match_name, check_regex},
	{"network", FILTER_NETWORK, false, match_network, NULL},
	{"publish", FILTER_PUBLISH, false, match_nothing, NULL},
	{"since", FILTER_SINCE, false, match_since, NULL},
	{"status", FILTER_STATUS, false, match_status, check_status},
	{"volume", FILTER_VOLUME, false, match_volume, NULL},
	{0},
};

static int look_up(struct list_context *c, const struct filter *f, struct list_target *t,
		   struct err *err)
{
	_cleanup_(container_record) struct container_record r = {0};
	char id[ID_LEN + 1];

	t->value = f->value;
	if (f->key->id == FILTER_ANCESTOR) {
		t->has_image = store_image_find(c->store, f->value, &t->image, NULL) == 0;
		return 0;
	}
	if (store_container_resolve(c->store, f->value, id, err) < 0 ||
	    store_container_read(c->store, id, &r, err) < 0)
		return err_ctx(err, "--filter %s", f->key->name);
	t->created = xstrdup(r.created ? r.created : "");
	return 0;
}

int list_targets(struct list_context *c, const struct filters *f, struct err *err)
{
	c->targets = xcalloc(f->n, sizeof(*c->targets));
	for (size_t i = 0; i < f->n; i++) {
		int id = f->items[i].key->id;

		if ((id == FILTER_ANCESTOR || id == FILTER_BEFORE || id == FILTER_SINCE) &&
		    look_up(c, &f->items[i], &c->targets[c->n_targets++], err) < 0)
			return -1;
	}
	return 0;
}

void list_context_done(struct list_context *c)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		free(c->targets[i].created);
		store_image_done(&c->targets[i].image);
	}
	free(c->targets);
}
