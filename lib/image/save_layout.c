/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI layout in a directory. Blobs appear one by one, each whole; then index.json gets the
 * images under a lock on the directory, so that several may save into one layout. What is there and
 * is not replaced (a name that an image had before) stays as it stands, member by member: the
 * layout may be another tool's.
 */
#include "image/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strv.h"
#include "codec/json.h"
#include "os/atomic.h"
#include "os/fd.h"
#include "os/lock.h"
#include "os/tree.h"

#define OCI_LAYOUT_FILE "oci-layout"
#define OCI_LAYOUT	"{\"imageLayoutVersion\":\"1.0.0\"}"
#define INDEX_FILE	"index.json"
#define DIR_MODE	0755

struct save_layout {
	struct save_target base;
	struct save *sv;
	const char *path;
	int fd;
};

/* ---- the layout itself ---- */

static int is_empty(int fd, struct err *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	int n = 0;

	if (!dir)
		return err_sys(err, "read a directory");
	for (const struct dirent *e = readdir(dir); e && n < 3; e = readdir(dir))
		n++;
	return n < 3;
}

/* A descriptor of its own, so that two threads of one process exclude each other too. */
static int lock_layout(const struct save_layout *t, int *ret_fd, struct err *err)
{
	_cleanup_fd_ int fd = openat(t->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "open '%s'", t->path);
	if (lock_fd(fd, LOCK_EXCLUSIVE, true, t->path, err) < 0)
		return -1;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* Something else than a layout does not get blobs strewn into it. */
static int make_layout(const struct save_layout *t, struct err *err)
{
	_cleanup_fd_ int lock = -1;
	_cleanup_(buf) struct buf text = BUF_INIT;
	int empty;

	if (lock_layout(t, &lock, err) < 0)
		return -1;
	if (fd_entry_exists(t->fd, OCI_LAYOUT_FILE))
		return 0;
	empty = is_empty(t->fd, err);
	if (empty < 0)
		return err_ctx(err, "'%s'", t->path);
	if (!empty) {
		err_set(err, ERR_INVALID, "'%s' is neither empty nor an OCI layout", t->path);
		return err_hint(err, "give a new directory, or one that has %s", OCI_LAYOUT_FILE);
	}
	buf_adds(&text, OCI_LAYOUT);
	return atomic_write(t->fd, OCI_LAYOUT_FILE, &text, 0644, DURABLE_NO, err);
}

/* ---- blobs ---- */

/* The directory of blobs of an algorithm. */
static int open_blobs(const struct save_layout *t, const struct digest *d, int *ret_fd,
		      struct err *err)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "blobs/%s", digest_alg(d));
	if (tree_mkdirs(t->fd, name, DIR_MODE, NULL, err) < 0)
		return err_ctx(err, "'%s'", t->path);
	fd = openat(t->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s/%s'", t->path, name);
	*ret_fd = fd;
	return 0;
}

/* size UINT64_MAX: any. A file of another size is damaged, and replaced. */
static bool has_blob(int blobs, const struct digest *d, uint64_t size, uint64_t *ret_size)
{
	struct stat st;

	if (fstatat(blobs, d->hex, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    (size != UINT64_MAX && (uint64_t)st.st_size != size))
		return false;
	*ret_size = (uint64_t)st.st_size;
	return true;
}

static int layout_layer(struct save_target *base, struct save_layer *l, struct err *err)
{
	struct save_layout *t = (struct save_layout *)base;
	_cleanup_fd_ int blobs = -1;
	_cleanup_(sink) struct sink *out = NULL;
	struct atomic_file file = ATOMIC_FILE_INIT;
	int r = -1;

	if (open_blobs(t, &l->digest, &blobs, err) < 0)
		return -1;
	/* What is inflated has a size that only its data tells; it is not compared here. */
	if (digest_is_set(&l->digest) && has_blob(blobs, &l->digest, l->size, &l->size))
		return 0;
	if (atomic_begin(blobs, 0644, &file, err) < 0)
		return -1;
	out = sink_to_fd(file.fd);
	if (save_layer_write(t->sv, l, out, err) == 0)
		r = atomic_commit(&file, l->digest.hex, true, DURABLE_NO, err);
	atomic_done(&file);
	return r;
}

static int layout_blob(struct save_target *base, const struct digest *d, const struct buf *text,
		       struct err *err)
{
	struct save_layout *t = (struct save_layout *)base;
	_cleanup_fd_ int blobs = -1;
	uint64_t size;

	if (open_blobs(t, d, &blobs, err) < 0)
		return -1;
	if (has_blob(blobs, d, text->len, &size))
		return 0;
	return atomic_write(blobs, d->hex, text, 0644, DURABLE_NO, err);
}

/* ---- the index ---- */

static const char *annotation(const struct json *entry, const char *key)
{
	return json_string(json_get(json_get(entry, "annotations"), key), NULL);
}

/* Does one of ours take this entry's place? One without a name only that of the same manifest. */
static bool is_replaced(const struct json *entry, const struct descriptor *list, size_t n)
{
	const char *name = annotation(entry, ANNOTATION_REF_NAME);
	const char *digest = json_string(json_get(entry, "digest"), NULL);
	char text[DIGEST_STR_MAX];

	for (size_t i = 0; i < n; i++) {
		const char *ours = descriptor_annotation(&list[i], ANNOTATION_REF_NAME);

		if (name && ours && strcmp(name, ours) == 0)
			return true;
		if (!name && str_eq(digest, digest_str(&list[i].digest, text)))
			return true;
	}
	return false;
}

/* Is there nothing to add, because the layout lists the image under some name? */
static bool is_listed(const struct json *manifests, const struct descriptor *d)
{
	char text[DIGEST_STR_MAX];

	digest_str(&d->digest, text);
	for (size_t i = 0; i < json_len(manifests); i++) {
		const struct json *entry = json_at(manifests, i);

		if (str_eq(json_string(json_get(entry, "digest"), NULL), text) &&
		    annotation(entry, ANNOTATION_REF_NAME))
			return true;
	}
	return false;
}

static void write_manifests(struct json_writer *w, const struct json *old,
			    const struct descriptor *list, size_t n)
{
	json_write_key(w, "manifests");
	json_write_begin(w, '[');
	for (size_t i = 0; i < json_len(old); i++) {
		if (!is_replaced(json_at(old, i), list, n))
			json_write_node(w, json_at(old, i));
	}
	for (size_t i = 0; i < n; i++) {
		if (descriptor_annotation(&list[i], ANNOTATION_REF_NAME) ||
		    !is_listed(old, &list[i]))
			json_encode(&descriptor_table, &list[i], w);
	}
	json_write_end(w, ']');
}

/* old: the document so far; NULL: there is none. */
static void write_index(struct save *sv, const struct json *old, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);
	struct json_iter it = {.object = NULL};
	struct descriptor *list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sv->n_images; i++)
		save_index_entries(sv, &sv->images[i], &list, &n);
	json_write_begin(&w, '{');
	if (!old) {
		json_write_key(&w, "schemaVersion");
		json_write_int(&w, 2);
		json_write_key(&w, "mediaType");
		json_write_string(&w, MEDIA_OCI_INDEX);
	}
	while (json_next(old, &it)) {
		if (strcmp(it.key, "manifests") == 0)
			continue;
		json_write_key(&w, it.key);
		json_write_node(&w, it.value);
	}
	write_manifests(&w, json_get(old, "manifests"), list, n);
	json_write_end(&w, '}');
}

/* ret stays NULL where there is none. */
static int read_index(const struct save_layout *t, struct json **ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(image_index) struct image_index checked = {0};
	struct err cause = ERR_INIT;

	if (file_read_all(t->fd, INDEX_FILE, INDEX_MAX_SIZE, &text, &cause) < 0) {
		if (cause.sys == ENOENT)
			return 0;
		if (err)
			*err = cause;
		return err_ctx(err, "'%s'", t->path);
	}
	if (image_index_parse(text.data, text.len, INDEX_FILE, &checked, err) < 0 ||
	    json_parse(text.data, text.len, INDEX_FILE, ret, err) < 0)
		return err_ctx(err, "'%s'", t->path);
	return 0;
}

static int layout_finish(struct save_target *base, struct err *err)
{
	struct save_layout *t = (struct save_layout *)base;
	_cleanup_fd_ int lock = -1;
	_cleanup_(json) struct json *old = NULL;
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(INDEX_MAX_SIZE);

	if (lock_layout(t, &lock, err) < 0 || read_index(t, &old, err) < 0)
		return -1;
	write_index(t->sv, old, &text);
	return atomic_write(t->fd, INDEX_FILE, &text, 0644, DURABLE_NO, err);
}

static void layout_close(struct save_target *base)
{
	struct save_layout *t = (struct save_layout *)base;

	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

/* ---- the directory ---- */

static int open_directory(struct save_layout *t, struct err *err)
{
	if (mkdir(t->path, DIR_MODE) < 0 && errno != EEXIST)
		return err_sys(err, "make directory '%s'", t->path);
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0 && errno == ENOTDIR) {
		err_set(err, ERR_INVALID, "'%s' is a file, and an OCI layout is a directory",
			t->path);
		return err_hint(err, "onggi save --format oci-archive -o %s IMAGE", t->path);
	}
	if (t->fd < 0)
		return err_sys(err, "open '%s'", t->path);
	return make_layout(t, err);
}

int save_layout_open(struct save *sv, struct save_target **ret, struct err *err)
{
	struct save_layout *t;

	if (!sv->req->output) {
		err_set(err, ERR_USAGE,
			"an OCI layout is a directory, which standard output is not");
		return err_hint(err, "onggi save --format oci-dir -o DIR IMAGE");
	}
	t = xalloc(sizeof(*t));
	t->base = (struct save_target){layout_layer, layout_blob, layout_finish, layout_close};
	t->sv = sv;
	t->path = sv->req->output;
	t->fd = -1;
	if (open_directory(t, err) < 0) {
		layout_close(&t->base);
		return -1;
	}
	*ret = &t->base;
	return 0;
}
