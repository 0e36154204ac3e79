/* SPDX-License-Identifier: Apache-2.0 */
/* Why an exchange failed. Only for http_curl.c. */
#ifndef ONGGI_REGISTRY_HTTP_FAILURE_H
#define ONGGI_REGISTRY_HTTP_FAILURE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "registry/http_curl.h"

/* What is known of an exchange that libcurl gave up; the strings are the caller's. */
struct http_failure {
	CURLcode result;
	const char *authority; /* whom it was with */
	bool by_proxy;
	const char *refused;	 /* why we ended it ourselves; NULL: we didn't */
	char *detail;		 /* libcurl's words, made one line here; "" where it has none */
	const char *generic;	 /* those for every such result */
	long sys;		 /* errno of the connection, 0: none */
	long connect_status;	 /* what a proxy answered CONNECT with, 0: nothing */
	int64_t connect_timeout; /* nanoseconds */
};

/* Say what went wrong. ret_fault: what it means. Errors: always, ERR_NETWORK or ERR_UNSUPPORTED. */
int http_failure_word(struct http_failure *f, enum http_fault *ret_fault, struct err *err);

#endif
