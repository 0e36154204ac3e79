/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blob as a source. Bytes come from an answer as long as there is one; when it ends too early, is
 * cut or stalls, the next answer is asked for from where the last one ended:
 *
 *	206 whose range begins there	goes on
 *	200				the bytes that we have are skipped
 *	anything odd			ranges are not asked for again
 *
 * Each attempt asks the registry itself, never the host that it redirected to: such addresses
 * expire. Attempts that bring bytes are unlimited; see retry.c for the others. A registry that
 * claims another length than the manifest's is not tried again.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "registry/private.h"

#define SKIP_SIZE    ((size_t)64 << 10)
#define DIGEST_SHOWN 12 /* digits, as everywhere where a person is told */

struct blob {
	struct source base;
	struct registry *registry;
	char digest[DIGEST_STR_MAX];
	uint64_t size;
	uint64_t offset;       /* bytes given */
	struct http_reply now; /* the answer that is being read; exchange NULL: none */
	uint64_t skip;	       /* of its bytes, still */
	uint64_t brought;      /* by it */
	bool no_range;	       /* the registry gets them wrong */
	bool ended;	       /* it was looked for what may follow, and nothing did */
	bool failed;	       /* for good */
	struct registry_retry retry;
	char *target, *missing, *subject;
};

static int wrong_length(const struct blob *b, uint64_t has, struct registry_verdict *v,
			struct err *err)
{
	*v = (struct registry_verdict){.retry_after = -1};
	return err_set(err, ERR_CORRUPT,
		       "%s has %" PRIu64 " bytes on the registry: %" PRIu64 " are expected",
		       b->subject, has, b->size);
}

/* The registry's ranges are of no use: the next attempt is without. */
static int odd_range(struct blob *b, struct registry_verdict *v, struct err *err)
{
	b->no_range = true;
	*v = (struct registry_verdict){.passing = true, .retry_after = -1};
	return err_set(err, ERR_NETWORK, "the registry answers with another part of %s",
		       b->subject);
}

/* 206: does it begin where we stand, and is the whole as long as it must be? */
static int check_part(struct blob *b, const struct http_reply *reply, struct registry_verdict *v,
		      struct err *err)
{
	const char *value = http_exchange_header(reply->exchange, "Content-Range", 0);
	struct http_content_range range;

	if (!value || !http_content_range_parse(value, &range) || !range.satisfied)
		return odd_range(b, v, err);
	if (range.complete != HTTP_COMPLETE_UNKNOWN && range.complete != b->size)
		return wrong_length(b, range.complete, v, err);
	if (range.first != b->offset || range.last >= b->size)
		return odd_range(b, v, err);
	return 0;
}

/* 416: the blob ends before what we have, or the registry is confused. */
static int check_unsatisfied(struct blob *b, const struct http_reply *reply,
			     struct registry_verdict *v, struct err *err)
{
	const char *value = http_exchange_header(reply->exchange, "Content-Range", 0);
	struct http_content_range range;

	if (value && http_content_range_parse(value, &range) && !range.satisfied &&
	    range.complete != b->size)
		return wrong_length(b, range.complete, v, err);
	return odd_range(b, v, err);
}

static int check_reply(struct blob *b, const struct http_reply *reply, struct registry_verdict *v,
		       struct err *err)
{
	unsigned status = http_exchange_status(reply->exchange);
	const char *value = http_exchange_header(reply->exchange, "Content-Length", 0);
	uint64_t length;

	b->skip = 0;
	if (status == 206)
		return check_part(b, reply, v, err);
	if (status == 416)
		return check_unsatisfied(b, reply, v, err);
	if (status != 200) {
		*v = (struct registry_verdict){.retry_after = -1};
		return err_set(err, ERR_NETWORK, "the registry answers %u when asked for %s",
			       status, b->subject);
	}
	if (value && http_number_parse(value, &length) && length != b->size)
		return wrong_length(b, length, v, err);
	b->skip = b->offset;
	return 0;
}

/* Ask for what is missing. */
static int blob_connect(struct blob *b, struct registry_verdict *v, struct err *err)
{
	struct registry_call call = {
		.target = b->target,
		.missing = b->missing,
		.subject = b->subject,
		.from = b->offset && !b->no_range ? b->offset : HTTP_RANGE_NONE,
	};
	_cleanup_(http_reply) struct http_reply reply = {.exchange = NULL};

	if (registry_attempt(b->registry, &call, &reply, v, err) < 0 ||
	    check_reply(b, &reply, v, err) < 0)
		return -1;
	b->now = reply;
	b->brought = 0;
	reply = (struct http_reply){.exchange = NULL};
	return 0;
}

/* Bytes of the answer, behind those that are skipped; 0 at its end. */
static ssize_t reply_read(struct blob *b, void *buf, size_t n, struct err *err)
{
	_cleanup_free_ char *scrap = b->skip ? xalloc(SKIP_SIZE) : NULL;

	while (b->skip) {
		size_t want = b->skip < SKIP_SIZE ? (size_t)b->skip : SKIP_SIZE;
		ssize_t r = http_exchange_read(b->now.exchange, scrap, want, err);

		if (r <= 0)
			return r;
		b->skip -= (uint64_t)r;
	}
	return http_exchange_read(b->now.exchange, buf, n, err);
}

/* The answer ended before the blob did. */
static void blob_cut(struct blob *b, ssize_t r, struct registry_verdict *v, struct err *err)
{
	char host[HTTP_AUTHORITY_MAX];

	if (r == 0) {
		*v = (struct registry_verdict){.passing = true, .retry_after = -1};
		(void)err_set(err, ERR_NETWORK, "'%s' ended its answer early",
			      http_url_authority(&b->now.url, host));
	} else {
		*v = registry_judge(b->registry, http_exchange_fault(b->now.exchange));
	}
	(void)err_ctx(err, "%s, at %" PRIu64 " of %" PRIu64 " bytes", b->subject, b->offset,
		      b->size);
	retry_progress(&b->retry, b->brought);
	http_reply_done(&b->now);
}

/* Everything came: nothing may follow. */
static ssize_t blob_end(struct blob *b, struct err *err)
{
	char more;
	ssize_t r;

	/* What fails behind the last byte is nobody's loss. */
	r = b->now.exchange && !b->ended ? http_exchange_read(b->now.exchange, &more, 1, NULL) : 0;
	b->ended = true;
	http_reply_done(&b->now);
	if (r <= 0)
		return 0;
	b->failed = true;
	return err_set(err, ERR_CORRUPT,
		       "%s has more bytes on the registry than the %" PRIu64 " that are expected",
		       b->subject, b->size);
}

static ssize_t blob_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct blob *b = (struct blob *)s;
	struct registry_verdict v;

	if (b->failed)
		return err_set(err, ERR_NETWORK, "%s could not be read", b->subject);
	while (b->offset < b->size) {
		size_t want = b->size - b->offset < n ? (size_t)(b->size - b->offset) : n;
		ssize_t r;

		if (b->now.exchange || blob_connect(b, &v, err) == 0) {
			r = reply_read(b, buf, want, err);
			if (r > 0) {
				b->offset += (uint64_t)r;
				b->brought += (uint64_t)r;
				return r;
			}
			blob_cut(b, r, &v, err);
		}
		if (registry_again(b->registry, &b->retry, &v, err) < 0) {
			b->failed = true;
			return -1;
		}
	}
	return blob_end(b, err);
}

static void blob_close(struct source *s)
{
	struct blob *b = (struct blob *)s;

	http_reply_done(&b->now);
	free(b->target);
	free(b->missing);
	free(b->subject);
	free(b);
}

int registry_blob_open(struct registry *r, const struct digest *d, uint64_t size,
		       struct source **ret, struct err *err)
{
	struct blob *b = xalloc(sizeof(*b));

	(void)err;
	b->base.read = blob_read;
	b->base.close = blob_close;
	b->registry = r;
	b->size = size;
	(void)digest_str(d, b->digest);
	b->target = xasprintf("/v2/%s/blobs/%s", r->path, b->digest);
	b->missing = xasprintf("no such blob in '%s/%s': %s", r->domain, r->path, b->digest);
	b->subject = xasprintf("blob %.*s of '%s/%s'", DIGEST_SHOWN, d->hex, r->domain, r->path);
	*ret = &b->base;
	return 0;
}
