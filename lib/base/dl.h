/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries opened at first use (design.md §2: not on the way of a plain `run`). One file per
 * library owns a static table of its symbols and calls dl_load() before each use; loading twice is
 * cheap.
 */
#ifndef ONGGI_BASE_DL_H
#define ONGGI_BASE_DL_H

#include <pthread.h>
#include <stddef.h>

#include "base/err.h"

struct dl_symbol {
	const char *name;
	void *slot; /* address of the function pointer to fill */
};

struct dl_library {
	const char *soname;  /* "libcrypto.so.3" */
	const char *package; /* what to install, for the hint */
	const struct dl_symbol *symbols;
	size_t n_symbols;
	void *handle;	      /* set once loaded */
	pthread_mutex_t lock; /* of whoever loads it; zeroed is PTHREAD_MUTEX_INITIALIZER */
};

/*
 * Open the library and resolve every symbol. Thread-safe. On failure no slot is used and err says
 * which library is missing, with `apt install PACKAGE (onggi doctor libNAME)` as hint
 * (ERR_UNSUPPORTED).
 */
int dl_load(struct dl_library *lib, struct err *err);

#endif
