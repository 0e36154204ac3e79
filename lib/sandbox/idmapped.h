/* SPDX-License-Identifier: Apache-2.0 */
/* Bind mounts with mapped ids (config.md "idmap", "uidMappings"): only the host's root makes them.
 */
#ifndef ONGGI_SANDBOX_IDMAPPED_H
#define ONGGI_SANDBOX_IDMAPPED_H

#include "base/err.h"
#include "sandbox/plan.h"

/*
 * In the parent: copy the sources of the plan's mounts with mapped ids, map them, and send each to
 * the child, in order.
 *
 * userns_fd  the container's, for mounts without mappings of their own
 * Errors:    ERR_UNSUPPORTED where the file system can't, ERR_DENIED for ordinary users
 */
int idmapped_send(const struct sandbox_plan *p, int channel, int userns_fd, struct err *err);

#endif
