/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of the runtime spec (config.md "POSIX-platform Hooks"): programs that get the state on
 * stdin. */
#ifndef ONGGI_SANDBOX_HOOKS_H
#define ONGGI_SANDBOX_HOOKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "sandbox/sandbox.h"

/* Do hooks run between the mounts and pivot_root? */
bool hooks_before_pivot(const struct runtime_spec *s);
/* prestart and createRuntime, in the caller's namespaces. The first that fails is the error. */
int hooks_run_runtime(const struct sandbox_request *req, pid_t pid, struct err *err);
/* createContainer and startContainer, in the container's namespaces. */
int hooks_run_create_container(const struct sandbox_request *req, struct err *err);
int hooks_run_start_container(const struct sandbox_request *req, struct err *err);
/* poststart, in the caller's namespaces. */
int hooks_run_poststart(const struct sandbox_request *req, pid_t pid, struct err *err);

#endif
