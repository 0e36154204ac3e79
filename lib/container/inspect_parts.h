/* SPDX-License-Identifier: Apache-2.0 */
/* The larger parts of container_inspect(). For lib/container only. */
#ifndef ONGGI_CONTAINER_INSPECT_PARTS_H
#define ONGGI_CONTAINER_INSPECT_PARTS_H

#include "cli/value.h"
#include "store/containers.h"

/* "HostConfig": what was asked of the host. */
struct value *inspect_host_config(struct arena *a, const struct container_record *r);
/* "Config": what was asked of the program. */
struct value *inspect_config(struct arena *a, const struct container_record *r);
/* "NetworkSettings". */
struct value *inspect_network(struct arena *a, const struct container_record *r);
/* A map of labels or annotations. */
struct value *inspect_pairs(struct arena *a, const struct json_pair *pairs, size_t n);

#endif
