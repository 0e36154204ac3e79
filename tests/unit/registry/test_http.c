/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects, and what goes along with them. */
#include <check.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "server.h"
#include "suites.h"

#define SECRET "Bearer secret-of-the-first-host"

static struct http_client *client;

static void setup(void)
{
	struct http_options o = {.connect_timeout = 5000000000, .stall_timeout = 400000000};
	struct err err = ERR_INIT;

	ck_assert_msg(http_client_new(&o, &client, &err) == 0, "%s", err.text);
}

static void teardown(void)
{
	http_client_free(client);
}

/* Ask with a secret; ret: the answer's body. */
static int ask(struct server *s, const char *target, struct buf *body, struct http_reply *reply,
	       struct err *err)
{
	_cleanup_free_ char *text = xasprintf("http://127.0.0.1:%u%s", server_port(s), target);
	_cleanup_(http_url) struct http_url url = {.target = NULL};
	struct http_request q = {.url = &url, .authorization = SECRET, .from = HTTP_RANGE_NONE};
	enum http_fault fault;

	ck_assert_int_eq(http_url_parse(text, NULL, &url, err), 0);
	if (http_open(client, &q, reply, &fault, err) < 0) {
		ck_assert_int_ne(fault, HTTP_FAULT_NONE);
		return -1;
	}
	ck_assert_int_eq(fault, HTTP_FAULT_NONE);
	return http_read_all(reply, "body", body, &fault, err);
}

/* Each target redirects in its own way; arg: the other server. */
static bool answer(struct turn *t, void *arg)
{
	_cleanup_free_ char *there = NULL;
	struct server **other = arg;
	unsigned n;

	if (strcmp(t->target, "/end") == 0)
		return turn_reply(t, "200 OK", "", "end");
	if (strcmp(t->target, "/relative") == 0)
		return turn_reply(t, "302 Found", "Location: end\r\n", "moved");
	if (strcmp(t->target, "/loop") == 0)
		return turn_reply(t, "307 Temporary Redirect", "Location: /loop\r\n", "");
	if (sscanf(t->target, "/hops/%u", &n) == 1) {
		there = n ? xasprintf("Location: /hops/%u\r\n", n - 1)
			  : xstrdup("Location: /end\r\n");
		return turn_reply(t, "308 Permanent Redirect", there, "");
	}
	if (strcmp(t->target, "/file") == 0)
		return turn_reply(t, "302 Found", "Location: file:///etc/passwd\r\n", "");
	if (strcmp(t->target, "/user") == 0)
		return turn_reply(t, "302 Found", "Location: http://a:b@127.0.0.1/\r\n", "");
	if (strcmp(t->target, "/nowhere") == 0)
		return turn_reply(t, "302 Found", "", "kept");
	if (strcmp(t->target, "/away") == 0 || strcmp(t->target, "/to-and-fro") == 0) {
		there = xasprintf("Location: http://127.0.0.1:%u%s\r\n", server_port(*other),
				  t->target[1] == 'a' ? "/end" : "/back");
		return turn_reply(t, "302 Found", there, "");
	}
	if (strcmp(t->target, "/other-name") == 0) {
		there = xasprintf("Location: http://localhost:%u/end\r\n", server_port(t->server));
		return turn_reply(t, "302 Found", there, "");
	}
	if (strcmp(t->target, "/back") == 0) {
		there = xasprintf("Location: http://127.0.0.1:%u/end\r\n", server_port(*other));
		return turn_reply(t, "302 Found", there, "");
	}
	return turn_reply(t, "404 Not Found", "", "no");
}

START_TEST(stays_on_the_host)
{
	static const char *const targets[] = {"/relative", "/hops/9", "/end"};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_(buf) struct buf body = BUF_INIT;
		struct http_reply reply = {.exchange = NULL};
		struct err err = ERR_INIT;
		struct server *s = server_start(answer, NULL);

		ck_assert_msg(ask(s, targets[i], &body, &reply, &err) == 0, "%s", err.text);
		ck_assert_str_eq(buf_str(&body), "end");
		ck_assert_str_eq(reply.url.target, "/end");
		ck_assert(reply.same_origin);
		ck_assert(server_saw(s, "GET /end HTTP/1.1\r\n"));
		ck_assert(server_saw(s, "\r\nAuthorization: " SECRET "\r\n"));
		ck_assert(server_saw(s, "\r\nUser-Agent: onggi/" ONGGI_VERSION "\r\n"));
		ck_assert(server_saw(s, "\r\nAccept-Encoding: identity\r\n"));
		http_reply_done(&reply);
		server_stop(s);
	}
}
END_TEST

/* Another port and another name are another origin, and so is the first one again after that. */
START_TEST(keeps_secrets_at_home)
{
	static const char *const targets[] = {"/away", "/to-and-fro"};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_(buf) struct buf body = BUF_INIT;
		struct http_reply reply = {.exchange = NULL};
		struct err err = ERR_INIT;
		struct server *first, *second;

		first = server_start(answer, &second);
		second = server_start(answer, &first);
		ck_assert_msg(ask(first, targets[i], &body, &reply, &err) == 0, "%s", err.text);
		ck_assert_str_eq(buf_str(&body), "end");
		ck_assert(!reply.same_origin);
		ck_assert_uint_eq(server_count(second), 1);
		ck_assert(server_saw(first, "Authorization"));
		ck_assert(!server_saw(second, "Authorization"));
		ck_assert(!server_saw(second, "secret"));
		http_reply_done(&reply);
		server_stop(first);
		server_stop(second);
	}
}
END_TEST

static bool answer_by_name(struct turn *t, void *arg)
{
	if (strcmp(t->target, "/end") == 0)
		ck_assert(!t->authorized);
	return answer(t, arg);
}

START_TEST(another_name_is_another_origin)
{
	_cleanup_(buf) struct buf body = BUF_INIT;
	struct http_reply reply = {.exchange = NULL};
	struct err err = ERR_INIT;
	struct server *s = server_start(answer_by_name, NULL);

	ck_assert_msg(ask(s, "/other-name", &body, &reply, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&body), "end");
	ck_assert(!reply.same_origin);
	http_reply_done(&reply);
	server_stop(s);
}
END_TEST

START_TEST(bounded_and_refused)
{
	static const struct {
		const char *target, *text;
	} rows[] = {
		{"/loop", "redirects without end: 10 redirects are followed"},
		{"/hops/10", "redirects without end: 10 redirects are followed"},
		{"/file", "redirects to what is no address: URL 'file:///etc/passwd'"},
		{"/user", "without a user name is accepted"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(buf) struct buf body = BUF_INIT;
		struct http_reply reply = {.exchange = NULL};
		struct err err = ERR_INIT;
		struct server *s = server_start(answer, NULL);

		ck_assert_int_eq(ask(s, rows[i].target, &body, &reply, &err), -1);
		ck_assert_int_eq(err.kind, ERR_NETWORK);
		ck_assert_msg(strstr(err.text, rows[i].text), "%s", err.text);
		server_stop(s);
	}
}
END_TEST

START_TEST(a_redirect_to_nowhere_is_an_answer)
{
	_cleanup_(buf) struct buf body = BUF_INIT;
	struct http_reply reply = {.exchange = NULL};
	struct server *s = server_start(answer, NULL);

	ck_assert_int_eq(ask(s, "/nowhere", &body, &reply, NULL), 0);
	ck_assert_uint_eq(http_exchange_status(reply.exchange), 302);
	ck_assert_str_eq(buf_str(&body), "kept");
	http_reply_done(&reply);
	server_stop(s);
}
END_TEST

START_TEST(bodies_are_bounded)
{
	_cleanup_(buf) struct buf exact = BUF_INIT_MAX(3), small = BUF_INIT_MAX(2);
	struct http_reply reply = {.exchange = NULL};
	struct err err = ERR_INIT;
	struct server *s = server_start(answer, NULL);

	ck_assert_int_eq(ask(s, "/end", &exact, &reply, &err), 0);
	http_reply_done(&reply);
	ck_assert_int_eq(ask(s, "/end", &small, &reply, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	http_reply_done(&reply);
	server_stop(s);
}
END_TEST

Suite *suite_http(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, stays_on_the_host);
	tcase_add_test(t, keeps_secrets_at_home);
	tcase_add_test(t, another_name_is_another_origin);
	tcase_add_test(t, bounded_and_refused);
	tcase_add_test(t, a_redirect_to_nowhere_is_an_answer);
	tcase_add_test(t, bodies_are_bounded);
	suite_add_tcase(s, t);
	return s;
}
