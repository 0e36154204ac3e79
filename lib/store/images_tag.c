/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names come and go: tag and untag. Both rewrite index.json under the exclusive lock and touch no
 * blob: what loses its last name stays listed without one, and `rmi` or `image prune` deletes it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_private.h"

/* An absent store has nothing to lock; the lookup words what is missing. */
static int lock_present(struct store *s, int *ret_lock, struct err *err)
{
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0)
		return -1;
	return images < 0 ? 0 : store_lock_images(s, true, ret_lock, err);
}

/* ---- tag ---- */

static int check_name(const struct reference *name, struct err *err)
{
	char text[REFERENCE_STR_MAX];

	if (name->tag[0] && !digest_is_set(&name->digest))
		return 0;
	err_set(err, ERR_INVALID,
		"'%s' can't be given as a name: a digest says what an image is, expected "
		"NAME[:TAG]",
		reference_familiar(name, true, text));
	return -1;
}

/*
 * The new entry says of the image what the old one says, and no more: other annotations belong to
 * the old name, and an entry that another tool wrote does not become one that entered through us.
 */
static void add_entry(struct image_index *index, const struct descriptor *like, const char *name)
{
	struct descriptor *d = &index->manifests[index->n_manifests++];
	size_t kept = 0;

	descriptor_copy(&index->arena, d, like);
	for (size_t i = 0; i < d->n_annotations; i++) {
		if (str_eq(d->annotations[i].key, ANNOTATION_IMAGE_ID) ||
		    str_eq(d->annotations[i].key, ANNOTATION_IMAGE_CHAINS))
			d->annotations[kept++] = d->annotations[i];
	}
	d->n_annotations = kept;
	descriptor_annotate(&index->arena, d, ANNOTATION_REF_NAME, name);
}

int store_image_tag(struct store *s, const char *source, const struct reference *name,
		    struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_fd_ int lock = -1;
	const struct descriptor *found;
	struct descriptor like;
	char text[REFERENCE_STR_MAX];
	bool same;

	if (check_name(name, err) < 0 || lock_present(s, &lock, err) < 0 ||
	    store_index_read(s, &index, err) < 0 ||
	    store_index_lookup(s, &index, source, &found, NULL, err) < 0)
		return -1;
	/* The entry itself moves when names are taken. */
	descriptor_copy(&index.arena, &like, found);
	reference_str(name, text);
	store_index_make_room(&index, 1);
	same = store_index_take_name(&index, text, &like.digest);
	add_entry(&index, &like, text);
	store_index_drop_unnamed(&index, &like.digest);
	if (store_index_write(s, &index, err) < 0)
		return -1;
	if (!same)
		store_reflog_add(s, text, &like.digest, "tag");
	return 0;
}

/* ---- untag ---- */

static int no_such_name(const struct image_index *index, const struct descriptor *image,
			const char *image_name, const struct reference *name, struct err *err)
{
	_cleanup_(buf) struct buf have = BUF_INIT_MAX(512);
	char text[REFERENCE_STR_MAX];

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *n = store_entry_name(d);
		struct reference ref;

		if (!n || !digest_eq(&d->digest, &image->digest))
			continue;
		if (reference_parse(n, &ref, NULL) == 0)
			n = reference_familiar(&ref, true, text);
		buf_addf(&have, "%s%s", have.len ? ", " : "", n);
	}
	err_set(err, ERR_NOT_FOUND, "image '%s' has no name '%s'", image_name,
		reference_familiar(name, true, text));
	if (!have.len)
		return err_hint(err, "it has no name at all; `onggi rmi %s` removes it",
				image_name);
	return err_hint(err, "its names: %s", buf_str(&have));
}

/* Mark the entries that lose their names; names: see store_image_untag(). */
static int choose(const struct image_index *index, const struct descriptor *image,
		  const struct reference *names, size_t n_names, bool *ret_chosen, bool *ret_found)
{
	size_t n = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct descriptor *d = &index->manifests[i];
		const char *have = store_entry_name(d);
		bool chosen = n_names == 0;
		char text[REFERENCE_STR_MAX];

		if (!have || !digest_eq(&d->digest, &image->digest))
			continue;
		for (size_t k = 0; k < n_names; k++) {
			if (strcmp(have, reference_str(&names[k], text)) == 0)
				chosen = ret_found[k] = true;
		}
		ret_chosen[i] = chosen;
		n += chosen;
	}
	return (int)n;
}

/* Of the entries that are left without a name one stays, and only when no other has one. */
static void take_chosen(struct image_index *index, const bool *chosen, const struct digest *image)
{
	size_t kept = 0;
	bool listed = false;

	for (size_t i = 0; i < index->n_manifests; i++)
		listed |= !chosen[i] && digest_eq(&index->manifests[i].digest, image);
	for (size_t i = 0; i < index->n_manifests; i++) {
		struct descriptor *d = &index->manifests[i];

		if (chosen[i] && listed)
			continue;
		if (chosen[i]) {
			store_entry_unname(d);
			listed = true;
		}
		index->manifests[kept++] = *d;
	}
	index->n_manifests = kept;
}

int store_image_untag(struct store *s, const char *name, const struct reference *names,
		      size_t n_names, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_free_ bool *chosen = NULL;
	_cleanup_free_ bool *found = xcalloc(n_names, sizeof(*found));
	_cleanup_strv_ char **gone = NULL;
	_cleanup_fd_ int lock = -1;
	const struct descriptor *image;
	struct digest digest;

	if (lock_present(s, &lock, err) < 0 || store_index_read(s, &index, err) < 0 ||
	    store_index_lookup(s, &index, name, &image, NULL, err) < 0)
		return -1;
	digest = image->digest;
	chosen = xcalloc(index.n_manifests, sizeof(*chosen));
	if (choose(&index, image, names, n_names, chosen, found) == 0 && !n_names)
		return 0;
	for (size_t k = 0; k < n_names; k++) {
		if (!found[k])
			return no_such_name(&index, image, name, &names[k], err);
	}
	for (size_t i = 0; i < index.n_manifests; i++) {
		if (chosen[i])
			strv_add(&gone, store_entry_name(&index.manifests[i]));
	}
	take_chosen(&index, chosen, &digest);
	if (store_index_write(s, &index, err) < 0)
		return -1;
	strv_foreach (n, gone)
		store_reflog_add(s, *n, NULL, "untag");
	return 0;
}
