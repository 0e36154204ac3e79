/* SPDX-License-Identifier: Apache-2.0 */
/* Running a container in the foreground: the caller's process is the supervisor. */
#ifndef ONGGI_CONTAINER_RUN_H
#define ONGGI_CONTAINER_RUN_H

#include "base/err.h"
#include "container/options.h"
#include "store/store.h"

/*
 * Run a new container of an image until its program ends.
 *
 * argv      the operands behind IMAGE, NULL-terminated
 * ret_code  docker's exit code: the program's, or 128 + signal
 * Errors:   ERR_EXEC when the program could not be executed (126, or 127 when err->sys is ENOENT),
 * anything else means 125. With --rm, and after an error before the start, nothing is left behind
 */
int container_run(struct store *s, const struct container_options *o, const char *image,
		  char *const *argv, int *ret_code, struct err *err);

#endif
