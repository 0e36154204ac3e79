/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/http.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/strv.h"

#define PAUSE_SLICE ((int64_t)50000000) /* nanoseconds that a cancel may go unnoticed */
#define READ_SIZE   ((size_t)16 << 10)

struct http_client {
	struct http_wire *wire;
	struct http_trust trust;
	char **insecure;
	char *unverified;
	/* The environment's, copied: another thread may change what getenv(3) gave. */
	struct http_proxies proxies;
	char *proxy_text[4];
	const atomic_bool *cancel;
	int64_t connect_timeout, stall_timeout;
};

static void copy_proxies(struct http_client *c)
{
	struct http_proxies env = http_proxies_get();

	c->proxy_text[0] = xstrdup(env.http);
	c->proxy_text[1] = xstrdup(env.https);
	c->proxy_text[2] = xstrdup(env.all);
	c->proxy_text[3] = xstrdup(env.no);
	c->proxies = (struct http_proxies){
		.http = c->proxy_text[0],
		.https = c->proxy_text[1],
		.all = c->proxy_text[2],
		.no = c->proxy_text[3],
	};
}

int http_client_new(const struct http_options *o, struct http_client **ret, struct err *err)
{
	_cleanup_(http_client) struct http_client *c = xalloc(sizeof(*c));

	if (http_wire_new(&c->wire, err) < 0)
		return -1;
	c->insecure = strv_dup(o->trust.insecure);
	c->unverified = xstrdup(o->trust.unverified);
	c->trust = (struct http_trust){.insecure = c->insecure, .unverified = c->unverified};
	c->cancel = o->cancel;
	c->connect_timeout = o->connect_timeout;
	c->stall_timeout = o->stall_timeout;
	copy_proxies(c);
	*ret = ptr_take(c);
	return 0;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	http_wire_free(c->wire);
	strv_free(c->insecure);
	free(c->unverified);
	for (size_t i = 0; i < ARRAY_SIZE(c->proxy_text); i++)
		free(c->proxy_text[i]);
	free(c);
}

const struct http_trust *http_client_trust(const struct http_client *c)
{
	return &c->trust;
}

void http_reply_done(struct http_reply *r)
{
	http_exchange_free(r->exchange);
	http_url_done(&r->url);
	r->exchange = NULL;
}

static char **request_headers(const struct http_request *q, bool with_authorization)
{
	char **v = NULL;

	/* Bytes are compared with digests: nobody on the way shall pack them. */
	strv_add(&v, "Accept-Encoding: identity");
	strv_take(&v, xasprintf("Accept: %s", q->accept ? q->accept : "*/*"));
	if (q->from != HTTP_RANGE_NONE)
		strv_take(&v, xasprintf("Range: bytes=%" PRIu64 "-", q->from));
	if (q->authorization && with_authorization)
		strv_take(&v, xasprintf("Authorization: %s", q->authorization));
	return v;
}

static bool is_redirect(const struct http_exchange *x)
{
	unsigned s = http_exchange_status(x);

	return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
	       http_exchange_header(x, "Location", 0);
}

/* Where a redirect leads, if that may be followed. */
static int redirect_target(const struct http_client *c, const struct http_exchange *x,
			   const struct http_url *from, struct http_url *ret, struct err *err)
{
	const char *location = http_exchange_header(x, "Location", 0);
	char a[HTTP_AUTHORITY_MAX], b[HTTP_AUTHORITY_MAX];
	_cleanup_(http_url) struct http_url to = {.target = NULL};

	if (http_url_parse(location, from, &to, err) < 0) {
		if (err && err->kind != ERR_UNSUPPORTED)
			err->kind = ERR_NETWORK;
		return err_ctx(err, "'%s' redirects to what is no address",
			       http_url_authority(from, a));
	}
	if (!http_trust_follow(&c->trust, from, &to))
		return err_set(err, ERR_NETWORK,
			       "'%s' redirects from HTTPS to plain HTTP at '%s': refused",
			       http_url_authority(from, a), http_url_authority(&to, b));
	*ret = to;
	to.target = NULL;
	return 0;
}

/* One exchange. */
static int ask(struct http_client *c, const struct http_request *q, struct http_reply *reply,
	       enum http_fault *ret_fault, struct err *err)
{
	_cleanup_strv_ char **headers = request_headers(q, reply->same_origin);
	struct http_wire_request w = {
		.url = &reply->url,
		.head = q->head,
		.headers = headers,
		.proxy = http_proxies_choose(&c->proxies, &reply->url),
		.verify_off = http_trust_plain(&c->trust, reply->url.host, reply->url.port),
		.connect_timeout = q->connect_timeout ? q->connect_timeout : c->connect_timeout,
		.stall_timeout = c->stall_timeout,
		.cancel = c->cancel,
	};

	return http_exchange_open(c->wire, &w, &reply->exchange, ret_fault, err);
}

int http_open(struct http_client *c, const struct http_request *q, struct http_reply *ret,
	      enum http_fault *ret_fault, struct err *err)
{
	_cleanup_(http_reply) struct http_reply reply = {.url = *q->url, .same_origin = true};
	char host[HTTP_AUTHORITY_MAX];

	reply.url.target = xstrdup(q->url->target);
	for (unsigned hops = 0;; hops++) {
		_cleanup_(http_url) struct http_url next = {.target = NULL};

		if (ask(c, q, &reply, ret_fault, err) < 0)
			return -1;
		if (!is_redirect(reply.exchange))
			break;
		*ret_fault = HTTP_FAULT_REFUSED;
		if (hops == HTTP_REDIRECTS_MAX)
			return err_set(err, ERR_NETWORK,
				       "'%s' redirects without end: %d redirects are followed",
				       http_url_authority(q->url, host), HTTP_REDIRECTS_MAX);
		if (redirect_target(c, reply.exchange, &reply.url, &next, err) < 0)
			return -1;
		/* Once elsewhere, a way back is not to be trusted with what was kept from there. */
		if (!http_url_same_origin(q->url, &next))
			reply.same_origin = false;
		http_reply_done(&reply);
		reply.url = next;
		next.target = NULL;
	}
	*ret_fault = HTTP_FAULT_NONE;
	*ret = reply;
	reply = (struct http_reply){.exchange = NULL};
	return 0;
}

int http_read_all(struct http_reply *r, const char *what, struct buf *out,
		  enum http_fault *ret_fault, struct err *err)
{
	_cleanup_free_ char *chunk = xalloc(READ_SIZE);
	ssize_t n;

	while ((n = http_exchange_read(r->exchange, chunk, READ_SIZE, err)) > 0) {
		buf_add(out, chunk, (size_t)n);
		if (buf_check(out, what, err) < 0) {
			*ret_fault = HTTP_FAULT_REFUSED;
			return -1;
		}
	}
	*ret_fault = n < 0 ? http_exchange_fault(r->exchange) : HTTP_FAULT_NONE;
	return n < 0 ? -1 : 0;
}

int http_pause(const struct http_client *c, int64_t nanoseconds, struct err *err)
{
	while (nanoseconds > 0) {
		int64_t slice = nanoseconds < PAUSE_SLICE ? nanoseconds : PAUSE_SLICE;
		struct timespec t = {.tv_nsec = (long)slice};

		if (c->cancel && atomic_load(c->cancel))
			return err_set(err, ERR_CANCELLED, "cancelled");
		(void)nanosleep(&t, NULL);
		nanoseconds -= slice;
	}
	return 0;
}
