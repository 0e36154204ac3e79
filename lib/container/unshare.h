/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program of the host where the store's owners are seen as containers see them. */
#ifndef ONGGI_CONTAINER_UNSHARE_H
#define ONGGI_CONTAINER_UNSHARE_H

#include "base/err.h"
#include "store/store.h"

/*
 * Run a program as root of the user's namespace, with its id maps and a mount namespace of its own;
 * root runs it as it is. ONGGI_ROOT and ONGGI_RUNROOT are set for it, so that onggi finds the same
 * store in it.
 *
 * argv      NULL-terminated; argv[0] is looked up in PATH
 * ret_code  its exit code, docker's for a signal
 * Errors:   ERR_EXEC when it can't be executed (sys says why); those of user namespaces
 */
int container_unshare(const struct store *s, char *const *argv, int *ret_code, struct err *err);

#endif
