/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onggi-init, the program of our own that the container's first process executes before the
 * person's: so that /proc/self/exe never is the host's onggi (docs/adr/0020), and as pid 1 of a
 * container with --init. Its source is init/main.c; the bytes are made by the build.
 */
#ifndef ONGGI_SANDBOX_INIT_H
#define ONGGI_SANDBOX_INIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define INIT_NAME "onggi-init"

extern const unsigned char init_program[];
extern const size_t init_program_size;

/* What it is to do. */
struct init_order {
	bool stay;	     /* as pid 1: fork the program, reap, forward signals */
	int report_fd;	     /* inherited; an int with the errno is written to it. -1: none */
	const char *program; /* path for execve(2) */
	char *const *argv;   /* of the program; all NULL-terminated */
	char *const *env;
};

/*
 * A file that holds the program and that nobody can write: a sealed memfd, or where such may not be
 * executed (vm.memfd_noexec) a file of a read-only tmpfs that is attached nowhere. It is
 * close-on-exec.
 */
int init_open(int *ret, struct err *err);
/*
 * Execute it. report_fd is to be inheritable; with `stay` all signals are to be blocked. Returns
 * only on failure, -1 with errno.
 */
int init_exec(int fd, const struct init_order *o);

#endif
