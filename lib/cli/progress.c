/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stddef.h>

void progress_report(struct progress *p, enum progress_kind kind, const char *name, uint64_t done,
		     uint64_t total)
{
	struct progress_event e = {.kind = kind, .name = name, .done = done, .total = total};

	if (p && p->report)
		p->report(p, &e);
}
