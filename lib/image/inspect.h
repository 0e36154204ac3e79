/* SPDX-License-Identifier: Apache-2.0 */
/* Where an image's layers lie, for those who show it. */
#ifndef ONGGI_IMAGE_INSPECT_H
#define ONGGI_IMAGE_INSPECT_H

#include <stddef.h>

#include "base/alloc.h"
#include "oci/manifest.h"
#include "store/images.h"
#include "store/store.h"

/*
 * Paths of the unpacked layers as overlayfs names them: the top one first, joined by ':'. Layers
 * that are not unpacked are left out.
 *
 * view      of store_view(); NULL: the store itself
 * diff_ids  n, bottom first: "sha256:…"
 */
const char *image_lower_dirs(struct store *s, const char *view, char *const *diff_ids, size_t n,
			     struct arena *a);
/*
 * All references of an image, for image_inspect(): names with their tags, and with the digests that
 * they were pulled by. The strings are the arena's.
 */
char **image_names(const struct image_index *index, const struct store_image *img, struct arena *a,
		   size_t *ret_n);
/* Is the image for that platform? Errors: ERR_NOT_FOUND naming what it is for. */
int image_check_platform(const struct store_image *img, const char *name, const char *platform,
			 struct err *err);

#endif
