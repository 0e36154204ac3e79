/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a filter that runs before libseccomp's.
 *
 * It does two things that libseccomp can't. A rule for a system call that libseccomp has no name
 *for (it is older than the kernel) can't be added to a filter of several architectures, since it
 *translates numbers by name. And a call that is newer than the whole policy gets ENOSYS rather than
 *the default action: libc probes new calls and falls back on ENOSYS only; an EPERM breaks programs
 * whenever libc is newer than the policy (runc does the same for Docker).
 *
 * Shape, for each audit architecture:
 *
 *	if arch != ARCH goto next
 *	A = nr                         x86_64: with the x32 bit, to a part of its own, or to main
 *	if A > newest in policy return ENOSYS
 *	if A < low goto main; if A <= high return action         for each run, ascending
 *	goto main
 *
 * All instructions are ones that the kernel's constant-action bitmap understands, so that calls
 *that are always allowed never run the filter at all.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "sandbox/seccomp_internal.h"

#define X32_BIT	       0x40000000u
#define SECTION_MAX    250 /* a conditional jump reaches 255 instructions */
#define ARCH_ANY       0u  /* the same number in every architecture but MIPS: all since Linux 5.1 */
#define NR_UNKNOWN     (-1)
#define EXTRA_RULE_MAX 32

struct extra_call {
	const char *name;
	uint32_t arch;
	int nr;
};

/* Calls of Linux 5.16 and later; libseccomp 2.5.4 ends there, distributions' patches go on for
 * some. */
static const struct extra_call extra_calls[] = {
	{"futex_waitv", ARCH_ANY, 449},
	{"set_mempolicy_home_node", ARCH_ANY, 450},
	{"cachestat", ARCH_ANY, 451},
	{"fchmodat2", ARCH_ANY, 452},
	{"map_shadow_stack", SCMP_ARCH_X32, NR_UNKNOWN},
	{"map_shadow_stack", ARCH_ANY, 453},
	{"futex_wake", ARCH_ANY, 454},
	{"futex_wait", ARCH_ANY, 455},
	{"futex_requeue", ARCH_ANY, 456},
	{"statmount", ARCH_ANY, 457},
	{"listmount", ARCH_ANY, 458},
	{"lsm_get_self_attr", ARCH_ANY, 459},
	{"lsm_set_self_attr", ARCH_ANY, 460},
	{"lsm_list_modules", ARCH_ANY, 461},
	{"mseal", ARCH_ANY, 462},
	{"setxattrat", ARCH_ANY, 463},
	{"getxattrat", ARCH_ANY, 464},
	{"listxattrat", ARCH_ANY, 465},
	{"removexattrat", ARCH_ANY, 466},
	{"open_tree_attr", ARCH_ANY, 467},
	{"file_getattr", ARCH_ANY, 468},
	{"file_setattr", ARCH_ANY, 469},
	{"uretprobe", SCMP_ARCH_X86_64, 335},
	{"riscv_hwprobe", SCMP_ARCH_RISCV64, 258},
};

/* x86_64's part has x32's in it: four instructions for each call, three beside them, four before.
 */
_Static_assert(2 * (4 * ARRAY_SIZE(extra_calls) + 3) + 4 <= SECTION_MAX,
	       "a section holds a rule for each call");

static bool is_mips(uint32_t arch)
{
	return (arch & 0xffff) == EM_MIPS;
}

bool seccomp_is_x32(uint32_t token)
{
	return token == SCMP_ARCH_X32;
}

static int extra_number(const char *name, uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(extra_calls); i++) {
		const struct extra_call *c = &extra_calls[i];

		if (!str_eq(c->name, name))
			continue;
		if (c->arch == ARCH_ANY ? !is_mips(arch) : c->arch == arch)
			return c->nr;
	}
	return NR_UNKNOWN;
}

int seccomp_number(const char *name, uint32_t arch)
{
	int nr = seccomp_syscall_resolve_name_arch(arch, name);

	if (nr == __NR_SCMP_ERROR)
		return extra_number(name, arch);
	if (nr < 0) /* a pseudo number: not in this architecture */
		return NR_UNKNOWN;
	if (arch == SCMP_ARCH_X32)
		nr &= (int)~X32_BIT;
	return nr;
}

struct extra_rule {
	int nr;
	uint32_t action;
};

struct section {
	int newest;
	struct extra_rule rules[EXTRA_RULE_MAX];
	size_t n_rules;
};

static int extra_rule_cmp(const void *a, const void *b)
{
	const struct extra_rule *x = a, *y = b;

	return (x->nr > y->nr) - (x->nr < y->nr);
}

/* Add the rule unless an earlier one was for the same call. */
static void section_add(struct section *sec, int nr, uint32_t action)
{
	for (size_t i = 0; i < sec->n_rules; i++)
		if (sec->rules[i].nr == nr)
			return;
	if (sec->n_rules < EXTRA_RULE_MAX)
		sec->rules[sec->n_rules++] = (struct extra_rule){.nr = nr, .action = action};
}

static int section_fill(struct section *sec, const struct spec_seccomp *s, uint32_t arch,
			struct err *err)
{
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		uint32_t action;

		if (seccomp_rule_action(r, &action, err) < 0)
			return -1;
		for (size_t k = 0; k < r->n_names; k++) {
			const char *name = r->names[k];
			int nr = seccomp_number(name, arch);

			if (nr == NR_UNKNOWN)
				continue;
			if (nr > sec->newest)
				sec->newest = nr;
			/* A rule with conditions for a call that libseccomp can't name is left out.
			 */
			if (r->n_args == 0 && seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR)
				section_add(sec, nr, action);
		}
	}
	qsort(sec->rules, sec->n_rules, sizeof(sec->rules[0]), extra_rule_cmp);
	return 0;
}

/* libseccomp's default action would be this, were it not for the newer call. */
static bool wants_enosys(uint32_t default_action)
{
	switch (default_action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return (default_action & SECCOMP_RET_DATA) != ENOSYS;
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
		return true;
	default:
		return false;
	}
}

struct program {
	struct sock_filter v[SECTION_MAX];
	size_t n;
};

static void emit(struct program *p, struct sock_filter insn)
{
	if (p->n < SECTION_MAX)
		p->v[p->n++] = insn;
}

/* Jumps to "main" are emitted with this offset and mended when the length is known. */
#define TO_MAIN UINT32_MAX

/* Begins with the number in A. */
static void emit_section(struct program *p, const struct section *sec, uint32_t default_action)
{
	if (wants_enosys(default_action) && sec->newest >= 0) {
		emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
						     (uint32_t)sec->newest, 0, 1));
		emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
	}
	for (size_t i = 0; i < sec->n_rules;) {
		const struct extra_rule *low = &sec->rules[i], *high = low;

		for (i++; i < sec->n_rules && sec->rules[i].nr == high->nr + 1 &&
			  sec->rules[i].action == low->action;
		     i++)
			high = &sec->rules[i];
		if (low->action == default_action)
			continue;
		emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)low->nr,
						     1, 0));
		emit(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, TO_MAIN));
		emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)high->nr,
						     1, 0));
		emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, low->action));
	}
	emit(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, TO_MAIN));
}

static void add(struct buf *out, struct sock_filter insn)
{
	buf_add(out, &insn, sizeof(insn));
}

static bool has_arch(const struct seccomp_arches *arches, uint32_t token)
{
	for (size_t i = 0; i < arches->n; i++)
		if (arches->token[i] == token)
			return true;
	return false;
}

static int emit_calls(struct program *p, const struct spec_seccomp *s, uint32_t arch,
		      uint32_t default_action, struct err *err)
{
	struct section sec = {.newest = NR_UNKNOWN};

	if (section_fill(&sec, s, arch, err) < 0)
		return -1;
	emit_section(p, &sec, default_action);
	return 0;
}

/*
 * x86_64 and x32 are one audit architecture. Their numbers are the same but for those from 512 on,
 * which x32 alone has, so that "newest" is something else in each.
 */
static int emit_arch(struct program *p, const struct spec_seccomp *s, uint32_t arch, bool x32,
		     uint32_t default_action, struct err *err)
{
	size_t over;

	emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0));
	if (arch != SCMP_ARCH_X86_64)
		return emit_calls(p, s, arch, default_action, err);
	emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	over = p->n;
	emit(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, TO_MAIN));
	if (emit_calls(p, s, arch, default_action, err) < 0)
		return -1;
	if (!x32)
		return 0;
	p->v[over].k = (uint32_t)(p->n - over - 1);
	emit(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~X32_BIT));
	return emit_calls(p, s, SCMP_ARCH_X32, default_action, err);
}

int seccomp_prologue(const struct spec_seccomp *s, const struct seccomp_arches *arches,
		     uint32_t default_action, struct buf *ret, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	bool x32 = has_arch(arches, SCMP_ARCH_X32);
	struct sock_filter *insns;
	size_t n;

	add(&out, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4));
	for (size_t i = 0; i < arches->n; i++) {
		struct program p = {.n = 0};

		if (seccomp_is_x32(arches->token[i])) /* shares x86_64's part */
			continue;
		if (emit_arch(&p, s, arches->token[i], x32, default_action, err) < 0)
			return -1;
		add(&out, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arches->token[i],
						       0, (uint8_t)p.n));
		buf_add(&out, p.v, p.n * sizeof(p.v[0]));
	}
	n = out.len / sizeof(*insns);
	insns = (struct sock_filter *)(void *)out.data;
	for (size_t i = 0; i < n; i++)
		if (insns[i].code == (BPF_JMP | BPF_JA) && insns[i].k == TO_MAIN)
			insns[i].k = (uint32_t)(n - i - 1);
	buf_add(ret, out.data, out.len);
	return 0;
}
