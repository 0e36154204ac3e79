/* SPDX-License-Identifier: Apache-2.0 */
/* USER[:GROUP] looked up in a container's own /etc/passwd and /etc/group, as docker does. */
#ifndef ONGGI_SANDBOX_USER_H
#define ONGGI_SANDBOX_USER_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

#define USER_FILE_MAX	((size_t)4 << 20) /* bytes of /etc/passwd or /etc/group */
#define USER_GROUPS_MAX 1024

struct container_user {
	uint32_t uid;
	uint32_t gid;
	uint32_t *groups; /* gid, and further groups */
	size_t n_groups;
	const char *home; /* NULL: not known */
};

/*
 * Look a user up.
 *
 * rootfd     the container's root; its files are untrusted
 * user       "USER", "USER:GROUP", ":GROUP", names or numbers; "" is root
 * group_add  NULL-terminated names or numbers of further groups, or NULL
 * a          owns what ret points to
 * Errors:    ERR_NOT_FOUND naming the user or group and the file, ERR_INVALID for numbers out of
 * range
 */
int user_lookup(int rootfd, const char *user, char *const *group_add, struct arena *a,
		struct container_user *ret, struct err *err);
/* Add groups by name or number to *u, each once. */
int user_add_groups(int rootfd, char *const *group_add, struct arena *a, struct container_user *u,
		    struct err *err);
/* HOME of a user by number, or NULL. */
const char *user_home(int rootfd, uint32_t uid, struct arena *a);

#endif
