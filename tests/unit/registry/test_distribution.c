/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and tags of a registry that tells the truth, lies, and breaks down. */
#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "oci/manifest.h"
#include "server.h"
#include "suites.h"

#define DOCUMENT "{\"schemaVersion\":2,\"layers\":[]}"
#define TYPE	 "Content-Type: " MEDIA_OCI_MANIFEST "\r\n"

static struct server *server;
static struct registry *registry;
static struct err err;

static void begin(answer_fn *answer, void *arg, const struct registry_options *o)
{
	err = (struct err)ERR_INIT;
	server = server_start(answer, arg);
	registry = open_registry(server, o);
}

static void finish(void)
{
	registry_free(registry);
	server_stop(server);
}

static bool answer_document(struct turn *t, void *arg)
{
	(void)arg;
	return turn_reply(t, "200 OK", TYPE, DOCUMENT);
}

START_TEST(manifest)
{
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	struct digest d;

	ck_assert_int_eq(digest_of(DOCUMENT, strlen(DOCUMENT), &d, NULL), 0);
	begin(answer_document, NULL, NULL);
	ck_assert_msg(registry_manifest_get(registry, "t", NULL, &m, &err) == 0, "%s", err.text);
	ck_assert_str_eq(buf_str(&m.text), DOCUMENT);
	ck_assert_str_eq(m.media_type, MEDIA_OCI_MANIFEST);
	ck_assert(digest_eq(&m.digest, &d));
	ck_assert(server_saw(server, "GET /v2/r/manifests/t HTTP/1.1\r\n"));
	ck_assert(server_saw(server, "\r\nAccept: " MEDIA_OCI_INDEX ", " MEDIA_OCI_MANIFEST
				     ", " MEDIA_DOCKER_LIST ", " MEDIA_DOCKER_MANIFEST "\r\n"));
	registry_manifest_done(&m);
	/* The digest wins over a tag. */
	ck_assert_msg(registry_manifest_get(registry, "t", &d, &m, &err) == 0, "%s", err.text);
	ck_assert(server_saw(server, "GET /v2/r/manifests/sha256:"));
	ck_assert(digest_eq(&m.digest, &d));
	finish();
}
END_TEST

START_TEST(manifest_of_another_digest)
{
	struct registry_manifest m;
	struct digest d;

	ck_assert_int_eq(digest_of("other", 5, &d, NULL), 0);
	begin(answer_document, NULL, NULL);
	ck_assert_int_eq(registry_manifest_get(registry, NULL, &d, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	ck_assert_msg(strstr(err.text, "is damaged: its digest is sha256:"), "%s", err.text);
	ck_assert_uint_eq(server_count(server), 1);
	finish();
}
END_TEST

static bool answer_false_digest(struct turn *t, void *arg)
{
	(void)arg;
	return turn_reply(t, "200 OK",
			  TYPE
			  "Docker-Content-Digest: sha256:"
			  "0000000000000000000000000000000000000000000000000000000000000000\r\n",
			  DOCUMENT);
}

START_TEST(manifest_with_a_false_claim)
{
	struct registry_manifest m;

	begin(answer_false_digest, NULL, NULL);
	ck_assert_int_eq(registry_manifest_get(registry, "t", NULL, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	finish();
}
END_TEST

START_TEST(tags_that_are_none)
{
	static const char *const tags[] = {"", "..", "a/b", "-a", "a b", "a%2f", "a\r\nX: y"};
	struct registry_manifest m;

	begin(answer_document, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		ck_assert_int_eq(registry_manifest_get(registry, tags[i], NULL, &m, &err), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
	}
	ck_assert_int_eq(registry_manifest_get(registry, NULL, NULL, &m, &err), -1);
	ck_assert_uint_eq(server_count(server), 0);
	finish();
}
END_TEST

/* ---- answers that are errors ---- */

struct failure {
	const char *status, *headers, *body;
	enum err_kind kind;
	const char *text, *hint;
	unsigned requests;
};

static const struct failure failures[] = {
	{"404 Not Found", "",
	 "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}",
	 ERR_NOT_FOUND,
	 "no such image: 127.0.0.1:PORT/r:t ('127.0.0.1:PORT' answers 404 not found: manifest "
	 "unknown)",
	 "check the name and the tag; onggi help registries", 1},
	{"404 Not Found", "", "<html>\x1b[31m", ERR_NOT_FOUND,
	 "no such image: 127.0.0.1:PORT/r:t ('127.0.0.1:PORT' answers 404 not found)",
	 "check the name and the tag; onggi help registries", 1},
	{"400 Bad Request", "", "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}", ERR_NOT_FOUND,
	 "no such image: 127.0.0.1:PORT/r:t ('127.0.0.1:PORT' answers 400 bad request: "
	 "NAME_UNKNOWN)",
	 "check the name and the tag; onggi help registries", 1},
	{"403 Forbidden", "", "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"go away\"}]}",
	 ERR_DENIED, "'127.0.0.1:PORT' refuses '127.0.0.1:PORT/r:t' (403 forbidden: go away)",
	 "it may not exist: check the name; what is not for everyone can't be reached, as there is "
	 "no `onggi login` yet",
	 1},
	{"401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "", ERR_DENIED,
	 "'127.0.0.1:PORT' wants a user name and a password for 'r'",
	 "only registries that serve without a login can be used: there is no `onggi login` yet",
	 1},
	{"401 Unauthorized", "", "", ERR_DENIED,
	 "'127.0.0.1:PORT' wants a login and doesn't say in a way that is understood which one", "",
	 1},
	{"429 Too Many Requests", "Retry-After: 7200\r\n",
	 "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"pull rate limit\"}]}",
	 ERR_NETWORK,
	 "'127.0.0.1:PORT' limits how much may be asked of it, and wants 7200 s of rest (429: pull "
	 "rate limit)",
	 "", 1},
	{"429 Too Many Requests", "", "", ERR_NETWORK,
	 "'127.0.0.1:PORT' limits how much may be asked of it (429)", "", 4},
	{"503 Service Unavailable", "Retry-After: 0\r\n", "", ERR_NETWORK,
	 "'127.0.0.1:PORT' answers 503 service unavailable when asked for '127.0.0.1:PORT/r:t'", "",
	 4},
	{"200 OK", "Content-Type: text/html\r\n", "<html>please log in</html>", ERR_NETWORK,
	 "'127.0.0.1:PORT' answers with something that is no manifest when asked for "
	 "'127.0.0.1:PORT/r:t'",
	 "", 1},
	{"501 Not Implemented", "", "", ERR_NETWORK,
	 "'127.0.0.1:PORT' answers 501 unexpected when asked for '127.0.0.1:PORT/r:t'", "", 1},
	{"302 Found", "", "", ERR_NETWORK,
	 "'127.0.0.1:PORT' answers 302 unexpected when asked for '127.0.0.1:PORT/r:t'", "", 1},
};

static bool answer_failure(struct turn *t, void *arg)
{
	const struct failure *const *f = arg;

	return turn_reply(t, (*f)->status, (*f)->headers, (*f)->body);
}

/* PORT by the server's number, to be freed. */
static char *with_port(const char *text)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	const char *p;

	for (; (p = strstr(text, "PORT")); text = p + 4) {
		buf_add(&out, text, (size_t)(p - text));
		buf_addf(&out, "%u", server_port(server));
	}
	buf_adds(&out, text);
	return buf_take(&out);
}

START_TEST(failing)
{
	const struct failure *f = &failures[_i];
	_cleanup_free_ char *text = NULL;
	struct registry_manifest m;

	begin(answer_failure, &f, NULL);
	text = with_port(f->text);
	ck_assert_int_eq(registry_manifest_get(registry, "t", NULL, &m, &err), -1);
	ck_assert_str_eq(err.text, text);
	ck_assert_str_eq(err.hint, f->hint);
	ck_assert_int_eq(err.kind, f->kind);
	ck_assert_uint_eq(server_count(server), f->requests);
	finish();
}
END_TEST

/* A body without end: of an error, little is read; of a manifest, so much as it may have. */
static bool answer_endless(struct turn *t, void *arg)
{
	static const char filler[65536];
	const char *status = arg;

	if (!turn_sendf(t, "HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n", status))
		return false;
	while (turn_sendf(t, "%zx\r\n", sizeof(filler)) && turn_send(t, filler, sizeof(filler)) &&
	       turn_sendf(t, "\r\n"))
		;
	return false;
}

START_TEST(endless_bodies)
{
	char bad[] = "404 Not Found", good[] = "200 OK";
	struct registry_manifest m;

	begin(answer_endless, bad, NULL);
	ck_assert_int_eq(registry_manifest_get(registry, "t", NULL, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	finish();
	begin(answer_endless, good, NULL);
	ck_assert_int_eq(registry_manifest_get(registry, "t", NULL, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_uint_eq(server_count(server), 1);
	finish();
}
END_TEST

/* A manifest that is cut is asked for again. */
static bool answer_cut_once(struct turn *t, void *arg)
{
	if (t->nth)
		return answer_document(t, arg);
	(void)turn_sendf(t, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
	return false;
}

static void count_notes(void *arg, const char *text)
{
	unsigned *n = arg;

	ck_assert_msg(strstr(text, "was cut; trying again in 0.0 s"), "%s", text);
	++*n;
}

START_TEST(cut_manifest)
{
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	struct registry_options o = quick_options();
	unsigned notes = 0;

	o.note = count_notes;
	o.note_arg = &notes;
	begin(answer_cut_once, NULL, &o);
	ck_assert_msg(registry_manifest_get(registry, "t", NULL, &m, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(notes, 1);
	finish();
}
END_TEST

START_TEST(cancelled_before)
{
	atomic_bool cancel = true;
	struct registry_options o = quick_options();
	struct registry_manifest m;

	o.cancel = &cancel;
	begin(answer_document, NULL, &o);
	ck_assert_int_eq(registry_manifest_get(registry, "t", NULL, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CANCELLED);
	ck_assert_uint_eq(server_count(server), 0);
	finish();
}
END_TEST

/* ---- the digest alone ---- */

#define CLAIMED "sha256:1111111111111111111111111111111111111111111111111111111111111111"

static bool answer_head(struct turn *t, void *arg)
{
	const char *const *how = arg;

	if (strcmp(t->method, "HEAD") != 0)
		return answer_document(t, NULL);
	if (strcmp(*how, "405") == 0)
		return turn_reply(t, "405 Method Not Allowed", "", "");
	return turn_reply(t, "200 OK", *how, "");
}

START_TEST(head)
{
	static const struct {
		const char *how;
		unsigned requests;
	} rows[] = {
		{"Docker-Content-Digest: " CLAIMED "\r\n", 1},
		{"", 2},
		{"Docker-Content-Digest: md5:00\r\n", 2},
		{"405", 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *how = rows[i].how;
		char text[DIGEST_STR_MAX];
		struct digest d, real;

		ck_assert_int_eq(digest_of(DOCUMENT, strlen(DOCUMENT), &real, NULL), 0);
		begin(answer_head, &how, NULL);
		ck_assert_msg(registry_manifest_head(registry, "t", &d, &err) == 0, "%s", err.text);
		ck_assert_uint_eq(server_count(server), rows[i].requests);
		if (rows[i].requests == 1)
			ck_assert_str_eq(digest_str(&d, text), CLAIMED);
		else
			ck_assert(digest_eq(&d, &real));
		finish();
	}
}
END_TEST

START_TEST(head_of_nothing)
{
	const struct failure *f = &failures[0];
	struct digest d;

	begin(answer_failure, &f, NULL);
	ck_assert_int_eq(registry_manifest_head(registry, "t", &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_uint_eq(server_count(server), 1);
	finish();
}
END_TEST

/* ---- tags ---- */

static bool answer_tags(struct turn *t, void *arg)
{
	const char *const *link = arg;

	if (strcmp(t->target, "/v2/r/tags/list?n=1000") == 0)
		return turn_reply(t, "200 OK", *link,
				  "{\"name\":\"r\",\"tags\":[\"a\",\"b.c\",\"../x\",7,\"\"]}");
	if (strcmp(t->target, "/v2/r/tags/list?n=1000&last=b.c") == 0)
		return turn_reply(t, "200 OK", "", "{\"tags\":[\"d\"]}");
	return turn_reply(t, "200 OK", "", "{\"tags\":null}");
}

START_TEST(tags)
{
	static const struct {
		const char *link, *tags; /* tags NULL: refused */
	} rows[] = {
		{"", "a b.c"},
		{"Link: </v2/r/tags/list?n=1000&last=b.c>; rel=\"next\"\r\n", "a b.c d"},
		{"Link: <list?n=1000&last=b.c>; rel=\"next\"\r\n", "a b.c d"},
		{"Link: </v2/r/tags/list?x>; rel=\"next\"\r\n", "a b.c"},
		{"Link: <http://127.0.0.1:1/v2/>; rel=\"next\"\r\n", NULL},
		{"Link: <http://docker.io/v2/>; rel=\"next\"\r\n", NULL},
		{"Link: <ftp://x>; rel=\"next\"\r\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *link = rows[i].link;
		_cleanup_strv_ char **v = NULL;
		_cleanup_free_ char *joined = NULL;
		int r;

		begin(answer_tags, &link, NULL);
		r = registry_tags(registry, &v, &err);
		ck_assert_msg(r == (rows[i].tags ? 0 : -1), "row %zu: %s", i, err.text);
		if (r == 0) {
			joined = strv_join(v, " ");
			ck_assert_str_eq(joined, rows[i].tags);
		}
		finish();
	}
}
END_TEST

/* A registry that always has a next page, with tags or without. */
static bool answer_for_ever(struct turn *t, void *arg)
{
	_cleanup_(buf) struct buf body = BUF_INIT;
	_cleanup_free_ char *link = xasprintf("Link: </v2/r/tags/list?%u>; rel=next\r\n", t->nth);

	(void)arg;
	buf_adds(&body, "{\"tags\":[\"x\"");
	for (unsigned i = 0; i < 9999; i++)
		buf_addf(&body, ",\"t%u-%u\"", t->nth, i);
	buf_adds(&body, "]}");
	return turn_reply(t, "200 OK", link, buf_str(&body));
}

START_TEST(tags_are_bounded)
{
	_cleanup_strv_ char **v = NULL;

	begin(answer_for_ever, NULL, NULL);
	ck_assert_int_eq(registry_tags(registry, &v, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_uint_eq(server_count(server), 11);
	finish();
}
END_TEST

START_TEST(no_tags)
{
	_cleanup_strv_ char **v = NULL;
	const struct failure *f = &failures[0];
	_cleanup_free_ char *text = NULL;

	begin(answer_failure, &f, NULL);
	text = with_port("no such repository: 127.0.0.1:PORT/r");
	ck_assert_int_eq(registry_tags(registry, &v, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_msg(strstr(err.text, text), "%s", err.text);
	finish();
}
END_TEST

Suite *suite_distribution(void)
{
	Suite *s = suite_create("distribution");
	TCase *t = tcase_create("distribution");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, manifest);
	tcase_add_test(t, manifest_of_another_digest);
	tcase_add_test(t, manifest_with_a_false_claim);
	tcase_add_test(t, tags_that_are_none);
	tcase_add_loop_test(t, failing, 0, (int)ARRAY_SIZE(failures));
	tcase_add_test(t, endless_bodies);
	tcase_add_test(t, cut_manifest);
	tcase_add_test(t, cancelled_before);
	tcase_add_test(t, head);
	tcase_add_test(t, head_of_nothing);
	tcase_add_test(t, tags);
	tcase_add_test(t, tags_are_bounded);
	tcase_add_test(t, no_tags);
	suite_add_tcase(s, t);
	return s;
}
