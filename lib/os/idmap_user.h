/* SPDX-License-Identifier: Apache-2.0 */
/* What os/idmap.h's maps of a user are made of. */
#ifndef ONGGI_OS_IDMAP_USER_H
#define ONGGI_OS_IDMAP_USER_H

#include <sys/types.h>

#include "base/err.h"
#include "os/idmap.h"

/* Name of a user from /etc/passwd, else from the name service, to be freed; NULL when it has none.
 */
char *id_user_name(uid_t uid);
/*
 * Subordinate ranges of a user from /etc/subuid or /etc/subgid (file), by name (NULL: it has none)
 * or number, as ranges with inside 0. None is no error: n_ranges is 0 then.
 */
int subid_read(const char *file, const char *name, uid_t uid, struct id_map *ret, struct err *err);
/*
 * id_maps_current_user() for a caller without privilege.
 * subuid, subgid  the files to read
 */
int id_maps_for_user(const char *subuid, const char *subgid, struct id_maps *ret,
		     const char **ret_why, struct err *err);

#endif
