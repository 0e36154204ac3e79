/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans of what to remove. A plan is made without a lock, from what the index, the records and the
 * measured store say; prune_apply.c looks again.
 */
#include "store/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_mark.h"
#include "store/images_private.h"
#include "store/layers_private.h"
#include "store/volumes.h"

void prune_plan_done(struct prune_plan *p)
{
	arena_done(&p->arena);
	*p = (struct prune_plan)PRUNE_PLAN_INIT;
}

struct prune_item *prune_plan_add(struct prune_plan *p, enum prune_kind kind, const char *name,
				  const char *path, uint64_t bytes)
{
	struct prune_item *item = arena_push(&p->arena, p->items, p->n);

	item->kind = kind;
	item->name = arena_strdup(&p->arena, name);
	item->path = arena_strdup(&p->arena, path);
	item->bytes = bytes;
	return item;
}

uint64_t prune_plan_bytes(const struct prune_plan *p, bool done)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++)
		if (!done || p->items[i].done)
			sum += p->items[i].bytes;
	return sum;
}

bool store_container_ended(struct store *s, const char *id)
{
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	struct err err = ERR_INIT;
	bool stale;

	if (store_container_state(s, id, &st, &stale, &err) < 0) {
		log_err(&err);
		return false;
	}
	return !st.attended && !stale && st.status != CONTAINER_RUNNING;
}

/* ---- leftovers ---- */

/* Does a live process hold it? Files are judged by atomic_sweep()'s rule, which is the same. */
static bool is_held(struct store *s, const char *path)
{
	_cleanup_fd_ int fd =
		openat(s->data_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	/* What can't be opened is not judged. */
	return fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0;
}

/* A container's directory without a record: it is being made, or what is left of one. */
static bool is_torso(struct store *s, const char *path)
{
	const char *id;
	int containers;

	if (!str_prefix(path, "containers/", &id) || strlen(id) != ID_LEN ||
	    !hex_valid(id, ID_LEN) || store_dir_peek(s, STORE_CONTAINERS, &containers, NULL) < 0)
		return false;
	return containers >= 0 && !store_container_complete(containers, id);
}

static bool is_in(enum store_part part, const char *path)
{
	switch (part) {
	case STORE_PART_IMAGES:
		return str_prefix(path, "images/", NULL) || str_prefix(path, "layers/", NULL);
	case STORE_PART_CONTAINERS:
		return str_prefix(path, "containers/", NULL);
	case STORE_PART_VOLUMES:
		return str_prefix(path, "volumes/", NULL);
	default:
		return false;
	}
}

int store_prune_leftovers(struct store *s, const struct store_usage *usage, enum store_part part,
			  struct prune_plan *plan, struct err *err)
{
	(void)err;
	map_foreach (e, &usage->units) {
		bool temporary = str_prefix(path_base(e->key), STORE_TMP_PREFIX, NULL);

		/* Inside a container's own directory it belongs to that. */
		if (part == STORE_PART_CONTAINERS)
			temporary = false;
		if (is_in(part, e->key) && (temporary || is_torso(s, e->key)) &&
		    !is_held(s, e->key))
			prune_plan_add(plan, PRUNE_LEFTOVER, e->key, e->key, *(uint64_t *)e->value);
	}
	return 0;
}

/* ---- images ---- */

static bool wants_all(const struct prune_request *r)
{
	return r->filter && r->filter->dangling >= 0 ? !r->filter->dangling : r->all;
}

static bool has_filter(const struct prune_filter *f)
{
	return f && (f->has_until || f->labels || f->not_labels);
}

static bool is_candidate(struct store *s, const struct prune_request *r,
			 const struct store_uses *uses, const struct descriptor *d, bool named)
{
	_cleanup_(store_image) struct store_image img = {0};
	char text[DIGEST_STR_MAX];
	struct err cause = ERR_INIT;

	if ((named && !wants_all(r)) ||
	    store_uses_count(&uses->manifests, digest_str(&d->digest, text)))
		return false;
	if (!has_filter(r->filter))
		return true;
	if (store_image_load(s, d, &img, &cause) < 0) {
		log_warn("image %.12s is kept, since filters can't be asked of it: %s",
			 d->digest.hex, cause.text);
		return false;
	}
	return prune_filter_pass(r->filter, img.config.created, img.config.config.labels,
				 img.config.config.n_labels);
}

static bool is_named(const struct image_index *index, const struct digest *manifest)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (digest_eq(&index->manifests[i].digest, manifest) &&
		    store_entry_name(&index->manifests[i]))
			return true;
	return false;
}

static void add_image(struct store *s, const struct image_index *index, const struct descriptor *d,
		      struct prune_plan *plan)
{
	char text[DIGEST_STR_MAX];
	struct prune_item *item =
		prune_plan_add(plan, PRUNE_IMAGE, digest_str(&d->digest, text), NULL, 0);
	struct digest id;

	/* One that can't be read any more goes by its manifest. */
	if (store_entry_id(s, d, &id, NULL) == 0)
		digest_str(&id, text);
	item->title = arena_strdup(&plan->arena, text);
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *name = store_entry_name(&index->manifests[i]);

		if (name && digest_eq(&index->manifests[i].digest, &d->digest))
			arena_strv_add(&plan->arena, &item->names, &item->n_names,
				       arena_strdup(&plan->arena, name));
	}
}

/* Choose images, and make *index the one that would be left. */
static void choose_images(struct store *s, const struct prune_request *r,
			  const struct store_uses *uses, struct image_index *index,
			  struct store_marks *doomed, struct prune_plan *plan)
{
	_cleanup_free_ bool *drop = xcalloc(index->n_manifests + 1, sizeof(*drop));
	_cleanup_(map) struct map seen = MAP_INIT; /* digest → drop it (the map), or NULL */
	char text[DIGEST_STR_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];

		digest_str(&d->digest, text);
		if (!map_has(&seen, text)) {
			bool go = is_candidate(s, r, uses, d, is_named(index, &d->digest));

			map_set(&seen, text, go ? &seen : NULL);
			if (go) {
				add_image(s, index, d, plan);
				store_mark_entry(s, d, 0, doomed, NULL);
			}
		}
		drop[i] = map_get(&seen, text) != NULL;
	}
	for (size_t i = 0; i < index->n_manifests; i++)
		if (!drop[i])
			index->manifests[kept++] = index->manifests[i];
	index->n_manifests = kept;
}

/* "images/blobs/sha256/<hex>" as a digest. */
static bool blob_of(const char *path, char *buf)
{
	struct digest d;
	const char *rest;
	_cleanup_free_ char *text = NULL;

	if (!str_prefix(path, "images/blobs/", &rest) || !strchr(rest, '/'))
		return false;
	text = xstrdup(rest);
	*strchr(text, '/') = ':';
	if (digest_parse(text, &d, NULL) < 0)
		return false;
	digest_str(&d, buf);
	return true;
}

/* Somebody is loading or pulling: what has no name may be theirs. */
static bool somebody_loads(struct store *s)
{
	_cleanup_fd_ int lock = -1;

	return store_lock_loads(s, true, &lock, NULL) < 0;
}

static void add_unneeded(struct store *s, const struct prune_request *r,
			 const struct store_marks *kept, const struct store_marks *doomed,
			 struct prune_plan *plan)
{
	bool loading = somebody_loads(s);
	char text[DIGEST_STR_MAX];

	map_foreach (e, &r->usage->units) {
		const char *path = e->key;
		uint64_t bytes = *(uint64_t *)e->value;
		struct prune_item *item = NULL;
		const char *name = path_base(path);
		bool known = false;

		if (blob_of(path, text)) {
			known = map_has(&doomed->blobs, text);
			if (!map_has(&kept->blobs, text) && (known || !loading))
				item = prune_plan_add(plan, PRUNE_BLOB, text, path, bytes);
		} else if (str_prefix(path, "layers/", NULL) && store_layer_name_valid(name)) {
			known = map_has(&doomed->layers, name);
			if (!map_has(&kept->layers, name) && (known || !loading))
				item = prune_plan_add(plan, PRUNE_LAYER, name, path, bytes);
		}
		if (item)
			item->orphan = !known;
	}
}

int store_prune_images(struct store *s, const struct prune_request *r, struct prune_plan *plan,
		       struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(store_uses) struct store_uses uses = STORE_USES_INIT;
	_cleanup_(store_marks) struct store_marks doomed = STORE_MARKS_INIT;
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0)
		return -1;
	if (images < 0)
		return 0;
	if (store_prune_leftovers(s, r->usage, STORE_PART_IMAGES, plan, err) < 0 ||
	    store_uses_read(s, r->gone, &uses, err) < 0 || store_index_read(s, &index, err) < 0)
		return -1;
	/* Nothing may be deleted on a guess. */
	if (uses.unknown)
		return 0;
	choose_images(s, r, &uses, &index, &doomed, plan);
	if (store_mark_index(s, &index, &uses.marks))
		add_unneeded(s, r, &uses.marks, &doomed, plan);
	return 0;
}

/* ---- volumes ---- */

bool store_volume_name_random(const char *name)
{
	return strlen(name) == ID_LEN && hex_valid(name, ID_LEN);
}

static bool passes(struct store *s, const struct prune_request *r, const char *name)
{
	_cleanup_(store_volume) struct store_volume v = {.name = NULL};

	if (!r->all && !store_volume_name_random(name))
		return false;
	if (!has_filter(r->filter))
		return true;
	return store_volume_read(s, name, &v, NULL) == 0 &&
	       prune_filter_pass(r->filter, v.created, v.labels, v.n_labels);
}

int store_prune_volumes(struct store *s, const struct prune_request *r, struct prune_plan *plan,
			struct err *err)
{
	_cleanup_(store_uses) struct store_uses uses = STORE_USES_INIT;

	if (store_prune_leftovers(s, r->usage, STORE_PART_VOLUMES, plan, err) < 0 ||
	    store_uses_read(s, r->gone, &uses, err) < 0)
		return -1;
	if (uses.unknown)
		return 0;
	map_foreach (e, &r->usage->units) {
		const char *name;

		if (str_prefix(e->key, "volumes/", &name) && store_volume_name_valid(name) &&
		    !store_uses_count(&uses.volumes, name) && passes(s, r, name))
			prune_plan_add(plan, PRUNE_VOLUME, name, e->key, *(uint64_t *)e->value);
	}
	return 0;
}
