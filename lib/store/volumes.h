/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: $DATA/volumes/<name>/_data. A volume that `-v name:/x` names is made at its first use.
 */
#ifndef ONGGI_STORE_VOLUMES_H
#define ONGGI_STORE_VOLUMES_H

#include <stdbool.h>

#include "base/err.h"
#include "store/store.h"

/* Letters, digits, "_.-", beginning with a letter or digit. */
bool store_volume_name_valid(const char *name);
/*
 * Open the volume's data directory (O_PATH), making the volume where it is missing.
 * ret_created: it is new, and empty. Errors: ERR_INVALID for a bad name.
 */
int store_volume_open(struct store *s, const char *name, int *ret_fd, bool *ret_created,
		      struct err *err);
/* Remove with all content; absence is ERR_NOT_FOUND. */
int store_volume_remove(struct store *s, const char *name, struct err *err);

#endif
