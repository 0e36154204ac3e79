/* SPDX-License-Identifier: Apache-2.0 */
/* A call to a registry: where it is, with which token, and what its answer means. */
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "registry/private.h"

/* A token that is refused is fetched anew once; a second refusal is an answer. */
#define CHALLENGES_MAX 2

/* ---- where it is ---- */

static struct http_url endpoint_guess(const struct registry *r, bool tls)
{
	struct http_url u = r->base;

	u.tls = tls;
	u.port = r->named_port ? r->named_port : tls ? 443 : 80;
	return u;
}

/*
 * Is there somebody who speaks this scheme? Returns 1, 0 where the other scheme is worth a look, -1
 * where it is not.
 */
static int probe(struct registry *r, bool tls, struct http_url *ret, struct registry_verdict *v,
		 struct err *err)
{
	static char v2[] = "/v2/";
	struct http_url u = endpoint_guess(r, tls);
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
	struct http_request q = {.url = &u,
				 .from = HTTP_RANGE_NONE,
				 .connect_timeout = tls ? REGISTRY_PROBE_TIMEOUT : 0};
	enum http_fault fault;

	u.target = v2;
	if (http_open(r->client, &q, &reply, &fault, err) < 0) {
		*v = registry_judge(r, fault);
		if (fault == HTTP_FAULT_CANCELLED || fault == HTTP_FAULT_OURS)
			return -1;
		/* On one port nobody listens to one scheme alone. */
		return fault == HTTP_FAULT_UNREACHABLE && r->named_port ? -1 : 0;
	}
	u.target = NULL;
	*ret = u;
	/* A TLS server says 400 to what is no TLS, in plain text. */
	return tls || http_exchange_status(reply.exchange) != 400 ? 1 : 0;
}

/*
 * Loopback: HTTP first, as that is what local registries speak, and a server of plain HTTP may wait
 * for the rest of what it takes for a request when it sees TLS. Others: TLS first.
 */
static int probe_both(struct registry *r, struct http_url *ret, struct registry_verdict *v,
		      struct err *err)
{
	bool plain_first = http_host_is_loopback(r->base.host);
	struct http_url u = r->base, other = r->base;
	struct registry_verdict v_other = {.retry_after = -1};
	struct err err_other = ERR_INIT;
	int first = probe(r, !plain_first, &u, v, err), second;
	bool answered = first == 0 && u.port;

	if (first == 0) {
		second = probe(r, plain_first, &other, &v_other, &err_other);
		if (second > 0) {
			u = other;
			first = 1;
		} else if (answered) {
			/* An answer that is odd is better than none. */
			first = 1;
		} else if (!plain_first) {
			*v = v_other;
			if (err)
				*err = err_other;
		}
	}
	if (first <= 0)
		return -1;
	err_clear(err);
	*ret = u;
	return 0;
}

int registry_endpoint(struct registry *r, struct http_url *ret, struct registry_verdict *v,
		      struct err *err)
{
	struct http_url u;
	int result = 0;

	*v = (struct registry_verdict){.retry_after = -1};
	(void)pthread_mutex_lock(&r->lock);
	if (!r->known) {
		u = endpoint_guess(r, true);
		if (http_trust_plain(http_client_trust(r->client), u.host, u.port))
			result = probe_both(r, &u, v, err);
		if (result == 0) {
			r->base = u;
			r->known = true;
		}
	}
	*ret = r->base;
	(void)pthread_mutex_unlock(&r->lock);
	return result;
}

/* ---- what an answer means ---- */

static bool status_passing(unsigned s)
{
	return s == 408 || s == 429 || s == 500 || s == 502 || s == 503 || s == 504;
}

static const char *status_name(unsigned s)
{
	static const struct {
		unsigned status;
		const char *name;
	} names[] = {
		{400, "bad request"},
		{401, "unauthorized"},
		{403, "forbidden"},
		{404, "not found"},
		{405, "method not allowed"},
		{406, "not acceptable"},
		{408, "request timeout"},
		{410, "gone"},
		{416, "range not satisfiable"},
		{429, "too many requests"},
		{451, "unavailable for legal reasons"},
		{500, "internal server error"},
		{502, "bad gateway"},
		{503, "service unavailable"},
		{504, "gateway timeout"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].status == s)
			return names[i].name;
	return "unexpected";
}

/* ": what the registry says about it", or "". */
static void add_problem(struct http_reply *reply, struct buf *out, char *ret_code)
{
	_cleanup_(buf) struct buf body = BUF_INIT_MAX(REGISTRY_PROBLEM_MAX);
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(2 * PROBLEM_TEXT_MAX);
	enum http_fault fault;

	ret_code[0] = '\0';
	/* An error page without end, or cut, is no document: then the status alone speaks. */
	if (http_read_all(reply, "error", &body, &fault, NULL) == 0 &&
	    problem_parse(buf_str(&body), body.len, &text, ret_code))
		buf_addf(out, ": %s", buf_str(&text));
}

int registry_word_status(struct http_reply *reply, const struct registry_call *call,
			 struct registry_verdict *v, struct err *err)
{
	unsigned status = http_exchange_status(reply->exchange);
	const char *after = http_exchange_header(reply->exchange, "Retry-After", 0);
	_cleanup_(buf) struct buf said = BUF_INIT;
	char host[HTTP_AUTHORITY_MAX], code[PROBLEM_CODE_MAX];

	(void)http_url_authority(&reply->url, host);
	v->passing = status_passing(status);
	v->retry_after =
		after && v->passing ? http_retry_after_parse(after, (int64_t)time(NULL)) : -1;
	add_problem(reply, &said, code);
	if (status == 404 || status == 410 || str_eq(code, "NAME_UNKNOWN")) {
		err_set(err, ERR_NOT_FOUND, "%s ('%s' answers %u %s%s)", call->missing, host,
			status, status_name(status), buf_str(&said));
		return err_hint(err, "check the name and the tag; onggi help registries");
	}
	if (status == 401 || status == 403) {
		err_set(err, ERR_DENIED, "'%s' refuses %s (%u %s%s)", host, call->subject, status,
			status_name(status), buf_str(&said));
		return err_hint(err, "it may not exist: check the name; what is not for everyone "
				     "can't be reached, as there is no `onggi login` yet");
	}
	if (status == 429 && v->retry_after > 0)
		return err_set(err, ERR_NETWORK,
			       "'%s' limits how much may be asked of it, and wants %lld s of rest "
			       "(429%s)",
			       host, (long long)v->retry_after, buf_str(&said));
	if (status == 429)
		return err_set(err, ERR_NETWORK, "'%s' limits how much may be asked of it (429%s)",
			       host, buf_str(&said));
	return err_set(err, ERR_NETWORK, "'%s' answers %u %s when asked for %s%s", host, status,
		       status_name(status), call->subject, buf_str(&said));
}

/* ---- one attempt ---- */

static bool status_good(const struct registry_call *call, unsigned s)
{
	return (s >= 200 && s < 300) || (s == 416 && call->from != HTTP_RANGE_NONE);
}

int registry_attempt(struct registry *r, const struct registry_call *call, struct http_reply *ret,
		     struct registry_verdict *v, struct err *err)
{
	_cleanup_free_ char *target = xstrdup(call->target);
	struct http_url url;

	if (registry_endpoint(r, &url, v, err) < 0)
		return -1;
	url.target = target;
	for (unsigned challenges = 0;; challenges++) {
		_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
		unsigned generation, status;
		_cleanup_free_ char *authorization = auth_value(&r->auth, &generation);
		struct http_request q = {
			.url = &url,
			.head = call->head,
			.accept = call->accept,
			.authorization = authorization,
			.from = call->from,
		};
		enum http_fault fault;

		if (http_open(r->client, &q, &reply, &fault, err) < 0) {
			*v = registry_judge(r, fault);
			return -1;
		}
		atomic_store(&r->answered, true);
		status = http_exchange_status(reply.exchange);
		if (status_good(call, status)) {
			*ret = reply;
			reply = (struct http_reply){.exchange = NULL};
			return 0;
		}
		/* Only the registry itself may ask for a token. */
		if (status != 401 || !reply.same_origin || challenges == CHALLENGES_MAX)
			return registry_word_status(&reply, call, v, err);
		if (auth_answer(r, &reply, generation, v, err) < 0)
			return -1;
	}
}
