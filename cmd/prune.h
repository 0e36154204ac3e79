/* SPDX-License-Identifier: Apache-2.0 */
/* What the prune commands share: the question, the plan, and docker's words for what was done. */
#ifndef ONGGI_CMD_PRUNE_H
#define ONGGI_CMD_PRUNE_H

#include <stdbool.h>

#include "cmd.h"
#include "store/prune.h"

struct prune_args {
	bool all, force, dry_run, volumes;
	char **filter;
};

#define PRUNE_OPT_ALL(help_)	OPT_FLAG("all", 'a', struct prune_args, all, (help_))
#define PRUNE_OPT_FILTER(help_) OPT_LIST("filter", 0, struct prune_args, filter, "FILTER", (help_))
/* Rows of every prune command: --force and --dry-run. */
extern const struct opt prune_rows[];

struct prune_job {
	bool containers, images, volumes;
	bool all_volumes;    /* those with a name, too */
	unsigned filters;    /* PRUNE_BY_… */
	const char *warning; /* what will be removed, in docker's words; ends with a newline */
};

/* Ask, plan, carry out and report. Returns the exit code. */
int cmd_prune(struct cmd_context *ctx, const struct prune_job *job, const struct prune_args *a,
	      struct err *err);

#endif
