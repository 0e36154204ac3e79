/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that talk to registries take from their options and the configuration. */
#ifndef ONGGI_CMD_REGISTRY_H
#define ONGGI_CMD_REGISTRY_H

#include <stdint.h>

#include "cmd.h"
#include "registry/registry.h"

/*
 * Fill the options of a conversation with a registry.
 *
 * tls_verify   of --tls-verify: -1 not given
 * retry        of --retry: -1 not given
 * retry_delay  of --retry-delay, nanoseconds: -1 not given
 * ret          borrows from ctx
 */
void cmd_registry(const struct cmd_context *ctx, int tls_verify, int64_t retry, int64_t retry_delay,
		  struct registry_options *ret);

#endif
