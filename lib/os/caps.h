/* SPDX-License-Identifier: Apache-2.0 */
/* Capability sets by number and name, and applying all five of them. capabilities(7). */
#ifndef ONGGI_OS_CAPS_H
#define ONGGI_OS_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CAP_BIT(n) (UINT64_C(1) << (n))

struct cap_sets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* Number of "CAP_CHOWN" or "chown" in any case; -1 when unknown. */
int cap_number(const char *name);
/* "CAP_CHOWN"; NULL when unknown. */
const char *cap_name(int cap);
/* Highest capability that the running kernel knows (at least 40 on 5.15). */
int cap_last(void);
/* All capabilities that the kernel knows. */
uint64_t cap_all(void);
/* Effective set of the calling process. */
uint64_t cap_current(void);
/* Drop from the bounding set all that is not in keep. */
int cap_limit_bounding(uint64_t keep, struct err *err);
/* Set effective, permitted and inheritable. Ambient ones that are not in both of the latter go. */
int cap_apply_sets(const struct cap_sets *sets, struct err *err);
/* Set effective, permitted, inheritable, then ambient. */
int cap_apply(const struct cap_sets *sets, struct err *err);

#endif
