/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which scheme a registry is asked by, TLS, and proxies: against tls_server.py, whose proxy makes
 * names of .example lead to it, since loopback itself is never verified.
 */
#include <check.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/strv.h"
#include "server.h"
#include "../skip.h"
#include "suites.h"

static char dir[] = "/tmp/onggi-registry-XXXXXX";
static char *certificate;
static pid_t pid;
static FILE *from_server;
static int to_server = -1;
static unsigned proxy_port, tls_port;
static struct err err;

static int run(const char *const *argv)
{
	pid_t p = fork();
	int status = -1;

	if (p == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(127);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (p < 0 || waitpid(p, &status, 0) != p)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void start_server(void)
{
	const char *argv[] = {"python3", TLS_SERVER, dir, NULL};
	int in[2], out[2];

	ck_assert_int_eq(pipe(in) | pipe(out), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to_server = in[1];
	from_server = fdopen(out[0], "r");
	ck_assert_ptr_nonnull(from_server);
	ck_assert_int_eq(fscanf(from_server, "%u %u", &proxy_port, &tls_port), 2);
}

static void setup(void)
{
	_cleanup_free_ char *key = NULL, *proxy = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	certificate = path_join(dir, "cert.pem");
	key = path_join(dir, "key.pem");
	{
		const char *argv[] = {
			"openssl",
			"req",
			"-x509",
			"-newkey",
			"ec",
			"-pkeyopt",
			"ec_paramgen_curve:P-256",
			"-nodes",
			"-days",
			"2",
			"-subj",
			"/CN=test",
			"-addext",
			"subjectAltName=DNS:reg.example,DNS:cdn.example,DNS:auth.example",
			"-keyout",
			key,
			"-out",
			certificate,
			NULL};

		ck_assert_int_eq(run(argv), 0);
	}
	start_server();
	proxy = xasprintf("http://127.0.0.1:%u", proxy_port);
	(void)setenv("https_proxy", proxy, 1);
	(void)setenv("HTTP_PROXY", proxy, 1);
	(void)unsetenv("http_proxy");
	(void)unsetenv("no_proxy");
	(void)unsetenv("NO_PROXY");
	(void)setenv("SSL_CERT_FILE", certificate, 1);
	err = (struct err)ERR_INIT;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	close(to_server);
	(void)fclose(from_server);
	(void)waitpid(pid, NULL, 0);
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(certificate);
}

/* Get a manifest by name; with options that may be NULL. */
static int get(const char *name, const struct registry_options *o)
{
	static const struct registry_timing timing = {.connect = PATIENCE, .stall = PATIENCE};
	struct registry_options quick = quick_options();
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	_cleanup_(registry) struct registry *r = NULL;
	struct reference ref;

	err = (struct err)ERR_INIT;
	ck_assert_int_eq(reference_parse(name, &ref, &err), 0);
	ck_assert_int_eq(registry_open_timed(&ref, o ? o : &quick, &timing, &r, &err), 0);
	if (registry_manifest_get(r, ref.tag, NULL, &m, &err) < 0)
		return -1;
	ck_assert_str_eq(buf_str(&m.text), "{\"schemaVersion\":2,\"layers\":[]}");
	return 0;
}

/* Does a line of the server's log begin so? */
static bool logged(const char *text)
{
	_cleanup_free_ char *path = path_join(dir, "log");
	FILE *f = fopen(path, "re");
	char line[4096];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = str_prefix(line, text, NULL);
	if (f)
		(void)fclose(f);
	return found;
}

START_TEST(verified)
{
	ck_assert_msg(get("reg.example/r:t", NULL) == 0, "%s", err.text);
	ck_assert(logged("CONNECT reg.example:443\n"));
	ck_assert(logged("reg.example GET /v2/r/manifests/t -\n"));
	/* Where there is no doubt about the scheme, nothing else is asked. */
	ck_assert(!logged("reg.example GET /v2/ "));
}
END_TEST

START_TEST(untrusted)
{
	struct registry_options o = quick_options();
	char host[] = "reg.example";
	char *insecure[] = {host, NULL};

	(void)unsetenv("SSL_CERT_FILE");
	ck_assert_int_eq(get("reg.example/r:t", NULL), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
	ck_assert_msg(str_prefix(err.text, "the certificate of 'reg.example' is refused: self",
				 NULL),
		      "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.hint, "--tls-verify=false"));
	ck_assert(!logged("reg.example GET"));
	o.insecure = insecure;
	ck_assert_msg(get("reg.example/r:t", &o) == 0, "%s", err.text);
	o = quick_options();
	o.tls_verify_off = true;
	ck_assert_msg(get("reg.example/r:t", &o) == 0, "%s", err.text);
	/* It is about this host, not about those that it sends us to. */
	ck_assert_int_eq(get("reg.example/r:across", &o), -1);
	ck_assert_msg(str_prefix(err.text, "the certificate of 'cdn.example' is refused", NULL),
		      "%s", err.text);
}
END_TEST

START_TEST(of_another_name)
{
	ck_assert_int_eq(get("reg.elsewhere/r:t", NULL), -1);
	ck_assert_msg(str_prefix(err.text, "the certificate of 'reg.elsewhere' is refused", NULL),
		      "%s", err.text);
}
END_TEST

START_TEST(no_way_down)
{
	ck_assert_msg(get("reg.example/r:across", NULL) == 0, "%s", err.text);
	ck_assert_int_eq(get("reg.example/r:down", NULL), -1);
	ck_assert_int_eq(err.kind, ERR_NETWORK);
	ck_assert_str_eq(err.text, "'reg.example' redirects from HTTPS to plain HTTP at "
				   "'plain.example': refused");
	ck_assert(!logged("plain.example"));
	/* A token server neither. */
	ck_assert_int_eq(get("reg.example/r:unsafe", NULL), -1);
	ck_assert_str_eq(err.text, "'reg.example' names a token server without HTTPS, "
				   "'auth.example': refused");
	ck_assert(!logged("auth.example"));
}
END_TEST

START_TEST(token_stays_with_its_host)
{
	ck_assert_msg(get("reg.example/r:locked", NULL) == 0, "%s", err.text);
	ck_assert(logged("auth.example GET /token?scope=repository:r:pull -\n"));
	ck_assert(logged("reg.example GET /v2/r/manifests/locked Bearer secret\n"));
	ck_assert(logged("cdn.example GET /doc -\n"));
}
END_TEST

/* TLS first, as somebody might speak it; plain HTTP when nobody does. */
START_TEST(named_insecure)
{
	struct registry_options o = quick_options();
	char host[] = "plain.example:5000";
	char *insecure[] = {host, NULL};

	o.insecure = insecure;
	ck_assert_msg(get("plain.example:5000/r:t", &o) == 0, "%s", err.text);
	ck_assert(logged("CONNECT plain.example:5000\n"));
	ck_assert(logged("plain.example:5000 GET http://plain.example:5000/v2/r/manifests/t -\n"));
	ck_assert_int_eq(get("plain.example:5001/r:t", &o), -1);
	ck_assert_msg(strstr(err.text, "the proxy for 'plain.example:5001' makes no connection: it "
				       "answers 502"),
		      "%s", err.text);
}
END_TEST

START_TEST(refused_by_the_proxy)
{
	ck_assert_int_eq(get("refused.example/r:t", NULL), -1);
	ck_assert_str_eq(err.text,
			 "the proxy for 'refused.example' makes no connection: it answers 403");
	ck_assert_str_eq(err.hint, "look at http_proxy, https_proxy and no_proxy");
}
END_TEST

/* A TLS server on loopback: its answer to plain HTTP is none, or an odd one. */
START_TEST(tls_on_loopback)
{
	_cleanup_free_ char *name = xasprintf("localhost:%u/r:t", tls_port);
	_cleanup_free_ char *line = xasprintf("localhost:%u GET /v2/r/manifests/t -\n", tls_port);

	(void)unsetenv("SSL_CERT_FILE");
	ck_assert_msg(get(name, NULL) == 0, "%s", err.text);
	ck_assert(logged(line));
	ck_assert(!logged("CONNECT"));
}
END_TEST

/*
 * A connection that is kept and reset meanwhile: TLS says farewell into it, and the SIGPIPE of that
 * must not end us.
 */
START_TEST(reset_while_kept)
{
	_cleanup_free_ char *name = xasprintf("localhost:%u/r:reset", tls_port);
	struct registry_options quick = quick_options();
	_cleanup_(registry) struct registry *r = NULL;
	struct reference ref;

	(void)signal(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(reference_parse(name, &ref, &err), 0);
	ck_assert_int_eq(registry_open(&ref, &quick, &r, &err), 0);
	for (unsigned i = 0; i < 3; i++) {
		_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};

		ck_assert_msg(registry_manifest_get(r, "reset", NULL, &m, &err) == 0, "%s",
			      err.text);
		/* The reset must have come before the connection is looked at again. */
		(void)usleep(500000);
	}
}
END_TEST

static bool answer_bad_request(struct turn *t, void *arg)
{
	(void)arg;
	return turn_reply(t, "200 OK", "", "{\"layers\":[]}");
}

/* Plain HTTP on loopback: one request more than the manifest, and no TLS. */
START_TEST(plain_on_loopback)
{
	struct server *s = server_start(answer_bad_request, NULL);
	_cleanup_(registry) struct registry *r = open_registry(s, NULL);
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	struct http_url url;
	struct registry_verdict v;

	ck_assert_int_eq(registry_endpoint(r, &url, &v, &err), 0);
	ck_assert(!url.tls);
	ck_assert_msg(registry_manifest_get(r, "t", NULL, &m, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(server_count(s), 1);
	ck_assert(!logged("CONNECT"));
	server_stop(s);
}
END_TEST

static bool have_programs(void)
{
	const char *openssl[] = {"openssl", "version", NULL}, *python[] = {"python3", "-V", NULL};

	return run(openssl) == 0 && run(python) == 0;
}

Suite *suite_call(void)
{
	Suite *s = suite_create("call");
	TCase *t = tcase_create("call");

	suite_add_tcase(s, t);
	if (!have_programs()) {
		skip_tell("suite_call", "openssl and python3 are needed");
		return s;
	}

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, verified);
	tcase_add_test(t, untrusted);
	tcase_add_test(t, of_another_name);
	tcase_add_test(t, no_way_down);
	tcase_add_test(t, token_stays_with_its_host);
	tcase_add_test(t, named_insecure);
	tcase_add_test(t, refused_by_the_proxy);
	tcase_add_test(t, tls_on_loopback);
	tcase_add_test(t, reset_while_kept);
	tcase_add_test(t, plain_on_loopback);
	return s;
}
