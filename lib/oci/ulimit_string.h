/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of --ulimit as typed values. Lexical only. */
#ifndef ONGGI_OCI_ULIMIT_STRING_H
#define ONGGI_OCI_ULIMIT_STRING_H

#include <stdint.h>

#include "base/err.h"

struct ulimit {
	const char *type;    /* "RLIMIT_NOFILE" */
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};
/* NAME=SOFT[:HARD]; -1 and "unlimited" mean no limit. Errors: ERR_INVALID with the accepted names.
 */
int ulimit_parse(const char *s, struct ulimit *ret, struct err *err);

#endif
