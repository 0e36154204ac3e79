/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing names and images.
 *
 * Under the exclusive lock of the index: the index is written without the image, then every blob
 * and layer is deleted that neither an entry that stays nor a container needs: what killed commands
 * left goes with it. Layers are renamed away under the lock and their trees deleted after it is
 * released, since that may take long. A kill at any point leaves files that the next removal takes.
 *
 * A load has blobs and layers that no entry names yet. It holds store_lock_loads() shared for as
 * long; while anybody does, only what the removed image named is deleted (and if the load wants
 * just that, it notices when it gives names, and begins again).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/strv.h"
#include "store/containers.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_mark.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "store/layers_private.h"

void store_removal_done(struct store_removal *r)
{
	strv_free(r->lines);
	r->lines = NULL;
}

/* ---- containers ---- */

struct user {
	char id[ID_LEN + 1];
	char *name; /* may be NULL */
};

static void user_free(void *p)
{
	struct user *u = p;

	free(u->name);
	free(u);
}

struct container_use {
	struct store_marks kept; /* layers of all containers */
	bool unknown;		 /* there is a container of which nobody knows what it uses */
	struct map users; /* a manifest's digest to a struct user, the first container of it */
};

#define CONTAINER_USE_INIT                                                                         \
	{                                                                                          \
		.kept = STORE_MARKS_INIT, .users = MAP_INIT_OWN(user_free)                         \
	}

static void container_use_done(struct container_use *u)
{
	store_marks_done(&u->kept);
	map_done(&u->users);
}
DEFINE_CLEANUP_VALUE(container_use, container_use_done)

static const struct user *user_of(const struct container_use *u, const struct descriptor *d)
{
	char text[DIGEST_STR_MAX];

	return map_get(&u->users, digest_str(&d->digest, text));
}

static int scan_containers(struct store *s, struct container_use *u, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		_cleanup_(container_record) struct container_record r = {0};
		struct err cause = ERR_INIT;
		struct user *user;

		if (store_container_read(s, *id, &r, &cause) < 0 ||
		    store_mark_record(&r, &u->kept, &cause) < 0) {
			if (cause.kind == ERR_NOT_FOUND)
				continue;
			log_warn(
				"layers and blobs are kept until `onggi rm %.12s`, since what that "
				"container uses can't be read: %s",
				*id, cause.text);
			u->unknown = true;
			continue;
		}
		if (!r.manifest || map_has(&u->users, r.manifest))
			continue;
		user = xcalloc(1, sizeof(*user));
		str_copy(user->id, sizeof(user->id), *id);
		user->name = r.name ? xstrdup(r.name) : NULL;
		map_set(&u->users, r.manifest, user);
	}
	return 0;
}

/* ---- the plan: which entries go ---- */

/* Of an entry. */
enum fate {
	STAYS,
	GOES,	/* another entry of its manifest stays */
	NEEDED, /* no other one stays, but a container needs the manifest: it loses its name */
	DOOMED, /* nothing needs the manifest any more */
};

struct plan {
	struct digest id;
	bool by_id;
	bool force;
	enum fate *fates; /* for each entry of the index; judge() tells what GOES apart */
	size_t n_names;	  /* entries that have a name and don't stay */
	bool last;	  /* none of the image's entries stays */
};

static void plan_done(struct plan *p)
{
	free(p->fates);
}
DEFINE_CLEANUP_VALUE(plan, plan_done)

/*
 * By a name: that entry. By an id: all entries of the image, which may have several manifests (its
 * layers compressed in several ways).
 */
static int make_plan(struct store *s, const struct image_index *index, const char *name,
		     struct plan *p, struct err *err)
{
	const struct descriptor *target;

	if (store_index_lookup(s, index, name, &target, &p->by_id, err) < 0)
		return -1;
	/* An image that can't be read any more can still be removed. */
	if (store_entry_id(s, target, &p->id, NULL) < 0)
		p->id = target->digest;
	p->fates = xcalloc(index->n_manifests, sizeof(*p->fates));
	p->last = true;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		struct digest id;

		if (!digest_eq(&d->digest, &target->digest) &&
		    (store_entry_id(s, d, &id, NULL) < 0 || !digest_eq(&id, &p->id)))
			continue;
		p->fates[i] = p->by_id || d == target ? GOES : STAYS;
		if (p->fates[i] == STAYS)
			p->last = false;
		else if (store_entry_name(d))
			p->n_names++;
	}
	return 0;
}

/* Does no entry of this manifest stay? */
static bool is_last(const struct image_index *index, const struct plan *p,
		    const struct descriptor *d)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (p->fates[i] == STAYS && digest_eq(&index->manifests[i].digest, &d->digest))
			return false;
	return true;
}

static int refuse_names(const struct image_index *index, const struct plan *p, const char *name,
			struct err *err)
{
	_cleanup_(buf) struct buf names = BUF_INIT_MAX(512);

	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *n = p->fates[i] ? store_entry_name(&index->manifests[i]) : NULL;
		char text[REFERENCE_STR_MAX];
		struct reference ref;

		if (!n)
			continue;
		if (reference_parse(n, &ref, NULL) == 0)
			n = reference_familiar(&ref, true, text);
		buf_addf(&names, "%s%s", names.len ? ", " : "", n);
	}
	err_set(err, ERR_BUSY, "image '%s' has %zu names: %s", name, p->n_names, buf_str(&names));
	return err_hint(err, "remove it by its names, or all of them with `onggi rmi -f %s`", name);
}

static int refuse_used(const struct user *u, const char *name, struct err *err)
{
	err_set(err, ERR_BUSY, "image '%s' is used by container %.12s%s%s%s", name, u->id,
		u->name ? " (" : "", u->name ? u->name : "", u->name ? ")" : "");
	return err_hint(err, "onggi rm %s", u->name ? u->name : u->id);
}

/* ---- doing it ---- */

static void drop_entries(struct image_index *index, const struct plan *p, struct store_removal *out)
{
	struct map unnamed = MAP_INIT;
	size_t kept = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		struct descriptor d = index->manifests[i];
		const char *name = store_entry_name(&d);
		char text[REFERENCE_STR_MAX], digest[DIGEST_STR_MAX];
		struct reference ref;

		if (p->fates[i] && name) {
			if (reference_parse(name, &ref, NULL) == 0)
				name = reference_familiar(&ref, true, text);
			strv_take(&out->lines, xasprintf("Untagged: %s", name));
		}
		if (p->fates[i]) {
			/* A container still needs the image: it stays, without a name, once. */
			if (p->fates[i] != NEEDED ||
			    map_has(&unnamed, digest_str(&d.digest, digest)))
				continue;
			map_set(&unnamed, digest, &unnamed);
			store_entry_unname(&d);
		}
		index->manifests[kept++] = d;
	}
	index->n_manifests = kept;
	map_done(&unnamed);
}

/* What may be deleted. */
struct garbage {
	const struct store_marks *kept, *doomed;
	bool all;	 /* all that is not kept; else what is doomed, too */
	struct map gone; /* names of layers */
};

static bool condemn_blob(void *arg, const char *digest)
{
	const struct garbage *g = arg;

	return !map_has(&g->kept->blobs, digest) && (g->all || map_has(&g->doomed->blobs, digest));
}

static bool condemn_layer(void *arg, const char *name)
{
	struct garbage *g = arg;

	if (map_has(&g->kept->layers, name) || (!g->all && !map_has(&g->doomed->layers, name)))
		return false;
	map_set(&g->gone, name, g);
	return true;
}

/* Returns the temporary names that the layers have now. */
static char **retire_layers(struct store *s, struct garbage *g, struct store_removal *out)
{
	char **names = NULL;
	struct err err = ERR_INIT;

	if (store_layers_retire(s, condemn_layer, g, &names, &err) < 0)
		log_warn("%s", err.text);
	map_foreach (e, &g->doomed->layers) {
		if (map_has(&g->gone, e->key))
			strv_take(&out->lines, xasprintf("Deleted: %s", (const char *)e->value));
	}
	return names;
}

/*
 * Delete what nobody needs any more. use->kept: what containers need, to which the entries that
 * stay are added. id: NULL where the image stays by another manifest. Returns temporary names of
 * layers.
 */
static char **delete_image(struct store *s, const struct image_index *rest,
			   const struct store_marks *doomed, struct container_use *use,
			   const struct digest *id, struct store_removal *out)
{
	struct garbage g = {.kept = &use->kept, .doomed = doomed};
	_cleanup_fd_ int loads = -1;
	struct err err = ERR_INIT;
	char **names;

	if (id)
		strv_take(&out->lines, xasprintf("Deleted: %s:%s", digest_alg(id), id->hex));
	if (use->unknown || !store_mark_index(s, rest, &use->kept))
		return NULL;
	g.all = store_lock_loads(s, true, &loads, &err) == 0;
	if (!g.all)
		log_debug("only what the image named is removed: %s", err.text);
	err_clear(&err);
	store_blobs_unlink(s, condemn_blob, &g, &err);
	if (err.kind != ERR_NONE)
		log_warn("%s", err.text);
	names = retire_layers(s, &g, out);
	map_done(&g.gone);
	return names;
}

/*
 * Write the index, which takes room. Whoever is without removes something to have some: what can be
 * made again, the image's own trees, is deleted before the index says so.
 */
static int write_index(struct store *s, const struct image_index *rest,
		       const struct store_marks *doomed, struct container_use *use,
		       struct store_removal *out, struct err *err)
{
	struct garbage g = {.kept = &use->kept, .doomed = doomed};
	_cleanup_strv_ char **trees = NULL;
	struct err cause = ERR_INIT;

	if (store_index_write(s, rest, &cause) == 0)
		return 0;
	if ((cause.sys == ENOSPC || cause.sys == EDQUOT) && !use->unknown &&
	    store_mark_index(s, rest, &use->kept)) {
		trees = retire_layers(s, &g, out);
		map_done(&g.gone);
		if (trees && store_trees_remove(s, s->layers_fd, trees, "layers", err) == 0)
			return store_index_write(s, rest, err);
	}
	if (err)
		*err = cause;
	return -1;
}

static void note_removed_names(struct store *s, const struct image_index *index,
			       const struct plan *p)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *name = p->fates[i] ? store_entry_name(&index->manifests[i]) : NULL;

		if (name)
			store_reflog_add(s, name, NULL, "remove");
	}
}

/* May it go? What containers need of it stays, without a name. */
static int judge(struct store *s, const struct image_index *index, struct plan *p, const char *name,
		 struct container_use *use, struct err *err)
{
	if (p->by_id && p->n_names > 1 && !p->force)
		return refuse_names(index, p, name, err);
	if (scan_containers(s, use, err) < 0)
		return -1;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const struct user *user;

		if (!p->fates[i] || !is_last(index, p, d))
			continue;
		user = user_of(use, d);
		if (user && (!p->force || !p->n_names))
			return refuse_used(user, name, err);
		p->fates[i] = user ? NEEDED : DOOMED;
		p->last &= !user;
	}
	return 0;
}

/* What the doomed entries name. Returns whether there are any. */
static bool mark_doomed(struct store *s, const struct image_index *index, const struct plan *p,
			struct store_marks *ret)
{
	bool any = false;

	for (size_t i = 0; i < index->n_manifests; i++) {
		struct err cause = ERR_INIT;

		if (p->fates[i] != DOOMED)
			continue;
		any = true;
		if (store_mark_entry(s, &index->manifests[i], 0, ret, &cause) < 0)
			log_debug("an image can't be read: %s", cause.text);
	}
	return any;
}

/* Under the lock. ret_trees: temporary names of layers to delete afterwards. */
static int remove_locked(struct store *s, const char *name, bool force, struct store_removal *out,
			 char ***ret_trees, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(container_use) struct container_use use = CONTAINER_USE_INIT;
	_cleanup_(store_marks) struct store_marks doomed = STORE_MARKS_INIT;
	_cleanup_(plan) struct plan p = {.force = force};
	bool deletes;

	if (store_index_read(s, &index, err) < 0 || make_plan(s, &index, name, &p, err) < 0 ||
	    judge(s, &index, &p, name, &use, err) < 0)
		return -1;
	/* While a container needs the image, only names go. */
	deletes = mark_doomed(s, &index, &p, &doomed);
	note_removed_names(s, &index, &p);
	drop_entries(&index, &p, out);
	if (write_index(s, &index, &doomed, &use, out, err) < 0)
		return -1;
	if (deletes)
		*ret_trees = delete_image(s, &index, &doomed, &use, p.last ? &p.id : NULL, out);
	return 0;
}

int store_image_remove(struct store *s, const char *name, bool force, struct store_removal *ret,
		       struct err *err)
{
	_cleanup_(store_removal) struct store_removal out = {.lines = NULL};
	_cleanup_strv_ char **trees = NULL;
	_cleanup_fd_ int lock = -1;
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0)
		return -1;
	/* An absent store has nothing to lock; the lookup words what is missing. */
	if (images >= 0 && store_lock_images(s, true, &lock, err) < 0)
		return -1;
	if (remove_locked(s, name, force, &out, &trees, err) < 0)
		return -1;
	if (lock >= 0)
		close(fd_take(&lock));
	if (trees && store_trees_remove(s, s->layers_fd, trees, "layers", err) < 0)
		return -1;
	ret->lines = ptr_take(out.lines);
	return 0;
}
