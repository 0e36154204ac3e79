/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifying the store: every digest, every record, every unpacked tree, and mending what is broken.
 * Nothing of the store is trusted here: a corrupted one is what this is for.
 */
#ifndef ONGGI_STORE_CHECK_H
#define ONGGI_STORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "store/store.h"

/* What mends a finding; `target` says what of. */
enum check_mend {
	CHECK_MEND_NOTHING,
	CHECK_MEND_REMOVE,    /* remove the path below $DATA */
	CHECK_MEND_LAYER,     /* the same, of an unpacked layer */
	CHECK_MEND_BLOB,      /* the same, of a blob */
	CHECK_MEND_IMAGE,     /* take the manifest's entries out of the index */
	CHECK_MEND_INDEX,     /* write index.json anew, from the blobs and the reflog */
	CHECK_MEND_NAME,      /* give the container its name: "ID NAME" */
	CHECK_MEND_CONTAINER, /* remove the container */
	CHECK_MEND_MODE,      /* make the directory 0700 */
	CHECK_MEND_SWEEP,     /* what store_sweep() does */
};

struct check_finding {
	char *object; /* "blob sha256:0123…", "container web" */
	char *text;   /* what is wrong with it, and what that means */
	char *remedy; /* what --repair does: "the tree is removed, …" */
	enum check_mend mend;
	char *target;
	bool minor;  /* nothing is broken: a killed command left it */
	bool mended; /* by store_check_repair() */
};

struct check_report {
	struct arena arena; /* owns the findings */
	struct check_finding *findings;
	size_t n;
	/* What was looked at. */
	size_t images, blobs, layers, containers, volumes;
	uint64_t bytes; /* of blobs that were hashed */
};
#define CHECK_REPORT_INIT                                                                          \
	{                                                                                          \
		.findings = NULL                                                                   \
	}
/* Release; empty afterwards. */
void check_report_done(struct check_report *r);
DEFINE_CLEANUP_VALUE(check_report, check_report_done)

/*
 * Look at everything. The caller has settled containers whose supervisors died.
 *
 * quick  only what can be seen without reading layers: sizes, documents, records
 * ret    CHECK_REPORT_INIT
 * Errors are those of looking; what is broken is a finding.
 */
int store_check(struct store *s, bool quick, struct check_report *ret, struct err *err);
/*
 * Mend what can be mended, setting `mended`.
 * force: also what a running container uses. Errors: ERR_BUSY while images are loaded or pulled
 */
int store_check_repair(struct store *s, struct check_report *r, bool force, struct err *err);

#endif
