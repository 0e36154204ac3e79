/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of store share about unpacked layers. Private to store. */
#ifndef ONGGI_STORE_LAYERS_PRIVATE_H
#define ONGGI_STORE_LAYERS_PRIVATE_H

#include <stdbool.h>

#include "base/err.h"
#include "oci/digest.h"
#include "store/store.h"

#define STORE_TMP_PREFIX  ".tmp-"
#define STORE_VIEW_PREFIX "keep-" /* of the names of views */
#define STORE_TMP_MAX	  48	  /* bytes of a temporary name with its NUL */
/* "sha512-" diff id "." chain id */
#define STORE_LAYER_NAME_MAX (sizeof("sha512-.") + HASH_MAX_SIZE * 2 + 64)

/* A new temporary name that store_sweep() knows. buf: at least STORE_TMP_MAX. Returns buf. */
const char *store_tmp_name(char *buf);
/*
 * Name of a layer's tree in buf (STORE_LAYER_NAME_MAX bytes): the shared one's with chain NULL,
 * else that of the tree that belongs to the stack up to and with it. Returns buf.
 */
const char *store_layer_name(const struct digest *diff_id, const struct digest *chain, char *buf);
/* Is it a name that store_layer_name() makes? */
bool store_layer_name_valid(const char *name);
/* Append the directories of all views (store_view()), relative to layers_fd, to the strv *ret. */
int store_views(struct store *s, char ***ret, struct err *err);
/*
 * Rename trees whose names judge() condemns to temporary names, which makes them invisible at once,
 * here and in all views; appends those, relative to layers_fd, to the strv *ret_tmp. judge() is
 * called with each name of store_layer_name() that is there.
 */
int store_layers_retire(struct store *s, bool (*judge)(void *arg, const char *name), void *arg,
			char ***ret_tmp, struct err *err);
/*
 * Remove trees dirfd/names[i], all in one child inside the user's namespace where ids demand it.
 * names: a strv. what: the subject for errors.
 */
int store_trees_remove(struct store *s, int dirfd, char *const *names, const char *what,
		       struct err *err);

#endif
