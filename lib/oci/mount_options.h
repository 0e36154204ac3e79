/* SPDX-License-Identifier: Apache-2.0 */
/* The options of -v, --mount and --tmpfs as one table of rows, for mount_string.c. */
#ifndef ONGGI_OCI_MOUNT_OPTIONS_H
#define ONGGI_OCI_MOUNT_OPTIONS_H

#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "oci/mount_string.h"

enum mount_form {
	MOUNT_FORM_VOLUME = 1, /* -v */
	MOUNT_FORM_LONG = 2,   /* --mount */
	MOUNT_FORM_TMPFS = 4,  /* --tmpfs */
};

/* A string being parsed. kind of request is set before the first option is applied. */
struct mount_parse {
	struct arena *arena;
	enum mount_form form;
	struct mount_request request;
	const char *given[16]; /* by group: the word that was given; options of one group exclude
				  each other */
};

/*
 * Apply one option: "ro", "size=64m". Errors: ERR_INVALID naming the option, with the accepted ones
 * and the nearest as hint; without the whole string, which the caller prefixes.
 */
int mount_option_apply(struct mount_parse *p, const char *option, struct err *err);
/*
 * The kind that "type=NAME" asks for. Errors: ERR_INVALID or, for the kinds of other programs,
 * ERR_UNSUPPORTED, with the accepted ones.
 */
int mount_kind_parse(const char *name, enum mount_kind *ret, struct err *err);

#endif
