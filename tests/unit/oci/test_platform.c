/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/platform.h"
#include "suites.h"

static const struct {
	const char *in;
	const char *out;
} good[] = {
	{"linux/amd64", "linux/amd64"},
	{"linux/x86_64", "linux/amd64"},
	{"Linux/X86-64", "linux/amd64"},
	{"linux/amd64/v1", "linux/amd64"},
	{"linux/amd64/v3", "linux/amd64/v3"},
	{"linux/arm64", "linux/arm64"},
	{"linux/arm64/v8", "linux/arm64"},
	{"linux/arm64/8", "linux/arm64"},
	{"linux/aarch64", "linux/arm64"},
	{"linux/arm64/v9", "linux/arm64/v9"},
	{"linux/arm", "linux/arm/v7"},
	{"linux/arm/7", "linux/arm/v7"},
	{"linux/arm/v6", "linux/arm/v6"},
	{"linux/armhf", "linux/arm/v7"},
	{"linux/armel", "linux/arm/v6"},
	{"linux/i386", "linux/386"},
	{"linux/i686", "linux/386"},
	{"linux/ppc64le", "linux/ppc64le"},
	{"linux/riscv64", "linux/riscv64"},
	{"linux/s390x", "linux/s390x"},
	{"macos/arm64", "darwin/arm64"},
	{"windows/amd64", "windows/amd64"},
	{"arm64", "linux/arm64"},
	{"x86_64", "linux/amd64"},
	{"armhf", "linux/arm/v7"},
	{"wasip1/wasm", "wasip1/wasm"},
};

START_TEST(accepted)
{
	char text[PLATFORM_STR_MAX], again[PLATFORM_STR_MAX];
	struct platform p, q;
	struct err err = ERR_INIT;

	ck_assert_msg(platform_parse(good[_i].in, &p, &err) == 0, "%s", err.text);
	ck_assert_str_eq(platform_str(&p, text), good[_i].out);
	ck_assert_int_eq(platform_parse(text, &q, &err), 0);
	ck_assert_str_eq(platform_str(&q, again), text);
}
END_TEST

#define FORM                                                                                       \
	"expected OS/ARCH[/VARIANT] such as linux/amd64 or linux/arm/v7, each of letters, "        \
	"digits, "                                                                                 \
	"'.', '_' and '-'"

static const struct {
	const char *in;
	const char *text;
} bad[] = {
	{"", "invalid platform '': " FORM},
	{"/", "invalid platform '/': " FORM},
	{"linux/", "invalid platform 'linux/': " FORM},
	{"/amd64", "invalid platform '/amd64': " FORM},
	{"linux//v7", "invalid platform 'linux//v7': " FORM},
	{"linux/arm/v7/x", "invalid platform 'linux/arm/v7/x': " FORM},
	{"linux/am d64", "invalid platform 'linux/am d64': " FORM},
	{"linux/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "invalid platform 'linux/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': " FORM},
	{"frobnix", "invalid platform 'frobnix': neither a known operating system nor a known "
		    "architecture; expected OS/ARCH[/VARIANT] such as linux/amd64 or linux/arm/v7"},
};

START_TEST(refused)
{
	struct err err = ERR_INIT;
	struct platform p = {.os = "untouched"};

	ck_assert_int_eq(platform_parse(bad[_i].in, &p, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_str_eq(p.os, "untouched");
}
END_TEST

static int rank(const char *want, const char *candidate)
{
	struct platform w, c;

	ck_assert_int_eq(platform_parse(want, &w, NULL), 0);
	ck_assert_int_eq(platform_parse(candidate, &c, NULL), 0);
	return platform_match(&w, &c);
}

START_TEST(ranks)
{
	struct platform raw = {.os = "linux", .arch = "arm64", .variant = "v8"};
	struct platform want = {.os = "linux", .arch = "aarch64"};

	ck_assert_int_gt(rank("linux/arm/v7", "linux/arm/v7"),
			 rank("linux/arm/v7", "linux/arm/v6"));
	ck_assert_int_gt(rank("linux/arm/v7", "linux/arm/v6"),
			 rank("linux/arm/v7", "linux/arm/v5"));
	ck_assert_int_gt(rank("linux/arm/v7", "linux/arm/v5"), 0);
	ck_assert_int_eq(rank("linux/arm/v6", "linux/arm/v7"), 0);
	ck_assert_int_gt(rank("linux/amd64/v3", "linux/amd64/v2"),
			 rank("linux/amd64/v3", "linux/amd64"));
	ck_assert_int_gt(rank("linux/amd64/v3", "linux/amd64"), 0);
	ck_assert_int_eq(rank("linux/amd64", "linux/amd64/v2"), 0);
	ck_assert_int_eq(rank("linux/amd64", "linux/386"), 0);
	ck_assert_int_eq(rank("linux/amd64", "windows/amd64"), 0);
	ck_assert_int_eq(rank("linux/arm64", "linux/arm"), 0);
	ck_assert_int_gt(platform_match(&want, &raw), 0);
}
END_TEST

START_TEST(host)
{
	char text[PLATFORM_STR_MAX], again[PLATFORM_STR_MAX];
	struct platform p, q;

	platform_host(&p);
	ck_assert_str_eq(p.os, "linux");
	ck_assert_int_ne(p.arch[0], '\0');
	ck_assert_int_eq(platform_parse(platform_str(&p, text), &q, NULL), 0);
	ck_assert_str_eq(platform_str(&q, again), text);
	ck_assert_int_eq(platform_parse("linux", &q, NULL), 0);
	ck_assert_str_eq(platform_str(&q, again), text);
}
END_TEST

Suite *suite_platform(void)
{
	Suite *s = suite_create("platform");
	TCase *t = tcase_create("platform");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, ranks);
	tcase_add_test(t, host);
	suite_add_tcase(s, t);
	return s;
}
