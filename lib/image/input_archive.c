/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive in a regular file is listed once, skipping over large members, and members are then
 * read from their ranges in it. One that is compressed or comes from a pipe is read through once:
 * large members go to nameless files in the store, which become blobs without another copy if they
 * turn out to be layers, small ones are kept in memory.
 */
#include "image/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/path.h"
#include "base/strv.h"
#include "codec/tar.h"
#include "image/ratio.h"
#include "image/unpack_entry.h"
#include "os/fd.h"
#include "os/rooted.h"

#define TAR_BLOCK_SIZE 512
#define MAGIC_SIZE     16

enum member_kind {
	MEMBER_RANGE,
	MEMBER_MEMORY,
	MEMBER_SPOOL,
	MEMBER_LINK,
};

struct member {
	enum member_kind kind;
	uint64_t offset, size;
	char *data; /* MEMBER_MEMORY, or the target of MEMBER_LINK, clean */
	int fd;	    /* MEMBER_SPOOL: stays readable after the blob was taken over */
	struct store_blob blob;
};

struct archive {
	struct image_input base;
	int fd; /* of an archive */
	bool own_fd;
	int dirfd; /* of a layout, else -1 */
	struct map members;
	size_t memory;
	size_t names;
	uint64_t spooled;
};

static void member_free(void *p)
{
	struct member *m = p;

	if (m->fd >= 0)
		close(m->fd);
	store_blob_done(&m->blob);
	free(m->data);
	free(m);
}

static struct archive *archive_of(struct image_input *in)
{
	return (struct archive *)in;
}

static void archive_free(struct image_input *base)
{
	struct archive *in = archive_of(base);

	map_done(&in->members);
	if (in->own_fd && in->fd >= 0)
		close(in->fd);
	if (in->dirfd >= 0)
		close(in->dirfd);
	free(in);
}

/* ---- listing archives ---- */

static struct member *add_member(struct archive *in, const char *name, enum member_kind kind,
				 uint64_t size)
{
	struct member *m = xalloc(sizeof(*m));

	m->kind = kind;
	m->size = size;
	m->fd = -1;
	m->blob = (struct store_blob)STORE_BLOB_INIT;
	map_set(&in->members, name, m);
	return m;
}

/* Names stay in memory, and a compressed archive may have long ones for next to nothing. */
static int add_name(struct archive *in, const char *name, struct err *err)
{
	in->names += strlen(name) + 1;
	if (in->names <= INPUT_NAMES_MAX)
		return 0;
	return err_set(err, ERR_LIMIT, "its members' names have more than %zu MiB",
		       INPUT_NAMES_MAX >> 20);
}

/* Links between members: docker once saved equal layers as symbolic links to the first. */
static int add_link(struct archive *in, const char *name, const struct tar_entry *e,
		    struct err *err)
{
	_cleanup_(buf) struct buf joined = BUF_INIT_MAX(TAR_PATH_MAX * 2);
	char target[TAR_PATH_MAX];

	if (e->type == TAR_SYMLINK)
		buf_add(&joined, name, (size_t)(path_base(name) - name));
	buf_adds(&joined, e->target);
	if (joined.len >= TAR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "link '%s' is too long", name);
	if (unpack_clean(buf_str(&joined), target, err) < 0)
		return err_ctx(err, "link '%s' to '%s'", name, e->target);
	if (add_name(in, target, err) < 0)
		return -1;
	add_member(in, name, MEMBER_LINK, 0)->data = xstrdup(target);
	return 0;
}

static int member_name(struct archive *in, const struct tar_entry *e, char *ret, struct err *err)
{
	if (in->members.count >= INPUT_MEMBERS_MAX)
		return err_set(err, ERR_LIMIT, "it has more than %zu members", INPUT_MEMBERS_MAX);
	if (unpack_clean(e->path, ret, err) < 0)
		return err_ctx(err, "member '%s'", e->path);
	return add_name(in, ret, err);
}

/*
 * List from pos on until a member is large enough to be worth skipping. Returns 1 with *pos behind
 * it, 0 at the end.
 */
static int list_part(struct archive *in, uint64_t *pos, uint64_t end, struct err *err)
{
	_cleanup_(source) struct source *src = source_from_fd_range(in->fd, *pos, end - *pos);
	_cleanup_(tar_reader) struct tar_reader *tar = NULL;
	char name[TAR_PATH_MAX];
	struct tar_entry e;
	int n;

	if (tar_reader_new(src, &tar, err) < 0)
		return -1;
	while ((n = tar_reader_next(tar, &e, err)) > 0) {
		uint64_t at = *pos + tar_reader_offset(tar);

		if (member_name(in, &e, name, err) < 0)
			return -1;
		if ((e.type == TAR_SYMLINK || e.type == TAR_HARDLINK) &&
		    add_link(in, name, &e, err) < 0)
			return -1;
		if (e.type != TAR_FILE)
			continue;
		if (at > end || e.size > end - at)
			return err_set(err, ERR_CORRUPT, "archive is truncated in member '%s'",
				       name);
		add_member(in, name, MEMBER_RANGE, e.size)->offset = at;
		if (e.size < INPUT_SMALL_MAX)
			continue;
		*pos = at + (e.size + TAR_BLOCK_SIZE - 1) / TAR_BLOCK_SIZE * TAR_BLOCK_SIZE;
		return *pos < end;
	}
	return n;
}

static int list_ranges(struct archive *in, uint64_t pos, uint64_t end, struct err *err)
{
	int n;

	do
		n = list_part(in, &pos, end, err);
	while (n > 0);
	return n;
}

/* ---- archives that can be read once only ---- */

static int copy_data(struct tar_reader *tar, struct member *m, struct err *err)
{
	const void *data;
	uint64_t offset;
	size_t len;
	int n;

	while ((n = tar_reader_data(tar, &data, &len, &offset, err)) > 0) {
		if (offset > m->size || len > m->size - offset)
			return err_set(err, ERR_CORRUPT, "it has more data than its size says");
		if (m->kind == MEMBER_MEMORY) {
			memcpy(m->data + offset, data, len);
			continue;
		}
		for (const char *p = data; len;) {
			ssize_t w = pwrite(m->fd, p, len, (off_t)offset);

			if (w < 0 && errno == EINTR)
				continue;
			if (w < 0)
				return err_sys(err, "write");
			p += w;
			len -= (size_t)w;
			offset += (uint64_t)w;
		}
	}
	return n;
}

static int spool_member(struct archive *in, struct store *s, struct tar_reader *tar,
			const char *name, uint64_t size, struct err *err)
{
	bool small = size < INPUT_SMALL_MAX && size <= INPUT_MEMORY_MAX - in->memory;
	struct member *m = add_member(in, name, small ? MEMBER_MEMORY : MEMBER_SPOOL, size);

	if (small) {
		m->data = xalloc((size_t)size + 1);
		in->memory += (size_t)size;
	} else {
		if (size > INPUT_SPOOL_MAX - in->spooled)
			return err_set(err, ERR_LIMIT,
				       "its members have more than %llu GiB together",
				       (unsigned long long)(INPUT_SPOOL_MAX >> 30));
		in->spooled += size;
		if (store_blob_begin(s, &m->blob, err) < 0)
			return -1;
		m->fd = fcntl(m->blob.file.fd, F_DUPFD_CLOEXEC, 3);
		if (m->fd < 0)
			return err_sys(err, "keep member '%s'", name);
	}
	if (copy_data(tar, m, err) < 0)
		return err_ctx(err, "member '%s'", name);
	return 0;
}

static int list_stream(struct archive *in, struct store *s, struct source *src, struct err *err)
{
	_cleanup_(tar_reader) struct tar_reader *tar = NULL;
	char name[TAR_PATH_MAX];
	struct tar_entry e;
	int n;

	if (tar_reader_new(src, &tar, err) < 0)
		return -1;
	while ((n = tar_reader_next(tar, &e, err)) > 0) {
		if (member_name(in, &e, name, err) < 0)
			return -1;
		if ((e.type == TAR_SYMLINK || e.type == TAR_HARDLINK) &&
		    add_link(in, name, &e, err) < 0)
			return -1;
		if (e.type == TAR_FILE && spool_member(in, s, tar, name, e.size, err) < 0)
			return -1;
	}
	/* Whoever writes to the pipe should not be killed by it, and checksums come last. */
	return n < 0 ? -1 : tar_reader_drain(tar, err);
}

/* ---- opening ---- */

static const char *guess(const unsigned char *magic, ssize_t n)
{
	static const struct {
		const char *magic;
		const char *what;
	} known[] = {
		{"PK\003\004", "a zip archive"}, {"\177ELF", "a program"},
		{"{", "a JSON document"},	 {"[", "a JSON document"},
		{"%PDF", "a PDF document"},	 {"#!", "a script"},
		{"!<arch>", "a Debian package"},
	};

	if (n == 0)
		return "empty";
	for (size_t i = 0; n > 0 && i < ARRAY_SIZE(known); i++) {
		size_t len = strlen(known[i].magic);

		if ((size_t)n >= len && memcmp(magic, known[i].magic, len) == 0)
			return known[i].what;
	}
	return NULL;
}

#define HINT_ARCHIVES                                                                              \
	"`onggi load -i FILE` takes what `docker save`, `podman save` or `skopeo copy` wrote"

static int no_archive(const struct archive *in, const char *what, struct err *err)
{
	err_set(err, ERR_INVALID, "'%s' is no image archive: it is %s", in->base.label, what);
	return err_hint(err, HINT_ARCHIVES);
}

/*
 * magic, n  the first bytes of the file, which may tell what it is
 * r         of reading it: 0 when there is nothing in it, -1 when err says what is wrong
 */
static int unreadable(const struct archive *in, const unsigned char *magic, ssize_t n, int r,
		      struct err *err)
{
	const char *what = guess(magic, n);

	if (what || r == 0)
		return no_archive(in, what ? what : "empty", err);
	(void)err_ctx(err, "'%s' can't be read as an image archive", in->base.label);
	/* Not one member: it was never meant to be one. */
	if (!in->members.count && err && err->kind == ERR_CORRUPT)
		(void)err_hint(err, HINT_ARCHIVES);
	return -1;
}

static int open_archive(struct archive *in, struct store *s, struct err *err)
{
	unsigned char magic[MAGIC_SIZE] = "";
	_cleanup_(source) struct source *src = NULL;
	off_t start = lseek(in->fd, 0, SEEK_CUR);
	enum compression c = COMPRESSION_NONE;
	struct stat st;
	ssize_t n = -1;
	int r;

	if (fstat(in->fd, &st) < 0)
		return err_sys(err, "'%s'", in->base.label);
	if (S_ISREG(st.st_mode) && start >= 0) {
		n = pread(in->fd, magic, sizeof(magic), start);
		if (n < 0)
			return err_sys(err, "read '%s'", in->base.label);
		c = compression_detect(magic, (size_t)n);
	}
	if (n >= 0 && c == COMPRESSION_NONE) {
		r = list_ranges(in, (uint64_t)start, (uint64_t)st.st_size, err);
	} else {
		r = ratio_inflate(source_from_fd(in->fd), &s->limits, &c, &src, err);
		if (r == 0)
			r = list_stream(in, s, src, err);
	}
	if (r == 0 && in->members.count)
		return 0;
	return unreadable(in, magic, n, r, err);
}

/* "debian-12.tar.gz" to "debian-12". */
static char *make_stem(const char *path)
{
	static const char *const suffixes[] = {".gz",  ".zst", ".xz",  ".bz2",
					       ".tgz", ".tar", ".oci", ".docker"};
	_cleanup_free_ char *clean = path_clean(path);
	char *stem = xstrdup(path_base(clean));
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
			if (str_suffix(stem, suffixes[i]) && strlen(stem) > strlen(suffixes[i])) {
				stem[strlen(stem) - strlen(suffixes[i])] = '\0';
				again = true;
			}
		}
	}
	return stem;
}

/* ---- reading ---- */

static struct member *find(const struct archive *in, const char *name)
{
	struct member *m = map_get(&in->members, name);

	for (int i = 0; m && m->kind == MEMBER_LINK; i++) {
		if (i == INPUT_LINKS_MAX)
			return NULL;
		m = map_get(&in->members, m->data);
	}
	return m;
}

static int not_found(const struct archive *in, const char *name, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "there is no '%s' in '%s'", name, in->base.label);
}

/* A file of a layout directory; nothing leads out of it. */
static int open_in_dir(const struct archive *in, const char *name, int *ret, uint64_t *ret_size,
		       struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (rooted_open(in->dirfd, name, O_RDONLY | O_NONBLOCK, 0, &fd, err) < 0)
		return errno == ENOENT ? not_found(in, name, err) : -1;
	if (fstat(fd, &st) < 0)
		return err_sys(err, "'%s' in '%s'", name, in->base.label);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "'%s' in '%s' is no regular file", name,
			       in->base.label);
	*ret_size = (uint64_t)st.st_size;
	*ret = fd_take(&fd);
	return 0;
}

static bool archive_has(struct image_input *base, const char *name)
{
	const struct archive *in = archive_of(base);
	_cleanup_fd_ int fd = -1;
	uint64_t size;

	if (in->dirfd < 0)
		return find(in, name) != NULL;
	return open_in_dir(in, name, &fd, &size, NULL) == 0;
}

/* A source that closes its descriptor. */
struct file_source {
	struct source base;
	struct source *range;
	int fd;
};

static ssize_t file_read(struct source *s, void *buf, size_t n, struct err *err)
{
	return source_read(((struct file_source *)s)->range, buf, n, err);
}

static void file_close(struct source *s)
{
	struct file_source *f = (struct file_source *)s;

	source_free(f->range);
	close(f->fd);
	free(f);
}

/* fd is taken. */
static struct source *source_from_file(int fd, uint64_t size)
{
	struct file_source *f = xalloc(sizeof(*f));

	f->base.read = file_read;
	f->base.close = file_close;
	f->fd = fd;
	f->range = source_from_fd_range(fd, 0, size);
	return &f->base;
}

static int archive_blob(struct image_input *base, const char *name, struct image_input_blob *ret,
			struct err *err)
{
	struct archive *in = archive_of(base);
	struct image_input_blob b = {0};
	struct member *m;

	if (in->dirfd >= 0) {
		int fd = -1;

		if (open_in_dir(in, name, &fd, &b.size, err) < 0)
			return -1;
		b.source = source_from_file(fd, b.size);
		*ret = b;
		return 0;
	}
	m = find(in, name);
	if (!m)
		return not_found(in, name, err);
	b.size = m->size;
	switch (m->kind) {
	case MEMBER_RANGE:
		b.source = source_from_fd_range(in->fd, m->offset, m->size);
		break;
	case MEMBER_SPOOL:
		b.source = source_from_fd_range(m->fd, 0, m->size);
		b.spooled = m->blob.dirfd >= 0 ? &m->blob : NULL;
		break;
	case MEMBER_MEMORY:
	case MEMBER_LINK:
		b.source = source_from_mem(m->data, (size_t)m->size);
		break;
	}
	*ret = b;
	return 0;
}

static int archive_content(struct image_input *base, const struct descriptor *d,
			   struct image_input_blob *ret, struct err *err)
{
	char name[IMAGE_INPUT_CONTENT_MAX];

	return archive_blob(base, image_input_content_name(d, name), ret, err);
}

static const struct image_input_ops archive_ops = {
	.has = archive_has,
	.blob = archive_blob,
	.content = archive_content,
	.free = archive_free,
};

int image_input_open(struct store *s, const char *path, int fd, struct image_input **ret,
		     struct err *err)
{
	struct archive *in = xalloc(sizeof(*in));
	_cleanup_(image_input) struct image_input *base = &in->base;
	struct stat st;

	in->base.ops = &archive_ops;
	in->dirfd = -1;
	in->fd = fd;
	in->members = (struct map)MAP_INIT_OWN(member_free);
	in->base.label = xstrdup(path ? path : "standard input");
	if (path) {
		in->own_fd = true;
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return err_sys(err, "open '%s'", path);
		in->base.stem = make_stem(path);
	}
	if (fstat(in->fd, &st) < 0)
		return err_sys(err, "'%s'", in->base.label);
	if (S_ISDIR(st.st_mode)) {
		in->dirfd = fcntl(in->fd, F_DUPFD_CLOEXEC, 3);
		if (in->dirfd < 0)
			return err_sys(err, "'%s'", in->base.label);
	} else if (open_archive(in, s, err) < 0) {
		return -1;
	}
	*ret = ptr_take(base);
	return 0;
}
