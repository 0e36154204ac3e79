/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/http_url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "base/strv.h"

#define PORT_HTTP  80
#define PORT_HTTPS 443

void http_url_done(struct http_url *u)
{
	free(u->target);
	*u = (struct http_url){.target = NULL};
}

char *http_url_str(const struct http_url *u)
{
	return xasprintf("%s://%s:%u%s", u->tls ? "https" : "http", u->host, (unsigned)u->port,
			 u->target ? u->target : "/");
}

const char *http_url_authority(const struct http_url *u, char *buf)
{
	if (u->port == (u->tls ? PORT_HTTPS : PORT_HTTP))
		(void)str_copy(buf, HTTP_AUTHORITY_MAX, u->host);
	else
		(void)snprintf(buf, HTTP_AUTHORITY_MAX, "%s:%u", u->host, (unsigned)u->port);
	return buf;
}

bool http_url_same_origin(const struct http_url *a, const struct http_url *b)
{
	return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

int http_host_split(const char *s, char host[HTTP_HOST_MAX + 1], uint16_t *ret_port,
		    struct err *err)
{
	const char *bracket = *s == '[' ? strchr(s, ']') : NULL;
	const char *colon = strchr(bracket ? bracket : s, ':');
	size_t len = colon ? (size_t)(colon - s) : strlen(s);
	bool bracketed = bracket && bracket + 1 == s + len;
	uint64_t port = 0;

	if (!len || len > HTTP_HOST_MAX || bracketed != (*s == '['))
		return err_set(err, ERR_INVALID, "'%.100s' is no host: HOST[:PORT] is accepted", s);
	if (colon && (parse_uint(colon + 1, UINT16_MAX, &port, NULL) < 0 || !port))
		return err_set(err, ERR_INVALID,
			       "'%.100s' has no port behind its colon: 1 to 65535 is accepted", s);
	for (size_t i = 0; i < len; i++)
		host[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
	host[len] = '\0';
	*ret_port = (uint16_t)port;
	return 0;
}

/* ---- addresses ---- */

/* An address as 16 bytes, IPv4 in its mapped form, so that both compare alike. */
struct address {
	unsigned char bytes[16];
	bool v4;
};

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool address_parse(const char *s, size_t len, struct address *ret)
{
	char text[INET6_ADDRSTRLEN];

	if (len >= 2 && s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	memcpy(ret->bytes, mapped, sizeof(mapped));
	ret->v4 = inet_pton(AF_INET, text, ret->bytes + sizeof(mapped)) == 1;
	if (ret->v4)
		return true;
	if (inet_pton(AF_INET6, text, ret->bytes) != 1)
		return false;
	ret->v4 = memcmp(ret->bytes, mapped, sizeof(mapped)) == 0;
	return true;
}

/* Are the first `bits` equal? */
static bool address_below(const struct address *a, const struct address *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a->bytes, net->bytes, whole) != 0)
		return false;
	return !rest || !((a->bytes[whole] ^ net->bytes[whole]) >> (8 - rest));
}

bool http_host_is_loopback(const char *host)
{
	static const struct address v6 = {.bytes = {[15] = 1}};
	struct address a;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (!address_parse(host, strlen(host), &a))
		return false;
	return a.v4 ? a.bytes[12] == 127 : memcmp(a.bytes, v6.bytes, sizeof(a.bytes)) == 0;
}

/* ---- trust ---- */

bool http_trust_plain(const struct http_trust *t, const char *host, uint16_t port)
{
	char name[HTTP_HOST_MAX + 1];
	uint16_t number;

	if (http_host_is_loopback(host) || (t->unverified && strcmp(t->unverified, host) == 0))
		return true;
	strv_foreach (it, t->insecure) {
		if (http_host_split(*it, name, &number, NULL) == 0 && strcmp(name, host) == 0 &&
		    (!number || number == port))
			return true;
	}
	return false;
}

bool http_trust_follow(const struct http_trust *t, const struct http_url *from,
		       const struct http_url *to)
{
	if (!from->tls || to->tls)
		return true;
	return http_trust_plain(t, from->host, from->port) &&
	       http_trust_plain(t, to->host, to->port);
}

/* ---- proxies ---- */

static const char *env_either(const char *lower, const char *upper)
{
	const char *v = getenv(lower);

	if (!v)
		v = getenv(upper);
	return str_empty(v) ? NULL : v;
}

struct http_proxies http_proxies_get(void)
{
	return (struct http_proxies){
		.http = env_either("http_proxy", "HTTP_PROXY"),
		.https = env_either("https_proxy", "HTTPS_PROXY"),
		.all = env_either("all_proxy", "ALL_PROXY"),
		.no = env_either("no_proxy", "NO_PROXY"),
	};
}

/* Is `host` in the block "ADDRESS/BITS" or the address itself? */
static bool no_proxy_address(const char *rule, size_t len, const char *host)
{
	const char *slash = memchr(rule, '/', len);
	struct address net, a;
	unsigned bits = 128;

	if (!address_parse(host, strlen(host), &a))
		return false;
	if (!address_parse(rule, slash ? (size_t)(slash - rule) : len, &net) || net.v4 != a.v4)
		return false;
	if (slash) {
		_cleanup_free_ char *text = xstrndup(slash + 1, len - (size_t)(slash + 1 - rule));
		uint64_t v;

		if (parse_uint(text, net.v4 ? 32 : 128, &v, NULL) < 0)
			return false;
		bits = (unsigned)v + (net.v4 ? 96 : 0);
	}
	return address_below(&a, &net, bits);
}

/* One rule, of a name. "x" is x and what is below, ".x" and "*.x" only what is below. */
static bool no_proxy_name(const char *rule, size_t len, const char *host)
{
	size_t n = strlen(host);
	bool below_only = false;

	if (len > 2 && rule[0] == '*' && rule[1] == '.') {
		rule++;
		len--;
	}
	if (len && rule[0] == '.') {
		below_only = true;
		rule++;
		len--;
	}
	if (!len || len > n || strncasecmp(host + n - len, rule, len) != 0)
		return false;
	return len == n ? !below_only : host[n - len - 1] == '.';
}

static bool no_proxy_rule(const char *rule, size_t len, const struct http_url *u)
{
	const char *colon = memrchr(rule, ':', len);
	bool one_colon = colon && memchr(rule, ':', len) == colon;

	if (len == 1 && rule[0] == '*')
		return true;
	if (no_proxy_address(rule, len, u->host))
		return true;
	/* What is left with a colon is a port: behind a name, an IPv4 address, or brackets. */
	if (colon && (one_colon || (colon > rule && colon[-1] == ']'))) {
		_cleanup_free_ char *text = xstrndup(colon + 1, len - (size_t)(colon + 1 - rule));
		uint64_t port;

		if (parse_uint(text, UINT16_MAX, &port, NULL) < 0 || port != u->port)
			return false;
		len = (size_t)(colon - rule);
		if (no_proxy_address(rule, len, u->host))
			return true;
	}
	return no_proxy_name(rule, len, u->host);
}

const char *http_proxies_choose(const struct http_proxies *p, const struct http_url *u)
{
	static const char separators[] = ", \t";
	const char *proxy = u->tls ? p->https : p->http;

	if (str_empty(proxy))
		proxy = p->all;
	if (str_empty(proxy) || http_host_is_loopback(u->host))
		return NULL;
	for (const char *s = p->no ? p->no : ""; *s;) {
		size_t len;

		s += strspn(s, separators);
		len = strcspn(s, separators);
		if (len && no_proxy_rule(s, len, u))
			return NULL;
		s += len;
	}
	return proxy;
}
