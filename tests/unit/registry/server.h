/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted HTTP server on loopback: a test gives a function that answers each request, with
 * whatever bytes. One thread for each connection. "/v2/" itself is answered here.
 */
#ifndef ONGGI_TESTS_REGISTRY_SERVER_H
#define ONGGI_TESTS_REGISTRY_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oci/digest.h"
#include "registry/private.h"

struct server;

/* One request. */
struct turn {
	struct server *server;
	int fd;
	unsigned nth; /* of the server, from 0 */
	char method[16];
	char target[4096];
	bool ranged;
	uint64_t from; /* of "Range: bytes=FROM-" */
	bool authorized;
	char authorization[256];
	char head[16384];
};

/* Answers; returns whether the connection stays open. */
typedef bool answer_fn(struct turn *t, void *arg);

struct server *server_start(answer_fn *answer, void *arg);
void server_stop(struct server *s);
unsigned server_port(const struct server *s);
/* How many requests came, without those for "/v2/". */
unsigned server_count(const struct server *s);
/* Did any request's head hold this text? */
bool server_saw(struct server *s, const char *text);
/* Bytes as they are; false where the peer is gone. */
bool turn_send(struct turn *t, const void *data, size_t n);
/* Formatted text. */
bool turn_sendf(struct turn *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A whole answer with its length. headers: lines that end with CRLF. Returns true. */
bool turn_reply(struct turn *t, const char *status, const char *headers, const char *body);
/* Say nothing more until the server is stopped. Returns false. */
bool turn_stall(struct turn *t);
/* End the connection with a reset. Returns false. */
bool turn_reset(struct turn *t);

/* For an answer that must come, ns: a server's thread may wait long for its turn. */
#define PATIENCE ((int64_t)60000000000)

/* A registry on the server, repository "r", with patience; ends the test where that fails. */
struct registry *open_registry(const struct server *s, const struct registry_options *o);
/* The same, which gives an answer up that does not go on for so many ns. */
struct registry *open_registry_stalling(const struct server *s, const struct registry_options *o,
					int64_t stall);
/* The options that tests begin with: 3 retries, 1 ms. */
struct registry_options quick_options(void);

/* Bytes that differ everywhere, and their digest. */
struct sample {
	char *data;
	size_t size;
	struct digest digest;
};
void sample_init(struct sample *m, size_t size);
void sample_done(struct sample *m);
/* Read a blob to its end in pieces of at most `piece` bytes, and compare. Returns what read gave at
 * last, 0 or -1. */
int sample_read(struct registry *r, const struct sample *m, size_t piece, struct err *err);

#endif
