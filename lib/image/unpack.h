/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer's tar into a directory, in overlayfs's terms (image-spec v1.1, layer.md, "Changesets"
 * and "Whiteouts"). Private to image.
 */
#ifndef ONGGI_IMAGE_UNPACK_H
#define ONGGI_IMAGE_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/stream.h"

#define LAYER_MAX_ENTRIES UINT64_C(10000000)
#define LAYER_MAX_DEPTH	  256 /* directories below one another; each holds a descriptor */
#define LAYER_MAX_BYTES	  (UINT64_C(4) << 40) /* of all files of a layer, holes included */

#define UNPACK_IMPLIED_MAX ((size_t)20000)

/* What could not be done on this machine and is told once. */
enum unpack_note {
	UNPACK_NOTE_OWNER = 1,	/* an owner that is not mapped */
	UNPACK_NOTE_DEVICE = 2, /* a device node */
	UNPACK_NOTE_XATTR = 4,	/* an extended attribute */
};

struct unpack_options {
	bool user_xattr;      /* overlay attributes are "user.overlay.", else "trusted.overlay." */
	bool no_devices;      /* device nodes can't be made (a user namespace) */
	uint64_t max_entries; /* 0: LAYER_MAX_ENTRIES */
	uint64_t max_bytes;   /* 0: LAYER_MAX_BYTES */
	bool umask_zero;      /* this thread's umask is 0: modes need no second call */
};

struct unpack_result {
	uint64_t entries;
	uint64_t bytes; /* of files' data */
	unsigned notes; /* enum unpack_note */
	/*
	 * Directories (clean paths) that were made without an entry of their own, at most
	 * UNPACK_IMPLIED_MAX; a strv of the caller's. Not the root, whose attributes don't show: a
	 * container's is that of its own changes.
	 */
	char **implied;
	bool root_opaque; /* the layer hides all that is below it, which overlayfs doesn't know */
};

/*
 * Unpack a layer.
 *
 * tar     the archive, inflated; borrowed, read to its end
 * rootfd  an empty directory (readable descriptor); borrowed. Nothing outside of it is touched,
 * whatever the archive says Errors: ERR_INVALID naming the entry: a name or link that leaves the
 * root, a parent that is no directory, a malformed whiteout; ERR_CORRUPT; ERR_LIMIT; ERR_SYSTEM
 */
int unpack_layer(struct source *tar, int rootfd, const struct unpack_options *opts,
		 struct unpack_result *ret, struct err *err);

#endif
