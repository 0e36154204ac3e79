/* SPDX-License-Identifier: Apache-2.0 */
/* The device policy that every container needs (config-linux.md "Default Devices"). */
#ifndef ONGGI_SANDBOX_DEVICE_RULES_H
#define ONGGI_SANDBOX_DEVICE_RULES_H

#include "base/alloc.h"
#include "oci/runtime_spec.h"

/*
 * The spec's resources with rules added, where it has device rules at all: the default devices,
 * terminals, and making nodes (opening them is what is policed) are allowed. Without rules, the
 * same.
 *
 * r    may be NULL
 * a    owns what is new; the rest is borrowed from r
 */
const struct spec_resources *device_rules_with_defaults(const struct spec_resources *r,
							struct arena *a);

#endif
