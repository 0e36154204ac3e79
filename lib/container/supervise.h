/* SPDX-License-Identifier: Apache-2.0 */
/* Looking after a foreground container: signals, terminal, the end. */
#ifndef ONGGI_CONTAINER_SUPERVISE_H
#define ONGGI_CONTAINER_SUPERVISE_H

#include <signal.h>

#include "base/err.h"
#include "container/stdio.h"
#include "sandbox/sandbox.h"

/*
 * Block the signals that are relayed, before the container starts, so that none is lost, and ignore
 * SIGPIPE. Signals that were ignored are left alone, but for SIGINT and SIGQUIT, which then are
 * relayed only when a process sent them.
 *
 * ret_fd       a signalfd for them, close-on-exec
 * ret_ignored  signals that are ignored now, for struct sandbox_request
 */
int supervise_signals(int *ret_fd, sigset_t *ret_ignored, struct err *err);
/*
 * Relay until pid 1 has ended and its output is passed on. ret_status: as waitpid(2).
 *
 * A SIGINT, SIGTERM, SIGHUP or SIGQUIT for which pid 1 has no handler would be dropped by the
 * kernel (pid_namespaces(7)); it ends the container instead, as it would end the program outside,
 * and *ret_status says so.
 *
 * When a standard file could not be read or written (stdio_check()) that is a warning, and a
 * program that ended with 0 counts as ended with 125: its success is not ours.
 */
int supervise(struct sandbox *sb, struct stdio *io, int signal_fd, int *ret_status,
	      struct err *err);

#endif
