/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl pushes, our readers pull. An exchange is one easy handle in a multi handle of its own.
 * A reader drives it: step() lets libcurl work, waits at most WAIT_MS for the network, and looks at
 * the cancel flag and the clock. The body goes straight into the reader's buffer; what does not fit
 * any more into `spill`, and when that holds something at the next call, the transfer is paused
 * until the reader comes again. Between reads nothing runs: the kernel's receive buffer is what
 * keeps the network busy meanwhile, and no time counts as a stall.
 *
 * HTTP/1.1, never 2: a paused stream of HTTP/2 would fill libcurl's memory instead of the kernel's,
 * and blobs come over connections of their own either way.
 *
 * Handles are used again, with their connections, from http_wire's list.
 */
#include "registry/http_curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/dl.h"
#include "base/strv.h"
#include "registry/http_failure.h"

#define WAIT_MS	   50 /* how long a cancel may go unnoticed */
#define IDLE_MAX   8  /* kept handles */
#define SPILL_SIZE ((size_t)CURL_MAX_WRITE_SIZE)
#define RECV_SIZE  (256L << 10)
#define DRAIN_MAX  ((size_t)16 << 10) /* of an unread body, to save its connection */
#define DRAIN_WAIT 50000000	      /* nanoseconds that this may take */

static struct {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_pause) *easy_pause;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_url_set) *url_set;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_free) *free;
} lib;

static const struct dl_symbol curl_symbols[] = {
	{"curl_global_init", &lib.global_init},
	{"curl_easy_init", &lib.easy_init},
	{"curl_easy_cleanup", &lib.easy_cleanup},
	{"curl_easy_reset", &lib.easy_reset},
	{"curl_easy_setopt", &lib.easy_setopt},
	{"curl_easy_getinfo", &lib.easy_getinfo},
	{"curl_easy_pause", &lib.easy_pause},
	{"curl_easy_strerror", &lib.easy_strerror},
	{"curl_multi_init", &lib.multi_init},
	{"curl_multi_cleanup", &lib.multi_cleanup},
	{"curl_multi_add_handle", &lib.multi_add_handle},
	{"curl_multi_remove_handle", &lib.multi_remove_handle},
	{"curl_multi_perform", &lib.multi_perform},
	{"curl_multi_poll", &lib.multi_poll},
	{"curl_multi_info_read", &lib.multi_info_read},
	{"curl_slist_append", &lib.slist_append},
	{"curl_slist_free_all", &lib.slist_free_all},
	{"curl_url", &lib.url},
	{"curl_url_cleanup", &lib.url_cleanup},
	{"curl_url_set", &lib.url_set},
	{"curl_url_get", &lib.url_get},
	{"curl_free", &lib.free},
};

static struct dl_library libcurl = {
	.soname = "libcurl.so.4",
	.package = "libcurl4",
	.symbols = curl_symbols,
	.n_symbols = ARRAY_SIZE(curl_symbols),
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
	/* It fails where there is no memory; then making handles fails too. */
	(void)lib.global_init(CURL_GLOBAL_DEFAULT);
}

static int load(struct err *err)
{
	if (dl_load(&libcurl, err) < 0)
		return -1;
	(void)pthread_once(&global_once, global_init);
	return 0;
}

/* ---- handles ---- */

struct slot {
	CURLM *multi;
	CURL *easy;
	struct slot *next;
};

struct http_wire {
	pthread_mutex_t lock;
	struct slot *idle;
	unsigned n_idle;
};

int http_wire_new(struct http_wire **ret, struct err *err)
{
	struct http_wire *w;

	if (load(err) < 0)
		return -1;
	w = xalloc(sizeof(*w));
	(void)pthread_mutex_init(&w->lock, NULL);
	*ret = w;
	return 0;
}

static void slot_free(struct slot *s)
{
	if (!s)
		return;
	if (s->easy)
		lib.easy_cleanup(s->easy);
	if (s->multi)
		(void)lib.multi_cleanup(s->multi);
	free(s);
}

void http_wire_free(struct http_wire *w)
{
	struct slot *next;

	if (!w)
		return;
	for (struct slot *s = w->idle; s; s = next) {
		next = s->next;
		slot_free(s);
	}
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static int slot_get(struct http_wire *w, struct slot **ret, struct err *err)
{
	struct slot *s;

	(void)pthread_mutex_lock(&w->lock);
	s = w->idle;
	if (s) {
		w->idle = s->next;
		w->n_idle--;
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (!s) {
		s = xalloc(sizeof(*s));
		s->multi = lib.multi_init();
		s->easy = lib.easy_init();
		if (!s->multi || !s->easy) {
			slot_free(s);
			return err_set(err, ERR_UNSUPPORTED,
				       "libcurl can't be used: it gives no handle");
		}
	}
	*ret = s;
	return 0;
}

static void slot_put(struct http_wire *w, struct slot *s)
{
	(void)pthread_mutex_lock(&w->lock);
	if (w->n_idle < IDLE_MAX) {
		s->next = w->idle;
		w->idle = s;
		w->n_idle++;
		s = NULL;
	}
	(void)pthread_mutex_unlock(&w->lock);
	slot_free(s);
}

/* ---- addresses ---- */

static void free_part(char **part)
{
	if (*part)
		lib.free(*part);
}

static void free_url(CURLU **u)
{
	if (*u)
		lib.url_cleanup(*u);
}

#define _cleanup_part_ __attribute__((cleanup(free_part)))

/* Take a parsed URL apart. A part that is missing is answered with an error, and stays NULL. */
static int url_parts(CURLU *u, const char *text, struct http_url *ret, struct err *err)
{
	_cleanup_part_ char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL, *query = NULL;
	uint16_t number;

	(void)lib.url_get(u, CURLUPART_SCHEME, &scheme, 0);
	(void)lib.url_get(u, CURLUPART_HOST, &host, 0);
	(void)lib.url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	(void)lib.url_get(u, CURLUPART_PATH, &path, 0);
	(void)lib.url_get(u, CURLUPART_QUERY, &query, 0);
	if (!scheme || !host || !port || !path ||
	    (strcasecmp(scheme, "https") != 0 && strcasecmp(scheme, "http") != 0))
		return err_set(err, ERR_INVALID, "URL '%.200s': http:// and https:// are accepted",
			       text);
	{
		_cleanup_free_ char *both = xasprintf("%s:%s", host, port);

		if (http_host_split(both, ret->host, &number, err) < 0)
			return err_ctx(err, "URL '%.200s'", text);
	}
	ret->tls = strcasecmp(scheme, "https") == 0;
	ret->port = number;
	ret->target = query ? xasprintf("%s?%s", path, query) : xstrdup(path);
	return 0;
}

int http_url_parse(const char *text, const struct http_url *base, struct http_url *ret,
		   struct err *err)
{
	__attribute__((cleanup(free_url))) CURLU *u = NULL;
	_cleanup_free_ char *from = base ? http_url_str(base) : NULL;
	struct http_url parsed = {.target = NULL};
	size_t len = strlen(text);

	if (len > HTTP_URL_MAX)
		return err_set(err, ERR_LIMIT, "URL '%.100s…' has %zu bytes: %d are accepted", text,
			       len, HTTP_URL_MAX);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return err_set(err, ERR_INVALID, "URL has a control character");
	if (load(err) < 0)
		return -1;
	u = lib.url();
	if (!u || (from && lib.url_set(u, CURLUPART_URL, from, 0) != CURLUE_OK) ||
	    lib.url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_URLENCODE) != CURLUE_OK)
		return err_set(err, ERR_INVALID,
			       "URL '%.200s' can't be understood: http://HOST/… or https://HOST/… "
			       "without a user name is accepted",
			       text);
	if (url_parts(u, text, &parsed, err) < 0)
		return -1;
	*ret = parsed;
	return 0;
}

/* ---- an exchange ---- */

struct http_exchange {
	struct http_wire *wire;
	struct slot *slot;
	struct curl_slist *headers;
	char authority[HTTP_AUTHORITY_MAX]; /* for errors */
	bool by_proxy;
	bool tls;
	bool setup_failed;
	char detail[CURL_ERROR_SIZE];

	unsigned status;
	struct buf head; /* "name: value" and a NUL, one after another */
	unsigned n_headers;
	bool head_done;
	const char *refused; /* why a callback ended it */

	bool ended; /* libcurl is done, with `result` */
	CURLcode result;
	bool paused;
	char *dst; /* where the reader wants bytes */
	size_t dst_left;
	char *spill;
	size_t spill_at, spill_len;

	bool moved; /* something came since the last look */
	int64_t last_moved;
	int64_t stall_timeout;
	int64_t connect_timeout;
	const atomic_bool *cancel;
	enum http_fault fault;
};

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Begin a head: "HTTP/1.1 200 OK". One after a 1xx, or after a proxy's own, replaces it. */
static void head_begin(struct http_exchange *x, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	unsigned status = 0;

	for (size_t i = 1; space && i <= 3 && space + i < line + len; i++)
		if (space[i] >= '0' && space[i] <= '9')
			status = status * 10 + (unsigned)(space[i] - '0');
	buf_reset(&x->head);
	x->n_headers = 0;
	x->status = status;
}

static const char head_too_large[] = "the head of its answer is too large";

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	size_t len = size * n;

	x->moved = true;
	if (x->head_done) /* trailers of a chunked body */
		return len;
	while (n && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' '))
		n--;
	if (!n) {
		x->head_done = x->status >= 200;
		return len;
	}
	if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		head_begin(x, line, n);
		return len;
	}
	if (++x->n_headers > HTTP_HEADERS_MAX || n > HTTP_HEADER_LINE_MAX ||
	    x->head.len + n + 1 > HTTP_HEADERS_SIZE) {
		x->refused = head_too_large;
		return 0;
	}
	buf_add(&x->head, line, n);
	buf_addc(&x->head, '\0');
	return len;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	size_t direct;

	n *= size;
	x->moved = true;
	if (x->spill_len || n > x->dst_left + SPILL_SIZE) {
		x->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	direct = n < x->dst_left ? n : x->dst_left;
	if (direct) {
		memcpy(x->dst, data, direct);
		x->dst += direct;
		x->dst_left -= direct;
	}
	if (n > direct) {
		if (!x->spill)
			x->spill = xalloc(SPILL_SIZE);
		memcpy(x->spill, data + direct, n - direct);
		x->spill_at = 0;
		x->spill_len = n - direct;
	}
	return n;
}

/* setopt is variadic: a number must be a long. One flag remembers that any of them failed. */
static void set_long(struct http_exchange *x, CURLoption option, long v)
{
	if (lib.easy_setopt(x->slot->easy, option, v) != CURLE_OK)
		x->setup_failed = true;
}

static void set_ptr(struct http_exchange *x, CURLoption option, const void *v)
{
	if (lib.easy_setopt(x->slot->easy, option, v) != CURLE_OK)
		x->setup_failed = true;
}

static void setup_tls(struct http_exchange *x, bool verify_off)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	set_long(x, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_long(x, CURLOPT_SSL_VERIFYPEER, verify_off ? 0 : 1);
	set_long(x, CURLOPT_SSL_VERIFYHOST, verify_off ? 0 : 2);
	/* As OpenSSL's own programs and Go do; libcurl leaves them to whoever calls it. */
	if (!str_empty(file))
		set_ptr(x, CURLOPT_CAINFO, file);
	if (!str_empty(dir))
		set_ptr(x, CURLOPT_CAPATH, dir);
}

static int setup(struct http_exchange *x, const struct http_wire_request *q, struct err *err)
{
	_cleanup_free_ char *url = http_url_str(q->url);
	struct curl_slist *list;

	strv_foreach (it, q->headers) {
		list = lib.slist_append(x->headers, *it);
		if (!list)
			return err_set(err, ERR_UNSUPPORTED, "libcurl takes no header");
		x->headers = list;
	}
	set_ptr(x, CURLOPT_URL, url);
	set_ptr(x, CURLOPT_PROTOCOLS_STR, "http,https");
	set_long(x, CURLOPT_FOLLOWLOCATION, 0);
	set_long(x, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_long(x, CURLOPT_HTTP_CONTENT_DECODING, 0);
	set_long(x, CURLOPT_NOSIGNAL, 1);
	set_long(x, CURLOPT_NOBODY, q->head);
	set_long(x, CURLOPT_BUFFERSIZE, RECV_SIZE);
	set_long(x, CURLOPT_CONNECTTIMEOUT_MS, (long)(q->connect_timeout / 1000000));
	/* Ours alone is chosen, or none: libcurl would look into the environment itself. */
	set_ptr(x, CURLOPT_PROXY, q->proxy ? q->proxy : "");
	set_ptr(x, CURLOPT_NOPROXY, "");
	/* What is for the host is not for its proxy, and a proxy's own head is not the answer. */
	set_long(x, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
	set_long(x, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	set_ptr(x, CURLOPT_HTTPHEADER, x->headers);
	set_ptr(x, CURLOPT_USERAGENT, "onggi/" ONGGI_VERSION);
	set_ptr(x, CURLOPT_ERRORBUFFER, x->detail);
	setup_tls(x, q->verify_off);
	if (lib.easy_setopt(x->slot->easy, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK ||
	    lib.easy_setopt(x->slot->easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK)
		x->setup_failed = true;
	set_ptr(x, CURLOPT_HEADERDATA, x);
	set_ptr(x, CURLOPT_WRITEDATA, x);
	if (x->setup_failed)
		return err_set(err, ERR_UNSUPPORTED,
			       "libcurl refuses an option: version 7.85 or later is needed");
	return 0;
}

/* ---- what went wrong ---- */

static int word_fault(struct http_exchange *x, struct err *err)
{
	struct http_failure f = {
		.result = x->result,
		.authority = x->authority,
		.by_proxy = x->by_proxy,
		.refused = x->refused,
		.detail = x->detail,
		.generic = lib.easy_strerror(x->result),
		.connect_timeout = x->connect_timeout,
	};

	/* What libcurl answers, without another word, where one line passes its own limit. */
	if (x->result == CURLE_OUT_OF_MEMORY && !x->head_done)
		f.refused = head_too_large;
	(void)lib.easy_getinfo(x->slot->easy, CURLINFO_OS_ERRNO, &f.sys);
	(void)lib.easy_getinfo(x->slot->easy, CURLINFO_HTTP_CONNECTCODE, &f.connect_status);
	return http_failure_word(&f, &x->fault, err);
}

/* ---- driving it ---- */

/* Let libcurl work, and see whether that ended it. */
static int perform(struct http_exchange *x, struct err *err)
{
	int running = 0, left;
	CURLMsg *msg;

	if (x->paused && !x->spill_len) {
		/* This calls on_body() with what was held back, which may pause again. */
		x->paused = false;
		(void)lib.easy_pause(x->slot->easy, CURLPAUSE_CONT);
	}
	if (lib.multi_perform(x->slot->multi, &running) != CURLM_OK) {
		x->fault = HTTP_FAULT_OURS;
		return err_set(err, ERR_UNSUPPORTED, "libcurl fails at its own work");
	}
	while ((msg = lib.multi_info_read(x->slot->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		x->ended = true;
		x->result = msg->data.result;
	}
	return 0;
}

static int cancelled(struct http_exchange *x, struct err *err)
{
	x->fault = HTTP_FAULT_CANCELLED;
	return err_set(err, ERR_CANCELLED, "cancelled");
}

/* One round: work, and if nothing came of it wait a little for the network. */
static int step(struct http_exchange *x, struct err *err)
{
	if (x->cancel && atomic_load(x->cancel))
		return cancelled(x, err);
	x->moved = false;
	if (perform(x, err) < 0)
		return -1;
	if (x->moved)
		x->last_moved = now_ns();
	if (x->moved || x->ended)
		return 0;
	if (now_ns() - x->last_moved > x->stall_timeout) {
		x->fault = HTTP_FAULT_TIMEOUT;
		return err_set(err, ERR_NETWORK, "'%s' sent nothing for %lld s", x->authority,
			       (long long)(x->stall_timeout / 1000000000));
	}
	(void)lib.multi_poll(x->slot->multi, NULL, 0, WAIT_MS, NULL);
	return 0;
}

int http_exchange_open(struct http_wire *w, const struct http_wire_request *q,
		       struct http_exchange **ret, enum http_fault *ret_fault, struct err *err)
{
	_cleanup_(http_exchange) struct http_exchange *x = xalloc(sizeof(*x));
	int r;

	x->wire = w;
	x->by_proxy = q->proxy != NULL;
	x->cancel = q->cancel;
	x->stall_timeout = q->stall_timeout;
	x->connect_timeout = q->connect_timeout;
	(void)http_url_authority(q->url, x->authority);
	*ret_fault = HTTP_FAULT_OURS;
	if (slot_get(w, &x->slot, err) < 0 || setup(x, q, err) < 0)
		return -1;
	if (lib.multi_add_handle(x->slot->multi, x->slot->easy) != CURLM_OK)
		return err_set(err, ERR_UNSUPPORTED, "libcurl takes no transfer");
	x->last_moved = now_ns();
	do
		r = step(x, err);
	while (r == 0 && !x->head_done && !x->ended);
	if (r == 0 && !x->head_done) {
		/* A head that ends with the connection is none. */
		if (x->result == CURLE_OK)
			x->result = CURLE_GOT_NOTHING;
		r = word_fault(x, err);
	}
	if (r < 0) {
		*ret_fault = x->fault;
		return -1;
	}
	*ret_fault = HTTP_FAULT_NONE;
	*ret = ptr_take(x);
	return 0;
}

unsigned http_exchange_status(const struct http_exchange *x)
{
	return x->status;
}

const char *http_exchange_header(const struct http_exchange *x, const char *name, unsigned nth)
{
	size_t n = strlen(name);

	for (size_t at = 0; at < x->head.len; at += strlen(x->head.data + at) + 1) {
		const char *line = x->head.data + at;

		if (strncasecmp(line, name, n) != 0 || line[n] != ':' || nth--)
			continue;
		line += n + 1;
		return line + strspn(line, " \t");
	}
	return NULL;
}

ssize_t http_exchange_read(struct http_exchange *x, void *buf, size_t n, struct err *err)
{
	size_t have = n < x->spill_len ? n : x->spill_len;
	int r = 0;

	if (have) {
		memcpy(buf, x->spill + x->spill_at, have);
		x->spill_at += have;
		x->spill_len -= have;
		return (ssize_t)have;
	}
	x->dst = buf;
	x->dst_left = n;
	x->last_moved = now_ns();
	while (r == 0 && x->dst_left == n && !x->ended)
		r = step(x, err);
	have = n - x->dst_left;
	x->dst = NULL;
	x->dst_left = 0;
	if (have)
		return (ssize_t)have;
	if (r < 0)
		return -1;
	return x->result == CURLE_OK ? 0 : word_fault(x, err);
}

enum http_fault http_exchange_fault(const struct http_exchange *x)
{
	return x->fault;
}

void http_exchange_free(struct http_exchange *x)
{
	char scrap[4096];
	size_t left = DRAIN_MAX;

	if (!x)
		return;
	/* The rest of a small body costs less than a new connection. */
	x->stall_timeout = DRAIN_WAIT;
	while (x->head_done && !x->ended && !x->fault && left >= sizeof(scrap) &&
	       http_exchange_read(x, scrap, sizeof(scrap), NULL) > 0)
		left -= sizeof(scrap);
	if (x->slot) {
		/* A resolver that hangs is left behind, not waited for. */
		if (x->fault)
			(void)lib.easy_setopt(x->slot->easy, CURLOPT_QUICK_EXIT, 1L);
		(void)lib.multi_remove_handle(x->slot->multi, x->slot->easy);
		if (x->fault) {
			slot_free(x->slot);
		} else {
			lib.easy_reset(x->slot->easy);
			slot_put(x->wire, x->slot);
		}
	}
	if (x->headers)
		lib.slist_free_all(x->headers);
	buf_done(&x->head);
	free(x->spill);
	free(x);
}
