/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing what cli/progress.h tells: bars on a terminal, redrawn in place; a line for each part
 * elsewhere; or JSON, one object a line. Everything goes to one descriptor (standard error), so
 * that standard output stays what scripts read.
 */
#ifndef ONGGI_CLI_PROGRESS_VIEW_H
#define ONGGI_CLI_PROGRESS_VIEW_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "cli/progress.h"

enum progress_mode {
	PROGRESS_AUTO, /* bars where fd is a terminal that can move its cursor, else plain */
	PROGRESS_TTY,
	PROGRESS_PLAIN,
	PROGRESS_JSON,
	PROGRESS_QUIET, /* nothing at all */
};

/* The words of --progress, NULL-terminated, in the order of the enum: auto tty plain json quiet. */
extern const char *const progress_modes[];

struct progress_view;

/* The mode that a word names; NULL: auto. quiet (--quiet) wins. word: one of progress_modes. */
enum progress_mode progress_mode_of(const char *word, bool quiet);

/*
 * Begin. Nothing is drawn before the first event.
 *
 * fd    borrowed
 * verb  what parts are doing: "pulling", "loading", "saving"
 */
struct progress_view *progress_view_new(enum progress_mode mode, int fd, const char *verb);
/* What to hand to whoever works; lives as long as the view. */
struct progress *progress_view_events(struct progress_view *v);
/* End: the last state is drawn and the cursor is below it. NULL is accepted. */
void progress_view_free(struct progress_view *v);
DEFINE_CLEANUP(progress_view, progress_view_free)

#endif
