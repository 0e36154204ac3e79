/* SPDX-License-Identifier: Apache-2.0 */
/* Single exchanges: odd heads, odd ends, addresses, and the words for what fails. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "server.h"
#include "suites.h"

static int64_t stall_timeout = PATIENCE;

/* Ask for "/"; ret: released by the caller where this gives 0. */
static int ask(unsigned port, const char *host, struct http_wire *wire, struct http_exchange **ret,
	       enum http_fault *fault, struct err *err)
{
	_cleanup_free_ char *text = xasprintf("http://%s:%u/x", host, port);
	_cleanup_(http_url) struct http_url url = {.target = NULL};
	struct http_wire_request q = {.url = &url,
				      .connect_timeout = PATIENCE,
				      .stall_timeout = stall_timeout};

	ck_assert_int_eq(http_url_parse(text, NULL, &url, err), 0);
	return http_exchange_open(wire, &q, ret, fault, err);
}

static bool answer_text(struct turn *t, void *arg)
{
	const char *text = arg;

	(void)turn_send(t, text, strlen(text));
	return false;
}

/* What a server sends, and what becomes of it. */
struct row {
	const char *text;
	enum http_fault fault; /* of the head, else of the body */
	unsigned status;       /* 0: no head */
	const char *body, *error;
};

static const struct row rows[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", HTTP_FAULT_NONE, 200, "hi", ""},
	{"HTTP/1.0 200 OK\r\n\r\nuntil the end", HTTP_FAULT_NONE, 200, "until the end", ""},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"
	 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
	 HTTP_FAULT_NONE, 200, "hi", ""},
	{"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", HTTP_FAULT_NONE, 404, "no", ""},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n2\r\nhi\r\n"
	 "0\r\nA: b\r\n\r\n",
	 HTTP_FAULT_NONE, 200, "hi", ""},
	/* Nobody decodes what nobody asked for. */
	{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
	 HTTP_FAULT_NONE, 200, "plain", ""},
	{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", HTTP_FAULT_CUT, 200, "short",
	 "was cut"},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort", HTTP_FAULT_CUT, 200,
	 "short", "the connection to "},
	{"", HTTP_FAULT_NOT_HTTP, 0, "", "closed the connection without an answer"},
	{"HTTP/1.1 200 OK\r\nContent-Le", HTTP_FAULT_NOT_HTTP, 0, "",
	 "closed the connection without an answer"},
	{"220 mail.example ESMTP\r\n", HTTP_FAULT_NOT_HTTP, 0, "", "doesn't answer in HTTP"},
};

START_TEST(answers)
{
	const struct row *row = &rows[_i];
	union {
		const char *c;
		char *p;
	} text = {.c = row->text};
	struct server *s = server_start(answer_text, text.p);
	_cleanup_(http_wire) struct http_wire *wire = NULL;
	struct http_exchange *x = NULL;
	struct err err = ERR_INIT;
	enum http_fault fault;
	_cleanup_(buf) struct buf body = BUF_INIT;
	char piece[3];
	ssize_t n;

	ck_assert_int_eq(http_wire_new(&wire, &err), 0);
	if (ask(server_port(s), "127.0.0.1", wire, &x, &fault, &err) == 0) {
		ck_assert_uint_eq(http_exchange_status(x), row->status);
		while ((n = http_exchange_read(x, piece, sizeof(piece), &err)) > 0)
			buf_add(&body, piece, (size_t)n);
		fault = n < 0 ? http_exchange_fault(x) : HTTP_FAULT_NONE;
		ck_assert_str_eq(buf_str(&body), row->body);
		ck_assert_ptr_null(http_exchange_header(x, "A", 0));
		ck_assert_ptr_null(http_exchange_header(x, "X", 0));
		http_exchange_free(x);
	} else {
		ck_assert_uint_eq(row->status, 0);
	}
	ck_assert_int_eq(fault, row->fault);
	ck_assert_int_eq(err.kind, row->fault ? ERR_NETWORK : ERR_NONE);
	ck_assert_msg(strstr(err.text, row->error), "%s", err.text);
	server_stop(s);
}
END_TEST

static bool answer_large_head(struct turn *t, void *arg)
{
	const size_t *shape = arg;
	_cleanup_free_ char *value = xalloc(shape[1] + 1);

	memset(value, 'v', shape[1]);
	if (!turn_sendf(t, "HTTP/1.1 200 OK\r\n"))
		return false;
	for (size_t i = 0; i < shape[0]; i++)
		if (!turn_sendf(t, "X-%zu: %s\r\n", i, value))
			return false;
	return turn_sendf(t, "Content-Length: 0\r\n\r\n");
}

START_TEST(heads_are_bounded)
{
	/* Lines, bytes of each, taken? */
	static const size_t shapes[][3] = {
		{100, 10, 1},	{127, 10, 1},	{128, 10, 0},  {1, 16000, 1}, {1, 17000, 0},
		{1, 200000, 0}, {100, 1000, 0}, {3, 16000, 1}, {5, 16000, 0}, {100000, 10, 0},
	};
	size_t shape[3];
	struct server *s;
	_cleanup_(http_wire) struct http_wire *wire = NULL;
	struct http_exchange *x = NULL;
	struct err err = ERR_INIT;
	enum http_fault fault;

	memcpy(shape, shapes[_i], sizeof(shape));
	s = server_start(answer_large_head, shape);
	ck_assert_int_eq(http_wire_new(&wire, &err), 0);
	if (shape[2]) {
		ck_assert_int_eq(ask(server_port(s), "127.0.0.1", wire, &x, &fault, &err), 0);
		ck_assert_uint_eq(strlen(http_exchange_header(x, "x-0", 0)), shape[1]);
		http_exchange_free(x);
	} else {
		ck_assert_int_eq(ask(server_port(s), "127.0.0.1", wire, &x, &fault, &err), -1);
		ck_assert_msg(fault == HTTP_FAULT_REFUSED, "%s", err.text);
		ck_assert_msg(strstr(err.text, "the head of its answer is too large"), "%s",
			      err.text);
	}
	server_stop(s);
}
END_TEST

static bool answer_headers(struct turn *t, void *arg)
{
	(void)arg;
	return turn_reply(t, "200 OK", "A:  one \r\nab: no\r\na: two\r\nEmpty:\r\n", "");
}

START_TEST(headers_by_name)
{
	struct server *s = server_start(answer_headers, NULL);
	_cleanup_(http_wire) struct http_wire *wire = NULL;
	struct http_exchange *x = NULL;
	enum http_fault fault;

	ck_assert_int_eq(http_wire_new(&wire, NULL), 0);
	ck_assert_int_eq(ask(server_port(s), "127.0.0.1", wire, &x, &fault, NULL), 0);
	ck_assert_str_eq(http_exchange_header(x, "A", 0), "one");
	ck_assert_str_eq(http_exchange_header(x, "a", 1), "two");
	ck_assert_ptr_null(http_exchange_header(x, "a", 2));
	ck_assert_str_eq(http_exchange_header(x, "EMPTY", 0), "");
	ck_assert_ptr_null(http_exchange_header(x, "b", 0));
	http_exchange_free(x);
	server_stop(s);
}
END_TEST

static bool answer_nothing(struct turn *t, void *arg)
{
	(void)arg;
	return turn_stall(t);
}

START_TEST(a_stall_ends)
{
	struct server *s = server_start(answer_nothing, NULL);
	_cleanup_(http_wire) struct http_wire *wire = NULL;
	struct http_exchange *x = NULL;
	struct err err = ERR_INIT;
	enum http_fault fault;

	stall_timeout = 300000000;
	ck_assert_int_eq(http_wire_new(&wire, NULL), 0);
	ck_assert_int_eq(ask(server_port(s), "127.0.0.1", wire, &x, &fault, &err), -1);
	ck_assert_int_eq(fault, HTTP_FAULT_TIMEOUT);
	ck_assert_msg(strstr(err.text, "sent nothing for"), "%s", err.text);
	server_stop(s);
}
END_TEST

START_TEST(nobody_there)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_(http_wire) struct http_wire *wire = NULL;
	_cleanup_free_ char *expected = NULL;
	socklen_t len = sizeof(a);
	/* Longer than a label may be: no name server is asked, which might not answer. */
	char host[] = "no-such-host-"
		      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
	struct http_exchange *x = NULL;
	struct err err = ERR_INIT;
	enum http_fault fault;

	/* Bound, so that nobody else has the port, and not listening. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	ck_assert_int_eq(http_wire_new(&wire, NULL), 0);
	ck_assert_int_eq(ask(ntohs(a.sin_port), "127.0.0.1", wire, &x, &fault, &err), -1);
	ck_assert_int_eq(fault, HTTP_FAULT_UNREACHABLE);
	expected = xasprintf("'127.0.0.1:%u' can't be reached: Connection refused",
			     (unsigned)ntohs(a.sin_port));
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(ask(80, host, wire, &x, &fault, &err), -1);
	ck_assert_int_eq(fault, HTTP_FAULT_UNREACHABLE);
	free(expected);
	expected = xasprintf("'%s' can't be found: its name has no address", host);
	ck_assert_str_eq(err.text, expected);
}
END_TEST

START_TEST(addresses)
{
	static const struct {
		const char *text, *base, *url; /* url NULL: refused */
	} cases[] = {
		{"http://a/b?c#d", NULL, "http://a:80/b?c"},
		{"HTTPS://Host.EXAMPLE", NULL, "https://host.example:443/"},
		{"https://[::1]:5000/v2/", NULL, "https://[::1]:5000/v2/"},
		{"http://127.1/", NULL, "http://127.0.0.1:80/"},
		{"/x/y", "https://h:1/a/b?c", "https://h:1/x/y"},
		{"x", "https://h:1/a/b?c", "https://h:1/a/x"},
		{"?q=1", "https://h:1/a/b?c", "https://h:1/a/b?q=1"},
		{"//other/z", "https://h:1/a/b", "https://other:443/z"},
		{"http://h/a/../../b", NULL, "http://h:80/b"},
		{"ftp://h/", NULL, NULL},
		{"file:///etc/passwd", NULL, NULL},
		{"http://user@h/", NULL, NULL},
		{"http://user:password@h/", "http://h/", NULL},
		{"http://h:99999/", NULL, NULL},
		{"http://", NULL, NULL},
		{"no scheme", NULL, NULL},
		{"http://h/a\r\nX: y", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(http_url) struct http_url base = {.target = NULL}, u = {.target = NULL};
		_cleanup_free_ char *text = NULL;
		struct err err = ERR_INIT;
		int r;

		if (cases[i].base)
			ck_assert_int_eq(http_url_parse(cases[i].base, NULL, &base, &err), 0);
		r = http_url_parse(cases[i].text, cases[i].base ? &base : NULL, &u, &err);
		ck_assert_msg(r == (cases[i].url ? 0 : -1), "%s", cases[i].text);
		if (r < 0) {
			ck_assert_int_eq(err.kind, ERR_INVALID);
			continue;
		}
		text = http_url_str(&u);
		ck_assert_str_eq(text, cases[i].url);
	}
}
END_TEST

Suite *suite_http_curl(void)
{
	Suite *s = suite_create("http_curl");
	TCase *t = tcase_create("http_curl");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, answers, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(t, heads_are_bounded, 0, 10);
	tcase_add_test(t, headers_by_name);
	tcase_add_test(t, a_stall_ends);
	tcase_add_test(t, nobody_there);
	tcase_add_test(t, addresses);
	suite_add_tcase(s, t);
	return s;
}
