/* SPDX-License-Identifier: Apache-2.0 */
/* A new image of one layer that comes as a tar. Private to image. */
#ifndef ONGGI_IMAGE_CREATE_H
#define ONGGI_IMAGE_CREATE_H

#include <stddef.h>

#include "base/err.h"
#include "cli/progress.h"
#include "codec/stream.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "store/store.h"

struct image_create {
	struct source *layer;	      /* the tar, compressed or not; owned */
	struct image_config *config;  /* without diff ids; strings in its arena */
	const struct reference *name; /* NULL: none */
	struct progress *progress;
};
/*
 * Unpack the layer, complete the config and store the image. Runs in this process, which must be
 * able to set owners (store_run_mapped()). A compression that OCI has no media type for is not
 * kept. ret_id: digest of the config.
 */
int image_create(struct store *s, struct image_create *c, struct digest *ret_id, struct err *err);

/*
 * Apply Dockerfile instructions (docker import --change) to a config: CMD, ENTRYPOINT, ENV, EXPOSE,
 * LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR. changes: a strv. Errors: ERR_INVALID echoing
 * the instruction and listing what is accepted.
 */
int image_config_change(struct image_config *config, char *const *changes, struct err *err);

#endif
