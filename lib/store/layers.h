/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacked layers: $DATA/layers/sha256/<diff id>/, a directory tree in overlayfs's own terms
 * (whiteouts are 0/0 character devices, opaque directories carry the overlay.opaque attribute:
 * "trusted." in root's store, "user." in a user's). A layer appears by one rename, complete and
 * verified, or not at all.
 */
#ifndef ONGGI_STORE_LAYERS_H
#define ONGGI_STORE_LAYERS_H

#include <stdbool.h>

#include "base/err.h"
#include "oci/digest.h"
#include "store/store.h"

/*
 * Open an unpacked layer (O_PATH directory): the tree that all stacks share, else that of the stack
 * up to and with it. A layer has only one kind, as its archive demands (docs/on-disk.md, "Layers").
 *
 * chain   chain id of that stack; NULL: only a shared tree will do
 * Errors: ERR_NOT_FOUND
 */
int store_layer_open(struct store *s, const struct digest *diff_id, const struct digest *chain,
		     int *ret_fd, struct err *err);
/* Is it there? chain: as above. */
bool store_layer_exists(struct store *s, const struct digest *diff_id, const struct digest *chain);

/* A layer being unpacked. */
struct store_layer_stage {
	struct store *store;
	char name[80]; /* temporary directory in layers/sha256, ".tmp-…", flock'ed while in use */
	int fd;	       /* the tree's root (directory) */
};
#define STORE_LAYER_STAGE_INIT                                                                     \
	{                                                                                          \
		.fd = -1                                                                           \
	}
/* Make and lock an empty directory for one. */
int store_layer_begin(struct store *s, struct store_layer_stage *ret, struct err *err);
/*
 * Publish under its diff id; when another process was faster, its tree stays and ours is removed.
 * chain: the tree is only right in this stack; NULL: in all.
 */
int store_layer_commit(struct store_layer_stage *st, const struct digest *diff_id,
		       const struct digest *chain, struct err *err);
/* Remove an uncommitted stage. */
void store_layer_abort(struct store_layer_stage *st);
/*
 * Run fn where files of mapped ids can be made and removed: directly as root, in a short-lived user
 * namespace with the user's subordinate ids otherwise (os/idmap.h userns_run()).
 *
 * fn  its channel is -1 when it runs in this very process, where on_data is never called
 */
int store_run_mapped(struct store *s, int (*fn)(void *arg, int channel, struct err *err), void *arg,
		     void (*on_data)(void *data_arg, const void *data, size_t len), void *data_arg,
		     struct err *err);
/*
 * Do layers carry "user.overlay." attributes, to be mounted with `userxattr`? So it is for all but
 * real root: within its user namespace and without, the same store gives the same answer.
 */
bool store_overlay_user(void);
/*
 * Sweep temporary trees and files that no live process holds, in images, layers and containers.
 * Best effort: what can't be removed is left to another time, and nobody's work depends on it.
 */
void store_sweep(struct store *s);

#endif
