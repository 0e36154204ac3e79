/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, and what may be asked of which host: plain HTTP, unverified TLS, redirects, proxies.
 * Pure. Only for the files of this module.
 */
#ifndef ONGGI_REGISTRY_HTTP_URL_H
#define ONGGI_REGISTRY_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"

#define HTTP_URL_MAX  16384 /* bytes of a whole URL; presigned ones have kilobytes of query */
#define HTTP_HOST_MAX 255

struct http_url {
	bool tls;
	char host[HTTP_HOST_MAX + 1]; /* lower case; IPv6 in brackets */
	uint16_t port;
	char *target; /* path and query, begins with "/"; owned */
};
/* Release; zeroed ones are accepted. */
void http_url_done(struct http_url *u);
DEFINE_CLEANUP_VALUE(http_url, http_url_done)

/* "HOST:PORT" of FORMAT: room for host, colon, port and NUL. */
#define HTTP_AUTHORITY_MAX (HTTP_HOST_MAX + 7)

/* The whole URL, to be freed. */
char *http_url_str(const struct http_url *u);
/* The host as a person knows it: the port only where it is not the scheme's own. Returns buf, which
 * has HTTP_AUTHORITY_MAX bytes. */
const char *http_url_authority(const struct http_url *u, char *buf);
/* Same scheme, host and port: may both see a credential? */
bool http_url_same_origin(const struct http_url *a, const struct http_url *b);
/* Split "HOST[:PORT]", IPv6 in brackets; port 0 where there is none. Errors: ERR_INVALID. */
int http_host_split(const char *s, char host[HTTP_HOST_MAX + 1], uint16_t *ret_port,
		    struct err *err);
/* 127.0.0.0/8, ::1, or "localhost"? host: as in http_url. */
bool http_host_is_loopback(const char *host);

/* Which hosts need no vouching for. */
struct http_trust {
	char *const *insecure;	/* strv of "HOST[:PORT]"; without port: any */
	const char *unverified; /* one more host, whatever its port; NULL: none */
};
/* May this host be talked to by plain HTTP, or by TLS that nobody vouches for? */
bool http_trust_plain(const struct http_trust *t, const char *host, uint16_t port);
/*
 * May `to` be visited because `from` says so (a redirect, a token server)? From TLS to plain HTTP
 * only when neither host needs vouching for; anything else may.
 */
bool http_trust_follow(const struct http_trust *t, const struct http_url *from,
		       const struct http_url *to);

/* The variables that choose a proxy, NULL or empty where unset. */
struct http_proxies {
	const char *http, *https, *all, *no;
};
/* As the environment has them, lower case before upper case. */
struct http_proxies http_proxies_get(void);
/*
 * The proxy for a URL, borrowed from p; NULL: none. Loopback never has one. no: names separated by
 * commas or blanks, each matching itself and what is below it (".x": only below), with ":PORT" that
 * port alone; addresses and CIDR blocks; "*".
 */
const char *http_proxies_choose(const struct http_proxies *p, const struct http_url *u);

#endif
