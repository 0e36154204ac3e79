/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out a plan. Under the exclusive lock of the index nobody begins to use an image or a
 * volume (container/run.c records its use under the shared one), so what is unused now is taken
 * away by renaming, and its trees are deleted when the lock is released. A kill at any point leaves
 * temporary names, which any sweep takes, and blobs and layers, which the next prune takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/fd.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_mark.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "store/layers_private.h"
#include "store/prune.h"

/* What the plan names, and what may go of it. */
struct apply {
	struct map planned;	   /* kind and name of items */
	struct store_uses uses;	   /* and what the entries that stay need */
	struct store_marks doomed; /* of the removed images */
	bool all;		   /* nobody loads: also what no removed image named */
	int volumes_fd;		   /* -1: no volume goes */
	char **layers;		   /* temporary names of what was taken away */
	char **volumes;
};

static const char *const kind_words[] = {
	[PRUNE_CONTAINER] = "container", [PRUNE_VOLUME] = "volume", [PRUNE_IMAGE] = "image",
	[PRUNE_BLOB] = "blob",		 [PRUNE_LAYER] = "layer",   [PRUNE_LEFTOVER] = "leftover",
};

static bool is_planned(const struct apply *a, enum prune_kind kind, const char *name)
{
	_cleanup_free_ char *key = xasprintf("%s %s", kind_words[kind], name);

	return map_has(&a->planned, key);
}

static void note_planned(struct apply *a, const struct prune_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct prune_item *item = &plan->items[i];
		_cleanup_free_ char *key = xasprintf("%s %s", kind_words[item->kind], item->name);

		map_set(&a->planned, key, a);
	}
}

static bool plan_has(const struct prune_plan *plan, unsigned kinds)
{
	for (size_t i = 0; i < plan->n; i++)
		if (kinds & (1u << plan->items[i].kind))
			return true;
	return false;
}

/* ---- images ---- */

static bool condemn_blob(void *arg, const char *digest)
{
	const struct apply *a = arg;

	return is_planned(a, PRUNE_BLOB, digest) && !map_has(&a->uses.marks.blobs, digest) &&
	       (a->all || map_has(&a->doomed.blobs, digest));
}

static bool condemn_layer(void *arg, const char *name)
{
	const struct apply *a = arg;

	return is_planned(a, PRUNE_LAYER, name) && !map_has(&a->uses.marks.layers, name) &&
	       (a->all || map_has(&a->doomed.layers, name));
}

/* Has the image the names that were planned, and no other? */
static bool same_names(const struct image_index *index, const struct prune_item *item)
{
	char text[DIGEST_STR_MAX];
	size_t n = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *name = store_entry_name(d);

		if (!name || strcmp(digest_str(&d->digest, text), item->name) != 0)
			continue;
		if (!strv_has(item->names, name))
			return false;
		n++;
	}
	return n == item->n_names;
}

/* Take an image out of the index. Returns whether it was there. */
static bool drop_image(struct store *s, struct image_index *index, struct apply *a,
		       const struct prune_item *item)
{
	char text[DIGEST_STR_MAX];
	size_t kept = 0;
	size_t n = index->n_manifests;

	for (size_t i = 0; i < n; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *name = store_entry_name(d);

		if (strcmp(digest_str(&d->digest, text), item->name) != 0) {
			index->manifests[kept++] = *d;
			continue;
		}
		store_mark_entry(s, d, 0, &a->doomed, NULL);
		if (name)
			store_reflog_add(s, name, NULL, "prune");
	}
	index->n_manifests = kept;
	return kept < n;
}

/*
 * Write the index, which takes room. On a full disk what can be made again, the trees of the images
 * that go, is deleted before the index says so.
 */
static int write_index(struct store *s, struct apply *a, const struct image_index *rest,
		       struct err *err)
{
	_cleanup_strv_ char **trees = NULL;
	struct err cause = ERR_INIT;

	if (store_index_write(s, rest, &cause) == 0)
		return 0;
	if ((cause.sys == ENOSPC || cause.sys == EDQUOT) &&
	    store_mark_index(s, rest, &a->uses.marks) &&
	    store_layers_retire(s, condemn_layer, a, &trees, err) == 0 && trees &&
	    store_trees_remove(s, s->layers_fd, trees, "layers", err) == 0)
		return store_index_write(s, rest, err);
	if (err)
		*err = cause;
	return -1;
}

/* Under the lock. */
static int apply_images(struct store *s, struct apply *a, struct prune_plan *plan, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_fd_ int loads = -1;
	bool changed = false;

	if (a->uses.unknown || store_index_read(s, &index, err) < 0)
		return a->uses.unknown ? 0 : -1;
	for (size_t i = 0; i < plan->n; i++) {
		struct prune_item *item = &plan->items[i];

		if (item->kind != PRUNE_IMAGE || !same_names(&index, item) ||
		    store_uses_count(&a->uses.manifests, item->name))
			continue;
		item->done = drop_image(s, &index, a, item);
		changed |= item->done;
	}
	if (changed && write_index(s, a, &index, err) < 0)
		return -1;
	if (!store_mark_index(s, &index, &a->uses.marks))
		return 0;
	a->all = store_lock_loads(s, true, &loads, NULL) == 0;
	store_blobs_unlink(s, condemn_blob, a, err);
	if (err->kind != ERR_NONE)
		return -1;
	return store_layers_retire(s, condemn_layer, a, &a->layers, err);
}

/* ---- volumes ---- */

static int apply_volumes(struct apply *a, const struct prune_plan *plan, struct err *err)
{
	char tmp[STORE_TMP_MAX];

	if (a->uses.unknown)
		return 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct prune_item *item = &plan->items[i];

		if (item->kind != PRUNE_VOLUME || store_uses_count(&a->uses.volumes, item->name))
			continue;
		if (renameat(a->volumes_fd, item->name, a->volumes_fd, store_tmp_name(tmp)) == 0)
			strv_add(&a->volumes, tmp);
		else if (errno != ENOENT)
			return err_sys(err, "remove volume '%s'", item->name);
	}
	return 0;
}

/* ---- everything ---- */

/* Volumes that killed commands were removing; the rest is store_sweep()'s. */
static int apply_leftovers(struct store *s, const struct prune_plan *plan, struct err *err)
{
	_cleanup_strv_ char **volumes = NULL;
	const char *name;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].kind == PRUNE_LEFTOVER &&
		    str_prefix(plan->items[i].path, "volumes/", &name))
			strv_add(&volumes, plan->items[i].path);
	store_sweep(s);
	return store_trees_remove(s, s->data_fd, volumes, "leftovers of volumes", err);
}

static void note_done(struct store *s, struct prune_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct prune_item *item = &plan->items[i];

		if (item->path && item->kind != PRUNE_CONTAINER)
			item->done = !fd_entry_exists(s->data_fd, item->path) && errno == ENOENT;
	}
}

static int apply_locked(struct store *s, struct apply *a, struct prune_plan *plan, struct err *err)
{
	if (store_uses_read(s, NULL, &a->uses, err) < 0)
		return -1;
	if (plan_has(plan, 1u << PRUNE_IMAGE | 1u << PRUNE_BLOB | 1u << PRUNE_LAYER) &&
	    apply_images(s, a, plan, err) < 0)
		return -1;
	return a->volumes_fd < 0 ? 0 : apply_volumes(a, plan, err);
}

/* What needs no lock: deleting what was renamed away. */
static int delete_all(struct store *s, const struct apply *a, const struct prune_plan *plan,
		      struct err *err)
{
	if (store_trees_remove(s, s->layers_fd, a->layers, "layers", err) < 0 ||
	    store_trees_remove(s, a->volumes_fd, a->volumes, "volumes", err) < 0)
		return -1;
	return plan_has(plan, 1u << PRUNE_LEFTOVER) ? apply_leftovers(s, plan, err) : 0;
}

static void apply_done(struct apply *a)
{
	map_done(&a->planned);
	store_uses_done(&a->uses);
	store_marks_done(&a->doomed);
	strv_free(a->layers);
	strv_free(a->volumes);
	if (a->volumes_fd >= 0)
		close(a->volumes_fd);
}
DEFINE_CLEANUP_VALUE(apply, apply_done)

int store_prune_apply(struct store *s, struct prune_plan *plan, struct err *err)
{
	const unsigned locked =
		1u << PRUNE_IMAGE | 1u << PRUNE_BLOB | 1u << PRUNE_LAYER | 1u << PRUNE_VOLUME;
	_cleanup_(apply) struct apply a = {.uses = STORE_USES_INIT,
					   .doomed = STORE_MARKS_INIT,
					   .volumes_fd = -1};
	_cleanup_fd_ int lock = -1;
	struct err cause = ERR_INIT;
	int r = 0;

	note_planned(&a, plan);
	if (plan_has(plan, 1u << PRUNE_VOLUME))
		a.volumes_fd = openat(s->data_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (plan_has(plan, locked))
		r = store_lock_images(s, true, &lock, &cause);
	if (r == 0 && lock >= 0)
		r = apply_locked(s, &a, plan, &cause);
	if (lock >= 0)
		close(fd_take(&lock));
	/* What was taken away before a failure is deleted all the same. */
	if (delete_all(s, &a, plan, r ? NULL : &cause) < 0)
		r = -1;
	note_done(s, plan);
	if (r && err)
		*err = cause;
	return r;
}
