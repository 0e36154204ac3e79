/* SPDX-License-Identifier: Apache-2.0 */
#include "store/usage_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "store/images.h"
#include "store/images_mark.h"
#include "store/images_private.h"
#include "store/prune.h"
#include "store/volumes.h"

void usage_report_done(struct usage_report *r)
{
	store_usage_done(&r->usage);
	arena_done(&r->arena);
	*r = (struct usage_report)USAGE_REPORT_INIT;
}

/* ---- images ---- */

/* What one image needs, and how many images need it. */
struct census {
	struct store_marks *marks; /* of each image */
	struct map needed;	   /* blob or tree → size_t *, images */
	struct map trees;	   /* tree → uint64_t *, bytes here and in all views */
};

static void count(struct map *m, const char *key)
{
	size_t *n = map_get(m, key);

	if (!n) {
		n = xalloc(sizeof(*n));
		map_set(m, key, n);
	}
	++*n;
}

static void sum_trees(const struct store_usage *usage, struct map *trees)
{
	map_foreach (e, &usage->units) {
		uint64_t *sum;

		if (!str_prefix(e->key, "layers/", NULL))
			continue;
		sum = map_get(trees, path_base(e->key));
		if (!sum) {
			sum = xalloc(sizeof(*sum));
			map_set(trees, path_base(e->key), sum);
		}
		*sum += *(uint64_t *)e->value;
	}
}

/* A blob's digest "sha256:…" as a unit's path. */
static uint64_t blob_bytes(const struct store_usage *usage, const char *digest)
{
	_cleanup_free_ char *path = xasprintf("images/blobs/%s", digest);
	char *colon = strchr(path, ':');

	if (colon)
		*colon = '/';
	return store_usage_of(usage, path);
}

static void add_size(struct usage_image *img, const struct census *c, const char *key,
		     uint64_t bytes)
{
	img->size += bytes;
	if (store_uses_count(&c->needed, key) > 1)
		img->shared += bytes;
	else
		img->unique += bytes;
}

static void size_image(struct usage_report *r, const struct census *c, size_t i)
{
	struct usage_image *img = &r->images[i];

	map_foreach (e, &c->marks[i].blobs)
		add_size(img, c, e->key, blob_bytes(&r->usage, e->key));
	map_foreach (e, &c->marks[i].layers) {
		const uint64_t *bytes = map_get(&c->trees, e->key);

		add_size(img, c, e->key, bytes ? *bytes : 0);
	}
}

/* The image of an index entry, which is added where it is new; its place in the list. */
static size_t find_image(struct store *s, struct usage_report *r, struct map *by_manifest,
			 const struct descriptor *d)
{
	_cleanup_(store_image) struct store_image img = {0};
	char text[DIGEST_STR_MAX];
	const size_t *known = map_get(by_manifest, digest_str(&d->digest, text));
	struct usage_image *image;
	struct digest id;

	if (known)
		return *known;
	image = arena_push(&r->arena, r->images, r->n_images);
	if (store_image_load(s, d, &img, NULL) == 0)
		image->created = arena_strdup(&r->arena, img.config.created);
	map_set(by_manifest, text, xalloc(sizeof(size_t)));
	*(size_t *)map_get(by_manifest, text) = r->n_images - 1;
	if (store_entry_id(s, d, &id, NULL) == 0)
		digest_str(&id, text);
	image->id = arena_strdup(&r->arena, text);
	return r->n_images - 1;
}

static void list_images(struct store *s, struct usage_report *r, const struct image_index *index,
			const struct store_uses *uses, struct census *c)
{
	_cleanup_(map) struct map by_manifest = MAP_INIT_OWN(free);

	c->marks = xcalloc(index->n_manifests + 1, sizeof(*c->marks));
	for (size_t i = 0; i <= index->n_manifests; i++)
		c->marks[i] = (struct store_marks)STORE_MARKS_INIT;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *name = store_entry_name(d);
		size_t before = r->n_images;
		size_t at = find_image(s, r, &by_manifest, d);
		struct usage_image *image = &r->images[at];
		char text[DIGEST_STR_MAX];

		if (name)
			arena_strv_add(&r->arena, &image->names, &image->n_names,
				       arena_strdup(&r->arena, name));
		if (r->n_images == before)
			continue;
		image->containers =
			store_uses_count(&uses->manifests, digest_str(&d->digest, text));
		/* One that can't be read is listed with what is known of it. */
		store_mark_entry(s, d, 0, &c->marks[at], NULL);
		map_foreach (e, &c->marks[at].blobs)
			count(&c->needed, e->key);
		map_foreach (e, &c->marks[at].layers)
			count(&c->needed, e->key);
	}
}

static int report_images(struct store *s, struct usage_report *r, const struct store_uses *uses,
			 struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	struct census c = {.needed = MAP_INIT_OWN(free), .trees = MAP_INIT_OWN(free)};

	if (store_index_read(s, &index, err) < 0)
		return -1;
	list_images(s, r, &index, uses, &c);
	sum_trees(&r->usage, &c.trees);
	for (size_t i = 0; i < r->n_images; i++) {
		size_image(r, &c, i);
		r->rows[STORE_PART_IMAGES].active += r->images[i].containers > 0;
	}
	r->rows[STORE_PART_IMAGES].total = r->n_images;
	for (size_t i = 0; i <= index.n_manifests; i++)
		store_marks_done(&c.marks[i]);
	free(c.marks);
	map_done(&c.needed);
	map_done(&c.trees);
	return 0;
}

/* ---- the others ---- */

static int report_containers(struct store *s, struct usage_report *r, struct err *err)
{
	struct usage_row *row = &r->rows[STORE_PART_CONTAINERS];
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		struct usage_container *c = arena_push(&r->arena, r->containers, r->n_containers);
		_cleanup_free_ char *path = path_join("containers", *id);

		c->id = arena_strdup(&r->arena, *id);
		c->size = store_usage_of(&r->usage, path);
		c->running = !store_container_ended(s, *id);
		row->active += c->running;
		if (!c->running)
			row->reclaimable += c->size;
	}
	row->total = r->n_containers;
	return 0;
}

static void report_volumes(struct usage_report *r, const struct store_uses *uses)
{
	map_foreach (e, &r->usage.units) {
		struct usage_volume *v;
		const char *name;

		if (!str_prefix(e->key, "volumes/", &name) || !store_volume_name_valid(name))
			continue;
		v = arena_push(&r->arena, r->volumes, r->n_volumes);
		v->name = arena_strdup(&r->arena, name);
		v->links = store_uses_count(&uses->volumes, name);
		v->size = *(uint64_t *)e->value;
		r->rows[STORE_PART_VOLUMES].active += v->links > 0;
	}
	r->rows[STORE_PART_VOLUMES].total = r->n_volumes;
}

/* What prune --all of each kind would give back. */
static int report_reclaimable(struct store *s, struct usage_report *r, struct err *err)
{
	const struct prune_request all = {.usage = &r->usage, .all = true};
	_cleanup_(prune_plan) struct prune_plan images = PRUNE_PLAN_INIT;
	_cleanup_(prune_plan) struct prune_plan containers = PRUNE_PLAN_INIT;
	_cleanup_(prune_plan) struct prune_plan volumes = PRUNE_PLAN_INIT;

	if (store_prune_images(s, &all, &images, err) < 0 ||
	    store_prune_volumes(s, &all, &volumes, err) < 0 ||
	    store_prune_leftovers(s, &r->usage, STORE_PART_CONTAINERS, &containers, err) < 0)
		return -1;
	r->rows[STORE_PART_IMAGES].reclaimable = prune_plan_bytes(&images, false);
	r->rows[STORE_PART_CONTAINERS].reclaimable += prune_plan_bytes(&containers, false);
	r->rows[STORE_PART_VOLUMES].reclaimable = prune_plan_bytes(&volumes, false);
	return 0;
}

int store_usage_report(struct store *s, struct usage_report *ret, struct err *err)
{
	_cleanup_(store_uses) struct store_uses uses = STORE_USES_INIT;
	size_t others = 0;

	if (store_usage_measure(s, STORE_PARTS_ALL, &ret->usage, err) < 0 ||
	    store_uses_read(s, NULL, &uses, err) < 0 || report_images(s, ret, &uses, err) < 0 ||
	    report_containers(s, ret, err) < 0)
		return -1;
	report_volumes(ret, &uses);
	if (report_reclaimable(s, ret, err) < 0)
		return -1;
	map_foreach (e, &ret->usage.units)
		others += str_prefix(e->key, "seccomp-cache/", NULL);
	ret->rows[STORE_PART_OTHER].total = others;
	ret->rows[STORE_PART_OTHER].active = others;
	for (size_t i = 0; i < STORE_PART_COUNT; i++)
		ret->rows[i].size = ret->usage.parts[i];
	if (ret->usage.unreadable)
		log_warn("%llu directories of the store could not be read, and are not counted",
			 (unsigned long long)ret->usage.unreadable);
	return 0;
}
