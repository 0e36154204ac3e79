/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: how they are fetched, kept, renewed, and to whom they go. */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "oci/manifest.h"
#include "server.h"
#include "suites.h"

#define DOCUMENT "{\"layers\":[]}"

/* A registry that wants a token, and its token server. */
struct script {
	struct server *registry, *tokens;
	const char *realm;  /* instead of the token server's address */
	const char *answer; /* of the token server; NULL: a good one, T1, T2, … */
	const char *status;
	bool never_content; /* no token is good enough */
	bool only_newest;   /* T1 is refused once it was used */
};

static struct err err;

static bool answer_registry(struct turn *t, void *arg)
{
	const struct script *s = arg;
	_cleanup_free_ char *challenge = NULL, *realm = NULL;
	bool good = str_prefix(t->authorization, "Bearer T", NULL);

	if (s->only_newest && t->nth > 1 && strcmp(t->authorization, "Bearer T1") == 0)
		good = false;
	if (good && !s->never_content)
		return turn_reply(t, "200 OK", "", DOCUMENT);
	realm = s->realm ? xstrdup(s->realm)
			 : xasprintf("http://127.0.0.1:%u/token?account=x", server_port(s->tokens));
	challenge = xasprintf("WWW-Authenticate: Bearer realm=\"%s\",service=\"the service&x=1\","
			      "scope=\"repository:other:push\"\r\n",
			      realm);
	return turn_reply(t, "401 Unauthorized", challenge,
			  "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"a token!\"}]}");
}

static bool answer_tokens(struct turn *t, void *arg)
{
	const struct script *s = arg;
	_cleanup_free_ char *token = xasprintf("{\"token\":\"T%u\"}", t->nth + 1);

	ck_assert(!t->authorized);
	return turn_reply(t, s->status ? s->status : "200 OK", "", s->answer ? s->answer : token);
}

static struct registry *begin(struct script *s)
{
	err = (struct err)ERR_INIT;
	s->registry = server_start(answer_registry, s);
	s->tokens = server_start(answer_tokens, s);
	return open_registry(s->registry, NULL);
}

static void finish(struct script *s, struct registry *r)
{
	registry_free(r);
	server_stop(s->registry);
	server_stop(s->tokens);
}

static int get(struct registry *r)
{
	struct registry_manifest m = {.text = BUF_INIT};
	int ret = registry_manifest_get(r, "t", NULL, &m, &err);

	registry_manifest_done(&m);
	return ret;
}

START_TEST(fetched_once)
{
	struct script s = {.realm = NULL};
	struct registry *r = begin(&s);

	for (unsigned i = 0; i < 3; i++)
		ck_assert_msg(get(r) == 0, "%s", err.text);
	ck_assert_uint_eq(server_count(s.tokens), 1);
	ck_assert_uint_eq(server_count(s.registry), 4);
	/* The scope is ours: what a challenge asks for may be more. */
	ck_assert(server_saw(s.tokens, "GET /token?account=x&scope=repository:r:pull"
				       "&service=the%20service%26x%3D1 HTTP/1.1\r\n"));
	finish(&s, r);
}
END_TEST

START_TEST(answers_of_token_servers)
{
	static const struct {
		const char *answer, *error; /* error NULL: taken */
	} rows[] = {
		{"{\"access_token\":\"T1\"}", NULL},
		{"{\"token\":\"\",\"access_token\":\"T1\"}", NULL},
		{"{\"token\":\"T1\",\"expires_in\":-5}", NULL},
		{"{\"token\":\"T1\",\"expires_in\":9223372036854775807}", NULL},
		{"{\"token\":\"T1\\r\\nX-Evil: yes\"}", "gives no token"},
		{"{\"token\":\"T 1\"}", "gives no token"},
		{"{\"token\":\"T\\u00fc\"}", "gives no token"},
		{"{}", "gives no token"},
		{"{\"token\":7}", "token server '127.0.0.1:"},
		{"nonsense", "token server '127.0.0.1:"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct script s = {.answer = rows[i].answer};
		struct registry *r = begin(&s);
		int ret = get(r);

		ck_assert_msg(ret == (rows[i].error ? -1 : 0), "row %zu: %s", i, err.text);
		if (ret < 0) {
			ck_assert_int_eq(err.kind, ERR_NETWORK);
			ck_assert_msg(strstr(err.text, rows[i].error), "%s", err.text);
			ck_assert(!server_saw(s.registry, "Evil"));
		}
		finish(&s, r);
	}
}
END_TEST

START_TEST(token_servers_that_fail)
{
	struct script denied = {.status = "401 Unauthorized",
				.answer = "{\"details\":\"who are you\"}"};
	struct script down = {.status = "503 Service Unavailable"};
	struct script huge = {.answer = NULL};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct registry *r = begin(&denied);

	ck_assert_int_eq(get(r), -1);
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_msg(strstr(err.text, "who are you"), "%s", err.text);
	ck_assert_uint_eq(server_count(denied.tokens), 1);
	finish(&denied, r);
	/* It is asked again with the pauses of all requests. */
	r = begin(&down);
	ck_assert_int_eq(get(r), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
	ck_assert_uint_eq(server_count(down.tokens), 4);
	finish(&down, r);
	buf_adds(&text, "{\"token\":\"T");
	for (unsigned i = 0; i < 70000; i++)
		buf_addc(&text, 'x');
	buf_adds(&text, "\"}");
	huge.answer = buf_str(&text);
	r = begin(&huge);
	ck_assert_int_eq(get(r), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	finish(&huge, r);
}
END_TEST

START_TEST(renewed_when_refused)
{
	struct script s = {.only_newest = true};
	struct registry *r = begin(&s);

	ck_assert_msg(get(r) == 0, "%s", err.text);
	ck_assert_msg(get(r) == 0, "%s", err.text);
	ck_assert_uint_eq(server_count(s.tokens), 2);
	ck_assert(server_saw(s.registry, "Authorization: Bearer T2\r\n"));
	finish(&s, r);
}
END_TEST

START_TEST(an_end_to_challenges)
{
	struct script s = {.never_content = true};
	struct registry *r = begin(&s);

	ck_assert_int_eq(get(r), -1);
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_msg(strstr(err.text, "401 unauthorized: a token!"), "%s", err.text);
	ck_assert_uint_eq(server_count(s.tokens), 2);
	ck_assert_uint_eq(server_count(s.registry), 3);
	finish(&s, r);
}
END_TEST

START_TEST(odd_realms)
{
	static const char *const realms[] = {"file:///etc/passwd", "nowhere", "http://a:b@h/",
					     "http://", "/token"};

	for (size_t i = 0; i < ARRAY_SIZE(realms); i++) {
		struct script s = {.realm = realms[i]};
		struct registry *r = begin(&s);

		ck_assert_int_eq(get(r), -1);
		ck_assert_int_eq(err.kind, ERR_NETWORK);
		ck_assert_msg(strstr(err.text, "token server of '127.0.0.1:"), "%s", err.text);
		finish(&s, r);
	}
}
END_TEST

static void *get_one(void *arg)
{
	struct registry_manifest m = {.text = BUF_INIT};
	struct err e = ERR_INIT;

	ck_assert_msg(registry_manifest_get(arg, "t", NULL, &m, &e) == 0, "%s", e.text);
	registry_manifest_done(&m);
	return NULL;
}

/* Several that are refused at once share one token. */
START_TEST(fetched_once_by_several)
{
	struct script s = {.realm = NULL};
	struct registry *r = begin(&s);
	pthread_t threads[8];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, get_one, r), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(server_count(s.tokens), 1);
	finish(&s, r);
}
END_TEST

/* A host that the registry redirects to can't ask for the registry's token. */
static bool answer_away(struct turn *t, void *arg)
{
	struct script *s = arg;
	_cleanup_free_ char *there =
		xasprintf("Location: http://127.0.0.1:%u/blob\r\n", server_port(s->registry));

	(void)t;
	return turn_reply(t, "307 Temporary Redirect", there, "");
}

START_TEST(strangers_get_none)
{
	struct script s = {.realm = NULL};
	struct registry *r = begin(&s), *away;
	struct server *first = server_start(answer_away, &s);

	away = open_registry(first, NULL);
	ck_assert_int_eq(get(away), -1);
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_uint_eq(server_count(s.tokens), 0);
	registry_free(away);
	server_stop(first);
	finish(&s, r);
}
END_TEST

Suite *suite_auth(void)
{
	Suite *s = suite_create("auth");
	TCase *t = tcase_create("auth");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, fetched_once);
	tcase_add_test(t, answers_of_token_servers);
	tcase_add_test(t, token_servers_that_fail);
	tcase_add_test(t, renewed_when_refused);
	tcase_add_test(t, an_end_to_challenges);
	tcase_add_test(t, odd_realms);
	tcase_add_test(t, fetched_once_by_several);
	tcase_add_test(t, strangers_get_none);
	suite_add_tcase(s, t);
	return s;
}
