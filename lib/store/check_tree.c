/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing an unpacked layer with its archive, in one reading of it.
 *
 * Of several entries with one name the last counts, so a difference is only noted ("suspects") and
 * forgotten again when a later entry of that name agrees. Which names the archive has is kept as
 * pairs of the parent's inode and the name; directories on the way to an entry count as known.
 * At the end the tree is walked for what is in neither.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/strv.h"
#include "codec/tar.h"
#include "os/rooted.h"
#include "os/tree_walk.h"
#include "store/check_private.h"
#include "store/pair_set.h"

#define SUSPECTS_MAX 1000 /* more is one broken tree, too */
#define PIECE	     ((size_t)128 << 10)
#define TIME_MAX     UINT32_MAX /* later times, and those before 1970, not every file system keeps */
#define SET_IDS	     06000
#define WHITEOUT     ".wh."
#define WHITEOUT_AUX ".wh..wh."
#define WHITEOUT_OPQ ".wh..wh..opq"

/* The directory of the last entry: the next one lies there, too, as a rule. */
struct parent {
	char *path; /* with the slash at its end; NULL: none yet */
	int fd;	    /* O_PATH */
	struct stat st;
};

struct comparison {
	const struct check_tree *tree;
	struct tar_reader *tar;
	struct pair_set names; /* parent's inode, name */
	struct pair_set dirs;  /* device, inode */
	struct map suspects;   /* path → what differs; owned */
	struct parent parent;
	bool root_opaque;
	char *piece;
	struct buf *wrong;
};

static void comparison_done(struct comparison *c)
{
	tar_reader_free(c->tar);
	pair_set_done(&c->names);
	pair_set_done(&c->dirs);
	map_done(&c->suspects);
	if (c->parent.path)
		close(c->parent.fd);
	free(c->parent.path);
	free(c->piece);
}
DEFINE_CLEANUP_VALUE(comparison, comparison_done)

/* An entry, and where it should be. */
struct place {
	const struct tar_entry *e;
	char *path;	  /* clean, begins with a slash */
	int parent;	  /* O_PATH */
	const char *name; /* in it */
	struct stat st;
	char text[160]; /* what differs */
};

static int differs(struct place *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int differs(struct place *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	return 1;
}

/* ---- attributes ---- */

static bool has_id(const struct id_map *m, uint32_t id)
{
	uint32_t outside;

	return id_map_to_outside(m, id, &outside);
}

/* Could the owner be set? */
static bool is_owned(const struct comparison *c, const struct tar_entry *e)
{
	return has_id(&c->tree->maps->uid, e->uid) && has_id(&c->tree->maps->gid, e->gid);
}

static int compare_owner(const struct comparison *c, struct place *p)
{
	const struct tar_entry *e = p->e;

	if (!c->tree->maps || !is_owned(c, e) || (p->st.st_uid == e->uid && p->st.st_gid == e->gid))
		return 0;
	return differs(p, "belongs to %u:%u, not %u:%u", p->st.st_uid, p->st.st_gid, e->uid,
		       e->gid);
}

static int compare_mode(const struct comparison *c, struct place *p)
{
	mode_t have = p->st.st_mode & 07777;
	mode_t want = p->e->mode & 07777;

	/* Where an owner can't be set, what runs with his rights isn't either. */
	if (have == want || p->e->type == TAR_SYMLINK ||
	    (c->tree->user && have == (want & ~(mode_t)SET_IDS)) ||
	    (c->tree->user && (have ^ want) == S_ISGID))
		return 0;
	return differs(p, "has mode %04o, not %04o", have, want);
}

static int compare_attributes(const struct comparison *c, struct place *p)
{
	int64_t want = p->e->mtime.tv_sec;

	if (compare_mode(c, p) || compare_owner(c, p))
		return 1;
	if (want >= 0 && want <= (int64_t)TIME_MAX && p->st.st_mtim.tv_sec != want)
		return differs(p, "was changed at %lld, not %lld", (long long)p->st.st_mtim.tv_sec,
			       (long long)want);
	return 0;
}

/* Would the kernel take it (linux/capability.h, struct vfs_cap_data)? An image may bring garbage.
 */
static bool is_capability(const struct tar_xattr *x)
{
	static const size_t sizes[] = {0, 12, 20, 24}; /* by revision, the highest byte */
	const unsigned char *v = x->value;

	return x->size >= 4 && v[3] < ARRAY_SIZE(sizes) && x->size == sizes[v[3]];
}

/* Attributes that are there must have the archive's value; few file systems keep all. */
static int compare_xattrs(const struct comparison *c, struct place *p, int fd)
{
	for (size_t i = 0; i < p->e->n_xattrs; i++) {
		const struct tar_xattr *x = &p->e->xattrs[i];
		_cleanup_free_ char *value = NULL;
		ssize_t n;

		/* What is left out (unpack_entry.c), and what the host labels itself. */
		if (str_prefix(x->name, "trusted.", NULL) ||
		    str_prefix(x->name, "user.overlay.", NULL) ||
		    (str_prefix(x->name, "security.", NULL) &&
		     strcmp(x->name, "security.capability") != 0))
			continue;
		value = xalloc(TAR_XATTR_MAX);
		n = fgetxattr(fd, x->name, value, TAR_XATTR_MAX);
		if (n < 0 && (c->tree->user || strcmp(x->name, "security.capability") != 0 ||
			      !is_capability(x)))
			continue;
		if (n != (ssize_t)x->size || memcmp(value, x->value, x->size) != 0)
			return differs(p, "has another attribute '%s'", x->name);
	}
	return 0;
}

/* ---- content ---- */

static bool is_zero(const char *data, size_t n)
{
	return n == 0 || (data[0] == 0 && memcmp(data, data + 1, n - 1) == 0);
}

/*
 * Where data begins at or behind an offset, at most `end`: what a file system knows to be a hole is
 * not read, since an archive of a few bytes may have one of terabytes.
 */
static uint64_t skip_hole(int fd, uint64_t offset, uint64_t end)
{
	off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? end : offset;
	return (uint64_t)data < end ? (uint64_t)data : end;
}

/* Compare n bytes at an offset with data, NULL for zeros. */
static int compare_range(struct comparison *c, struct place *p, int fd, const char *data,
			 uint64_t offset, uint64_t n)
{
	for (;;) {
		uint64_t start = data || !n ? offset : skip_hole(fd, offset, offset + n);
		size_t want;
		ssize_t got;

		n -= start - offset;
		offset = start;
		if (!n)
			return 0;
		want = n < PIECE ? (size_t)n : PIECE;
		got = pread(fd, c->piece, want, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return differs(p, "can't be read: %s", strerror(errno));
		if (got == 0)
			return differs(p, "ends too early");
		if (data ? memcmp(c->piece, data, (size_t)got) != 0
			 : !is_zero(c->piece, (size_t)got))
			return differs(p, "has another content");
		data = data ? data + got : NULL;
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
}

/* Returns 1 for a difference, -1 when the archive can't be read. */
static int compare_data(struct comparison *c, struct place *p, int fd, struct err *err)
{
	const void *data;
	uint64_t offset, end = 0;
	size_t len;
	int n = 0;

	/* Data of a file that says it has none is not unpacked either. */
	while (p->e->size && (n = tar_reader_data(c->tar, &data, &len, &offset, err)) > 0) {
		if (offset > p->e->size || len > p->e->size - offset || offset < end)
			return differs(p, "has data that its size doesn't cover");
		if (compare_range(c, p, fd, NULL, end, offset - end) ||
		    compare_range(c, p, fd, data, offset, len))
			return 1;
		end = offset + len;
	}
	return n < 0 ? -1 : compare_range(c, p, fd, NULL, end, p->e->size - end);
}

static int compare_file(struct comparison *c, struct place *p, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	int r;

	if (!S_ISREG(p->st.st_mode))
		return differs(p, "is no file");
	if ((uint64_t)p->st.st_size != p->e->size)
		return differs(p, "has %lld bytes, not %llu", (long long)p->st.st_size,
			       (unsigned long long)p->e->size);
	if (compare_attributes(c, p))
		return 1;
	fd = openat(p->parent, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return differs(p, "can't be opened: %s", strerror(errno));
	r = compare_data(c, p, fd, err);
	return r ? r : compare_xattrs(c, p, fd);
}

static int compare_dir(struct comparison *c, struct place *p)
{
	_cleanup_fd_ int fd = -1;

	if (!S_ISDIR(p->st.st_mode))
		return differs(p, "is no directory");
	pair_set_add(&c->dirs, p->st.st_dev, p->st.st_ino);
	if (compare_attributes(c, p))
		return 1;
	if (!p->e->n_xattrs)
		return 0;
	fd = openat(p->parent, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? differs(p, "can't be opened") : compare_xattrs(c, p, fd);
}

static int compare_symlink(struct comparison *c, struct place *p)
{
	char target[TAR_PATH_MAX + 1];
	ssize_t n;

	if (!S_ISLNK(p->st.st_mode))
		return differs(p, "is no symbolic link");
	n = readlinkat(p->parent, p->name, target, sizeof(target) - 1);
	if (n < 0 || strlen(p->e->target) != (size_t)n ||
	    memcmp(target, p->e->target, (size_t)n) != 0)
		return differs(p, "leads elsewhere");
	return compare_attributes(c, p);
}

static int compare_hardlink(struct comparison *c, struct place *p)
{
	_cleanup_free_ char *target = path_clean(p->e->target);
	_cleanup_free_ char *name = NULL;
	_cleanup_fd_ int parent = -1;
	struct stat st;

	if (rooted_open_parent(c->tree->fd, target, &parent, &name, NULL) < 0 ||
	    fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != p->st.st_dev ||
	    st.st_ino != p->st.st_ino)
		return differs(p, "is not the same file as '%.60s'", p->e->target);
	return 0;
}

static int compare_node(struct comparison *c, struct place *p)
{
	const struct tar_entry *e = p->e;
	mode_t type = e->type == TAR_CHAR ? S_IFCHR : e->type == TAR_BLOCK ? S_IFBLK : S_IFIFO;

	if ((p->st.st_mode & S_IFMT) != type ||
	    (type != S_IFIFO && p->st.st_rdev != makedev(e->rdev_major, e->rdev_minor)))
		return differs(p, "is another node");
	return compare_attributes(c, p);
}

/* Entries that are not made everywhere. */
static bool is_optional(const struct comparison *c, const struct tar_entry *e)
{
	bool device = e->type == TAR_CHAR || e->type == TAR_BLOCK;

	return device &&
	       (c->tree->user || (e->type == TAR_CHAR && !e->rdev_major && !e->rdev_minor));
}

static int compare_entry(struct comparison *c, struct place *p, struct err *err)
{
	if (fstatat(p->parent, p->name, &p->st, AT_SYMLINK_NOFOLLOW) < 0)
		return is_optional(c, p->e) ? 0 : differs(p, "is missing");
	switch (p->e->type) {
	case TAR_FILE:
		return compare_file(c, p, err);
	case TAR_DIR:
		return compare_dir(c, p);
	case TAR_SYMLINK:
		return compare_symlink(c, p);
	case TAR_HARDLINK:
		return compare_hardlink(c, p);
	case TAR_CHAR:
	case TAR_BLOCK:
	case TAR_FIFO:
		return is_optional(c, p->e) ? 0 : compare_node(c, p);
	}
	return 0;
}

/* ---- whiteouts ---- */

static int compare_opaque(struct comparison *c, struct place *p)
{
	const char *attr = c->tree->user ? "user.overlay.opaque" : "trusted.overlay.opaque";
	_cleanup_fd_ int fd = openat(p->parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char value;

	if (strchr(p->path + 1, '/') == NULL)
		c->root_opaque = true;
	if (fd >= 0 && fgetxattr(fd, attr, &value, 1) == 1 && value == 'y')
		return 0;
	/* Of the root overlayfs takes no notice, and what it hides is whited out instead. */
	return c->root_opaque ? 0 : differs(p, "is not opaque");
}

/* p->name is that of the marker. What it hides is a node 0/0, unless this layer has that name. */
static int compare_whiteout(struct comparison *c, struct place *p)
{
	struct stat st;

	if (strcmp(p->name, WHITEOUT_OPQ) == 0)
		return compare_opaque(c, p);
	if (str_prefix(p->name, WHITEOUT_AUX, NULL))
		return 0;
	pair_set_add(&c->names, c->parent.st.st_ino, pair_set_text(p->name + strlen(WHITEOUT)));
	return fstatat(p->parent, p->name + strlen(WHITEOUT), &st, AT_SYMLINK_NOFOLLOW) == 0
		       ? 0
		       : differs(p, "is missing: it hides a file of another layer");
}

/* ---- the archive ---- */

/* Directories that are on the way to an entry are known, whether the archive describes them or
 * not. */
static void know_parents(struct comparison *c, int parent)
{
	_cleanup_fd_ int fd = openat(parent, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	while (fd >= 0 && fstat(fd, &st) == 0 && pair_set_add(&c->dirs, st.st_dev, st.st_ino)) {
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(fd_take(&fd));
		fd = up;
	}
}

/* What an entry that is no directory replaced is not missed. */
static void forget_below(struct comparison *c, const char *path)
{
	const char *rest;

	map_foreach (s, &c->suspects)
		if (str_prefix(s->key, path, &rest) && *rest == '/')
			map_remove(&c->suspects, s->key);
}

static void judge(struct comparison *c, const struct place *p, bool wrong)
{
	/* Even where a later entry replaced this one in turn. */
	if (p->e->type != TAR_DIR && c->suspects.count)
		forget_below(c, p->path);
	if (wrong && c->suspects.count < SUSPECTS_MAX)
		map_set(&c->suspects, p->path, xstrdup(p->text));
	if (!wrong && c->suspects.count)
		map_remove(&c->suspects, p->path);
}

/* Is a directory on the way AUFS's own, which was passed over? */
static bool is_aufs(const char *path)
{
	const char *p = strstr(path, "/" WHITEOUT_AUX);

	return p && strchr(p + 1, '/');
}

/* Have the directory that path (clean, begins with a slash) lies in as c->parent. */
static bool find_parent(struct comparison *c, const char *path)
{
	size_t len = (size_t)(path_base(path) - path);
	_cleanup_free_ char *name = NULL;
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (c->parent.path && strlen(c->parent.path) == len &&
	    strncmp(c->parent.path, path, len) == 0)
		return true;
	if (rooted_open_parent(c->tree->fd, path, &fd, &name, NULL) < 0 || fstat(fd, &st) < 0)
		return false;
	know_parents(c, fd);
	if (c->parent.path)
		close(c->parent.fd);
	free(c->parent.path);
	c->parent = (struct parent){.path = xstrndup(path, len), .fd = fd_take(&fd), .st = st};
	return true;
}

static int check_entry(struct comparison *c, const struct tar_entry *e, struct err *err)
{
	_cleanup_free_ char *path = path_clean(e->path);
	struct place p = {.e = e, .path = path, .name = path_base(path)};
	int r;

	/* The root of a container is that of its own changes. */
	if (strcmp(path, "/") == 0 || is_aufs(path))
		return 0;
	if (!find_parent(c, path)) {
		differs(&p, "is missing");
		judge(c, &p, true);
		return 0;
	}
	p.parent = c->parent.fd;
	if (str_prefix(p.name, WHITEOUT, NULL)) {
		r = compare_whiteout(c, &p);
	} else {
		pair_set_add(&c->names, c->parent.st.st_ino, pair_set_text(p.name));
		r = compare_entry(c, &p, err);
	}
	if (r < 0)
		return err_ctx(err, "entry '%s'", e->path);
	judge(c, &p, r > 0);
	return 0;
}

/* ---- what the archive has not ---- */

static int find_foreign(void *arg, const struct tree_entry *e, struct err *err)
{
	struct comparison *c = arg;
	struct stat root;

	(void)err;
	if (pair_set_has(&c->names, e->parent->st_ino, pair_set_text(e->name)))
		return 0;
	if (S_ISDIR(e->st->st_mode) && pair_set_has(&c->dirs, e->st->st_dev, e->st->st_ino))
		return 0;
	if (c->root_opaque && S_ISCHR(e->st->st_mode) && e->st->st_rdev == 0 &&
	    fstat(c->tree->fd, &root) == 0 && root.st_ino == e->parent->st_ino)
		return 0;
	if (!c->wrong->len)
		buf_addf(c->wrong, "'%.200s' is in it, which is not in the layer", e->name);
	return 1;
}

/* A directory's time differs whenever something in it does, which says more. */
static bool is_time(const char *text)
{
	return str_prefix(text, "was changed", NULL);
}

static void report(struct comparison *c, bool times)
{
	map_foreach (s, &c->suspects) {
		if (c->wrong->len || (!times && is_time(s->value)))
			continue;
		buf_addf(c->wrong, "'%.300s' %s", s->key + 1, (const char *)s->value);
		if (c->suspects.count > 1)
			buf_addf(c->wrong, ", and %zu more", c->suspects.count - 1);
	}
}

int check_tree(const struct check_tree *t, struct source *tar, struct buf *wrong, struct err *err)
{
	_cleanup_(comparison) struct comparison c = {.tree = t,
						     .suspects = MAP_INIT_OWN(free),
						     .piece = xalloc(PIECE),
						     .wrong = wrong};
	struct tree_walk walk = {.visit = find_foreign, .arg = &c};
	struct tar_entry e;
	struct stat st;
	int n;

	/* Climbing ends here. */
	if (fstat(t->fd, &st) < 0)
		return err_sys(err, "look at its tree");
	pair_set_add(&c.dirs, st.st_dev, st.st_ino);
	if (tar_reader_new(tar, &c.tar, err) < 0)
		return -1;
	while ((n = tar_reader_next(c.tar, &e, err)) > 0)
		if (check_entry(&c, &e, err) < 0)
			return -1;
	if (n < 0)
		return -1;
	report(&c, false);
	if (!wrong->len && tree_walk(&walk, t->fd, err) < 0)
		return -1;
	report(&c, true);
	return 0;
}
