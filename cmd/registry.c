/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "image/image.h"

void cmd_registry(const struct cmd_context *ctx, const struct image_fetch_args *args,
		  struct registry_options *ret)
{
	int64_t retry = args->retry;
	const struct config_values *v = &ctx->config.values;

	*ret = (struct registry_options){.insecure = v->insecure_registries,
					 .tls_verify_off = args->tls_verify == 0};
	if (retry < 0)
		retry = v->pull_retries >= 0 ? v->pull_retries : IMAGE_PULL_RETRIES;
	ret->retries = (unsigned)retry;
	ret->retry_delay = args->retry_delay >= 0 ? args->retry_delay : v->pull_retry_delay;
}
