/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refuse - run a program on a kernel that lacks system calls.
 *
 *   refuse [--no-new-privs] ERRNO:CALL[,CALL]... [ERRNO:CALL...]... -- PROGRAM [ARGUMENT]...
 *
 * CALL is the name of a system call, or NAME[N]&MASK: only where one of those bits is set in
 * argument N. Without CAP_SYS_ADMIN the filter needs --no-new-privs.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FAILED 125

static const struct {
	const char *name;
	int value;
} numbers[] = {
	{"ENOSYS", ENOSYS}, {"EPERM", EPERM},	{"EACCES", EACCES},	    {"EINVAL", EINVAL},
	{"ENOSPC", ENOSPC}, {"EAGAIN", EAGAIN}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EMFILE", EMFILE},
};

static _Noreturn void fail(const char *what, const char *about)
{
	fprintf(stderr, "refuse: %s: %s\n", about, what);
	exit(FAILED);
}

/* One rule for each bit: a masked comparison is with one value. */
static void add_bits(scmp_filter_ctx ctx, int number, uint32_t action, unsigned argument,
		     unsigned long mask)
{
	for (unsigned bit = 0; bit < 8 * sizeof(mask); bit++) {
		unsigned long one = 1UL << bit;

		if (mask & one &&
		    seccomp_rule_add(ctx, action, number, 1,
				     SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, one, one)) < 0)
			fail("the rule can't be added", "seccomp");
	}
}

static void add_call(scmp_filter_ctx ctx, char *call, uint32_t action)
{
	char *bracket = strchr(call, '[');
	unsigned argument = 0;
	unsigned long mask = 0;
	int number;

	if (bracket && sscanf(bracket, "[%u]&%li", &argument, (long *)&mask) != 2)
		fail("expected NAME[N]&MASK", call);
	if (bracket)
		*bracket = '\0';
	number = seccomp_syscall_resolve_name(call);
	if (number == __NR_SCMP_ERROR)
		fail("no such system call", call);
	if (bracket)
		add_bits(ctx, number, action, argument, mask);
	else if (seccomp_rule_add(ctx, action, number, 0) < 0)
		fail("the rule can't be added", call);
}

static void add_rules(scmp_filter_ctx ctx, char *rule)
{
	char *calls = strchr(rule, ':');
	char *call;

	if (!calls)
		fail("expected ERRNO:CALL", rule);
	*calls++ = '\0';
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, rule) != 0)
			continue;
		while ((call = strsep(&calls, ",")))
			add_call(ctx, call, SCMP_ACT_ERRNO((uint32_t)numbers[i].value));
		return;
	}
	fail("unknown error number", rule);
}

int main(int argc, char *argv[])
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	bool no_new_privs = false;
	int i = 1;

	if (!ctx || seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) < 0)
		fail("no filter can be made", "seccomp");
	if (i < argc && strcmp(argv[i], "--no-new-privs") == 0) {
		no_new_privs = true;
		i++;
	}
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		add_rules(ctx, argv[i]);
	if (i + 1 >= argc)
		fail("expected -- PROGRAM", "usage");
	if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(strerror(errno), "no_new_privs");
	if (seccomp_load(ctx) < 0)
		fail(strerror(errno), "load the filter");
	seccomp_release(ctx);
	execvp(argv[i + 1], argv + i + 1);
	fail(strerror(errno), argv[i + 1]);
}
