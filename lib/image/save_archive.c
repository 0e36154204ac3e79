/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Both archives are tars of an OCI layout; a docker-archive has manifest.json
 * beside, as docker's own since version 25. A tar says a member's size before its data, and a
 * layout names it by its digest; of layers that are written in another form neither is known.
 *
 * - An output that can be written at any place gets the header last: room is left for it. So there
 *   is one pass and no copy.
 * - For a pipe, a layer is inflated twice, first only to count (on machines of this time inflating
 *   is faster than most disks write), or compressed into a nameless file in the store.
 *
 * Both give the same bytes. A header takes more room when its size does not fit its field (8 GiB);
 * then the layer, whose size is known by then, is written again from where its header begins.
 *
 * An archive with a name is a nameless file until it is whole.
 */
#include "image/save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "codec/tar.h"
#include "os/atomic.h"
#include "os/fd.h"

#define OCI_LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

struct save_archive {
	struct save_target base;
	struct save *sv;
	const char *label;	 /* of the output, for errors */
	struct atomic_file file; /* when it has a name to appear under */
	int dirfd;		 /* of that name */
	char *path;		 /* that name, with links followed; NULL: none */
	int opened;		 /* output that exists and is no regular file; -1: none */
	int fd;			 /* of one of these, or of the request: borrowed */
	bool patches;		 /* headers may be written last */
	struct sink *out;
	struct map written; /* names of members */
};

/* ---- members ---- */

static int write_bytes(struct save_archive *a, const void *data, size_t len, struct err *err)
{
	return sink_write(a->out, data, len, err);
}

static int pad(struct save_archive *a, uint64_t size, struct err *err)
{
	static const char zeros[TAR_UNIT];
	size_t over = (size_t)(size % TAR_UNIT);

	return over ? write_bytes(a, zeros, TAR_UNIT - over, err) : 0;
}

static int make_header(const char *name, enum tar_type type, uint64_t size, struct buf *out,
		       struct err *err)
{
	const struct tar_entry e = {.type = type,
				    .path = name,
				    .mode = type == TAR_DIR ? 0755 : 0644,
				    .size = size};

	return tar_header(&e, out, err) < 0 ? -1 : buf_check(out, "tar header", err);
}

static int write_header(struct save_archive *a, const char *name, enum tar_type type, uint64_t size,
			struct err *err)
{
	_cleanup_(buf) struct buf header = BUF_INIT;

	map_set(&a->written, name, a);
	if (make_header(name, type, size, &header, err) < 0)
		return -1;
	return write_bytes(a, header.data, header.len, err);
}

static int write_member(struct save_archive *a, const char *name, const void *data, size_t len,
			struct err *err)
{
	if (map_has(&a->written, name))
		return 0;
	if (write_header(a, name, TAR_FILE, len, err) < 0 || write_bytes(a, data, len, err) < 0)
		return -1;
	return pad(a, len, err);
}

/* Directories have their entries before what lies in them, for those who unpack with care. */
static int make_dirs(struct save_archive *a, const struct digest *d, struct err *err)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "blobs/%s/", digest_alg(d));
	if (!map_has(&a->written, "blobs/") && write_header(a, "blobs/", TAR_DIR, 0, err) < 0)
		return -1;
	return map_has(&a->written, dir) ? 0 : write_header(a, dir, TAR_DIR, 0, err);
}

/* ---- layers ---- */

/* A layer whose digest and size are known. */
static int write_known(struct save_archive *a, struct save_layer *l, struct err *err)
{
	char name[SAVE_NAME_MAX];
	uint64_t size = l->size;

	if (write_header(a, save_blob_name(&l->digest, name), TAR_FILE, size, err) < 0 ||
	    save_layer_write(a->sv, l, a->out, err) < 0)
		return -1;
	if (l->size != size)
		return save_damaged(&l->blob, "its size has changed", err);
	return pad(a, size, err);
}

static int write_then_head(struct save_archive *a, struct save_layer *l, struct err *err)
{
	_cleanup_(buf) struct buf room = BUF_INIT;
	_cleanup_(buf) struct buf header = BUF_INIT;
	const struct digest *like =
		digest_is_set(&l->digest) ? &l->digest : &a->sv->images->image.id;
	off_t start = lseek(a->fd, 0, SEEK_CUR);
	char name[SAVE_NAME_MAX];

	if (make_header(save_blob_name(like, name), TAR_FILE, 0, &room, err) < 0)
		return -1;
	if (start < 0 || lseek(a->fd, (off_t)room.len, SEEK_CUR) < 0)
		return err_sys(err, "seek");
	if (save_layer_write(a->sv, l, a->out, err) < 0 || pad(a, l->size, err) < 0 ||
	    make_header(save_blob_name(&l->digest, name), TAR_FILE, l->size, &header, err) < 0)
		return -1;
	if (header.len != room.len) {
		if (lseek(a->fd, start, SEEK_SET) < 0)
			return err_sys(err, "seek");
		return write_known(a, l, err);
	}
	map_set(&a->written, name, a);
	if (pwrite(a->fd, header.data, header.len, start) != (ssize_t)header.len)
		return err_sys(err, "write");
	return 0;
}

static int null_write(struct sink *s, const void *buf, size_t n, struct err *err)
{
	(void)s;
	(void)buf;
	(void)n;
	(void)err;
	return 0;
}

static int count_then_write(struct save_archive *a, struct save_layer *l, struct err *err)
{
	struct sink nowhere = {.write = null_write};

	return save_layer_write(a->sv, l, &nowhere, err) < 0 ? -1 : write_known(a, l, err);
}

static int copy_spool(struct save_archive *a, int fd, uint64_t size, struct err *err)
{
	_cleanup_free_ char *block = xalloc((size_t)256 << 10);
	_cleanup_(source) struct source *in = source_from_fd_range(fd, 0, size);
	ssize_t n;

	while ((n = source_read(in, block, (size_t)256 << 10, err)) > 0) {
		if (write_bytes(a, block, (size_t)n, err) < 0)
			return -1;
	}
	return (int)n;
}

static int spool_then_write(struct save_archive *a, struct save_layer *l, struct err *err)
{
	_cleanup_(store_blob) struct store_blob spool = STORE_BLOB_INIT;
	_cleanup_(sink) struct sink *out = NULL;
	char name[SAVE_NAME_MAX];

	if (store_blob_begin(a->sv->store, &spool, err) < 0)
		return -1;
	out = sink_to_fd(spool.file.fd);
	if (save_layer_write(a->sv, l, out, err) < 0 ||
	    write_header(a, save_blob_name(&l->digest, name), TAR_FILE, l->size, err) < 0 ||
	    copy_spool(a, spool.file.fd, l->size, err) < 0)
		return -1;
	return pad(a, l->size, err);
}

static int archive_layer(struct save_target *t, struct save_layer *l, struct err *err)
{
	struct save_archive *a = (struct save_archive *)t;
	const struct digest *like =
		digest_is_set(&l->digest) ? &l->digest : &a->sv->images->image.id;
	char name[SAVE_NAME_MAX];

	if (digest_is_set(&l->digest) && map_has(&a->written, save_blob_name(&l->digest, name)))
		return 0;
	if (make_dirs(a, like, err) < 0)
		return -1;
	if (l->mode == SAVE_COPY)
		return write_known(a, l, err);
	if (a->patches)
		return write_then_head(a, l, err);
	return l->mode == SAVE_INFLATE ? count_then_write(a, l, err) : spool_then_write(a, l, err);
}

/* ---- documents and the end ---- */

static int archive_blob(struct save_target *t, const struct digest *d, const struct buf *text,
			struct err *err)
{
	struct save_archive *a = (struct save_archive *)t;
	char name[SAVE_NAME_MAX];

	if (make_dirs(a, d, err) < 0)
		return -1;
	return write_member(a, save_blob_name(d, name), buf_str(text), text->len, err);
}

static int write_index(struct save_archive *a, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(INDEX_MAX_SIZE);
	struct save *sv = a->sv;
	struct image_index index = {.schema_version = 2,
				    .media_type = arena_strdup(&sv->arena, MEDIA_OCI_INDEX)};

	for (size_t i = 0; i < sv->n_images; i++)
		save_index_entries(sv, &sv->images[i], &index.manifests, &index.n_manifests);
	image_index_write(&index, &text);
	if (buf_check(&text, "index.json", err) < 0)
		return -1;
	return write_member(a, "index.json", text.data, text.len, err);
}

static int write_docker_manifest(struct save_archive *a, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(MANIFEST_MAX_SIZE);

	if (a->sv->req->format != IMAGE_SAVE_DOCKER_ARCHIVE)
		return 0;
	save_docker_manifest(a->sv, &text);
	if (buf_check(&text, "manifest.json", err) < 0)
		return -1;
	return write_member(a, "manifest.json", text.data, text.len, err);
}

static int archive_finish(struct save_target *t, struct err *err)
{
	static const char zeros[2 * TAR_UNIT];
	struct save_archive *a = (struct save_archive *)t;

	if (write_index(a, err) < 0 || write_docker_manifest(a, err) < 0 ||
	    write_member(a, "oci-layout", OCI_LAYOUT, strlen(OCI_LAYOUT), err) < 0 ||
	    write_bytes(a, zeros, sizeof(zeros), err) < 0)
		return -1;
	if (a->path && atomic_commit(&a->file, path_base(a->path), true, DURABLE_NO, err) < 0) {
		err_ctx(err, "'%s'", a->label);
		return err_hint(err, "where a file can't be replaced, write into it: onggi save "
				     "IMAGE > FILE");
	}
	return 0;
}

static void archive_close(struct save_target *t)
{
	struct save_archive *a = (struct save_archive *)t;

	atomic_done(&a->file);
	if (a->dirfd >= 0)
		close(a->dirfd);
	if (a->opened >= 0)
		close(a->opened);
	sink_free(a->out);
	map_done(&a->written);
	free(a->path);
	free(a);
}

/* ---- the output ---- */

/*
 * What a name leads to. A link to a file stays one: what it leads to is replaced. The kernel
 * follows it, and not realpath(3): in /tmp it may be another user's trap (proc(5),
 * protected_symlinks).
 */
static int follow(const char *output, char **ret, struct err *err)
{
	_cleanup_fd_ int fd = open(output, O_PATH | O_CLOEXEC);
	char link[32], path[PATH_MAX];
	ssize_t n;

	if (fd < 0 && errno == ENOENT) {
		*ret = xstrdup(output);
		return 0;
	}
	n = fd < 0 ? -1 : readlink(fd_proc_path(fd, link), path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(err, "'%s'", output);
	path[n] = '\0';
	*ret = xstrdup(path);
	return 0;
}

static int open_named(struct save_archive *a, const char *output, struct err *err)
{
	_cleanup_free_ char *dir = NULL;

	if (follow(output, &a->path, err) < 0)
		return -1;
	if (!path_is_name(path_base(a->path)))
		return err_set(err, ERR_INVALID, "'%s' is no name of a file", output);
	dir = path_dir(a->path);
	a->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dirfd < 0)
		return err_sys(err, "'%s': open directory '%s'", output, dir);
	if (atomic_begin(a->dirfd, 0644, &a->file, err) < 0)
		return err_ctx(err, "'%s'", output);
	a->fd = a->file.fd;
	a->patches = true;
	return 0;
}

/* Pipes and devices are written to as they are. */
static int open_output(struct save_archive *a, const struct image_save_request *req,
		       struct err *err)
{
	struct stat st;
	int flags;

	if (req->output && (stat(req->output, &st) < 0 || S_ISREG(st.st_mode)))
		return open_named(a, req->output, err);
	if (req->output && S_ISDIR(st.st_mode)) {
		err_set(err, ERR_INVALID, "'%s' is a directory, and an archive is a file",
			req->output);
		return err_hint(err, "onggi save --format oci-dir -o %s IMAGE", req->output);
	}
	if (req->output) {
		a->opened = open(req->output, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (a->opened < 0)
			return err_sys(err, "open '%s'", req->output);
	}
	a->fd = req->output ? a->opened : req->fd;
	if (isatty(a->fd)) {
		err_set(err, ERR_USAGE, "an archive is not written to a terminal");
		return err_hint(err, "onggi save -o FILE IMAGE, or: onggi save IMAGE | COMMAND");
	}
	/* With O_APPEND the kernel writes at the end, wherever one asks. */
	flags = fcntl(a->fd, F_GETFL);
	a->patches =
		fstat(a->fd, &st) == 0 && S_ISREG(st.st_mode) && flags >= 0 && !(flags & O_APPEND);
	return 0;
}

int save_archive_open(struct save *sv, struct save_target **ret, struct err *err)
{
	struct save_archive *a = xalloc(sizeof(*a));

	a->base = (struct save_target){archive_layer, archive_blob, archive_finish, archive_close};
	a->sv = sv;
	a->label = sv->req->output ? sv->req->output : "standard output";
	a->file = (struct atomic_file)ATOMIC_FILE_INIT;
	a->dirfd = a->opened = a->fd = -1;
	if (open_output(a, sv->req, err) < 0) {
		archive_close(&a->base);
		return -1;
	}
	a->out = sink_to_fd(a->fd);
	*ret = &a->base;
	return 0;
}
