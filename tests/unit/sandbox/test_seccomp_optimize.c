/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortened filter answers as the plain one does: for every number that matters, in every
 * architecture, with arguments around those that rules compare with.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "suites.h"

#define X32	    0x40000000u
#define BAD_PROGRAM 0xdeadbeefu

/* Run a filter as the kernel does. */
static uint32_t run(const struct buf *filter, const struct seccomp_data *d)
{
	const struct sock_filter *v = (const struct sock_filter *)(const void *)filter->data;
	size_t n = filter->len / sizeof(*v), pc = 0;
	uint32_t a = 0;

	while (pc < n) {
		const struct sock_filter *f = &v[pc++];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k > sizeof(*d) - sizeof(a))
				return BAD_PROGRAM;
			memcpy(&a, (const char *)d + f->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			return BAD_PROGRAM;
		}
	}
	return BAD_PROGRAM;
}

static const uint64_t values[] = {
	0,  1,	2,	8,	    11,		12,	    13,		18,	      19,
	21, 38, 39,	40,	    41,		45,	    46,		0x20000,      0x20008,
	17, 33, 0x7fff, 0x10000000, 0x40000011, 0x7e020000, 0xffffffff, 0x100000000u, UINT64_MAX,
};

static void compare(const struct buf *plain, const struct buf *fast, uint32_t arch, uint32_t nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct seccomp_data d = {.nr = (int)nr, .arch = arch};
		uint32_t want, got;

		for (size_t k = 0; k < 6; k++)
			d.args[k] = values[(i + k) % ARRAY_SIZE(values)];
		want = run(plain, &d);
		got = run(fast, &d);
		ck_assert_uint_ne(want, BAD_PROGRAM);
		if (want != got)
			ck_abort_msg("arch %#x call %u with %#llx: %#x, should be %#x", arch, nr,
				     (unsigned long long)d.args[0], got, want);
	}
}

static void compare_all(const char *json, uint64_t caps, bool shorter)
{
	static const uint32_t arches[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
					  AUDIT_ARCH_ARM, 0};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf plain = BUF_INIT;
	_cleanup_(buf) struct buf fast = BUF_INIT;
	struct seccomp_arches filtered;
	struct spec_seccomp s = {0};
	struct err err = ERR_INIT;
	uint32_t random = 1;

	ck_assert_msg(seccomp_profile_parse(json, "policy", caps, &a, &s, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(seccomp_arches_resolve(&s, &filtered, &err), 0);
	ck_assert_int_eq(seccomp_compile_plain(&s, &filtered, &plain, &err), 0);
	ck_assert_int_eq(seccomp_compile(&s, &fast, &err), 0);
	if (shorter)
		ck_assert_uint_lt(fast.len, plain.len / 2);
	else
		ck_assert_uint_le(fast.len, plain.len);
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		for (uint32_t nr = 0; nr < 1100; nr++) {
			compare(&plain, &fast, arches[i], nr);
			compare(&plain, &fast, arches[i], nr | X32);
			compare(&plain, &fast, arches[i], nr | X32 << 1);
			compare(&plain, &fast, arches[i], 0 - nr);
			random = random * 1664525 + 1013904223;
			compare(&plain, &fast, arches[i], random);
		}
	}
}

START_TEST(default_policy_is_unchanged)
{
	compare_all(seccomp_builtin_text, seccomp_builtin_variants[_i].caps, true);
}
END_TEST

#define MASKED                                                                                     \
	"{\"names\":[\"close\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,\"value\":"    \
	"240,\"valueTwo\":16,\"op\":\"SCMP_CMP_MASKED_EQ\"},{\"index\":3,\"value\":12,\"op\":"     \
	"\"SCMP_CMP_GE\"}]}"

#define ALLOW	"{\"defaultAction\":\"SCMP_ACT_ALLOW\""
#define WITH_86 "{\"defaultAction\":\"SCMP_ACT_LOG\",\"architectures\":[\"SCMP_ARCH_X86\"],"
#define WITH_32                                                                                    \
	"{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"architectures\":[\"SCMP_ARCH_X32\"],"
#define IPC  "{\"names\":[\"connect\",\"semop\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7}"
#define READ "{\"names\":[\"read\",\"mseal\"],\"action\":\"SCMP_ACT_ALLOW\"}"

static const char *const policies[] = {
	(ALLOW "}"),
	(ALLOW ",\"syscalls\":[" MASKED "]}"),
	(WITH_86 "\"syscalls\":[" IPC "," MASKED "]}"),
	(WITH_32 "\"syscalls\":[" READ "]}"),
};

START_TEST(other_policies_are_unchanged)
{
	compare_all(policies[_i], 0, false);
}
END_TEST

Suite *suite_seccomp_optimize(void)
{
	Suite *s = suite_create("seccomp_optimize");
	TCase *t = tcase_create("seccomp_optimize");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, default_policy_is_unchanged, 0, (int)seccomp_builtin_n_variants);
	tcase_add_loop_test(t, other_policies_are_unchanged, 0, ARRAY_SIZE(policies));
	suite_add_tcase(s, t);
	return s;
}
