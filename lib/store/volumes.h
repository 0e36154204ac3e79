/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: $DATA/volumes/<name>/_data. A volume that `-v name:/x` names is made at its first use.
 */
#ifndef ONGGI_STORE_VOLUMES_H
#define ONGGI_STORE_VOLUMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/err.h"
#include "codec/json.h"
#include "store/store.h"

/* Letters, digits, "_.-", beginning with a letter or digit. */
bool store_volume_name_valid(const char *name);
/*
 * Open the volume's data directory (O_PATH), making the volume where it is missing.
 * ret_created: it is new, and empty (may be NULL). Errors: ERR_INVALID for a bad name.
 */
int store_volume_open(struct store *s, const char *name, int *ret_fd, bool *ret_created,
		      struct err *err);
/*
 * The same for a volume that is a container's own.
 * maker: its id. Until a container has begun with the volume, store_volumes_forget() knows it.
 */
int store_volume_open_for(struct store *s, const char *name, const char *maker, int *ret_fd,
			  struct err *err);
/* Remove the volumes that a container made for itself, and never began with. Failures are logged.
 */
void store_volumes_forget(struct store *s, const char *maker);
/* Has no container begun with the volume yet? Then it is to be filled from the image. */
bool store_volume_unused(struct store *s, const char *name);
/* A container has begun with the volume. */
void store_volume_note_use(struct store *s, const char *name);
/* Take a volume away, which is quick; absence is ERR_NOT_FOUND. store_volumes_delete() follows. */
int store_volume_retire(struct store *s, const char *name, struct err *err);
/* Delete what was taken away, now and by commands that were killed. */
int store_volumes_delete(struct store *s, struct err *err);
/* Both; absence is ERR_NOT_FOUND. */
int store_volume_remove(struct store *s, const char *name, struct err *err);

/* What is known of a volume. */
struct store_volume {
	struct arena arena;
	char *name;
	char *mountpoint; /* path of its data */
	char *created;	  /* RFC 3339 */
	struct json_pair *labels;
	size_t n_labels;
};
/* Release what it owns; the value is empty afterwards. */
void store_volume_done(struct store_volume *v);
DEFINE_CLEANUP_VALUE(store_volume, store_volume_done)
/* Read one. Errors: ERR_NOT_FOUND with the nearest name; what can't be a name is not found, too. */
int store_volume_read(struct store *s, const char *name, struct store_volume *ret, struct err *err);
/* All names, sorted; a strv, to be strv_free()d. */
int store_volume_list(struct store *s, char ***ret, struct err *err);
/*
 * Make a volume with labels. One that exists is left as it is, as docker does.
 * ret_created (may be NULL): it is new.
 */
int store_volume_create(struct store *s, const char *name, const struct json_pair *labels,
			size_t n_labels, bool *ret_created, struct err *err);

#endif
