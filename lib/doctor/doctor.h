/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is right and wrong with a machine for onggi, and how to mend it.
 *
 * Two halves: observe() sees, the checks judge. A check is a row of a table; its id never changes
 * its meaning, since people search for it and other commands' hints name it. What an id means at
 * length is the section of that name in docs/guide/troubleshooting.md, which the program carries.
 */
#ifndef ONGGI_DOCTOR_DOCTOR_H
#define ONGGI_DOCTOR_DOCTOR_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doctor/observe.h"

enum doctor_severity {
	DOCTOR_SKIPPED, /* does not apply here, or could not be tried; `seen` says why */
	DOCTOR_OK,
	DOCTOR_NOTE,	/* worth knowing; nothing fails for it */
	DOCTOR_WARNING, /* something that containers can do elsewhere fails or is worse */
	DOCTOR_ERROR,	/* containers or images can't be used */
};

/* What a check found. Texts are of one line each and live in the arena. */
struct doctor_finding {
	const char *id;
	const char *subject;
	enum doctor_severity severity;
	const char *seen;
	const char *means; /* for the user; NULL where all is well */
	const char *mend;  /* the command, or what to change where there is none; NULL */
	struct arena *arena;
};

struct doctor_check {
	const char *id; /* "user-namespaces" */
	const char *subject;
	enum observe_part part; /* that the judgement rests on */
	/* Pure. Fills severity, seen, means, mend. */
	void (*judge)(const struct observations *o, struct doctor_finding *f);
};

/* The checks, in the order in which one depends on another. */
extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/* "ok", "note", "warning", "error", "skipped". */
const char *doctor_severity_name(enum doctor_severity s);
/* A check by its id. Errors: ERR_NOT_FOUND naming the nearest. */
int doctor_find(const char *id, const struct doctor_check **ret, struct err *err);
/* Judge one check. Pure. */
void doctor_judge(const struct doctor_check *check, const struct observations *o, struct arena *a,
		  struct doctor_finding *ret);
/* Append the page about an id: text of at most 80 columns with a heading. */
void doctor_page(const char *id, struct buf *out);

/* docs/guide/troubleshooting.md, whole. */
extern const unsigned char doctor_guide[];
extern const size_t doctor_guide_size;

#endif
