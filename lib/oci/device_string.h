/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of --device as typed values. Lexical only: nothing is looked up. */
#ifndef ONGGI_OCI_DEVICE_STRING_H
#define ONGGI_OCI_DEVICE_STRING_H

#include <stdbool.h>

#include "base/alloc.h"
#include "base/err.h"

struct device_request {
	char *host;	 /* path */
	char *container; /* path */
	char *access;	 /* "rwm" */
	bool cdi;	 /* vendor.com/class=name: host holds the whole string */
};
/*
 * HOST[:CONTAINER[:PERMISSIONS]], Docker's HOST:PERMISSIONS, or a CDI name (container is NULL
 * then). Errors: ERR_INVALID.
 */
int device_parse(struct arena *a, const char *s, struct device_request *ret, struct err *err);

#endif
