/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing what nobody uses, in two steps: a plan, which is a list that can be printed, and
 * carrying it out, which looks again at each item under the locks, so that what came into use
 * meanwhile stays. What is not in the plan is not removed.
 */
#ifndef ONGGI_STORE_PRUNE_H
#define ONGGI_STORE_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/map.h"
#include "codec/json.h"
#include "store/store.h"
#include "store/usage.h"

/* docker's --filter of the prune commands. */
struct prune_filter {
	bool has_until;
	struct timespec until; /* only what was made before */
	char **labels;	       /* "key" or "key=value", all of which must be there */
	char **not_labels;     /* none of which may */
	int dangling;	       /* -1: not given */
};
#define PRUNE_FILTER_INIT                                                                          \
	{                                                                                          \
		.dangling = -1                                                                     \
	}
/* Release what it owns. */
void prune_filter_done(struct prune_filter *f);
DEFINE_CLEANUP_VALUE(prune_filter, prune_filter_done)

#define PRUNE_BY_UNTIL	  1u
#define PRUNE_BY_LABEL	  2u
#define PRUNE_BY_DANGLING 4u
/*
 * Parse "until=24h" (a duration, a date, RFC 3339 or seconds since 1970), "label=k[=v]",
 * "label!=k[=v]", "dangling=true".
 *
 * words    strv, may be NULL; allowed: PRUNE_BY_… bits
 * Errors:  ERR_INVALID naming the word and what is accepted
 */
int prune_filter_parse(char *const *words, unsigned allowed, time_t now, struct prune_filter *ret,
		       struct err *err);
/* Does an object with these labels pass, made at that time (RFC 3339; NULL: unknown, and old)? */
bool prune_filter_pass(const struct prune_filter *f, const char *created,
		       const struct json_pair *labels, size_t n_labels);

enum prune_kind {
	PRUNE_CONTAINER, /* name: id */
	PRUNE_VOLUME,	 /* name */
	PRUNE_IMAGE,	 /* name: digest of the manifest */
	PRUNE_BLOB,	 /* name: digest */
	PRUNE_LAYER,	 /* name: of the tree */
	PRUNE_LEFTOVER,	 /* of a killed command */
};

struct prune_item {
	enum prune_kind kind;
	char *name;
	char *title;  /* what a person calls it: a container's name, an image's id; may be NULL */
	char *path;   /* relative to $DATA; NULL for images */
	char **names; /* an image's, NULL-terminated; NULL: none */
	size_t n_names;
	uint64_t bytes; /* on disk; an image's are those of its blobs and layers */
	bool orphan;	/* a blob or layer that belongs to no image, not even a removed one */
	bool done;	/* it was removed */
};

struct prune_plan {
	struct arena arena; /* owns the items and their strings */
	struct prune_item *items;
	size_t n;
};
#define PRUNE_PLAN_INIT                                                                            \
	{                                                                                          \
		.items = NULL                                                                      \
	}
/* Release; empty afterwards. */
void prune_plan_done(struct prune_plan *p);
DEFINE_CLEANUP_VALUE(prune_plan, prune_plan_done)
/* Append an item; the strings are copied. */
struct prune_item *prune_plan_add(struct prune_plan *p, enum prune_kind kind, const char *name,
				  const char *path, uint64_t bytes);
/* Bytes of all items, or of those that were removed. */
uint64_t prune_plan_bytes(const struct prune_plan *p, bool done);

/*
 * Plan images without a name, or all that no container uses, and the blobs, layers and leftovers of
 * killed commands that nobody needs then.
 *
 * usage  STORE_PART_IMAGES measured
 * gone   ids of containers that will be removed before; NULL: none
 */
struct prune_request {
	const struct store_usage *usage;
	const struct prune_filter *filter;
	bool all;
	const struct map *gone;
};
/* See struct prune_request. */
int store_prune_images(struct store *s, const struct prune_request *r, struct prune_plan *plan,
		       struct err *err);
/* The same for volumes that no container uses: those without a name, or all. */
int store_prune_volumes(struct store *s, const struct prune_request *r, struct prune_plan *plan,
			struct err *err);
/* Plan what killed commands left among the containers. */
int store_prune_leftovers(struct store *s, const struct store_usage *usage, enum store_part part,
			  struct prune_plan *plan, struct err *err);
/* Carry out everything in the plan but containers, setting `done`. */
int store_prune_apply(struct store *s, struct prune_plan *plan, struct err *err);

/* Does nobody look after the container, and has its end been noted? */
bool store_container_ended(struct store *s, const char *id);
/* Is it the name of a volume that nobody named? */
bool store_volume_name_random(const char *name);

#endif
