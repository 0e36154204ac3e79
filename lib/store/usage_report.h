/* SPDX-License-Identifier: Apache-2.0 */
/* What `system df` shows: what the store takes, who needs it, and what could be had back. */
#ifndef ONGGI_STORE_USAGE_REPORT_H
#define ONGGI_STORE_USAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "store/store.h"
#include "store/usage.h"

/* One kind of objects. The sizes of all kinds add up to the store's. */
struct usage_row {
	size_t total, active; /* objects; those in use */
	uint64_t size;	      /* bytes on disk */
	uint64_t reclaimable; /* what prune --all of this kind would give back */
};

struct usage_image {
	char *id;     /* "sha256:…"; of one that can't be read, its manifest's */
	char **names; /* full references; NULL: none */
	size_t n_names;
	char *created; /* RFC 3339; may be NULL */
	uint64_t size; /* shared and unique */
	uint64_t shared, unique;
	size_t containers;
};

struct usage_container {
	char *id;
	uint64_t size;
	bool running;
};

struct usage_volume {
	char *name;
	size_t links; /* containers that use it */
	uint64_t size;
};

struct usage_report {
	struct arena arena; /* owns all of the below */
	struct store_usage usage;
	struct usage_row rows[STORE_PART_COUNT];
	struct usage_image *images;
	size_t n_images;
	struct usage_container *containers;
	size_t n_containers;
	struct usage_volume *volumes;
	size_t n_volumes;
};
#define USAGE_REPORT_INIT                                                                          \
	{                                                                                          \
		.usage = STORE_USAGE_INIT                                                          \
	}
/* Release; empty afterwards. */
void usage_report_done(struct usage_report *r);
DEFINE_CLEANUP_VALUE(usage_report, usage_report_done)
/* Measure the store and find out what is needed. ret: USAGE_REPORT_INIT. */
int store_usage_report(struct store *s, struct usage_report *ret, struct err *err);

#endif
