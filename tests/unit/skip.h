/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests whose prerequisite is missing say so on a line of their own, which tests/run counts as a
 * skipped test and not as one that passed.
 */
#ifndef ONGGI_TESTS_UNIT_SKIP_H
#define ONGGI_TESTS_UNIT_SKIP_H

#include <stdio.h>
#include <unistd.h>

/* One write(2), past stdio: lines of tests that run at once stay whole. A test prints one at most.
 */
static inline void skip_tell(const char *test, const char *why)
{
	dprintf(STDOUT_FILENO, "skipped: %s: %s\n", test, why);
}

/* Leave the test. */
#define SKIP(why)                                                                                  \
	do {                                                                                       \
		skip_tell(__func__, why);                                                          \
		return;                                                                            \
	} while (0)

#endif
