/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What long operations tell while they go on: whoever works reports events to a callback, whoever
 * talks to a person draws (cli/progress_view.h). Called from several threads; the callback
 * serialises. A part is known by its name.
 */
#ifndef ONGGI_CLI_PROGRESS_H
#define ONGGI_CLI_PROGRESS_H

#include <stdint.h>

enum progress_kind {
	PROGRESS_WAIT,	/* a part is known and its turn has not come; total where it is known */
	PROGRESS_START, /* a part begins: name, total bytes (0: unknown) */
	PROGRESS_STEP,	/* done so far */
	PROGRESS_END,	/* a part is complete */
	PROGRESS_HAVE,	/* a part was there already */
	PROGRESS_NOTE,	/* a line of text in name */
	PROGRESS_WARN,	/* the same, told also where no progress is shown */
};

struct progress_event {
	enum progress_kind kind;
	const char *name; /* "layer 4bcff63911fc", a file */
	uint64_t done, total;
};

struct progress {
	void (*report)(struct progress *p, const struct progress_event *e);
};

/* Report when p is not NULL. */
void progress_report(struct progress *p, enum progress_kind kind, const char *name, uint64_t done,
		     uint64_t total);

#endif
