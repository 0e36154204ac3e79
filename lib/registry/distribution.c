/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories: manifests and tags (distribution-spec v1.1). */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "codec/json.h"
#include "oci/manifest.h"
#include "registry/private.h"

#define TAGS_PAGE  1000
#define PAGES_MAX  10000
#define TARGET_MAX ((size_t)HTTP_URL_MAX)

#define DOCKER_DOMAIN "docker.io"
#define DOCKER_HOST   "registry-1.docker.io"

static const char manifest_types[] =
	MEDIA_OCI_INDEX ", " MEDIA_OCI_MANIFEST ", " MEDIA_DOCKER_LIST ", " MEDIA_DOCKER_MANIFEST;

int registry_open_timed(const struct reference *ref, const struct registry_options *o,
			const struct registry_timing *timing, struct registry **ret,
			struct err *err)
{
	static const struct registry_options defaults = {.retries = REGISTRY_RETRIES};
	_cleanup_(registry) struct registry *r = xalloc(sizeof(*r));
	const char *host = str_eq(ref->domain, DOCKER_DOMAIN) ? DOCKER_HOST : ref->domain;
	struct http_options http = {.connect_timeout = timing->connect,
				    .stall_timeout = timing->stall};

	if (!o)
		o = &defaults;
	auth_init(&r->auth);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)str_copy(r->domain, sizeof(r->domain), ref->domain);
	(void)str_copy(r->path, sizeof(r->path), ref->path);
	r->cancel = o->cancel;
	r->retries = o->retries;
	r->retry_delay = o->retry_delay > 0 ? o->retry_delay : REGISTRY_RETRY_DELAY;
	r->note = o->note;
	r->note_arg = o->note_arg;
	if (http_host_split(host, r->base.host, &r->named_port, err) < 0)
		return err_ctx(err, "registry");
	http.trust.insecure = o->insecure;
	http.trust.unverified = o->tls_verify_off ? r->base.host : NULL;
	http.cancel = o->cancel;
	if (http_client_new(&http, &r->client, err) < 0)
		return -1;
	*ret = ptr_take(r);
	return 0;
}

int registry_open(const struct reference *ref, const struct registry_options *o,
		  struct registry **ret, struct err *err)
{
	static const struct registry_timing timing = {.connect = REGISTRY_CONNECT_TIMEOUT,
						      .stall = REGISTRY_STALL_TIMEOUT};

	return registry_open_timed(ref, o, &timing, ret, err);
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	http_client_free(r->client);
	auth_done(&r->auth);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* ---- manifests ---- */

/* A tag goes into a path: it must not be able to leave it (distribution-spec, "tag"). */
static bool tag_valid(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return n && n <= REFERENCE_TAG_MAX && !s[n] && *s != '.' && *s != '-';
}

/* The words of one call about one manifest. */
struct manifest_call {
	struct registry_call call;
	char *target, *missing, *subject; /* owned */
};

static void manifest_call_done(struct manifest_call *m)
{
	free(m->target);
	free(m->missing);
	free(m->subject);
}
DEFINE_CLEANUP_VALUE(manifest_call, manifest_call_done)

static int manifest_call_init(const struct registry *r, const char *tag, const struct digest *d,
			      struct manifest_call *m, struct err *err)
{
	char digest[DIGEST_STR_MAX], name[REFERENCE_STR_MAX];
	struct reference ref = {.tag = ""};
	const char *what = d ? digest_str(d, digest) : tag;

	if (!d && (!tag || !tag_valid(tag)))
		return err_set(err, ERR_INVALID,
			       "tag '%.140s': letters, digits, '_', '.' and '-' are accepted, at "
			       "most %d of them",
			       tag ? tag : "", REFERENCE_TAG_MAX);
	(void)str_copy(ref.domain, sizeof(ref.domain), r->domain);
	(void)str_copy(ref.path, sizeof(ref.path), r->path);
	if (d)
		ref.digest = *d;
	else
		(void)str_copy(ref.tag, sizeof(ref.tag), tag);
	(void)reference_familiar(&ref, true, name);
	m->target = xasprintf("/v2/%s/manifests/%s", r->path, what);
	m->missing = xasprintf("no such image: %s", name);
	m->subject = xasprintf("'%s'", name);
	m->call = (struct registry_call){.target = m->target,
					 .missing = m->missing,
					 .subject = m->subject,
					 .accept = manifest_types,
					 .from = HTTP_RANGE_NONE};
	return 0;
}

/* Compare the text with the digest that was asked for, else with what the registry says it is. */
static int manifest_verify(const struct http_reply *reply, const struct digest *want,
			   const char *subject, struct registry_manifest *m, struct err *err)
{
	const char *said = http_exchange_header(reply->exchange, "Docker-Content-Digest", 0);
	char a[DIGEST_STR_MAX], b[DIGEST_STR_MAX];
	struct digest d = {.alg = HASH_SHA256}, claim;

	if (want)
		claim = *want;
	else if (!said || digest_parse(said, &claim, NULL) < 0)
		claim = d;
	d.alg = claim.alg;
	if (hash_bytes_hex(d.alg, buf_str(&m->text), m->text.len, d.hex, err) < 0)
		return -1;
	if (digest_is_set(&claim) && !digest_eq(&claim, &d))
		return err_set(err, ERR_CORRUPT,
			       "the manifest of %s is damaged: its digest is %s, not %s", subject,
			       digest_str(&d, a), digest_str(&claim, b));
	m->digest = d;
	return 0;
}

static int manifest_try(struct registry *r, const struct manifest_call *c, const struct digest *d,
			struct registry_manifest *ret, struct registry_verdict *v, struct err *err)
{
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
	_cleanup_(registry_manifest) struct registry_manifest m = {
		.text = BUF_INIT_MAX(INDEX_MAX_SIZE)};
	char host[HTTP_AUTHORITY_MAX];
	enum http_fault fault;

	if (registry_attempt(r, &c->call, &reply, v, err) < 0)
		return -1;
	if (http_read_all(&reply, "the manifest", &m.text, &fault, err) < 0) {
		*v = registry_judge(r, fault);
		return err_ctx(err, "%s", c->subject);
	}
	*v = (struct registry_verdict){.retry_after = -1};
	if (manifest_verify(&reply, d, c->subject, &m, err) < 0)
		return -1;
	if (manifest_judge(&m.text, http_exchange_header(reply.exchange, "Content-Type", 0),
			   m.media_type, err) < 0) {
		/* A page for people, by something that sits in between. */
		if (err && err->kind == ERR_INVALID)
			return err_set(err, ERR_NETWORK,
				       "'%s' answers with something that is no manifest when asked "
				       "for %s",
				       http_url_authority(&reply.url, host), c->subject);
		return err_ctx(err, "%s", c->subject);
	}
	*ret = m;
	m.text = (struct buf)BUF_INIT;
	return 0;
}

int registry_manifest_get(struct registry *r, const char *tag, const struct digest *d,
			  struct registry_manifest *ret, struct err *err)
{
	_cleanup_(manifest_call) struct manifest_call c = {.target = NULL};
	struct registry_retry t = {.idle = 0};
	struct registry_verdict v;

	if (manifest_call_init(r, tag, d, &c, err) < 0)
		return -1;
	while (manifest_try(r, &c, d, ret, &v, err) < 0)
		if (registry_again(r, &t, &v, err) < 0)
			return -1;
	return 0;
}

/* *found stays false where the registry doesn't tell a digest in a header. */
static int head_try(struct registry *r, const struct registry_call *call, struct digest *ret,
		    bool *found, struct registry_verdict *v, struct err *err)
{
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
	const char *said;
	struct err why = ERR_INIT;

	if (registry_attempt(r, call, &reply, v, &why) < 0) {
		/* Its answer has no body that would say why; asking in full says it. */
		if (why.kind == ERR_NETWORK && !v->passing && atomic_load(&r->answered))
			return 0;
		if (err)
			*err = why;
		return -1;
	}
	said = http_exchange_header(reply.exchange, "Docker-Content-Digest", 0);
	*found = said && digest_parse(said, ret, NULL) == 0;
	return 0;
}

int registry_manifest_head(struct registry *r, const char *tag, struct digest *ret, struct err *err)
{
	_cleanup_(manifest_call) struct manifest_call c = {.target = NULL};
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	struct registry_retry t = {.idle = 0};
	struct registry_verdict v;
	bool found = false;

	if (manifest_call_init(r, tag, NULL, &c, err) < 0)
		return -1;
	c.call.head = true;
	while (head_try(r, &c.call, ret, &found, &v, err) < 0)
		if (registry_again(r, &t, &v, err) < 0)
			return -1;
	if (found)
		return 0;
	if (registry_manifest_get(r, tag, NULL, &m, err) < 0)
		return -1;
	*ret = m.digest;
	return 0;
}

/* ---- tags ---- */

struct tag_list {
	char **v; /* NULL-terminated once there is one */
	size_t n, cap;
};

static void tag_list_add(struct tag_list *l, const char *tag)
{
	if (l->n + 2 > l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = xstrdup(tag);
	l->v[l->n] = NULL;
}

/* Take the tags of one page; what is no tag can't be asked for, and is left out. */
static int tags_page(const struct buf *text, struct tag_list *l, struct err *err)
{
	_cleanup_(json) struct json *doc = NULL;
	const struct json *tags;

	if (json_parse(buf_str(text), text->len, "list of tags", &doc, err) < 0) {
		if (err)
			err->kind = ERR_NETWORK;
		return -1;
	}
	tags = json_get(doc, "tags");
	for (size_t i = 0; json_type(tags) == JSON_ARRAY && i < json_len(tags); i++) {
		const char *tag = json_string(json_at(tags, i), NULL);

		if (!tag || !tag_valid(tag))
			continue;
		if (l->n == REGISTRY_TAGS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d tags", REGISTRY_TAGS_MAX);
		tag_list_add(l, tag);
	}
	return 0;
}

/* The next page's target, of the same host; NULL: none. */
static int tags_next(const struct http_reply *reply, char **ret, struct err *err)
{
	_cleanup_(http_url) struct http_url next = {.target = NULL};
	_cleanup_free_ char *link = NULL;
	const char *header = http_exchange_header(reply->exchange, "Link", 0);

	*ret = NULL;
	link = header ? http_link_next(header) : NULL;
	if (!link)
		return 0;
	if (http_url_parse(link, &reply->url, &next, err) < 0)
		return err_ctx(err, "link to the next page of tags");
	if (!http_url_same_origin(&reply->url, &next) || !reply->same_origin)
		return err_set(err, ERR_NETWORK, "the next page of tags is on another host, '%s'",
			       next.host);
	*ret = ptr_take(next.target);
	return 0;
}

static int tags_try(struct registry *r, const struct registry_call *call, struct tag_list *l,
		    char **ret_next, struct registry_verdict *v, struct err *err)
{
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(REGISTRY_PAGE_MAX);
	enum http_fault fault;

	if (registry_attempt(r, call, &reply, v, err) < 0)
		return -1;
	if (http_read_all(&reply, "a page of tags", &text, &fault, err) < 0) {
		*v = registry_judge(r, fault);
		return -1;
	}
	*v = (struct registry_verdict){.retry_after = -1};
	if (tags_next(&reply, ret_next, err) < 0)
		return -1;
	return tags_page(&text, l, err);
}

int registry_tags(struct registry *r, char ***ret, struct err *err)
{
	_cleanup_free_ char *subject = xasprintf("the tags of '%s/%s'", r->domain, r->path);
	_cleanup_free_ char *missing = xasprintf("no such repository: %s/%s", r->domain, r->path);
	_cleanup_free_ char *target = xasprintf("/v2/%s/tags/list?n=%d", r->path, TAGS_PAGE);
	struct registry_call call = {.subject = subject,
				     .missing = missing,
				     .accept = "application/json",
				     .from = HTTP_RANGE_NONE};
	struct tag_list list = {.v = xcalloc(1, sizeof(char *)), .cap = 1};
	struct registry_retry t = {.idle = 0};
	struct registry_verdict v;

	for (unsigned pages = 0; target && pages < PAGES_MAX; pages++) {
		char *next = NULL;

		call.target = target;
		while (tags_try(r, &call, &list, &next, &v, err) < 0)
			if (registry_again(r, &t, &v, err) < 0) {
				strv_free(list.v);
				free(next);
				return err_ctx(err, "%s", subject);
			}
		t = (struct registry_retry){.idle = 0};
		free(target);
		target = next;
	}
	*ret = list.v;
	return 0;
}
