/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of store/check.h share. Private to store. */
#ifndef ONGGI_STORE_CHECK_PRIVATE_H
#define ONGGI_STORE_CHECK_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "codec/stream.h"
#include "os/idmap.h"
#include "store/check.h"

#define CHECK_TEXT_MAX 768 /* bytes of what is wrong with one object */

/* Add a finding; object and text as printf would make them. */
struct check_finding *check_add(struct check_report *r, const char *object, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Say what mends it. target and remedy are copied. */
void check_mends(struct check_report *r, struct check_finding *f, enum check_mend mend,
		 const char *target, const char *remedy);

/* Containers, names, volumes, directories and foreign files. */
int check_records(struct store *s, struct check_report *r, struct err *err);
/* Does a name lead to the container that has it, or may have it in a moment? */
bool check_name_holds(struct store *s, const char *name);

/* One file to hash, or one tree to compare with its blob. */
struct check_job {
	char *path;   /* of the blob or tree, below $DATA */
	char *digest; /* expected of the blob "sha256:…" */
	char *blob;   /* of a tree: path of its blob; NULL: of a blob */
	uint64_t size;
	char *wrong; /* out: what is wrong; NULL: nothing */
};
/* Do all of them on all processors, inside the user's namespace. */
int check_jobs_run(struct store *s, struct check_job *jobs, size_t n, struct err *err);

/* How a tree was unpacked. */
struct check_tree {
	int fd;			    /* its root */
	const struct id_maps *maps; /* owners that can be; NULL: owners are not compared */
	bool user;		    /* a user's store: no devices, other owners, "user.overlay." */
};
/*
 * Compare a tree with its layer's archive (image-spec v1.1, layer.md), entry by entry: type, size,
 * content, mode, owner, time, and that nothing else is there.
 *
 * tar    inflated; borrowed, read to its end
 * wrong  what differs first, "" where nothing does; a buffer with a small maximum
 * Errors: those of reading the archive
 */
int check_tree(const struct check_tree *t, struct source *tar, struct buf *wrong, struct err *err);

#endif
