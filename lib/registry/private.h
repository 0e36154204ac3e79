/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this module share: a registry's inside, calls to it, and when they are
 * repeated.
 */
#ifndef ONGGI_REGISTRY_PRIVATE_H
#define ONGGI_REGISTRY_PRIVATE_H

#include <pthread.h>

#include "registry/http.h"
#include "registry/http_head.h"
#include "registry/registry.h"

#define REGISTRY_RETRIES	 5
#define REGISTRY_RETRY_DELAY	 ((int64_t)1000000000) /* nanoseconds */
#define REGISTRY_CONNECT_TIMEOUT ((int64_t)15000000000)
#define REGISTRY_PROBE_TIMEOUT	 ((int64_t)5000000000) /* for TLS where there may be none */
#define REGISTRY_STALL_TIMEOUT	 ((int64_t)30000000000)
#define REGISTRY_TOKEN_MAX	 ((size_t)64 << 10) /* bytes of a token server's answer */
#define REGISTRY_PROBLEM_MAX	 ((size_t)64 << 10) /* bytes that are read of an error's body */
#define REGISTRY_PAGE_MAX	 ((size_t)8 << 20)  /* bytes of one page of tags */
#define REGISTRY_TAGS_MAX	 100000

/* Timeouts, in nanoseconds; tests make them short. */
struct registry_timing {
	int64_t connect, stall;
};
/* registry_open() with other timeouts. */
int registry_open_timed(const struct reference *ref, const struct registry_options *o,
			const struct registry_timing *timing, struct registry **ret,
			struct err *err);

/* ---- when to repeat ---- */

#define RETRY_DELAY_MAX	 ((int64_t)30000000000) /* nanoseconds */
#define RETRY_AFTER_MAX	 60			/* seconds that a registry may make us wait */
#define RETRY_GOOD_BYTES ((uint64_t)64 << 10)	/* so many at once, and the next needs no pause */

struct registry_verdict {
	bool passing;	     /* it may work the next time */
	int64_t retry_after; /* seconds that the registry asks for; -1: none */
};

struct registry_retry {
	unsigned idle;	 /* attempts in a row that brought nothing */
	unsigned pauses; /* attempts in a row that brought little: the exponent */
	bool good;	 /* the last one brought much: the next needs no pause */
};

/*
 * The pause before the nth repetition (from 0): first doubled n times, at most RETRY_DELAY_MAX,
 * of which a random part is taken off, at most half. random: any number. In nanoseconds.
 */
int64_t retry_pause(int64_t first, unsigned n, uint32_t random);
/* An attempt brought so many bytes before it ended. */
void retry_progress(struct registry_retry *t, uint64_t bytes);

struct auth {
	pthread_mutex_t lock; /* also held while a token is fetched: others wait for it */
	char *value;	      /* of the Authorization header; NULL: none */
	unsigned generation;  /* counts tokens */
	int64_t expires;      /* monotonic nanoseconds */
};

struct registry {
	struct http_client *client;
	char domain[REFERENCE_NAME_MAX + 1]; /* as in the reference */
	char path[REFERENCE_NAME_MAX + 1];
	const atomic_bool *cancel;
	unsigned retries;
	int64_t retry_delay;
	void (*note)(void *arg, const char *text);
	void *note_arg;

	pthread_mutex_t lock; /* of base and known */
	struct http_url base; /* no target; scheme and port are guesses until known */
	bool known;
	uint16_t named_port; /* 0: none */

	atomic_bool answered; /* it was there once: an outage will pass */
	struct auth auth;
};

struct registry_call {
	const char *target; /* "/v2/…" */
	bool head;
	const char *accept;
	uint64_t from;	     /* HTTP_RANGE_NONE: all */
	const char *missing; /* text for ERR_NOT_FOUND */
	const char *subject; /* what is asked for: "'debian:12'" */
};

/*
 * One attempt, with redirects and tokens. An answer of 200 to 299, and with a range 416, is
 * success. Errors: those of registry.h; v says whether another attempt is worth it
 */
int registry_attempt(struct registry *r, const struct registry_call *call, struct http_reply *ret,
		     struct registry_verdict *v, struct err *err);
/*
 * After a failed attempt: keep the error and return -1, or tell, pause, clear the error and return
 * 0 for another one. Errors: also ERR_CANCELLED.
 */
int registry_again(struct registry *r, struct registry_retry *t, const struct registry_verdict *v,
		   struct err *err);
/* What a fault means for another attempt. */
struct registry_verdict registry_judge(struct registry *r, enum http_fault fault);
/* Word an answer that is none of those that were hoped for; reads some of its body. Returns -1. */
int registry_word_status(struct http_reply *reply, const struct registry_call *call,
			 struct registry_verdict *v, struct err *err);
/* Where the registry is: scheme, host, port; asks it where both schemes are thinkable. ret has no
 * target. */
int registry_endpoint(struct registry *r, struct http_url *ret, struct registry_verdict *v,
		      struct err *err);

/* Start and end of struct auth. */
void auth_init(struct auth *a);
void auth_done(struct auth *a);
/*
 * The value for the Authorization header, to be freed; NULL: none is known. ret_generation: to be
 * given back to auth_answer().
 */
char *auth_value(struct auth *a, unsigned *ret_generation);
/*
 * Answer the challenge of a reply with 401 by fetching a token; nothing where another thread has
 * fetched one since.
 *
 * generation  of the token that was refused
 * Errors: ERR_DENIED where a login is wanted, ERR_NETWORK
 */
int auth_answer(struct registry *r, struct http_reply *reply, unsigned generation,
		struct registry_verdict *v, struct err *err);
/* Monotonic nanoseconds. */
int64_t registry_now(void);

/*
 * Find out what a manifest's text is: the header's type where it is one that we know, else the
 * document's own. content_type: NULL: none.
 * Errors: ERR_CORRUPT where the two contradict each other, or the document could be read as both
 * an index and a manifest
 */
int manifest_judge(const struct buf *text, const char *content_type,
		   char ret[REGISTRY_MEDIA_TYPE_MAX], struct err *err);

#endif
