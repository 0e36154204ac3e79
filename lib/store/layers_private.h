/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of store share about unpacked layers. Private to store. */
#ifndef ONGGI_STORE_LAYERS_PRIVATE_H
#define ONGGI_STORE_LAYERS_PRIVATE_H

#include "base/err.h"
#include "oci/digest.h"
#include "store/store.h"

#define STORE_TMP_PREFIX  ".tmp-"
#define STORE_VIEW_PREFIX "keep-" /* of the names of views */
#define STORE_TMP_MAX	  48	  /* bytes of a temporary name with its NUL */

/* A new temporary name that store_sweep() knows. buf: at least STORE_TMP_MAX. Returns buf. */
const char *store_tmp_name(char *buf);
/*
 * Rename a layer to a temporary name, which makes it invisible at once. Returns 1 and the name, 0
 * when there is no such layer, -1 on error.
 */
int store_layer_retire(struct store *s, const struct digest *diff_id, char ret_tmp[STORE_TMP_MAX],
		       struct err *err);
/* Append the directories of all views (store_view()), relative to layers_fd, to the strv *ret. */
int store_views(struct store *s, char ***ret, struct err *err);
/*
 * The same for the trees of the layer in all views (store_view()); appends their names to the strv
 * *ret_tmp.
 */
int store_layer_retire_views(struct store *s, const struct digest *diff_id, char ***ret_tmp,
			     struct err *err);
/*
 * Remove trees dirfd/names[i], all in one child inside the user's namespace where ids demand it.
 * names: a strv. what: the subject for errors.
 */
int store_trees_remove(struct store *s, int dirfd, char *const *names, const char *what,
		       struct err *err);

#endif
