/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where images come from: an archive, a layout directory or a registry (pull_input.h), as files of
 * which small ones are read whole and large ones as sources, several at a time. Files have names,
 * or are known by a descriptor; a registry has only the latter. Private to image.
 */
#ifndef ONGGI_IMAGE_INPUT_H
#define ONGGI_IMAGE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "codec/stream.h"
#include "oci/manifest.h"
#include "store/images.h"
#include "store/store.h"

#define INPUT_MEMBERS_MAX ((size_t)100000)
#define INPUT_LINKS_MAX	  8		      /* links from one member to the next */
#define INPUT_SMALL_MAX	  ((size_t)1 << 20)   /* bytes of a member that is kept in memory ... */
#define INPUT_MEMORY_MAX  ((size_t)64 << 20)  /* ... and of all of them together */
#define INPUT_NAMES_MAX	  ((size_t)16 << 20)  /* bytes of members' names and links' targets */
#define INPUT_SPOOL_MAX	  (UINT64_C(1) << 40) /* bytes of members that are kept in the store */

/* A large file. */
struct image_input_blob {
	struct source *source; /* owned by whoever asked; must not outlive the input */
	uint64_t size;
	struct store_blob
		*spooled; /* its content as a blob already, to be taken over; NULL: none */
	bool stored;	  /* it is a blob of the store */
};

struct image_input;

struct image_input_ops {
	bool (*has)(struct image_input *in, const char *name);
	int (*blob)(struct image_input *in, const char *name, struct image_input_blob *ret,
		    struct err *err);
	int (*content)(struct image_input *in, const struct descriptor *d,
		       struct image_input_blob *ret, struct err *err);
	void (*free)(struct image_input *in); /* but what struct image_input itself has */
};

/* The first member of each kind's own struct. */
struct image_input {
	const struct image_input_ops *ops;
	char *label, *stem; /* see the functions; owned */
};

/*
 * Open and list an archive or a layout.
 *
 * s     where the members of an archive that can't be read by ranges (compressed, or from a pipe)
 * are kept meanwhile path  of an archive or a directory; NULL: fd, borrowed Errors: ERR_INVALID for
 * what is neither, saying what it looks like
 */
int image_input_open(struct store *s, const char *path, int fd, struct image_input **ret,
		     struct err *err);
/* Close it; members that were kept in the store are dropped. */
void image_input_free(struct image_input *in);
DEFINE_CLEANUP(image_input, image_input_free)

/* What to call it in messages: its path, "standard input", or the name that is pulled. */
const char *image_input_label(const struct image_input *in);
/* Base name without the extensions of archives, for images that bring only a tag; NULL: none. */
const char *image_input_stem(const struct image_input *in);
/* Is there such a file? */
bool image_input_has(struct image_input *in, const char *name);
/* Open one for reading. Errors: ERR_NOT_FOUND. */
int image_input_blob(struct image_input *in, const char *name, struct image_input_blob *ret,
		     struct err *err);
/* Read a small file whole. Errors: ERR_NOT_FOUND, ERR_LIMIT. */
int image_input_read(struct image_input *in, const char *name, size_t max, struct buf *out,
		     struct err *err);

#define IMAGE_INPUT_CONTENT_MAX (sizeof("blobs/sha512/") + HASH_MAX_SIZE * 2)
/* "blobs/sha256/<hex>" in buf (IMAGE_INPUT_CONTENT_MAX bytes): where a layout has a blob. Returns
 * buf. */
const char *image_input_content_name(const struct descriptor *d, char *buf);
/*
 * image_input_blob() for what a descriptor says: its media type, digest and size count. Nothing is
 * verified yet.
 */
int image_input_content(struct image_input *in, const struct descriptor *d,
			struct image_input_blob *ret, struct err *err);
/* image_input_read() for the same. */
int image_input_read_content(struct image_input *in, const struct descriptor *d, size_t max,
			     struct buf *out, struct err *err);

#endif
