/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that talk to registries take from their options and the configuration. */
#ifndef ONGGI_CMD_REGISTRY_H
#define ONGGI_CMD_REGISTRY_H

#include "cmd.h"
#include "image/options.h"
#include "registry/registry.h"

/*
 * Fill the options of a conversation with a registry.
 *
 * args  of the command line
 * ret   borrows from ctx
 */
void cmd_registry(const struct cmd_context *ctx, const struct image_fetch_args *args,
		  struct registry_options *ret);

#endif
