/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps of user namespaces: reading subordinate ids, composing maps, writing them directly or
 * with newuidmap and newgidmap (both at the same time), and running a function inside such a
 * namespace.
 */
#ifndef ONGGI_OS_IDMAP_H
#define ONGGI_OS_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "os/process.h"

#define IDMAP_MAX 340 /* extents that the kernel takes (user_namespaces(7)) */

struct id_range {
	uint32_t inside; /* first id in the namespace */
	uint32_t outside;
	uint32_t count;
};

struct id_map {
	struct id_range *ranges; /* owned */
	size_t n_ranges;
};

struct id_maps {
	struct id_map uid;
	struct id_map gid;
	bool need_helpers; /* ranges that only newuidmap and newgidmap may write */
};
#define ID_MAPS_INIT                                                                               \
	{                                                                                          \
		.uid = {.ranges = NULL }                                                           \
	}

/* Release; accepts NULL and zeroed values and leaves an empty one. */
void id_maps_done(struct id_maps *m);
/* Deep copy into a zeroed or released value. */
void id_maps_copy(struct id_maps *dst, const struct id_maps *src);
/* Append a range. */
void id_map_add(struct id_map *m, uint32_t inside, uint32_t outside, uint32_t count);
/* Id outside of one inside; false when it is not mapped. */
bool id_map_to_outside(const struct id_map *m, uint32_t inside, uint32_t *ret);
/* Number of ids mapped. */
uint64_t id_map_size(const struct id_map *m);

/*
 * The maps of the calling user: 0 → itself and 1… → its subordinate ids; only 0 → itself without
 * subordinate ids or without the setuid helpers. ret_why: NULL or a static sentence saying why
 * only one id is mapped. For real root outside any user namespace: identity of all ids.
 */
int id_maps_current_user(struct id_maps *ret, const char **ret_why, struct err *err);
/* Are newuidmap and newgidmap installed? */
bool id_helpers_available(void);
/*
 * Write the maps of the process pid (which waits for that). Direct writes where permitted (own ids
 * only: setgroups is denied then), else both helpers at the same time.
 */
int id_maps_write(pid_t pid, const struct id_maps *m, struct err *err);
/*
 * The same in two steps, for those who have something to do while the helpers run. After begin has
 * succeeded, finish must be called; m is borrowed until then.
 */
struct id_maps_writing {
	const struct id_maps *maps;
	bool by_helpers;
	struct spawned uid, gid;
	int uid_r, gid_r; /* of starting, then of the helper */
	struct err uid_err, gid_err;
};
/* Start the writes: the helpers run on when this returns. */
int id_maps_write_begin(pid_t pid, const struct id_maps *m, struct id_maps_writing *ret,
			struct err *err);
/* Wait for what was started; errors as id_maps_write(). */
int id_maps_write_finish(struct id_maps_writing *w, struct err *err);

/*
 * Word the failure of a clone or unshare with CLONE_NEWUSER, with the setting that mends it.
 * sys: its errno. Returns -1.
 */
int userns_clone_err(int sys, struct err *err);

/*
 * Run fn(arg) in a child that is root of a user namespace (and, with new_mount_ns, of a mount
 * namespace) with these maps, and wait for it. The child's error arrives in err; what fn sends with
 * channel_send(fd, CHANNEL_DATA, …) is handed to on_data in the parent (may be NULL).
 */
struct userns_call {
	const struct id_maps *maps;
	bool new_mount_ns;
	int join_fd; /* an existing user namespace to enter instead of making one; -1: make one */
	int (*fn)(void *arg, int channel, struct err *err);
	void *arg;
	void (*on_data)(void *data_arg, const void *data, size_t len);
	void *data_arg;
	int *ret_status; /* NULL: an end other than exit(0) is an error; else its wait status */
};
/* See struct userns_call. A child that a signal killed is ERR_SYSTEM naming the signal. */
int userns_run(const struct userns_call *call, struct err *err);

#endif
