/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <unistd.h>

struct progress_view *cmd_progress(const struct cmd_context *ctx, const char *word, bool quiet,
				   bool lines, const char *verb)
{
	enum progress_mode mode =
		progress_mode_of(word ? word : ctx->config.values.progress, quiet);

	if (mode == PROGRESS_AUTO && !lines && !isatty(STDERR_FILENO))
		mode = PROGRESS_QUIET;
	return progress_view_new(mode, STDERR_FILENO, verb);
}
