/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens (distribution-spec, "token authentication"; RFC 6750). A registry answers 401 and names a
 * token server; it is asked, without credentials, for the right to pull from our repository, and
 * what it gives goes with all that follows until it expires or is refused. The scope is ours and
 * not the challenge's: a registry must not choose what a token is good for.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "codec/json.h"
#include "registry/private.h"

#define TOKEN_LIFE_DEFAULT ((int64_t)60) /* seconds, where the server says nothing */
#define TOKEN_LIFE_MAX	   ((int64_t)86400)
#define TOKEN_MARGIN	   ((int64_t)5) /* so long before its end it is not used any more */
#define SECOND		   ((int64_t)1000000000)

struct token_answer {
	char *token;
	char *access_token;
	int64_t expires_in;
};

static const struct json_field token_fields[] = {
	JSON_FIELD(JSON_F_STRING, "token", struct token_answer, token, 0),
	JSON_FIELD(JSON_F_STRING, "access_token", struct token_answer, access_token, 0),
	JSON_FIELD(JSON_F_INT64, "expires_in", struct token_answer, expires_in, 0),
};
static const struct json_table token_table = JSON_TABLE(struct token_answer, token_fields);

int64_t registry_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

void auth_init(struct auth *a)
{
	(void)pthread_mutex_init(&a->lock, NULL);
}

void auth_done(struct auth *a)
{
	free(a->value);
	(void)pthread_mutex_destroy(&a->lock);
}

char *auth_value(struct auth *a, unsigned *ret_generation)
{
	char *value = NULL;

	(void)pthread_mutex_lock(&a->lock);
	*ret_generation = a->generation;
	if (a->value && registry_now() < a->expires)
		value = xstrdup(a->value);
	(void)pthread_mutex_unlock(&a->lock);
	return value;
}

/* Append a value of a query, with everything but letters, digits and "-._~/:" as %XX. */
static void add_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9') || strchr("-._~/:", *s);

		if (plain)
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

/* The token server's address, which must not be a step from TLS to plain HTTP. */
static int token_url(struct registry *r, const struct http_url *from, const struct challenge *c,
		     struct http_url *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(http_url) struct http_url url = {.target = NULL};
	char a[HTTP_AUTHORITY_MAX], b[HTTP_AUTHORITY_MAX];

	buf_adds(&text, c->realm);
	buf_addf(&text, "%cscope=repository:%s:pull", strchr(c->realm, '?') ? '&' : '?', r->path);
	if (c->service[0]) {
		buf_adds(&text, "&service=");
		add_escaped(&text, c->service);
	}
	if (http_url_parse(buf_str(&text), NULL, &url, err) < 0) {
		if (err && err->kind == ERR_INVALID)
			err->kind = ERR_NETWORK;
		return err_ctx(err, "token server of '%s'", http_url_authority(from, a));
	}
	if (!http_trust_follow(http_client_trust(r->client), from, &url))
		return err_set(err, ERR_NETWORK,
			       "'%s' names a token server without HTTPS, '%s': refused",
			       http_url_authority(from, a), http_url_authority(&url, b));
	*ret = url;
	url.target = NULL;
	return 0;
}

/* It goes into a header: nothing but visible ASCII. */
static bool token_valid(const char *s)
{
	for (const char *c = s; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return false;
	return *s != '\0';
}

static int token_read(struct registry *r, const struct http_url *url, const struct buf *text,
		      struct err *err)
{
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	struct token_answer answer = {.token = NULL};
	char host[HTTP_AUTHORITY_MAX];
	int64_t life = TOKEN_LIFE_DEFAULT;
	const char *token;

	if (json_decode_text(&token_table, buf_str(text), text->len, "token", &answer, &arena,
			     err) < 0) {
		if (err)
			err->kind = ERR_NETWORK;
		return err_ctx(err, "token server '%s'", http_url_authority(url, host));
	}
	token = str_empty(answer.token) ? answer.access_token : answer.token;
	if (!token || !token_valid(token))
		return err_set(err, ERR_NETWORK, "token server '%s' gives no token",
			       http_url_authority(url, host));
	if (answer.expires_in > 0)
		life = answer.expires_in < TOKEN_LIFE_MAX ? answer.expires_in : TOKEN_LIFE_MAX;
	if (life > 2 * TOKEN_MARGIN)
		life -= TOKEN_MARGIN;
	free(r->auth.value);
	r->auth.value = xasprintf("Bearer %s", token);
	r->auth.expires = registry_now() + life * SECOND;
	r->auth.generation++;
	return 0;
}

/* With the lock held. */
static int token_fetch(struct registry *r, const struct http_url *from, const struct challenge *c,
		       struct registry_verdict *v, struct err *err)
{
	_cleanup_(http_url) struct http_url url = {.target = NULL};
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(REGISTRY_TOKEN_MAX);
	struct http_request q = {.url = &url,
				 .accept = "application/json",
				 .from = HTTP_RANGE_NONE};
	enum http_fault fault;

	*v = (struct registry_verdict){.retry_after = -1};
	if (token_url(r, from, c, &url, err) < 0)
		return -1;
	if (http_open(r->client, &q, &reply, &fault, err) < 0) {
		*v = registry_judge(r, fault);
		return err_ctx(err, "token for '%s/%s'", r->domain, r->path);
	}
	if (http_exchange_status(reply.exchange) != 200) {
		_cleanup_free_ char *subject = xasprintf("a token for '%s/%s'", r->domain, r->path);
		_cleanup_free_ char *missing =
			xasprintf("no such repository: %s/%s", r->domain, r->path);
		struct registry_call call = {.subject = subject, .missing = missing};

		return registry_word_status(&reply, &call, v, err);
	}
	if (http_read_all(&reply, "the token server's answer", &text, &fault, err) < 0) {
		*v = registry_judge(r, fault);
		return -1;
	}
	return token_read(r, &url, &text, err);
}

int auth_answer(struct registry *r, struct http_reply *reply, unsigned generation,
		struct registry_verdict *v, struct err *err)
{
	_cleanup_free_ struct challenge *c = xalloc(sizeof(*c));
	char host[HTTP_AUTHORITY_MAX];
	const char *value;
	int ret = 0;

	*v = (struct registry_verdict){.retry_after = -1};
	for (unsigned i = 0; (value = http_exchange_header(reply->exchange, "WWW-Authenticate", i));
	     i++)
		challenge_parse(value, c);
	if (c->scheme != CHALLENGE_BEARER) {
		(void)http_url_authority(&reply->url, host);
		if (c->scheme == CHALLENGE_NONE)
			return err_set(err, ERR_DENIED,
				       "'%s' wants a login and doesn't say in a way that is "
				       "understood which one",
				       host);
		err_set(err, ERR_DENIED, "'%s' wants a user name and a password for '%s'", host,
			r->path);
		return err_hint(err, "only registries that serve without a login can be used: "
				     "there is no `onggi login` yet");
	}
	(void)pthread_mutex_lock(&r->auth.lock);
	if (r->auth.generation == generation)
		ret = token_fetch(r, &reply->url, c, v, err);
	(void)pthread_mutex_unlock(&r->auth.lock);
	return ret;
}
