/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device program is run here by a small interpreter for the instructions that it may hold; that
 * the kernel takes and obeys it is shown in test_cgroup.c where the machine lets us.
 */
#include <linux/bpf.h>
#include <string.h>

#include "base/strv.h"
#include "sandbox/cgroup_internal.h"
#include "suites.h"

#define STEPS_MAX 100000

static uint64_t operand(const struct bpf_insn *i, const uint64_t *r)
{
	return BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
}

/* 1 or 0, the program's verdict; -1 when it is no sound program. */
static int run(const struct bpf_insn *prog, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = {0};
	size_t pc = 0;

	for (unsigned step = 0; pc < n && step < STEPS_MAX; step++) {
		const struct bpf_insn *i = &prog[pc++];
		uint32_t word;
		bool jump;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			memcpy(&word, (const char *)ctx + i->off, sizeof(word));
			r[i->dst_reg] = word;
			continue;
		case BPF_ALU64 | BPF_MOV | BPF_X:
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = operand(i, r);
			continue;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= operand(i, r);
			continue;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= operand(i, r);
			continue;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		case BPF_JMP | BPF_JA:
			jump = true;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			jump = r[i->dst_reg] != operand(i, r);
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = (r[i->dst_reg] & operand(i, r)) != 0;
			break;
		default:
			return -1;
		}
		if (jump)
			pc += (size_t)i->off;
	}
	return -1;
}

#define R BPF_DEVCG_ACC_READ
#define W BPF_DEVCG_ACC_WRITE
#define M BPF_DEVCG_ACC_MKNOD

static int64_t one = 1, three = 3, five = 5, any = -1;

/* docker's shape: nothing, then what is allowed; a later denial; reading and writing in two rules.
 */
static struct spec_device_rule rules[] = {
	{.allow = false, .access = (char[]){"rwm"}},
	{.allow = true,
	 .type = (char[]){"c"},
	 .major = &any,
	 .minor = &any,
	 .access = (char[]){"m"}},
	{.allow = true,
	 .type = (char[]){"c"},
	 .major = &one,
	 .minor = &three,
	 .access = (char[]){"rwm"}},
	{.allow = true, .type = (char[]){"c"}, .major = &five, .access = (char[]){"r"}},
	{.allow = true, .type = (char[]){"c"}, .major = &five, .access = (char[]){"w"}},
	{.allow = false,
	 .type = (char[]){"c"},
	 .major = &five,
	 .minor = &one,
	 .access = (char[]){"w"}},
};

static const struct {
	uint32_t type, access, major, minor;
	int verdict;
} cases[] = {
	{BPF_DEVCG_DEV_CHAR, R | W, 1, 3, 1},  /* /dev/null */
	{BPF_DEVCG_DEV_CHAR, R, 1, 1, 0},      /* /dev/mem */
	{BPF_DEVCG_DEV_CHAR, M, 1, 1, 1},      /* the node may be made */
	{BPF_DEVCG_DEV_CHAR, M | R, 1, 1, 0},  /* but not read */
	{BPF_DEVCG_DEV_BLOCK, R, 8, 0, 0},     /* a disk */
	{BPF_DEVCG_DEV_BLOCK, M, 8, 0, 0},     /* block devices have no rule */
	{BPF_DEVCG_DEV_BLOCK, R | W, 1, 3, 0}, /* the type counts */
	{BPF_DEVCG_DEV_CHAR, R | W, 5, 0, 1},  /* two rules together */
	{BPF_DEVCG_DEV_CHAR, R, 5, 1, 1},      /* the last rule takes away writing only */
	{BPF_DEVCG_DEV_CHAR, R | W, 5, 1, 0},  {BPF_DEVCG_DEV_CHAR, W, 5, 1, 0},
};

START_TEST(decides_by_the_rules)
{
	_cleanup_(buf) struct buf prog = BUF_INIT;
	struct bpf_cgroup_dev_ctx ctx = {.access_type = cases[_i].access << 16 | cases[_i].type,
					 .major = cases[_i].major,
					 .minor = cases[_i].minor};

	ck_assert_int_eq(cgroup_devices_bpf(rules, ARRAY_SIZE(rules), &prog, NULL), 0);
	ck_assert_int_eq(run((const struct bpf_insn *)(const void *)prog.data,
			     prog.len / sizeof(struct bpf_insn), &ctx),
			 cases[_i].verdict);
}
END_TEST

START_TEST(without_a_first_rule_denies)
{
	_cleanup_(buf) struct buf prog = BUF_INIT;
	struct bpf_cgroup_dev_ctx ctx = {.access_type = R << 16 | BPF_DEVCG_DEV_CHAR, .major = 7};

	ck_assert_int_eq(cgroup_devices_bpf(&rules[2], 1, &prog, NULL), 0);
	ck_assert_int_eq(run((const struct bpf_insn *)(const void *)prog.data,
			     prog.len / sizeof(struct bpf_insn), &ctx),
			 0);
}
END_TEST

START_TEST(knows_allow_all)
{
	struct spec_device_rule all = {.allow = true, .access = (char[]){"rwm"}};
	struct spec_device_rule some = {.allow = true, .type = (char[]){"c"}};

	ck_assert(cgroup_devices_allow_all(&all, 1));
	ck_assert(!cgroup_devices_allow_all(&some, 1));
	ck_assert(!cgroup_devices_allow_all(rules, ARRAY_SIZE(rules)));
	ck_assert(!cgroup_devices_allow_all(NULL, 0));
}
END_TEST

START_TEST(refuses_bad_rules)
{
	static int64_t huge = (int64_t)1 << 40;
	struct spec_device_rule bad[] = {
		{.type = (char[]){"x"}},
		{.access = (char[]){"rwx"}},
		{.type = (char[]){"c"}, .major = &huge},
	};
	static const char *const parts[] = {"'x'", "'rwx'", "1099511627776"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(buf) struct buf prog = BUF_INIT;
		struct err err = ERR_INIT;

		ck_assert_int_eq(cgroup_devices_bpf(&bad[i], 1, &prog, &err), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_msg(strstr(err.text, parts[i]) != NULL, "%s", err.text);
	}
}
END_TEST

Suite *suite_cgroup_devices(void)
{
	Suite *s = suite_create("cgroup_devices");
	TCase *t = tcase_create("cgroup_devices");

	tcase_add_loop_test(t, decides_by_the_rules, 0, ARRAY_SIZE(cases));
	tcase_add_test(t, without_a_first_rule_denies);
	tcase_add_test(t, knows_allow_all);
	tcase_add_test(t, refuses_bad_rules);
	suite_add_tcase(s, t);
	return s;
}
