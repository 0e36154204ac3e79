/* SPDX-License-Identifier: Apache-2.0 */
/* The image of a new container: in the store, in the binary, or in a registry. Private to
 * container. */
#ifndef ONGGI_CONTAINER_IMAGE_H
#define ONGGI_CONTAINER_IMAGE_H

#include "base/err.h"
#include "container/options.h"
#include "oci/platform.h"
#include "store/images.h"

struct container_image {
	struct store_image image;
	/*
	 * Holds the images, locked shared: nobody takes this one away before the container's record
	 * says that it is used. The caller closes; -1: none.
	 */
	int lock;
	int signal; /* that ended the fetching, with ERR_CANCELLED; 0: none */
};

/*
 * Find the image that a container shall have, fetching it as o->pull says. ret->signal is set on
 * failure too. Errors: those of store_image_find() and image_pull()
 */
int container_image_find(struct store *s, const struct container_options *o, const char *name,
			 struct container_image *ret, struct err *err);

#endif
