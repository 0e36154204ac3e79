/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole check: what images need is read first, without trusting it; then all blobs are hashed
 * and all trees compared (check_jobs.c); then each image is judged by what was found out about the
 * blobs that it needs. Records and the rest are check_records.c's.
 */
#include "store/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "oci/reference.h"
#include "store/check_private.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_private.h"
#include "store/layers_private.h"

/* Documents, as a rule: hashed by a quick check, too. */
#define QUICK_BLOB_MAX ((uint64_t)1 << 20)

void check_report_done(struct check_report *r)
{
	arena_done(&r->arena);
	*r = (struct check_report)CHECK_REPORT_INIT;
}

struct check_finding *check_add(struct check_report *r, const char *object, const char *fmt, ...)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(CHECK_TEXT_MAX);
	struct check_finding *f = arena_push(&r->arena, r->findings, r->n);
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	f->object = arena_strdup(&r->arena, object);
	f->text = arena_strdup(&r->arena, buf_str(&text));
	return f;
}

void check_mends(struct check_report *r, struct check_finding *f, enum check_mend mend,
		 const char *target, const char *remedy)
{
	f->mend = mend;
	f->target = arena_strdup(&r->arena, target);
	f->remedy = arena_strdup(&r->arena, remedy);
}

/* ---- what there is to do ---- */

struct need {
	struct descriptor *d;
	bool optional; /* its bytes live elsewhere */
};

struct image {
	char *title;	/* names, or the id */
	char *manifest; /* "sha256:…" */
	char *wrong;	/* why its documents can't be read */
	struct need *needs;
	size_t n_needs;
};

struct inspection {
	struct store *store;
	struct check_report *report;
	bool quick;
	struct arena arena;
	struct image *images;
	size_t n_images;
	struct map tree_blobs; /* tree → its blob "sha256:…", in the arena */
	struct map sizes;      /* blob "sha256:…" → uint64_t *, in the arena */
	struct map bad;	       /* blob "sha256:…" → what is wrong */
	struct check_job *jobs;
	size_t n_jobs;
};

static void inspection_done(struct inspection *i)
{
	for (size_t k = 0; k < i->n_jobs; k++)
		free(i->jobs[k].wrong);
	map_done(&i->tree_blobs);
	map_done(&i->sizes);
	map_done(&i->bad);
	arena_done(&i->arena);
}
DEFINE_CLEANUP_VALUE(inspection, inspection_done)

static void add_need(struct inspection *in, struct image *img, const struct descriptor *d)
{
	struct need *n = arena_push(&in->arena, img->needs, img->n_needs);

	n->d = arena_alloc(&in->arena, sizeof(*n->d));
	descriptor_copy(&in->arena, n->d, d);
	n->optional = media_kind(d->media_type, NULL) == MEDIA_LAYER_FOREIGN;
}

/* Note what an image needs, and which of its trees comes from which blob. */
static void read_image(struct inspection *in, struct image *img, const struct descriptor *d)
{
	_cleanup_(store_image) struct store_image doc = {0};
	struct digest chain = {.hex = ""};
	char name[STORE_LAYER_NAME_MAX], text[DIGEST_STR_MAX];
	struct err err = ERR_INIT;

	add_need(in, img, d);
	if (store_image_load(in->store, d, &doc, &err) < 0) {
		img->wrong = arena_strdup(&in->arena, err.text);
		return;
	}
	add_need(in, img, &doc.descriptor);
	add_need(in, img, &doc.manifest.config);
	for (size_t i = 0; i < doc.manifest.n_layers; i++) {
		const struct digest *diff = &doc.config.diff_ids[i];
		char *blob =
			arena_strdup(&in->arena, digest_str(&doc.manifest.layers[i].digest, text));

		add_need(in, img, &doc.manifest.layers[i]);
		if (digest_chain(&chain, diff, &chain, &err) < 0)
			continue;
		map_set(&in->tree_blobs, store_layer_name(diff, NULL, name), blob);
		map_set(&in->tree_blobs, store_layer_name(diff, &chain, name), blob);
	}
}

static const char *entry_title(const struct descriptor *d, char *buf)
{
	const char *name = store_entry_name(d);
	struct reference ref;

	if (!name)
		snprintf(buf, REFERENCE_STR_MAX, "%.12s", d->digest.hex);
	else if (reference_parse(name, &ref, NULL) == 0)
		reference_familiar(&ref, true, buf);
	else
		snprintf(buf, REFERENCE_STR_MAX, "%.200s", name);
	return buf;
}

static void read_images(struct inspection *in)
{
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(map) struct map seen = MAP_INIT;
	struct err err = ERR_INIT;

	if (store_index_read(in->store, &index, &err) < 0) {
		struct check_finding *f =
			check_add(in->report, "images/index.json",
				  "can't be read: %s; no image can be found by its name", err.text);

		check_mends(in->report, f, CHECK_MEND_INDEX, "",
			    "it is written anew, from the blobs and the notes in images/reflog");
		return;
	}
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct descriptor *d = &index.manifests[i];
		char title[REFERENCE_STR_MAX], text[DIGEST_STR_MAX];
		struct image *img = map_get(&seen, digest_str(&d->digest, text));

		entry_title(d, title);
		if (map_has(&seen, text)) {
			/* The array may have moved since: its place is what was kept. */
			img = &in->images[(size_t)(uintptr_t)img - 1];
			img->title = arena_printf(&in->arena, "%s, %s", img->title, title);
			continue;
		}
		img = arena_push(&in->arena, in->images, in->n_images);
		map_set(&seen, text, (void *)(uintptr_t)in->n_images);
		img->title = arena_strdup(&in->arena, title);
		img->manifest = arena_strdup(&in->arena, text);
		read_image(in, img, d);
	}
	in->report->images = in->n_images;
}

static struct check_job *add_job(struct inspection *in, const char *dir, const char *name)
{
	struct check_job *j = arena_push(&in->arena, in->jobs, in->n_jobs);

	j->path = arena_printf(&in->arena, "%s/%s", dir, name);
	return j;
}

static void list_blob(struct inspection *in, const char *dir, int fd, const char *name)
{
	_cleanup_free_ char *text = xasprintf("%s:%s", path_base(dir), name);
	struct digest d;
	struct stat st;
	uint64_t *size;
	struct check_job *j;

	if (digest_parse(text, &d, NULL) < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	size = arena_alloc(&in->arena, sizeof(*size));
	*size = (uint64_t)st.st_size;
	map_set(&in->sizes, text, size);
	in->report->blobs++;
	if (in->quick && *size > QUICK_BLOB_MAX)
		return;
	in->report->bytes += *size;
	j = add_job(in, dir, name);
	j->digest = arena_strdup(&in->arena, text);
	j->size = *size;
}

static void list_tree(struct inspection *in, const char *dir, int fd, const char *name)
{
	const char *digest = map_get(&in->tree_blobs, name);
	char *blob;
	const uint64_t *size;
	struct check_job *j;

	(void)fd;
	if (!store_layer_name_valid(name))
		return;
	in->report->layers++;
	size = digest ? map_get(&in->sizes, digest) : NULL;
	/* There is nothing to compare the tree of a container's removed image with. */
	if (!size || in->quick)
		return;
	blob = arena_printf(&in->arena, "images/blobs/%s", digest);
	*strchr(blob, ':') = '/';
	j = add_job(in, dir, name);
	j->digest = arena_strdup(&in->arena, digest);
	j->blob = blob;
	j->size = *size;
}

static void list_dir(struct inspection *in, const char *path,
		     void (*fn)(struct inspection *in, const char *dir, int fd, const char *name))
{
	int fd = openat(in->store->data_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return;
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
		fn(in, path, fd, e->d_name);
}

static int list_jobs(struct inspection *in, struct err *err)
{
	_cleanup_strv_ char **views = NULL;
	int layers;

	list_dir(in, "images/blobs/sha256", list_blob);
	list_dir(in, "images/blobs/sha512", list_blob);
	list_dir(in, "layers/sha256", list_tree);
	if (store_dir_peek(in->store, STORE_LAYERS, &layers, err) < 0 ||
	    store_views(in->store, &views, err) < 0)
		return -1;
	strv_foreach (view, views) {
		_cleanup_free_ char *path = path_join("layers", path_base(*view));

		list_dir(in, path, list_tree);
	}
	return 0;
}

/* ---- judging ---- */

static void judge_blobs(struct inspection *in)
{
	for (size_t i = 0; i < in->n_jobs; i++) {
		const struct check_job *j = &in->jobs[i];
		struct check_finding *f;
		_cleanup_free_ char *object = NULL;

		if (j->blob || !j->wrong)
			continue;
		map_set(&in->bad, j->digest, j->wrong);
		object = xasprintf("blob %.19s", j->digest);
		f = check_add(in->report, object, "%s: nobody can use it", j->wrong);
		check_mends(in->report, f, CHECK_MEND_BLOB, j->path, "it is removed");
	}
}

static void judge_trees(struct inspection *in)
{
	for (size_t i = 0; i < in->n_jobs; i++) {
		const struct check_job *j = &in->jobs[i];
		struct check_finding *f;
		_cleanup_free_ char *object = NULL;

		/* With a broken blob there is nothing to compare with. */
		if (!j->blob || !j->wrong || map_has(&in->bad, j->digest))
			continue;
		object = xasprintf("layer %.12s", path_base(j->path));
		f = check_add(in->report, object,
			      "its tree is not what its blob says: %s; containers see that",
			      j->wrong);
		check_mends(in->report, f, CHECK_MEND_LAYER, j->path,
			    "the tree is removed, and unpacked from the blob when it is needed");
	}
}

/* What is wrong with what an image needs; NULL: nothing. */
static const char *wrong_need(struct inspection *in, const struct need *n)
{
	char text[DIGEST_STR_MAX];
	const uint64_t *size = map_get(&in->sizes, digest_str(&n->d->digest, text));

	if (map_has(&in->bad, text))
		return arena_printf(&in->arena, "blob %.19s is broken", text);
	if (!size)
		return n->optional ? NULL : arena_printf(&in->arena, "blob %.19s is missing", text);
	if (*size != n->d->size)
		return arena_printf(&in->arena, "blob %.19s has %llu bytes, not %llu", text,
				    (unsigned long long)*size, (unsigned long long)n->d->size);
	return NULL;
}

static void judge_images(struct inspection *in)
{
	for (size_t i = 0; i < in->n_images; i++) {
		struct image *img = &in->images[i];
		_cleanup_free_ char *object = xasprintf("image %.300s", img->title);
		const char *wrong = NULL;
		struct check_finding *f;

		for (size_t k = 0; k < img->n_needs && !wrong; k++)
			wrong = wrong_need(in, &img->needs[k]);
		if (!wrong)
			wrong = img->wrong;
		if (!wrong)
			continue;
		f = check_add(in->report, object, "%s: it can't be trusted to be what was pulled",
			      wrong);
		check_mends(in->report, f, CHECK_MEND_IMAGE, img->manifest,
			    "its names are removed: pull or load it again");
	}
}

int store_check(struct store *s, bool quick, struct check_report *ret, struct err *err)
{
	_cleanup_(inspection) struct inspection in = {.store = s, .report = ret, .quick = quick};

	read_images(&in);
	if (list_jobs(&in, err) < 0 || check_jobs_run(s, in.jobs, in.n_jobs, err) < 0)
		return -1;
	judge_blobs(&in);
	judge_images(&in);
	judge_trees(&in);
	return check_records(s, ret, err);
}
