/* SPDX-License-Identifier: Apache-2.0 */
/* Signals by the names that people and images give them. */
#ifndef ONGGI_OCI_SIGNAL_STRING_H
#define ONGGI_OCI_SIGNAL_STRING_H

#include "base/err.h"

/* Number of "TERM", "SIGTERM", "15", "RTMIN+3", in any case. Errors: ERR_INVALID. */
int signal_parse(const char *s, int *ret, struct err *err);
/* "SIGTERM", "SIGRTMIN+3"; NULL when unknown. */
const char *signal_name(int sig);

#endif
