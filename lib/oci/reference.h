/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references, normalised as docker does: "debian" is docker.io/library/debian:latest.
 * Grammar: distribution/reference; domain/path[:tag][@digest].
 */
#ifndef ONGGI_OCI_REFERENCE_H
#define ONGGI_OCI_REFERENCE_H

#include <stdbool.h>

#include "base/err.h"
#include "oci/digest.h"

#define REFERENCE_NAME_MAX 255 /* domain and path together */
#define REFERENCE_TAG_MAX  128
#define REFERENCE_STR_MAX  (REFERENCE_NAME_MAX + 1 + REFERENCE_TAG_MAX + 1 + DIGEST_STR_MAX + 1)

struct reference {
	char domain[REFERENCE_NAME_MAX + 1]; /* "docker.io", "localhost:5000" */
	char path[REFERENCE_NAME_MAX + 1];   /* "library/debian" */
	char tag[REFERENCE_TAG_MAX + 1];     /* "" where none */
	struct digest digest;		     /* unset where none */
};

/*
 * Parse and normalise. Without tag and digest the tag becomes "latest".
 * Errors: ERR_INVALID echoing s and saying which part is wrong and what is accepted (an upper-case
 * repository is told so; 64 hex digits alone are an id, not a name).
 */
int reference_parse(const char *s, struct reference *ret, struct err *err);
/* The full form in buf (at least REFERENCE_STR_MAX): "docker.io/library/debian:latest". */
const char *reference_str(const struct reference *r, char *buf);
/* The repository alone, which tags, digests and credentials belong to: "docker.io/library/debian".
 */
const char *reference_name(const struct reference *r, char *buf);
/* As docker shows it: without docker.io/ and library/. with_tag: with ":tag" and "@digest". */
const char *reference_familiar(const struct reference *r, bool with_tag, char *buf);
/* Equal in every part? */
bool reference_eq(const struct reference *a, const struct reference *b);

#endif
