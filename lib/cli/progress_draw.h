/* SPDX-License-Identifier: Apache-2.0 */
/* What a progress view looks like, as pure text. Private to cli. */
#ifndef ONGGI_CLI_PROGRESS_DRAW_H
#define ONGGI_CLI_PROGRESS_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum progress_phase {
	PROGRESS_WAITS,
	PROGRESS_RUNS,
	PROGRESS_DONE,
	PROGRESS_THERE, /* nothing was to be done */
};

struct progress_part {
	char *name; /* shown with control characters escaped */
	enum progress_phase phase;
	uint64_t done, total; /* bytes; total 0: unknown */
	uint64_t started;     /* nanoseconds */
};

struct progress_parts {
	const char *verb; /* "pulling" */
	struct progress_part *v;
	size_t n;
	uint64_t started; /* nanoseconds */
};

/*
 * Append the block that stands for a moment: a summary, a line with a bar for each part at work, as
 * many as fit, and what waits. Every line ends with a newline and takes less than `width` columns,
 * so that no terminal wraps it; there are at most `height` lines.
 *
 * now     nanoseconds
 * width   columns, at least 1
 * height  lines, at least 1
 */
void progress_draw(const struct progress_parts *parts, uint64_t now, unsigned width,
		   unsigned height, struct buf *out);
/* Append the line that tells of a part's end: "layer 4bcff63911fc: done, 80.1MB in 3.2s". */
void progress_draw_end(const struct progress_part *part, uint64_t now, struct buf *out);
/* Append text with what could move a cursor escaped, cut to `width` columns. */
void progress_draw_text(const char *text, unsigned width, struct buf *out);

#endif
