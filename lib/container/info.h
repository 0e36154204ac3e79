/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `info` and `version` show, in the field names of docker (top level) and podman (host, store,
 * version), as people's scripts ask for them.
 */
#ifndef ONGGI_CONTAINER_INFO_H
#define ONGGI_CONTAINER_INFO_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/err.h"
#include "cli/value.h"
#include "store/store.h"

struct container_counts {
	size_t containers, running, created;
	size_t images; /* different ones, however many names they have */
};
/* Count what is in the store; of the containers' states only those of running ones are read. */
int container_counts(struct store *s, struct container_counts *ret, struct err *err);

/* The document of `info`. a: owns it. */
int container_info(struct store *s, struct arena *a, struct value **ret, struct err *err);
/* The document of `version`: Client, Server (the same program), and the fields of both on top. */
struct value *container_version(struct arena *a);

#endif
