/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "oci/reference.h"
#include "suites.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA "sha256:" HEX
#define TAG128                                                                                     \
	"t2345678901234567890123456789012345678901234567890123456789012345678901234567890123456"   \
	"789012345678901234567890123456789012345678"
#define PATH230                                                                                    \
	"p234567890123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"9012345678901234567890123456789012345678901234567890123456789012345678901234567890123456" \
	"7"                                                                                        \
	"89012345678901234567890123456789012345678901234567"

static const struct {
	const char *in;
	const char *full;
	const char *familiar; /* NULL: as in */
} good[] = {
	{"debian", "docker.io/library/debian:latest", "debian:latest"},
	{"debian:12", "docker.io/library/debian:12", NULL},
	{"debian:12@" SHA, "docker.io/library/debian:12@" SHA, NULL},
	{"debian@" SHA, "docker.io/library/debian@" SHA, NULL},
	{"docker.io/debian", "docker.io/library/debian:latest", "debian:latest"},
	{"docker.io/library/debian", "docker.io/library/debian:latest", "debian:latest"},
	{"index.docker.io/debian", "docker.io/library/debian:latest", "debian:latest"},
	{"index.docker.io/library/debian:1", "docker.io/library/debian:1", "debian:1"},
	{"library/debian", "docker.io/library/debian:latest", "debian:latest"},
	{"user/app", "docker.io/user/app:latest", "user/app:latest"},
	{"user/app/part", "docker.io/user/app/part:latest", "user/app/part:latest"},
	{"docker.io/user/app:v1", "docker.io/user/app:v1", "user/app:v1"},
	{"library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
	{"localhost/app", "localhost/app:latest", "localhost/app:latest"},
	{"localhost", "docker.io/library/localhost:latest", "localhost:latest"},
	{"localhost:5000", "docker.io/library/localhost:5000", NULL},
	{"localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app:latest"},
	{"localhost:5000/a/b/c:t", "localhost:5000/a/b/c:t", NULL},
	{"ghcr.io/owner/app:1.2.3", "ghcr.io/owner/app:1.2.3", NULL},
	{"ghcr.io/owner/app", "ghcr.io/owner/app:latest", "ghcr.io/owner/app:latest"},
	{"quay.io/app", "quay.io/app:latest", "quay.io/app:latest"},
	{"Registry/app", "Registry/app:latest", "Registry/app:latest"},
	{"REGISTRY.example.COM/app:1", "REGISTRY.example.COM/app:1", NULL},
	{"127.0.0.1:5000/app:x", "127.0.0.1:5000/app:x", NULL},
	{"127.0.0.1/app:x", "127.0.0.1/app:x", NULL},
	{"[::1]/app:x", "[::1]/app:x", NULL},
	{"[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"},
	{"[2001:db8::1]:5000/a/b@" SHA, "[2001:db8::1]:5000/a/b@" SHA, NULL},
	{"xn--bcher-kva.example/app:1", "xn--bcher-kva.example/app:1", NULL},
	{"a-b.c--d.example/app:1", "a-b.c--d.example/app:1", NULL},
	{"a.b:80/c:d", "a.b:80/c:d", NULL},
	{"a.b/c.d/e_f/g__h/i-j/k--l/m---n:1", "a.b/c.d/e_f/g__h/i-j/k--l/m---n:1", NULL},
	{"a", "docker.io/library/a:latest", "a:latest"},
	{"0", "docker.io/library/0:latest", "0:latest"},
	{"a.b", "docker.io/library/a.b:latest", "a.b:latest"},
	{"a_b", "docker.io/library/a_b:latest", "a_b:latest"},
	{"app:_x", "docker.io/library/app:_x", NULL},
	{"app:UPPER.lower-1_2", "docker.io/library/app:UPPER.lower-1_2", NULL},
	{"app:" TAG128, "docker.io/library/app:" TAG128, NULL},
	{"app@sha512:" HEX HEX, "docker.io/library/app@sha512:" HEX HEX, NULL},
	{HEX ":latest", "docker.io/library/" HEX ":latest", NULL},
	{"a" HEX, "docker.io/library/a" HEX ":latest", "a" HEX ":latest"},
	{"library/" HEX, "docker.io/library/" HEX ":latest", HEX ":latest"},
	/* On docker.io, below what would be read as a registry if it came first. */
	{"docker.io/a.b/c:1", "docker.io/a.b/c:1", NULL},
	{"docker.io/localhost/c:1", "docker.io/localhost/c:1", NULL},
	{"foo/foo_bar.com:8080", "docker.io/foo/foo_bar.com:8080", NULL},
	{"foo.com:8080", "docker.io/library/foo.com:8080", NULL},
	{"a.b/" PATH230 ":1", "a.b/" PATH230 ":1", NULL},
};

START_TEST(accepted)
{
	char text[REFERENCE_STR_MAX], again[REFERENCE_STR_MAX];
	struct reference r, back;
	struct err err = ERR_INIT;

	ck_assert_msg(reference_parse(good[_i].in, &r, &err) == 0, "%s: %s", good[_i].in, err.text);
	ck_assert_str_eq(reference_str(&r, text), good[_i].full);
	ck_assert_int_eq(reference_parse(text, &back, &err), 0);
	ck_assert(reference_eq(&r, &back));
	ck_assert_str_eq(reference_familiar(&r, true, again),
			 good[_i].familiar ? good[_i].familiar : good[_i].in);
	ck_assert_msg(reference_parse(again, &back, &err) == 0, "%s: %s", again, err.text);
	ck_assert(reference_eq(&r, &back));
}
END_TEST

#define BAD(in_, why_)                                                                             \
	{                                                                                          \
		(in_), "invalid image reference '" in_ "': " why_, ""                              \
	}
#define HINTED(in_, why_, hint_)                                                                   \
	{                                                                                          \
		(in_), "invalid image reference '" in_ "': " why_, (hint_)                         \
	}
#define NO_TAG(t_)                                                                                 \
	"tag '" t_ "' is refused, expected up to 128 letters, digits, '_', '.' and '-', not "      \
	"beginning with '.' or '-'"
#define NO_NAME(n_)                                                                                \
	"'" n_ "' is no repository name, expected lower-case letters and digits joined by '.', "   \
	"'_', '__' or '-'"
#define NO_HOST(h_) "'" h_ "' is no registry, expected HOST[:PORT]"
#define NO_PART	    "a component of the repository name is empty"

static const struct {
	const char *in;
	const char *text;
	const char *hint;
} bad[] = {
	BAD("", "it is empty, expected [REGISTRY/]NAME[:TAG][@DIGEST]"),
	BAD(HEX, "64 hexadecimal digits are an image id, not a name"),
	HINTED("Debian", "repository name 'Debian' must be lower case", "use 'debian'"),
	HINTED("Debian:Bookworm", "repository name 'Debian' must be lower case",
	       "use 'debian:Bookworm'"),
	HINTED("ghcr.io/Owner/App:1", "repository name 'Owner/App' must be lower case",
	       "use 'ghcr.io/owner/app:1'"),
	HINTED("user/App", "repository name 'user/App' must be lower case", "use 'user/app'"),
	HINTED("https://ghcr.io/a/b", "it is a URL, expected [REGISTRY/]NAME[:TAG][@DIGEST]",
	       "leave out 'https://'"),
	HINTED("docker://debian", "it is a URL, expected [REGISTRY/]NAME[:TAG][@DIGEST]",
	       "leave out 'docker://'"),
	BAD(":tag", "the repository name is missing"),
	BAD("@" SHA, "the repository name is missing"),
	BAD("a.b/:tag", "the repository name is missing"),
	BAD("a.b/", "the repository name is missing"),
	BAD("localhost:5000/", "the repository name is missing"),
	BAD("/debian", NO_PART),
	BAD("debian/", NO_PART),
	BAD("a//b", NO_PART),
	BAD("a.b//c", NO_PART),
	BAD("a.b/c/", NO_PART),
	BAD("-debian", NO_NAME("-debian")),
	BAD("debian-", NO_NAME("debian-")),
	BAD(".debian", NO_NAME(".debian")),
	BAD("_a", NO_NAME("_a")),
	BAD("a..b", NO_NAME("a..b")),
	BAD("a___b", NO_NAME("a___b")),
	BAD("a._b", NO_NAME("a._b")),
	BAD("a_-b", NO_NAME("a_-b")),
	BAD("a b", NO_NAME("a b")),
	BAD(" a", NO_NAME(" a")),
	BAD("a\n", NO_NAME("a\n")),
	BAD("b\xc3\xbc", NO_NAME("b\xc3\xbc")),
	BAD("user/a..b/c", NO_NAME("a..b")),
	BAD("a+b", NO_NAME("a+b")),
	BAD("debian:", "the tag behind ':' is missing"),
	BAD("debian:@" SHA, "the tag behind ':' is missing"),
	BAD("debian:.x", NO_TAG(".x")),
	BAD("debian:-x", NO_TAG("-x")),
	BAD("debian:a:b", NO_TAG("a:b")),
	BAD("debian:a b", NO_TAG("a b")),
	BAD("debian:a/b", NO_HOST("debian:a")),
	BAD("app:" TAG128 "9", NO_TAG(TAG128 "9")),
	BAD("app:1+2", NO_TAG("1+2")),
	BAD("a.b:port/c", NO_HOST("a.b:port")),
	BAD("a.b:/c", NO_HOST("a.b:")),
	BAD("a..b/c", NO_HOST("a..b")),
	BAD(".a/c", NO_HOST(".a")),
	BAD("-a.b/c", NO_HOST("-a.b")),
	BAD("a-.b/c", NO_HOST("a-.b")),
	BAD("a.b-/c", NO_HOST("a.b-")),
	BAD("A_B/c", NO_HOST("A_B")),
	BAD("[::1/c", NO_HOST("[::1")),
	BAD("[]:1/c", NO_HOST("[]:1")),
	BAD("[::g]/c", NO_HOST("[::g]")),
	BAD("[::1]x/c", NO_HOST("[::1]x")),
	BAD("[fe80::1%25eth0]/c", NO_HOST("[fe80::1%25eth0]")),
	BAD("a@sha256", "invalid digest 'sha256': expected sha256:<64 hex digits>"),
	BAD("a@", "invalid digest '': expected sha256:<64 hex digits>"),
	BAD("a@sha256:0123",
	    "invalid digest 'sha256:0123': expected sha256:<64 lower-case hex digits>"),
	BAD("a@md5:0123",
	    "invalid digest 'md5:0123': algorithm 'md5' is unknown, accepted: sha256, "
	    "sha512"),
};

START_TEST(refused)
{
	struct reference r = {.domain = "untouched"};
	struct err err = ERR_INIT;

	ck_assert_int_eq(reference_parse(bad[_i].in, &r, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(err.hint, bad[_i].hint);
	ck_assert_str_eq(r.domain, "untouched");
}
END_TEST

/* 255 bytes with the registry are the most that there is room for. */
START_TEST(lengths)
{
	char in[600] = "a.b/";
	struct reference r;
	struct err err = ERR_INIT;

	memset(in + 4, 'x', 251);
	ck_assert_int_eq(reference_parse(in, &r, &err), 0);
	ck_assert_uint_eq(strlen(r.path), 251);
	memset(in + 4, 'x', 252);
	ck_assert_int_eq(reference_parse(in, &r, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "has 256 bytes with its registry, at most 255"));
	/* "docker.io/library/" counts too. */
	memset(in, 'x', 256);
	in[238] = '\0';
	ck_assert_int_eq(reference_parse(in, &r, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "has 256 bytes with its registry, at most 255"));
	in[237] = '\0';
	ck_assert_int_eq(reference_parse(in, &r, &err), 0);
	memset(in, 'x', sizeof(in) - 1);
	ck_assert_int_eq(reference_parse(in, &r, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "it has 599 bytes, at most "));
}
END_TEST

START_TEST(names_and_equality)
{
	char text[REFERENCE_STR_MAX];
	struct reference a, b;

	ck_assert_int_eq(reference_parse("debian:12", &a, NULL), 0);
	ck_assert_int_eq(reference_parse("docker.io/library/debian:12", &b, NULL), 0);
	ck_assert(reference_eq(&a, &b));
	ck_assert_str_eq(reference_name(&a, text), "docker.io/library/debian");
	ck_assert_str_eq(reference_familiar(&a, false, text), "debian");
	ck_assert_int_eq(reference_parse("debian:13", &b, NULL), 0);
	ck_assert(!reference_eq(&a, &b));
	ck_assert_int_eq(reference_parse("debian:12@" SHA, &b, NULL), 0);
	ck_assert(!reference_eq(&a, &b));
}
END_TEST

Suite *suite_reference(void)
{
	Suite *s = suite_create("reference");
	TCase *t = tcase_create("reference");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, lengths);
	tcase_add_test(t, names_and_equality);
	suite_add_tcase(s, t);
	return s;
}
