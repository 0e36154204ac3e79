/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What long operations tell while they go on: whoever works reports events to a callback, whoever
 * talks to a person draws. Called from several threads; the callback serialises.
 */
#ifndef ONGGI_CLI_PROGRESS_H
#define ONGGI_CLI_PROGRESS_H

#include <stdint.h>

enum progress_kind {
	PROGRESS_START, /* a part begins: name, total (0: unknown) */
	PROGRESS_STEP,	/* done so far */
	PROGRESS_END,	/* a part is complete */
	PROGRESS_NOTE,	/* a line of text in name */
};

struct progress_event {
	enum progress_kind kind;
	const char *name; /* a layer's short digest, a file */
	uint64_t done, total;
};

struct progress {
	void (*report)(struct progress *p, const struct progress_event *e);
};

/* Report when p is not NULL. */
void progress_report(struct progress *p, enum progress_kind kind, const char *name, uint64_t done,
		     uint64_t total);

#endif
