/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/strv.h"

#define CONNECTIONS_MAX 512

struct connection {
	struct server *server;
	int fd;
	pthread_t thread;
};

struct server {
	int fd;
	unsigned port;
	answer_fn *answer;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	bool stopping;
	unsigned count;
	struct buf heads;
	struct connection connections[CONNECTIONS_MAX];
	unsigned n_connections;
};

bool turn_send(struct turn *t, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t r = send(t->fd, p, n, MSG_NOSIGNAL);

		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

bool turn_sendf(struct turn *t, const char *fmt, ...)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	return turn_send(t, buf_str(&text), text.len);
}

bool turn_reply(struct turn *t, const char *status, const char *headers, const char *body)
{
	return turn_sendf(t, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers,
			  strlen(body), strcmp(t->method, "HEAD") == 0 ? "" : body);
}

bool turn_stall(struct turn *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	char c;

	/* It ends when either side does: server_stop() shuts the socket down. */
	while (poll(&p, 1, -1) > 0 && recv(t->fd, &c, 1, 0) > 0)
		;
	return false;
}

bool turn_reset(struct turn *t)
{
	struct linger l = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	return false;
}

/* Read one head, byte by byte: nothing of the next request is taken. */
static bool read_head(struct turn *t)
{
	size_t n = 0;

	while (n < sizeof(t->head) - 1 && recv(t->fd, t->head + n, 1, 0) == 1) {
		t->head[++n] = '\0';
		if (str_suffix(t->head + (n > 4 ? n - 4 : 0), "\r\n\r\n"))
			return true;
	}
	return false;
}

static void parse_head(struct turn *t)
{
	const char *line = strstr(t->head, "\r\nRange: bytes=");

	(void)sscanf(t->head, "%15s %4095s", t->method, t->target);
	t->ranged = line && sscanf(line + 15, "%lu", &t->from) == 1;
	line = strstr(t->head, "\r\nAuthorization: ");
	t->authorized = line && sscanf(line + 17, "%255[^\r]", t->authorization) == 1;
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	struct server *s = c->server;
	bool open = true;

	while (open) {
		struct turn *t = xalloc(sizeof(*t));

		t->server = s;
		t->fd = c->fd;
		open = read_head(t);
		if (open) {
			parse_head(t);
			if (strcmp(t->target, "/v2/") == 0) {
				open = turn_reply(t, "200 OK", "", "{}");
			} else {
				(void)pthread_mutex_lock(&s->lock);
				t->nth = s->count++;
				buf_adds(&s->heads, t->head);
				(void)pthread_mutex_unlock(&s->lock);
				open = s->answer(t, s->arg);
			}
		}
		free(t);
	}
	(void)pthread_mutex_lock(&s->lock);
	close(c->fd);
	c->fd = -1;
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct connection *c;

		(void)pthread_mutex_lock(&s->lock);
		ck_assert(s->n_connections < CONNECTIONS_MAX);
		c = &s->connections[s->n_connections];
		c->server = s;
		c->fd = fd;
		if (s->stopping || pthread_create(&c->thread, NULL, serve, c) != 0)
			close(fd);
		else
			s->n_connections++;
		(void)pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct server *server_start(answer_fn *answer, void *arg)
{
	struct server *s = xalloc(sizeof(*s));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);

	s->answer = answer;
	s->arg = arg;
	(void)pthread_mutex_init(&s->lock, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(s->fd, 64), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, accept_all, s), 0);
	return s;
}

void server_stop(struct server *s)
{
	unsigned n;

	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	for (unsigned i = 0; i < s->n_connections; i++)
		if (s->connections[i].fd >= 0)
			(void)shutdown(s->connections[i].fd, SHUT_RDWR);
	n = s->n_connections;
	(void)pthread_mutex_unlock(&s->lock);
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(s->connections[i].thread, NULL);
	close(s->fd);
	buf_done(&s->heads);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

unsigned server_port(const struct server *s)
{
	return s->port;
}

unsigned server_count(const struct server *s)
{
	unsigned n;

	(void)pthread_mutex_lock((pthread_mutex_t *)(uintptr_t)&s->lock);
	n = s->count;
	(void)pthread_mutex_unlock((pthread_mutex_t *)(uintptr_t)&s->lock);
	return n;
}

bool server_saw(struct server *s, const char *text)
{
	bool saw;

	(void)pthread_mutex_lock(&s->lock);
	saw = strstr(buf_str(&s->heads), text) != NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return saw;
}

struct registry_options quick_options(void)
{
	return (struct registry_options){.retries = 3, .retry_delay = 1000000};
}

struct registry *open_registry(const struct server *s, const struct registry_options *o)
{
	return open_registry_stalling(s, o, PATIENCE);
}

struct registry *open_registry_stalling(const struct server *s, const struct registry_options *o,
					int64_t stall)
{
	const struct registry_timing timing = {.connect = PATIENCE, .stall = stall};
	_cleanup_free_ char *name = xasprintf("127.0.0.1:%u/r:t", server_port(s));
	struct registry_options quick = quick_options();
	struct registry *r = NULL;
	struct err err = ERR_INIT;
	struct reference ref;

	ck_assert_int_eq(reference_parse(name, &ref, &err), 0);
	ck_assert_msg(registry_open_timed(&ref, o ? o : &quick, &timing, &r, &err) == 0, "%s",
		      err.text);
	return r;
}

void sample_init(struct sample *m, size_t size)
{
	uint32_t x = 2463534242;

	m->data = xalloc(size + 1);
	m->size = size;
	for (size_t i = 0; i < size; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		m->data[i] = (char)(x & 0xff);
	}
	ck_assert_int_eq(digest_of(m->data, size, &m->digest, NULL), 0);
}

void sample_done(struct sample *m)
{
	free(m->data);
}

int sample_read(struct registry *r, const struct sample *m, size_t piece, struct err *err)
{
	_cleanup_free_ char *buf = xalloc(piece);
	_cleanup_(source) struct source *s = NULL;
	size_t at = 0;
	ssize_t n;

	ck_assert_int_eq(registry_blob_open(r, &m->digest, m->size, &s, err), 0);
	while ((n = source_read(s, buf, piece, err)) > 0) {
		ck_assert_uint_le((size_t)n, piece);
		ck_assert_uint_le(at + (size_t)n, m->size);
		ck_assert_int_eq(memcmp(buf, m->data + at, (size_t)n), 0);
		at += (size_t)n;
	}
	if (n == 0)
		ck_assert_uint_eq(at, m->size);
	return n < 0 ? -1 : 0;
}
