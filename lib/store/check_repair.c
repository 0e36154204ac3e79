/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mending what a check found. Under both locks: nobody loads, so that nothing new is half there,
 * and nobody begins to use an image. Trees are renamed away and deleted afterwards. Images go
 * first, so that a kill leaves none whose blobs are gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/dir.h"
#include "os/fd.h"
#include "store/check_private.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_mark.h"
#include "store/images_private.h"
#include "store/layers.h"
#include "store/layers_private.h"

#define REFLOG_MAX   ((size_t)1 << 20)
#define REFLOG_DEPTH 16

struct repair {
	struct store *store;
	struct check_report *report;
	struct store_marks running; /* what running containers have mounted */
	char **trees;		    /* renamed away, relative to data_fd */
	bool force;
};

/* ---- the index ---- */

static bool has_entry(const struct image_index *index, const char *name)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (str_eq(store_entry_name(&index->manifests[i]), name))
			return true;
	return false;
}

/* Add an entry for a blob if it is a manifest whose documents are there. name: NULL for none. */
static bool add_entry(struct store *s, struct image_index *index, const struct digest *digest,
		      const char *name)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct descriptor d = {.digest = *digest};
	struct descriptor *added;
	_cleanup_(manifest) struct manifest m = {0};
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_fd_ int fd = -1;
	char id[DIGEST_STR_MAX];

	if (store_blob_open(s, digest, &fd, &d.size, NULL) < 0 || d.size > MANIFEST_MAX_SIZE ||
	    fd_read_all(fd, MANIFEST_MAX_SIZE, "manifest", &text, NULL) < 0 || !text.len ||
	    text.data[0] != '{' || manifest_parse(text.data, text.len, "manifest", &m, NULL) < 0)
		return false;
	d.media_type = m.media_type ? m.media_type : (char[]){MEDIA_OCI_MANIFEST};
	if (store_image_load(s, &d, &img, NULL) < 0)
		return false;
	added = arena_push(&index->arena, index->manifests, index->n_manifests);
	descriptor_copy(&index->arena, added, &d);
	descriptor_annotate(&index->arena, added, ANNOTATION_IMAGE_ID, digest_str(&img.id, id));
	if (name)
		descriptor_annotate(&index->arena, added, ANNOTATION_REF_NAME, name);
	return true;
}

/* What the last line of a name's notes says it points to. */
static bool last_of_reflog(int dirfd, const char *file, struct digest *ret)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **words = NULL;
	char *line;

	if (file_read_all(dirfd, file, REFLOG_MAX, &text, NULL) < 0 || !text.len)
		return false;
	if (text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	line = strrchr(text.data, '\n');
	words = strv_split(line ? line + 1 : text.data, ' ');
	return strv_len(words) >= 2 && digest_parse(words[1], ret, NULL) == 0;
}

/* *ret is NULL where there is no such directory. */
static int open_dir(struct store *s, const char *path, DIR **ret, struct err *err)
{
	int fd = openat(s->images_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*ret = fd < 0 ? NULL : fdopendir(fd);
	if (*ret || (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)))
		return 0;
	err_sys(err, "open 'images/%s'", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Names as they stand in the notes, which lie in directories as the names say. */
static int names_from_reflog(struct store *s, struct image_index *index, const char *name,
			     unsigned depth, struct err *err)
{
	_cleanup_free_ char *path = *name ? path_join("reflog", name) : xstrdup("reflog");
	_cleanup_dir_ DIR *dir = NULL;

	if (depth > REFLOG_DEPTH)
		return 0;
	if (open_dir(s, path, &dir, err) < 0)
		return -1;
	if (!dir)
		return 0;
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		_cleanup_free_ char *full = NULL;
		struct digest d;

		if (e->d_name[0] == '.')
			continue;
		full = *name ? path_join(name, e->d_name) : xstrdup(e->d_name);
		if (e->d_type == DT_DIR) {
			if (names_from_reflog(s, index, full, depth + 1, err) < 0)
				return -1;
		} else if (last_of_reflog(dirfd(dir), e->d_name, &d) && !has_entry(index, full)) {
			add_entry(s, index, &d, full);
		}
	}
	return errno ? err_sys(err, "read 'images/%s'", path) : 0;
}

static int nameless_from_blobs(struct store *s, struct image_index *index, struct err *err)
{
	_cleanup_dir_ DIR *dir = NULL;

	if (open_dir(s, "blobs/sha256", &dir, err) < 0)
		return -1;
	if (!dir)
		return 0;
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		_cleanup_free_ char *text = xasprintf("sha256:%s", e->d_name);
		bool known = false;
		struct digest d;

		if (digest_parse(text, &d, NULL) < 0)
			continue;
		for (size_t i = 0; i < index->n_manifests; i++)
			known |= digest_eq(&index->manifests[i].digest, &d);
		if (!known)
			add_entry(s, index, &d, NULL);
	}
	return errno ? err_sys(err, "read 'images/blobs/sha256'") : 0;
}

static int mend_index(struct store *s, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {.schema_version = 2};
	int images;

	if (store_images_dir(s, &images, err) < 0)
		return -1;
	/* What is left out is nobody's: the next rmi would delete its blobs. */
	if (names_from_reflog(s, &index, "", 0, err) < 0 || nameless_from_blobs(s, &index, err) < 0)
		return -1;
	return store_index_write(s, &index, err);
}

static int mend_image(struct store *s, const char *manifest, struct err *err)
{
	_cleanup_(image_index) struct image_index index = {0};
	char text[DIGEST_STR_MAX];
	size_t kept = 0;

	if (store_index_read(s, &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct descriptor *d = &index.manifests[i];
		const char *name = store_entry_name(d);

		if (strcmp(digest_str(&d->digest, text), manifest) != 0)
			index.manifests[kept++] = *d;
		else if (name)
			store_reflog_add(s, name, NULL, "check");
	}
	index.n_manifests = kept;
	return store_index_write(s, &index, err);
}

/* ---- files ---- */

/* Rename what is to be deleted to a temporary name beside it, which any sweep takes. */
static int retire(struct repair *r, const char *path, struct err *err)
{
	_cleanup_free_ char *dir = path_dir(path);
	char tmp[STORE_TMP_MAX];
	_cleanup_free_ char *target = path_join(dir, store_tmp_name(tmp));

	if (renameat(r->store->data_fd, path, r->store->data_fd, target) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "remove '%s'", path);
	strv_add(&r->trees, target);
	return 0;
}

static int mend_layer(struct repair *r, const char *path, struct err *err)
{
	if (!r->force && map_has(&r->running.layers, path_base(path))) {
		err_set(err, ERR_BUSY, "a running container has it mounted");
		return err_hint(err, "end the container first, or --repair --force");
	}
	return retire(r, path, err);
}

static int mend_name(struct repair *r, const char *target, struct err *err)
{
	_cleanup_strv_ char **words = strv_split(target, ' ');
	_cleanup_free_ char *link = NULL;
	_cleanup_free_ char *path = NULL;

	if (strv_len(words) != 2 || !path_is_name(words[1]))
		return err_set(err, ERR_INVALID, "its name is none");
	link = xasprintf("../%s", words[0]);
	path = xasprintf(CONTAINER_NAMES_DIR "/%s", words[1]);
	if (symlinkat(link, r->store->containers_fd, path) < 0)
		return err_sys(err, "name it '%s'", words[1]);
	return 0;
}

/* One that can't be read can't be looked up by its name either: names that lead to it go first. */
static int mend_container(struct repair *r, const char *id, struct err *err)
{
	_cleanup_fd_ int held = -1;
	int there = store_container_hold(r->store, id, &held, err);

	if (there < 0)
		return -1;
	if (there && held < 0 && !r->force) {
		err_set(err, ERR_BUSY, "it is running");
		return err_hint(err, "end it first, or --repair --force");
	}
	if (store_container_remove(r->store, id, -1, err) < 0)
		return -1;
	return store_names_sweep(r->store, err);
}

static int mend_mode(struct repair *r, const char *path, struct err *err)
{
	_cleanup_fd_ int fd =
		openat(r->store->data_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char proc[32];

	if (fd < 0 || chmod(fd_proc_path(fd, proc), store_dir_mode()) < 0)
		return err_sys(err, "mode of '%s'", path);
	return 0;
}

/* A name may have been taken since the check, which held no lock. */
static int mend_remove(struct repair *r, const char *path, struct err *err)
{
	const char *name;

	if (str_prefix(path, "containers/" CONTAINER_NAMES_DIR "/", &name) &&
	    check_name_holds(r->store, name))
		return 0;
	return retire(r, path, err);
}

static int mend(struct repair *r, const struct check_finding *f, struct err *err)
{
	switch (f->mend) {
	case CHECK_MEND_REMOVE:
		return mend_remove(r, f->target, err);
	case CHECK_MEND_BLOB:
		return retire(r, f->target, err);
	case CHECK_MEND_LAYER:
		return mend_layer(r, f->target, err);
	case CHECK_MEND_IMAGE:
		return mend_image(r->store, f->target, err);
	case CHECK_MEND_INDEX:
		return mend_index(r->store, err);
	case CHECK_MEND_NAME:
		return mend_name(r, f->target, err);
	case CHECK_MEND_CONTAINER:
		return mend_container(r, f->target, err);
	case CHECK_MEND_MODE:
		return mend_mode(r, f->target, err);
	case CHECK_MEND_SWEEP:
		store_sweep(r->store);
		return 0;
	case CHECK_MEND_NOTHING:
		break;
	}
	return err_set(err, ERR_UNSUPPORTED, "nothing here mends it");
}

/* In this order: the index must be there before entries are taken out of it, names be free before
 * they are given. */
static const enum check_mend order[] = {
	CHECK_MEND_MODE,   CHECK_MEND_INDEX, CHECK_MEND_IMAGE,
	CHECK_MEND_BLOB,   CHECK_MEND_LAYER, CHECK_MEND_CONTAINER,
	CHECK_MEND_REMOVE, CHECK_MEND_NAME,  CHECK_MEND_SWEEP,
};

static void mend_all(struct repair *r)
{
	for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
		for (size_t i = 0; i < r->report->n; i++) {
			struct check_finding *f = &r->report->findings[i];
			struct err err = ERR_INIT;

			if (f->mend != order[k])
				continue;
			f->mended = mend(r, f, &err) == 0;
			if (f->mended)
				continue;
			err_ctx(&err, "%s", f->object);
			log_err(&err);
		}
	}
}

static int mark_running(struct store *s, struct store_marks *m, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list_active(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		_cleanup_(container_record) struct container_record r = {.id = NULL};

		if (store_container_read(s, *id, &r, NULL) == 0)
			store_mark_record(&r, m, NULL);
	}
	return 0;
}

int store_check_repair(struct store *s, struct check_report *report, bool force, struct err *err)
{
	struct repair r = {.store = s,
			   .report = report,
			   .running = STORE_MARKS_INIT,
			   .force = force};
	_cleanup_fd_ int loads = -1;
	_cleanup_fd_ int lock = -1;
	int containers;
	int rc = -1;

	if (!report->n)
		return 0;
	/* Directories that are unreadable for their owner would stop the locking itself. */
	for (size_t i = 0; i < report->n; i++)
		if (report->findings[i].mend == CHECK_MEND_MODE)
			mend_mode(&r, report->findings[i].target, NULL);
	if (store_lock_loads(s, true, &loads, err) < 0) {
		err_set(err, ERR_BUSY, "images are being loaded or pulled at this moment");
		return err_hint(err, "repair when that has ended");
	}
	if (store_lock_images(s, true, &lock, err) < 0 ||
	    store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (mark_running(s, &r.running, err) == 0) {
		mend_all(&r);
		rc = 0;
	}
	close(fd_take(&lock));
	close(fd_take(&loads));
	if (store_trees_remove(s, s->data_fd, r.trees, "what is broken", rc ? NULL : err) < 0)
		rc = -1;
	strv_free(r.trees);
	store_marks_done(&r.running);
	return rc;
}
