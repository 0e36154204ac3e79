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
#include "store/images_private.h"
#include "store/layers.h"
#include "store/layers_private.h"

struct used {
	struct map blobs;  /* digests */
	struct map layers; /* names of trees (store_layer_name()) to diff ids */
};
#define USED_INIT                                                                                  \
	{                                                                                          \
		.layers = MAP_INIT_OWN(free)                                                       \
	}

static void used_done(struct used *u)
{
	map_done(&u->blobs);
	map_done(&u->layers);
}
DEFINE_CLEANUP_VALUE(used, used_done)

void store_removal_done(struct store_removal *r)
{
	strv_free(r->lines);
	r->lines = NULL;
}

static void mark(struct map *set, const struct digest *d)
{
	char text[DIGEST_STR_MAX];

	map_set(set, digest_str(d, text), set);
}

/* Of the two trees that the layer may have. chain: of the stack below; becomes that with it. */
static int mark_layer(struct used *u, struct digest *chain, const struct digest *diff_id,
		      struct err *err)
{
	char text[DIGEST_STR_MAX];
	char name[STORE_LAYER_NAME_MAX];

	if (digest_chain(chain, diff_id, chain, err) < 0)
		return -1;
	digest_str(diff_id, text);
	map_set(&u->layers, store_layer_name(diff_id, NULL, name), xstrdup(text));
	map_set(&u->layers, store_layer_name(diff_id, chain, name), xstrdup(text));
	return 0;
}

static int mark_manifest(struct store *s, const struct descriptor *d, struct used *u,
			 struct err *err)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct digest chain = {.hex = ""};

	if (store_image_load(s, d, &img, err) < 0)
		return -1;
	mark(&u->blobs, &img.manifest.config.digest);
	for (size_t i = 0; i < img.manifest.n_layers; i++) {
		mark(&u->blobs, &img.manifest.layers[i].digest);
		if (mark_layer(u, &chain, &img.config.diff_ids[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Everything that an index entry needs. Of an index, those manifests that are in the store. */
static int mark_entry(struct store *s, const struct descriptor *d, unsigned depth, struct used *u,
		      struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(image_index) struct image_index index = {0};

	mark(&u->blobs, &d->digest);
	if (media_kind(d->media_type, NULL) != MEDIA_INDEX)
		return mark_manifest(s, d, u, err);
	if (depth == INDEX_MAX_DEPTH)
		return err_set(err, ERR_LIMIT, "index %.12s: too many indexes below one another",
			       d->digest.hex);
	if (store_blob_get(s, d, INDEX_MAX_SIZE, true, &text, err) < 0 ||
	    image_index_parse(text.data, text.len, "image index", &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		if (store_blob_exists(s, &index.manifests[i].digest) &&
		    mark_entry(s, &index.manifests[i], depth + 1, u, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- containers ---- */

struct container_use {
	struct used kept;      /* layers of all containers */
	bool unknown;	       /* there is a container of which nobody knows what it uses */
	char user[ID_LEN + 1]; /* one that uses the image; "" : none */
	char *user_name;       /* its name */
};

static void container_use_done(struct container_use *u)
{
	used_done(&u->kept);
	free(u->user_name);
}
DEFINE_CLEANUP_VALUE(container_use, container_use_done)

static int mark_record(const struct container_record *r, struct used *u, struct err *err)
{
	struct digest chain = {.hex = ""};
	struct digest d;

	for (size_t i = 0; i < r->n_layers; i++) {
		if (digest_parse(r->layers[i], &d, err) < 0 || mark_layer(u, &chain, &d, err) < 0)
			return -1;
	}
	return 0;
}

static int scan_containers(struct store *s, const struct digest *manifest, struct container_use *u,
			   struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	char text[DIGEST_STR_MAX];

	digest_str(manifest, text);
	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		_cleanup_(container_record) struct container_record r = {0};
		struct err cause = ERR_INIT;

		if (store_container_read(s, *id, &r, &cause) < 0 ||
		    mark_record(&r, &u->kept, &cause) < 0) {
			if (cause.kind == ERR_NOT_FOUND)
				continue;
			log_warn(
				"layers and blobs are kept until `onggi rm %.12s`, since what that "
				"container uses can't be read: %s",
				*id, cause.text);
			u->unknown = true;
			continue;
		}
		if (!u->user[0] && str_eq(r.manifest, text)) {
			str_copy(u->user, sizeof(u->user), *id);
			u->user_name = xstrdup(r.name);
		}
	}
	return 0;
}

/* ---- the plan: which entries go ---- */

struct plan {
	const struct descriptor *target;
	struct digest id;
	bool by_id;
	bool force;
	bool *drop;	/* for each entry of the index */
	size_t n_names; /* dropped entries that have a name */
	bool last;	/* none of the image's entries stays */
};

static void plan_done(struct plan *p)
{
	free(p->drop);
}
DEFINE_CLEANUP_VALUE(plan, plan_done)

static int make_plan(struct store *s, const struct image_index *index, const char *name,
		     struct plan *p, struct err *err)
{
	if (store_index_lookup(s, index, name, &p->target, &p->by_id, err) < 0)
		return -1;
	/* An image that can't be read any more can still be removed. */
	if (store_entry_id(s, p->target, &p->id, NULL) < 0)
		p->id = p->target->digest;
	p->drop = xcalloc(index->n_manifests, sizeof(*p->drop));
	p->last = true;
	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];

		if (!digest_eq(&d->digest, &p->target->digest))
			continue;
		p->drop[i] = p->by_id || d == p->target;
		if (!p->drop[i])
			p->last = false;
		else if (store_entry_name(d))
			p->n_names++;
	}
	return 0;
}

static int refuse_names(const struct image_index *index, const struct plan *p, const char *name,
			struct err *err)
{
	_cleanup_(buf) struct buf names = BUF_INIT_MAX(512);

	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *n = p->drop[i] ? store_entry_name(&index->manifests[i]) : NULL;

		if (n)
			buf_addf(&names, "%s%s", names.len ? ", " : "", n);
	}
	err_set(err, ERR_BUSY, "image '%s' has %zu names: %s", name, p->n_names, buf_str(&names));
	return err_hint(err, "remove it by its names, or all of them with `onggi rmi -f %s`", name);
}

static int refuse_used(const struct container_use *use, const char *name, struct err *err)
{
	err_set(err, ERR_BUSY, "image '%s' is used by container %.12s%s%s%s", name, use->user,
		use->user_name ? " (" : "", use->user_name ? use->user_name : "",
		use->user_name ? ")" : "");
	return err_hint(err, "onggi rm %s", use->user_name ? use->user_name : use->user);
}

/* ---- doing it ---- */

static void drop_entries(struct image_index *index, const struct plan *p, bool keep_unnamed,
			 struct store_removal *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		struct descriptor *d = &index->manifests[i];
		const char *name = store_entry_name(d);

		if (p->drop[i] && name) {
			struct reference ref;
			char text[REFERENCE_STR_MAX];

			if (reference_parse(name, &ref, NULL) == 0)
				name = reference_familiar(&ref, true, text);
			strv_take(&out->lines, xasprintf("Untagged: %s", name));
		}
		if (p->drop[i] && !keep_unnamed)
			continue;
		if (p->drop[i]) {
			/* A container still needs the image: it stays, without a name, once. */
			keep_unnamed = false;
			store_entry_unname(d);
		}
		index->manifests[kept++] = *d;
	}
	index->n_manifests = kept;
}

/* What may be deleted. */
struct garbage {
	const struct used *kept, *doomed;
	bool all;	 /* all that is not kept; else what is doomed, too */
	struct map gone; /* names of layers */
};

static void unlink_blobs_of(struct store *s, const char *alg, const struct garbage *g,
			    struct err *err)
{
	_cleanup_free_ char *path = path_join("blobs", alg);
	int fd = openat(s->images_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct digest d;

	if (!dir) {
		if (errno != ENOENT)
			err_sys(err, "read '%s/images/%s'", s->data_path, path);
		return;
	}
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		_cleanup_free_ char *text = xasprintf("%s:%s", alg, e->d_name);

		/* What is no blob's name is not ours to delete. */
		if (digest_parse(text, &d, NULL) < 0 || map_has(&g->kept->blobs, text) ||
		    (!g->all && !map_has(&g->doomed->blobs, text)))
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0 && errno != ENOENT)
			err_sys(err, "remove blob %s", text);
	}
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
static char **delete_garbage(struct store *s, struct garbage *g, struct store_removal *out)
{
	char **names = NULL;
	struct err err = ERR_INIT;

	unlink_blobs_of(s, "sha256", g, &err);
	unlink_blobs_of(s, "sha512", g, &err);
	if (store_layers_retire(s, condemn_layer, g, &names, &err) < 0 || err.kind != ERR_NONE)
		log_warn("%s", err.text);
	map_foreach (e, &g->doomed->layers) {
		if (map_has(&g->gone, e->key))
			strv_take(&out->lines, xasprintf("Deleted: %s", (const char *)e->value));
	}
	return names;
}

/* What the entries that stay need. Where one can't be read, nothing may be deleted on a guess. */
static bool mark_remaining(struct store *s, const struct image_index *index, struct used *kept)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct err err = ERR_INIT;

		if (mark_entry(s, &index->manifests[i], 0, kept, &err) < 0) {
			log_warn("layers and blobs are kept, since another image can't be read: %s",
				 err.text);
			return false;
		}
	}
	return true;
}

/*
 * Delete what nobody needs any more. use->kept: what containers need, to which the entries that
 * stay are added. Returns temporary names of layers.
 */
static char **delete_image(struct store *s, const struct image_index *rest,
			   const struct used *doomed, struct container_use *use,
			   const struct digest *id, struct store_removal *out)
{
	struct garbage g = {.kept = &use->kept, .doomed = doomed};
	_cleanup_fd_ int loads = -1;
	struct err err = ERR_INIT;
	char **names;

	strv_take(&out->lines, xasprintf("Deleted: %s:%s", digest_alg(id), id->hex));
	if (use->unknown || !mark_remaining(s, rest, &use->kept))
		return NULL;
	g.all = store_lock_loads(s, true, &loads, &err) == 0;
	if (!g.all)
		log_debug("only what the image named is removed: %s", err.text);
	names = delete_garbage(s, &g, out);
	map_done(&g.gone);
	return names;
}

static void note_removed_names(struct store *s, const struct image_index *index,
			       const struct plan *p)
{
	for (size_t i = 0; i < index->n_manifests; i++) {
		const char *name = p->drop[i] ? store_entry_name(&index->manifests[i]) : NULL;

		if (name)
			store_reflog_add(s, name, NULL, "remove");
	}
}

/* May it go? */
static int judge(struct store *s, const struct image_index *index, const struct plan *p,
		 const char *name, struct container_use *use, struct err *err)
{
	if (p->by_id && p->n_names > 1 && !p->force)
		return refuse_names(index, p, name, err);
	if (scan_containers(s, &p->target->digest, use, err) < 0)
		return -1;
	if (p->last && use->user[0] && (!p->force || !p->n_names))
		return refuse_used(use, name, err);
	return 0;
}

/* Under the lock. ret_trees: temporary names of layers to delete afterwards. */
static int remove_locked(struct store *s, const char *name, bool force, struct store_removal *out,
			 char ***ret_trees, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(container_use) struct container_use use = {.kept = USED_INIT};
	_cleanup_(used) struct used doomed = USED_INIT;
	_cleanup_(plan) struct plan p = {.force = force};
	struct err cause = ERR_INIT;
	bool deletes;

	if (store_index_read(s, &index, err) < 0 || make_plan(s, &index, name, &p, err) < 0 ||
	    judge(s, &index, &p, name, &use, err) < 0)
		return -1;
	/* While a container needs the image, only names go. */
	deletes = p.last && !use.user[0];
	if (deletes && mark_entry(s, p.target, 0, &doomed, &cause) < 0)
		log_debug("image '%s' can't be read: %s", name, cause.text);
	note_removed_names(s, &index, &p);
	drop_entries(&index, &p, p.last && !deletes, out);
	if (store_index_write(s, &index, err) < 0)
		return -1;
	if (deletes)
		*ret_trees = delete_image(s, &index, &doomed, &use, &p.id, out);
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
