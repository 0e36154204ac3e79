/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to a host and its answer, with redirects followed: what is sent where, and what is
 * verified. Only for the files of this module.
 */
#ifndef ONGGI_REGISTRY_HTTP_H
#define ONGGI_REGISTRY_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "registry/http_curl.h"
#include "registry/http_url.h"

#define HTTP_REDIRECTS_MAX 10

struct http_options {
	struct http_trust trust;   /* copied */
	const atomic_bool *cancel; /* borrowed; NULL: never */
	int64_t connect_timeout;   /* nanoseconds */
	int64_t stall_timeout;	   /* nanoseconds */
};

struct http_client; /* for several threads */

/* Errors: ERR_UNSUPPORTED where libcurl is not installed. */
int http_client_new(const struct http_options *o, struct http_client **ret, struct err *err);
/* Release; no answer may be open. NULL is accepted. */
void http_client_free(struct http_client *c);
DEFINE_CLEANUP(http_client, http_client_free)
/* Whom it trusts; borrowed. */
const struct http_trust *http_client_trust(const struct http_client *c);

#define HTTP_RANGE_NONE UINT64_MAX

struct http_request {
	const struct http_url *url;
	bool head;
	const char *accept;	   /* NULL: anything */
	const char *authorization; /* for the origin of url alone; NULL: none */
	uint64_t from;		   /* first byte that is wanted; HTTP_RANGE_NONE: all */
	int64_t connect_timeout;   /* 0: the client's */
};

struct http_reply {
	struct http_exchange *exchange;
	struct http_url url; /* where it came from at last */
	bool same_origin;    /* url is of the origin that was asked, and no redirect left it */
};
/* Release; zeroed ones are accepted. */
void http_reply_done(struct http_reply *r);
DEFINE_CLEANUP_VALUE(http_reply, http_reply_done)

/*
 * Ask, and follow redirects (301, 302, 303, 307, 308), at most HTTP_REDIRECTS_MAX; whatever other
 * status comes is an answer. Authorization goes to the first origin only.
 *
 * ret_fault  why it failed
 * Errors: ERR_NETWORK in words that name the host, ERR_CANCELLED, ERR_UNSUPPORTED
 */
int http_open(struct http_client *c, const struct http_request *q, struct http_reply *ret,
	      enum http_fault *ret_fault, struct err *err);

/*
 * The rest of the body, appended; a body that passes the buffer's maximum is ERR_LIMIT with
 * HTTP_FAULT_REFUSED. what: subject for that error.
 */
int http_read_all(struct http_reply *r, const char *what, struct buf *out,
		  enum http_fault *ret_fault, struct err *err);

/* Sleep, ending early with ERR_CANCELLED. */
int http_pause(const struct http_client *c, int64_t nanoseconds, struct err *err);

#endif
