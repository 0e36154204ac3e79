/* SPDX-License-Identifier: Apache-2.0 */
/* --progress of the commands that move images. */
#ifndef ONGGI_CMD_PROGRESS_H
#define ONGGI_CMD_PROGRESS_H

#include <stdbool.h>

#include "cli/progress_view.h"
#include "cmd.h"

#define OPT_PROGRESS(type_, member_)                                                               \
	{                                                                                          \
		.kind = OPT_KIND_CHOICE, .name = "progress", .offset = offsetof(type_, member_),   \
		.value = "MODE", .choices = progress_modes, .fallback = "auto",                    \
		.help = "how progress is shown"                                                    \
	}

/*
 * A view on standard error. word: of --progress, NULL: as it is configured.
 * lines: where nobody looks (no terminal), "auto" tells each part's end; else it tells nothing
 */
struct progress_view *cmd_progress(const struct cmd_context *ctx, const char *word, bool quiet,
				   bool lines, const char *verb);

#endif
