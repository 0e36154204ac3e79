/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the program of a container as a shell would, inside the container's root. */
#ifndef ONGGI_SANDBOX_EXEC_H
#define ONGGI_SANDBOX_EXEC_H

#include "base/alloc.h"
#include "base/err.h"

#define EXEC_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Path of a program for execve(2), seen from the calling process's root and working directory.
 *
 * name    with a slash: taken as it is; else looked up in `path` (NULL: EXEC_DEFAULT_PATH)
 * ret     lives in a
 * Errors: ERR_EXEC, sys ENOENT where it is not found, EACCES where it may not be executed
 */
int exec_find(const char *name, const char *path, struct arena *a, const char **ret,
	      struct err *err);
/* Set the error of a program that can't be executed for the reason sys. Returns -1. */
int exec_failed(const char *name, int sys, struct err *err);
/* The same for a program that was found: what is not there then (ENOENT) is its interpreter. */
int exec_refused(const char *name, int sys, struct err *err);

#endif
