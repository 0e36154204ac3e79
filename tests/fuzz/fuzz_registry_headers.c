/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry says in headers and error documents: nothing of it reaches us but what is meant
 * to. */
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "fuzz.h"
#include "registry/private.h"

static void no_controls(const char *s)
{
	for (; *s; s++)
		FUZZ_CHECK((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void headers(const char *s)
{
	struct http_content_range range;
	_cleanup_free_ struct challenge *c = xalloc(sizeof(*c));
	_cleanup_free_ char *next = http_link_next(s);
	char host[HTTP_HOST_MAX + 1];
	uint16_t port;
	uint64_t number;

	if (http_content_range_parse(s, &range)) {
		if (range.satisfied)
			FUZZ_CHECK(range.first <= range.last && range.last < range.complete);
		else
			FUZZ_CHECK(range.complete != HTTP_COMPLETE_UNKNOWN);
	}
	if (http_number_parse(s, &number))
		FUZZ_CHECK(s[0] >= '0' && s[0] <= '9');
	FUZZ_CHECK(http_retry_after_parse(s, 784111777) >= -1);
	FUZZ_CHECK(!next || (strstr(s, next) && !strchr(next, '>')));
	challenge_parse(s, c);
	FUZZ_CHECK(c->scheme != CHALLENGE_BEARER || c->realm[0]);
	FUZZ_CHECK(strlen(c->realm) < sizeof(c->realm) && strlen(c->service) < sizeof(c->service));
	if (http_host_split(s, host, &port, NULL) == 0) {
		FUZZ_CHECK(host[0] && strlen(host) <= strlen(s));
		(void)http_host_is_loopback(host);
	}
}

static void proxies(const char *s)
{
	struct http_proxies p = {.http = "http://p", .no = s};
	struct http_url u = {.host = "[fd12::1]", .port = 80};

	(void)http_proxies_choose(&p, &u);
	(void)str_copy(u.host, sizeof(u.host), "10.1.2.3");
	(void)http_proxies_choose(&p, &u);
	(void)str_copy(u.host, sizeof(u.host), "a.docker.io");
	FUZZ_CHECK(!strchr(s, '*') || s[1] || !http_proxies_choose(&p, &u));
}

static void documents(const char *s, size_t size)
{
	_cleanup_(buf) struct buf out = BUF_INIT, text = BUF_INIT;
	char code[PROBLEM_CODE_MAX], type[REGISTRY_MEDIA_TYPE_MAX];
	struct err err = ERR_INIT;

	FUZZ_CHECK(problem_parse(s, size, &out, code) == (out.len > 0));
	FUZZ_CHECK(out.len < 2 * PROBLEM_TEXT_MAX);
	no_controls(buf_str(&out));
	no_controls(code);
	buf_add(&text, s, size);
	if (manifest_judge(&text, s, type, &err) == 0)
		no_controls(type);
	else
		FUZZ_CHECK(err.kind != ERR_NONE && err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *s = xstrndup((const char *)data, size);

	headers(s);
	proxies(s);
	documents(s, size);
	return 0;
}
