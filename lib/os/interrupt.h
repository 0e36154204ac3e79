/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending long work in order when a signal asks for it: SIGINT, SIGTERM and SIGHUP set a flag that
 * the work looks at. A second signal of the kind ends the process at once.
 */
#ifndef ONGGI_OS_INTERRUPT_H
#define ONGGI_OS_INTERRUPT_H

#include <signal.h>
#include <stdatomic.h>

#include "base/cleanup.h"
#include "base/err.h"

#define INTERRUPT_SIGNALS 3

struct interrupt_flag {
	atomic_bool set;
	atomic_int signal;
};

struct interrupt {
	struct interrupt_flag *flag; /* shared with children: whoever gets the signal tells all */
	struct sigaction old[INTERRUPT_SIGNALS];
};

/*
 * Begin to watch; one at a time. A signal that is ignored stays so. Children that are made
 * meanwhile share the flag.
 */
int interrupt_begin(struct interrupt *ret, struct err *err);
/* The signal that came first; 0: none. */
int interrupt_signal(const struct interrupt *i);
/* Put things back as they were. Zeroed ones are accepted. */
void interrupt_end(struct interrupt *i);
DEFINE_CLEANUP_VALUE(interrupt, interrupt_end)

#endif
