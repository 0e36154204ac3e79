/* SPDX-License-Identifier: Apache-2.0 */
/* Making one entry of a layer in its parent directory. Private to image's unpacking. */
#ifndef ONGGI_IMAGE_UNPACK_ENTRY_H
#define ONGGI_IMAGE_UNPACK_ENTRY_H

#include "base/err.h"
#include "codec/tar.h"
#include "image/unpack.h"
#include "image/unpack_dirs.h"

struct unpack {
	struct tar_reader *tar;
	struct unpack_dirs dirs;
	const struct unpack_options *opts;
	uint64_t max_entries, max_bytes;
	struct unpack_result result;
	bool unowned; /* the current entry's owner could not be set */
};

/*
 * Clean a name of an archive into buf (TAR_PATH_MAX bytes): relative, without ".", ".." and doubled
 * slashes; "" is the root. Errors: ERR_INVALID where ".." leaves the root; ERR_LIMIT for a
 * component of more than 255 bytes.
 */
int unpack_clean(const char *path, char *buf, struct err *err);
/* A directory entry at path (clean). */
int unpack_make_dir(struct unpack *u, const char *path, const struct tar_entry *e, struct err *err);
/* The others: name in the current directory of u->dirs. */
int unpack_make_file(struct unpack *u, const char *name, const struct tar_entry *e,
		     struct err *err);
/* A symbolic link; its target is any text. */
int unpack_make_symlink(struct unpack *u, const char *name, const struct tar_entry *e,
			struct err *err);
/* A hard link; its target is resolved inside the root. */
int unpack_make_hardlink(struct unpack *u, const char *name, const struct tar_entry *e,
			 struct err *err);
/* A device node or FIFO. */
int unpack_make_node(struct unpack *u, const char *name, const struct tar_entry *e,
		     struct err *err);
/* A whiteout of name: it hides the lower layers' entry, never one of this layer. */
int unpack_make_whiteout(struct unpack *u, const char *name, struct err *err);
/* The error of a whiteout that could not be made, from errno, with its mend. Returns -1. */
int unpack_whiteout_err(const char *name, struct err *err);

#endif
