/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * An archive is hostile until it is on disk. Its names are cleaned as text (a ".." that leaves the
 * root is an error, a leading slash means the root); the parent directory is reached by steps that
 * follow no link, or, through a link of the same layer, by resolution inside the root
 * (unpack_dirs.c); the entry itself is made exclusively by its last name (unpack_entry.c). So no
 * path of the archive is ever resolved by the kernel from outside the layer.
 *
 * Whiteouts are markers for lower layers only (layer.md): ".wh.NAME" hides NAME below, whether it
 * comes before or after an entry NAME of this layer; ".wh..wh..opq" hides all that lower layers
 * have in its directory. Other names that begin ".wh..wh." are AUFS's own and mean nothing.
 */
#include "image/unpack.h"

#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "codec/tar.h"
#include "image/unpack_entry.h"

#define WHITEOUT_PREFIX	     ".wh."
#define WHITEOUT_META_PREFIX ".wh..wh."
#define WHITEOUT_OPAQUE	     ".wh..wh..opq"

/* Is a directory on the way AUFS's own? Other whiteouts can't be directories. */
static int check_parents(const char *path, bool *ret_skip, struct err *err)
{
	size_t len;

	*ret_skip = false;
	for (const char *p = path, *name; (name = path_next(&p, &len));) {
		if (!*p || strncmp(name, WHITEOUT_PREFIX, sizeof(WHITEOUT_PREFIX) - 1) != 0)
			continue;
		if (strncmp(name, WHITEOUT_META_PREFIX, sizeof(WHITEOUT_META_PREFIX) - 1) != 0)
			return err_set(err, ERR_INVALID, "a whiteout is used as a directory");
		*ret_skip = true;
	}
	return 0;
}

static int make_whiteout(struct unpack *u, const char *base, struct err *err)
{
	const char *name = base + sizeof(WHITEOUT_PREFIX) - 1;

	if (strcmp(base, WHITEOUT_OPAQUE) == 0)
		return unpack_dirs_opaque(&u->dirs, unpack_dirs_top(&u->dirs)->fd, err);
	if (str_prefix(base, WHITEOUT_META_PREFIX, NULL))
		return 0;
	if (!path_is_name(name))
		return err_set(err, ERR_INVALID, "whiteout of '%s', which is no name", name);
	return unpack_make_whiteout(u, name, err);
}

static int make_entry(struct unpack *u, const char *path, const struct tar_entry *e,
		      struct err *err)
{
	const char *base = path_base(path);

	if (str_prefix(base, WHITEOUT_PREFIX, NULL))
		return make_whiteout(u, base, err);
	switch (e->type) {
	case TAR_DIR:
		return unpack_make_dir(u, path, e, err);
	case TAR_FILE:
		return unpack_make_file(u, base, e, err);
	case TAR_SYMLINK:
		return unpack_make_symlink(u, base, e, err);
	case TAR_HARDLINK:
		return unpack_make_hardlink(u, base, e, err);
	case TAR_CHAR:
	case TAR_BLOCK:
	case TAR_FIFO:
		return unpack_make_node(u, base, e, err);
	}
	return err_set(err, ERR_INVALID, "it has an unknown type");
}

static int unpack_entry(struct unpack *u, const struct tar_entry *e, struct err *err)
{
	char path[TAR_PATH_MAX];
	char parent[TAR_PATH_MAX];
	const char *base;
	bool skip;

	if (++u->result.entries > u->max_entries) {
		err_set(err, ERR_LIMIT, "the layer has more than %llu entries",
			(unsigned long long)u->max_entries);
		return err_hint(err, "set limits.layer-entries to let it (onggi config keys)");
	}
	if (unpack_clean(e->path, path, err) < 0 || check_parents(path, &skip, err) < 0)
		return -1;
	if (skip)
		return 0;
	if (!path[0] && e->type != TAR_DIR)
		return err_set(err, ERR_INVALID, "the root must be a directory");
	base = path_base(path);
	memcpy(parent, path, (size_t)(base - path));
	parent[base - path] = '\0';
	if (unpack_dirs_enter(&u->dirs, parent, err) < 0)
		return -1;
	return make_entry(u, path, e, err);
}

static int unpack_entries(struct unpack *u, struct err *err)
{
	char text[TAR_NAME_TEXT_MAX];
	struct tar_entry e;
	int n;

	while ((n = tar_reader_next(u->tar, &e, err)) > 0) {
		if (unpack_entry(u, &e, err) < 0)
			return err_ctx(err, "entry '%s'", tar_name_text(e.path, text));
	}
	return n;
}

int unpack_layer(struct source *tar, int rootfd, const struct unpack_options *opts,
		 struct unpack_result *ret, struct err *err)
{
	_cleanup_(tar_reader) struct tar_reader *reader = NULL;
	struct unpack u = {
		.opts = opts,
		.max_entries = opts->max_entries ? opts->max_entries : LAYER_MAX_ENTRIES,
		.max_bytes = opts->max_bytes ? opts->max_bytes : LAYER_MAX_BYTES,
	};
	const char *opaque = opts->user_xattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
	int n;

	if (tar_reader_new(tar, &reader, err) < 0 ||
	    unpack_dirs_init(&u.dirs, rootfd, opaque, err) < 0)
		return -1;
	u.tar = reader;
	n = unpack_entries(&u, err);
	if (n == 0)
		n = unpack_dirs_finish(&u.dirs, err);
	if (n == 0)
		n = tar_reader_drain(reader, err);
	if (n == 0) {
		map_foreach (implied, &u.dirs.implied)
			strv_add(&u.result.implied, implied->key);
		u.result.root_opaque = u.dirs.root_opaque;
		*ret = u.result;
	}
	unpack_dirs_done(&u.dirs);
	return n;
}
