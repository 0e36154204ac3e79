/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "registry/http_url.h"
#include "suites.h"

START_TEST(hosts)
{
	static const struct {
		const char *text, *host; /* host NULL: refused */
		unsigned port;
	} rows[] = {
		{"docker.io", "docker.io", 0},
		{"LocalHost:5000", "localhost", 5000},
		{"[::1]", "[::1]", 0},
		{"[::1]:443", "[::1]", 443},
		{"127.0.0.1:65535", "127.0.0.1", 65535},
		{"", NULL, 0},
		{":80", NULL, 0},
		{"h:", NULL, 0},
		{"h:0", NULL, 0},
		{"h:65536", NULL, 0},
		{"h:80:80", NULL, 0},
		{"h:80a", NULL, 0},
		{"[::1", NULL, 0},
		{"[::1]x:80", NULL, 0},
		{"[::1]x", NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char host[HTTP_HOST_MAX + 1] = "kept";
		struct err err = ERR_INIT;
		uint16_t port = 7;
		int r = http_host_split(rows[i].text, host, &port, &err);

		ck_assert_msg(r == (rows[i].host ? 0 : -1), "%s", rows[i].text);
		if (r < 0) {
			ck_assert_int_eq(err.kind, ERR_INVALID);
			ck_assert_str_eq(host, "kept");
			continue;
		}
		ck_assert_str_eq(host, rows[i].host);
		ck_assert_uint_eq(port, rows[i].port);
	}
}
END_TEST

START_TEST(loopback)
{
	static const struct {
		const char *host;
		bool is;
	} rows[] = {
		{"localhost", true},
		{"LOCALHOST", true},
		{"127.0.0.1", true},
		{"127.255.0.3", true},
		{"[::1]", true},
		{"[::ffff:127.0.0.1]", true},
		{"128.0.0.1", false},
		{"[::2]", false},
		{"[::]", false},
		{"0.0.0.0", false},
		{"localhost.com", false},
		{"127.0.0.1.nip.io", false},
		{"localhost.localdomain", false},
		{"", false},
		{"[::ffff:10.0.0.1]", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(http_host_is_loopback(rows[i].host) == rows[i].is, "%s",
			      rows[i].host);
}
END_TEST

static char insecure_1[] = "plain.lan", insecure_2[] = "ported.lan:5000",
	    insecure_3[] = "Upper.LAN";
static char *insecure[] = {insecure_1, insecure_2, insecure_3, NULL};
static const struct http_trust trust = {.insecure = insecure, .unverified = "flag.lan"};

START_TEST(plain)
{
	static const struct {
		const char *host;
		unsigned port;
		bool allowed;
	} rows[] = {
		{"plain.lan", 80, true},     {"plain.lan", 5000, true},
		{"ported.lan", 5000, true},  {"ported.lan", 443, false},
		{"upper.lan", 1, true},	     {"flag.lan", 8443, true},
		{"localhost", 1, true},	     {"127.0.0.1", 80, true},
		{"docker.io", 443, false},   {"sub.plain.lan", 80, false},
		{"plain.lan.io", 80, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(http_trust_plain(&trust, rows[i].host, (uint16_t)rows[i].port) ==
				      rows[i].allowed,
			      "%s:%u", rows[i].host, rows[i].port);
}
END_TEST

START_TEST(follow)
{
	static const struct {
		bool from_tls;
		const char *from;
		bool to_tls;
		const char *to;
		bool allowed;
	} rows[] = {
		{true, "docker.io", true, "cdn.example", true},
		{true, "docker.io", false, "cdn.example", false},
		{true, "docker.io", false, "docker.io", false},
		/* A stranger must not lead us to what listens here. */
		{true, "docker.io", false, "localhost", false},
		{true, "docker.io", false, "plain.lan", false},
		{true, "plain.lan", false, "plain.lan", true},
		{true, "localhost", false, "127.0.0.1", true},
		{true, "plain.lan", false, "cdn.example", false},
		{false, "plain.lan", false, "cdn.example", true},
		{false, "plain.lan", true, "cdn.example", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_url from = {.tls = rows[i].from_tls, .port = 5};
		struct http_url to = {.tls = rows[i].to_tls, .port = 5};

		(void)str_copy(from.host, sizeof(from.host), rows[i].from);
		(void)str_copy(to.host, sizeof(to.host), rows[i].to);
		ck_assert_msg(http_trust_follow(&trust, &from, &to) == rows[i].allowed, "row %zu",
			      i);
	}
}
END_TEST

START_TEST(origins)
{
	struct http_url a = {.tls = true, .host = "h", .port = 443}, b = a;

	ck_assert(http_url_same_origin(&a, &b));
	b.port = 444;
	ck_assert(!http_url_same_origin(&a, &b));
	b = a;
	b.tls = false;
	ck_assert(!http_url_same_origin(&a, &b));
	b = a;
	(void)str_copy(b.host, sizeof(b.host), "g");
	ck_assert(!http_url_same_origin(&a, &b));
}
END_TEST

START_TEST(authority)
{
	struct http_url u = {.tls = true, .host = "[::1]", .port = 443};
	char text[HTTP_AUTHORITY_MAX];

	ck_assert_str_eq(http_url_authority(&u, text), "[::1]");
	u.tls = false;
	ck_assert_str_eq(http_url_authority(&u, text), "[::1]:443");
	u.port = 80;
	ck_assert_str_eq(http_url_authority(&u, text), "[::1]");
}
END_TEST

START_TEST(no_proxy)
{
	static const struct {
		const char *no, *host;
		unsigned port;
		bool proxied;
	} rows[] = {
		{NULL, "docker.io", 443, true},
		{"", "docker.io", 443, true},
		{NULL, "localhost", 443, false},
		{NULL, "127.3.2.1", 443, false},
		{NULL, "[::1]", 443, false},
		{"*", "docker.io", 443, false},
		{"docker.io", "docker.io", 443, false},
		{"Docker.IO", "docker.io", 443, false},
		{"docker.io", "registry-1.docker.io", 443, false},
		{"docker.io", "notdocker.io", 443, true},
		{".docker.io", "docker.io", 443, true},
		{".docker.io", "a.docker.io", 443, false},
		{"*.docker.io", "a.docker.io", 443, false},
		{"*.docker.io", "docker.io", 443, true},
		{"a, docker.io ,b", "docker.io", 443, false},
		{"a docker.io", "docker.io", 443, false},
		{",,", "docker.io", 443, true},
		{"docker.io:443", "docker.io", 443, false},
		{"docker.io:5000", "docker.io", 443, true},
		{"10.0.0.0/8", "10.1.2.3", 80, false},
		{"10.0.0.0/8", "11.1.2.3", 80, true},
		{"10.0.0.0/33", "10.1.2.3", 80, true},
		{"10.0.0.0/", "10.1.2.3", 80, true},
		{"0.0.0.0/0", "11.1.2.3", 80, false},
		{"0.0.0.0/0", "docker.io", 80, true},
		{"10.1.2.0/23", "10.1.3.9", 80, false},
		{"10.1.2.0/23", "10.1.4.9", 80, true},
		{"10.1.2.3", "10.1.2.3", 80, false},
		{"10.1.2.3:80", "10.1.2.3", 80, false},
		{"10.1.2.3:81", "10.1.2.3", 80, true},
		{"fd00::/8", "[fd12::1]", 80, false},
		{"fd00::/8", "[fe12::1]", 80, true},
		{"[fd12::1]:80", "[fd12::1]", 80, false},
		{"fd12::1", "[fd12::1]", 80, false},
		{"::/0", "10.1.2.3", 80, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_proxies p = {.http = "http://p:1",
					 .https = "http://p:1",
					 .no = rows[i].no};
		struct http_url u = {.tls = rows[i].port == 443, .port = (uint16_t)rows[i].port};

		(void)str_copy(u.host, sizeof(u.host), rows[i].host);
		ck_assert_msg((http_proxies_choose(&p, &u) != NULL) == rows[i].proxied,
			      "no_proxy '%s', host '%s'", rows[i].no ? rows[i].no : "(null)",
			      rows[i].host);
	}
}
END_TEST

START_TEST(proxy_by_scheme)
{
	struct http_proxies p = {.http = "http://h:1", .https = "http://s:1"};
	struct http_url plain_url = {.tls = false, .host = "x", .port = 80};
	struct http_url tls_url = {.tls = true, .host = "x", .port = 443};

	ck_assert_str_eq(http_proxies_choose(&p, &plain_url), "http://h:1");
	ck_assert_str_eq(http_proxies_choose(&p, &tls_url), "http://s:1");
	p = (struct http_proxies){.http = "http://h:1"};
	ck_assert_ptr_null(http_proxies_choose(&p, &tls_url));
	p.all = "socks5://a:1";
	ck_assert_str_eq(http_proxies_choose(&p, &tls_url), "socks5://a:1");
	ck_assert_str_eq(http_proxies_choose(&p, &plain_url), "http://h:1");
}
END_TEST

START_TEST(proxies_of_the_environment)
{
	static const char *const names[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
					    "HTTPS_PROXY", "all_proxy",	 "ALL_PROXY",
					    "no_proxy",	   "NO_PROXY"};
	struct http_proxies p;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unsetenv(names[i]);
	p = http_proxies_get();
	ck_assert(!p.http && !p.https && !p.all && !p.no);
	(void)setenv("HTTP_PROXY", "upper", 1);
	(void)setenv("https_proxy", "lower", 1);
	(void)setenv("HTTPS_PROXY", "upper", 1);
	(void)setenv("ALL_PROXY", "every", 1);
	(void)setenv("no_proxy", "", 1);
	(void)setenv("NO_PROXY", "upper", 1);
	p = http_proxies_get();
	ck_assert_str_eq(p.http, "upper");
	ck_assert_str_eq(p.https, "lower");
	ck_assert_str_eq(p.all, "every");
	/* Set to nothing is set. */
	ck_assert_ptr_null(p.no);
}
END_TEST

Suite *suite_http_url(void)
{
	Suite *s = suite_create("http_url");
	TCase *t = tcase_create("http_url");

	tcase_add_test(t, hosts);
	tcase_add_test(t, loopback);
	tcase_add_test(t, plain);
	tcase_add_test(t, follow);
	tcase_add_test(t, origins);
	tcase_add_test(t, authority);
	tcase_add_test(t, no_proxy);
	tcase_add_test(t, proxy_by_scheme);
	tcase_add_test(t, proxies_of_the_environment);
	suite_add_tcase(s, t);
	return s;
}
