/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "image/image.h"

void cmd_registry(const struct cmd_context *ctx, int tls_verify, int64_t retry, int64_t retry_delay,
		  struct registry_options *ret)
{
	const struct config_values *v = &ctx->config.values;

	*ret = (struct registry_options){.insecure = v->insecure_registries,
					 .tls_verify_off = tls_verify == 0};
	if (retry < 0)
		retry = v->pull_retries >= 0 ? v->pull_retries : IMAGE_PULL_RETRIES;
	ret->retries = (unsigned)retry;
	ret->retry_delay = retry_delay >= 0 ? retry_delay : v->pull_retry_delay;
}
