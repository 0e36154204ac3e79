/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: two directory trees, $DATA (images, layers, containers, volumes) and $RUN (what
 * vanishes with the next boot). docs/on-disk.md is normative for the layout.
 *
 * There is no database and no cache to go stale: every reader reads files, every change is one
 * rename. Directories are made when they are first written to, so that reading commands leave no
 * trace.
 */
#ifndef ONGGI_STORE_STORE_H
#define ONGGI_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "os/idmap.h"

/* How much an image may ask for; 0: the default, which whoever holds against it names. */
struct store_limits {
	uint64_t layer_entries; /* files and directories of one layer */
	uint64_t layer_bytes;	/* of all its files */
	uint64_t inflate_ratio; /* inflated bytes, as a multiple of compressed ones ... */
	uint64_t inflate_free;	/* ... beyond so many */
};

struct store {
	char *data_path; /* absolute */
	char *run_path;
	int data_fd; /* O_PATH directory */
	int run_fd;
	int images_fd;	   /* $DATA/images, -1 while absent */
	int layers_fd;	   /* $DATA/layers/sha256, -1 while absent */
	int containers_fd; /* $DATA/containers */
	int states_fd;	   /* $RUN/containers */
	bool durable;	   /* fsync what is to survive a power cut */
	struct store_limits limits;
	const struct id_maps *maps; /* of unpacked trees; NULL: the calling user's. Borrowed */
};
#define STORE_INIT                                                                                 \
	{                                                                                          \
		.data_fd = -1, .run_fd = -1, .images_fd = -1, .layers_fd = -1,                     \
		.containers_fd = -1, .states_fd = -1                                               \
	}

/*
 * Open, making the two top directories (0700 rootless, 0711 root) where missing.
 *
 * data, run  NULL: the defaults, $XDG_DATA_HOME/onggi or ~/.local/share/onggi and
 *            $XDG_RUNTIME_DIR/onggi (root: /var/lib/onggi and /run/onggi). A missing or foreign
 *            XDG_RUNTIME_DIR falls back to /tmp/onggi-UID, which must be ours and 0700
 * Errors:    ERR_SYSTEM/ERR_DENIED with the directory, and a hint (--root, --runroot)
 */
int store_open(const char *data, const char *run, struct store *ret, struct err *err);
/*
 * The two paths that store_open() would open; nothing is made or opened.
 *
 * ret_data, ret_run  absolute, to be freed
 * ret_in_tmp         $RUN is the fallback in /tmp
 * Errors:            ERR_INVALID when there is no place for $DATA; *ret_run is set all the same
 */
int store_where(const char *data, const char *run, char **ret_data, char **ret_run,
		bool *ret_in_tmp, struct err *err);
/* Close its descriptors and free its paths; a zeroed store is fine. */
void store_done(struct store *s);
DEFINE_CLEANUP_VALUE(store, store_done)

/* The subdirectories, made on demand; the descriptors stay the store's. */
int store_images_dir(struct store *s, int *ret_fd, struct err *err);
int store_layers_dir(struct store *s, int *ret_fd, struct err *err);
int store_containers_dir(struct store *s, int *ret_fd, struct err *err);
int store_states_dir(struct store *s, int *ret_fd, struct err *err);
/* $DATA/NAME ("volumes", "seccomp-cache"), made on demand; the caller closes. */
int store_subdir(struct store *s, const char *name, int *ret_fd, struct err *err);

/*
 * The same store with its layers unpacked for other id maps: files keep the owners that the archive
 * says when they are seen through `maps`. The trees are layers/NAME/<diff id>.
 *
 * name  of one component, telling the maps apart: "keep-1000-1000"
 * maps  borrowed for as long as the view is used
 * ret   borrows everything from s but its layers_fd; released by store_view_done()
 */
int store_view(const struct store *s, const char *name, const struct id_maps *maps,
	       struct store *ret, struct err *err);
/* Release a view's own descriptor. */
void store_view_done(struct store *view);

/*
 * Lock what images/index.json says against changes. exclusive: to change it. Shared: to resolve an
 * image and record its use. Held for moments only. ret: descriptor that holds the lock.
 */
int store_lock_images(struct store *s, bool exclusive, int *ret, struct err *err);
/*
 * Shared: for as long as there are blobs and layers of ours that the index does not name yet,
 * waited for. Exclusive: nobody has such, so that what is not named may be deleted; ERR_BUSY at
 * once otherwise. Taken before store_lock_images() where it is waited for. ret: descriptor that
 * holds the lock.
 */
int store_lock_loads(struct store *s, bool exclusive, int *ret, struct err *err);

#endif
