/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange over HTTP/1.1 by libcurl: a request without a body, the answer's head, and its body
 * read bit by bit. No redirects, credentials or repetitions: those are http.h's. Only for the files
 * of this module.
 */
#ifndef ONGGI_REGISTRY_HTTP_CURL_H
#define ONGGI_REGISTRY_HTTP_CURL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "registry/http_url.h"

#define HTTP_HEADERS_MAX     128		/* lines of an answer's head */
#define HTTP_HEADERS_SIZE    ((size_t)64 << 10) /* their bytes */
#define HTTP_HEADER_LINE_MAX ((size_t)16 << 10)

/* Why an exchange failed, for whoever decides whether to repeat it. */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_UNREACHABLE, /* no such host, nobody listens */
	HTTP_FAULT_TIMEOUT,	/* no connection in time, or no byte for too long */
	HTTP_FAULT_TLS,		/* the peer does not speak TLS, or not with us */
	HTTP_FAULT_UNTRUSTED,	/* its certificate */
	HTTP_FAULT_NOT_HTTP,	/* an answer that is none, or none at all */
	HTTP_FAULT_CUT,		/* the connection broke */
	HTTP_FAULT_REFUSED,	/* we don't take it: head too large, forbidden redirect; final */
	HTTP_FAULT_CANCELLED,
	HTTP_FAULT_OURS, /* libcurl is missing or misused */
};

struct http_wire; /* connections that wait to be used again; for several threads */

/* Opens libcurl. Errors: ERR_UNSUPPORTED where it is not installed. */
int http_wire_new(struct http_wire **ret, struct err *err);
/* Release; no exchange may be open. NULL is accepted. */
void http_wire_free(struct http_wire *w);
DEFINE_CLEANUP(http_wire, http_wire_free)

/*
 * Parse an absolute URL, or one that is relative to base (RFC 3986, section 5); by libcurl, so that
 * what is judged is what will be visited. base: NULL: none. A fragment is dropped.
 * Errors: ERR_INVALID for other schemes than http and https, user names, control characters
 */
int http_url_parse(const char *text, const struct http_url *base, struct http_url *ret,
		   struct err *err);

struct http_wire_request {
	const struct http_url *url;
	bool head;		   /* HEAD, else GET */
	char *const *headers;	   /* strv of "Name: value", in our hands: no control characters */
	const char *proxy;	   /* URL of a proxy; NULL: none */
	bool verify_off;	   /* take any certificate */
	int64_t connect_timeout;   /* nanoseconds until there is a connection (with TLS) */
	int64_t stall_timeout;	   /* nanoseconds without a byte */
	const atomic_bool *cancel; /* NULL: never */
};

struct http_exchange;

/*
 * Send the request and wait for the answer's head. Everything in q is needed only during the call,
 * but cancel.
 *
 * ret_fault  why it failed
 * Errors: ERR_NETWORK in words that name the host, ERR_CANCELLED, ERR_UNSUPPORTED
 */
int http_exchange_open(struct http_wire *w, const struct http_wire_request *q,
		       struct http_exchange **ret, enum http_fault *ret_fault, struct err *err);
/* Release, and keep the connection if the body was read to its end. NULL is accepted. */
void http_exchange_free(struct http_exchange *x);
DEFINE_CLEANUP(http_exchange, http_exchange_free)
/* 200 and so on. */
unsigned http_exchange_status(const struct http_exchange *x);
/* Value of the nth (from 0) header of that name (any case), trimmed; NULL where there is none. */
const char *http_exchange_header(const struct http_exchange *x, const char *name, unsigned nth);
/* At most n bytes of the body; 0 at its end; -1 with http_exchange_fault() saying why. */
ssize_t http_exchange_read(struct http_exchange *x, void *buf, size_t n, struct err *err);
/* Why the last read failed. */
enum http_fault http_exchange_fault(const struct http_exchange *x);

#endif
