/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/capability.h>
#include <string.h>

#include "base/strv.h"
#include "os/caps.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "suites.h"

#define RULE(name, more) "{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_ALLOW\"" more "}"
#define PROFILE(rules)	 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" rules "]}"

static int parse(const char *json, uint64_t caps, struct arena *a, struct spec_seccomp *s,
		 struct err *err)
{
	return seccomp_profile_parse(json, "profile.json", caps, a, s, err);
}

static const struct {
	const char *condition;
	uint64_t caps;
	bool kept;
} conditions[] = {
	{"", 0, true},
	{",\"includes\":{},\"excludes\":{}", 0, true},
	{",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", 0, false},
	{",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", CAP_BIT(CAP_SYS_ADMIN), true},
	{",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_BPF\"]}", CAP_BIT(CAP_SYS_ADMIN), false},
	{",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_BPF\"]}", CAP_BIT(CAP_BPF), false},
	{",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", CAP_BIT(CAP_BPF), true},
	{",\"includes\":{\"minKernel\":\"4.8\"}", 0, true},
	{",\"includes\":{\"minKernel\":\"99.0\"}", 0, false},
	{",\"excludes\":{\"minKernel\":\"4.8\"}", 0, false},
	{",\"includes\":{\"arches\":[\"vax\"]}", 0, false},
	{",\"excludes\":{\"arches\":[\"vax\"]}", 0, true},
#ifdef __x86_64__
	{",\"includes\":{\"arches\":[\"vax\",\"amd64\"]}", 0, true},
	{",\"excludes\":{\"arches\":[\"amd64\"]}", 0, false},
	{",\"includes\":{\"arches\":[\"amd64\"],\"caps\":[\"CAP_BPF\"]}", 0, false},
#endif
};

START_TEST(settles_conditions)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf json = BUF_INIT;
	struct spec_seccomp s = {0};
	struct err err = ERR_INIT;

	buf_addf(&json,
		 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_ALLOW\"%s}]}",
		 conditions[_i].condition);
	ck_assert_msg(parse(buf_str(&json), conditions[_i].caps, &a, &s, &err) == 0, "%s",
		      err.text);
	ck_assert_uint_eq(s.n_syscalls, conditions[_i].kept);
}
END_TEST

#ifdef __x86_64__
START_TEST(takes_architectures_from_the_map)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};

	ck_assert_int_eq(parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":["
			       "{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":["
			       "\"SCMP_ARCH_ARM\"]},{\"architecture\":\"SCMP_ARCH_X86_64\","
			       "\"subArchitectures\":[\"SCMP_ARCH_X86\"]}]}",
			       0, &a, &s, NULL),
			 0);
	ck_assert_uint_eq(s.n_architectures, 2);
	ck_assert_str_eq(s.architectures[0], "SCMP_ARCH_X86_64");
	ck_assert_str_eq(s.architectures[1], "SCMP_ARCH_X86");
}
END_TEST
#endif

static const struct {
	const char *json, *part;
} bad[] = {
	{"{", "profile.json"},
	{"{}", "defaultAction"},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],"
	 "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86\"}]}",
	 "archMap"},
	{PROFILE("{\"action\":\"SCMP_ACT_ALLOW\"}"), "names no system call"},
	{PROFILE(RULE("read", ",\"name\":\"write\"")), "'write'"},
	{PROFILE(RULE("read", ",\"includes\":{\"caps\":[\"CAP_FLY\"]}")), "'CAP_FLY'"},
	{PROFILE(RULE("read", ",\"includes\":{\"minKernel\":\"new\"}")), "'new'"},
};

START_TEST(refuses)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};
	struct err err = ERR_INIT;

	ck_assert_int_eq(parse(bad[_i].json, 0, &a, &s, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, bad[_i].part) != NULL, "%s", err.text);
}
END_TEST

START_TEST(finds_the_capabilities_that_matter)
{
	uint64_t caps = 0;
	static const char json[] =
		PROFILE(RULE("read", ",\"includes\":{\"caps\":[\"CAP_BPF\"]}") "," RULE(
			"write", ",\"excludes\":{\"caps\":[\"CAP_SYSLOG\"]}"));

	ck_assert_int_eq(seccomp_profile_caps(json, "profile.json", &caps, NULL), 0);
	ck_assert_uint_eq(caps, CAP_BIT(CAP_BPF) | CAP_BIT(CAP_SYSLOG));
}
END_TEST

Suite *suite_seccomp_profile(void)
{
	Suite *s = suite_create("seccomp_profile");
	TCase *t = tcase_create("seccomp_profile");

	tcase_add_loop_test(t, settles_conditions, 0, ARRAY_SIZE(conditions));
#ifdef __x86_64__
	tcase_add_test(t, takes_architectures_from_the_map);
#endif
	tcase_add_loop_test(t, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, finds_the_capabilities_that_matter);
	suite_add_tcase(s, t);
	return s;
}
