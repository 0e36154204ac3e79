/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "suites.h"

/* The filter of a profile's text; -1 on refusal. */
static int filter_of(const char *json, struct seccomp_filter *ret, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};

	if (seccomp_profile_parse(json, "profile.json", 0, &a, &s, err) < 0)
		return -1;
	return seccomp_filter_new(&s, 0, -1, ret, err);
}

/* errno of a call under the profile; 0 for success, -SIGNAL when it was killed. */
static int call_under(const char *json, long nr, long a0, long a1)
{
	_cleanup_(seccomp_filter) struct seccomp_filter f = {.insns = NULL};
	struct err err = ERR_INIT;
	pid_t pid;
	int status;

	ck_assert_msg(filter_of(json, &f, &err) == 0, "%s", err.text);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (seccomp_install(&f, NULL) < 0)
			_exit(200);
		/* not _exit(): a sanitizer's makes calls that the policy denies */
		syscall(SYS_exit_group, syscall(nr, a0, a1, 0L) < 0 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#define ALLOW "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
#define DENY  "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"syscalls\":["
#define EXIT  "{\"names\":[\"exit_group\",\"exit\",\"futex_waitv\"],\"action\":\"SCMP_ACT_ALLOW\"}"

static const struct {
	const char *json;
	long nr, a0, a1;
	int expected;
} cases[] = {
	/* errnoRet, its default, and 0 */
	{ALLOW
	 "{\"names\":[\"mkdir\",\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95}]}",
	 SYS_getppid, 0, 0, EOPNOTSUPP},
	{ALLOW "{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}]}", SYS_getppid, 0, 0,
	 EPERM},
	{ALLOW "{\"name\":\"getppid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}]}", SYS_getppid,
	 0, 0, 0},
	{ALLOW "{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"}]}", SYS_getppid, 0,
	 0, -31 /* SIGSYS */},
	/* arguments: both conditions of a rule hold together */
	{ALLOW "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95,\"args\":["
	       "{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_EQ\"},"
	       "{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}",
	 SYS_kill, 0, 0, EOPNOTSUPP},
	{ALLOW "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95,\"args\":["
	       "{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_EQ\"},"
	       "{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
	 SYS_kill, 0, 0, 0},
	/* two conditions on one argument are alternatives */
	{ALLOW "{\"names\":[\"close\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95,\"args\":["
	       "{\"index\":0,\"value\":900,\"op\":\"SCMP_CMP_EQ\"},"
	       "{\"index\":0,\"value\":901,\"op\":\"SCMP_CMP_EQ\"}]}]}",
	 SYS_close, 901, 0, EOPNOTSUPP},
	{ALLOW "{\"names\":[\"close\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95,\"args\":["
	       "{\"index\":0,\"value\":240,\"valueTwo\":16,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
	 SYS_close, 0x710, 0, EOPNOTSUPP},
	/* unknown names are skipped */
	{ALLOW "{\"names\":[\"no_such_call\",\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
	 SYS_getppid, 0, 0, EPERM},
	/* a call that libseccomp can't name: denied by an allowing policy, allowed by a denying one
	 */
	{ALLOW "{\"names\":[\"mseal\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95}]}", 462, 0, 0,
	 EOPNOTSUPP},
	{DENY EXIT "]}", SYS_getppid, 0, 0, EPERM},
	/* newer than the newest of the policy (futex_waitv, 449): ENOSYS; up to it: the default */
	{DENY EXIT "]}", 450, 0, 0, ENOSYS},
	{DENY EXIT "]}", 448, -1, 0, EPERM},
	/* a policy whose default is ENOSYS or ALLOW is left alone */
	{ALLOW "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\"}]}", 434, -1, 0, EINVAL},
};

START_TEST(obeys)
{
	ck_assert_int_eq(call_under(cases[_i].json, cases[_i].nr, cases[_i].a0, cases[_i].a1),
			 cases[_i].expected);
}
END_TEST

static const struct {
	const char *json;
	enum err_kind kind;
	const char *part;
} bad[] = {
	{ALLOW "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}", ERR_UNSUPPORTED,
	 "mkdir: SCMP_ACT_NOTIFY"},
	{ALLOW "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_DENY\"}]}", ERR_INVALID,
	 "'SCMP_ACT_DENY'"},
	{"{\"defaultAction\":\"ALLOW\"}", ERR_INVALID, "'ALLOW'"},
	{ALLOW "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5000}]}",
	 ERR_INVALID, "5000"},
	{ALLOW "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,"
	       "\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]}",
	 ERR_INVALID, "index 6"},
	{ALLOW "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,"
	       "\"value\":0,\"op\":\"SCMP_CMP_IS\"}]}]}",
	 ERR_INVALID, "'SCMP_CMP_IS'"},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_PDP11\"]}",
	 ERR_INVALID, "'SCMP_ARCH_PDP11'"},
};

START_TEST(refuses)
{
	struct seccomp_filter f = {.insns = NULL};
	struct err err = ERR_INIT;

	ck_assert_int_eq(filter_of(bad[_i].json, &f, &err), -1);
	ck_assert_int_eq(err.kind, bad[_i].kind);
	ck_assert_msg(strstr(err.text, bad[_i].part) != NULL, "%s", err.text);
	ck_assert_ptr_null(f.insns);
}
END_TEST

/* Every name in our policy is one that libseccomp or our table knows in some architecture. */
START_TEST(policy_names_are_known)
{
	static const uint32_t arches[] = {0xc000003e /* x86_64 */,
					  0x40000003 /* i386 */,
					  0xc00000b7 /* aarch64 */,
					  0x40000028 /* arm */,
					  0xc00000f3 /* riscv64 */,
					  0x80000016 /* s390x */,
					  0xc0000015 /* ppc64le */};
	static const char *const none[] = {
		"getsid", "fstatat64x"}; /* getsid is no system call of Linux any more */
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};

	ck_assert_int_eq(seccomp_profile_parse(seccomp_builtin_text, "policy", UINT64_MAX, &a, &s,
					       NULL),
			 0);
	for (size_t i = 0; i < s.n_syscalls; i++) {
		for (size_t k = 0; k < s.syscalls[i].n_names; k++) {
			const char *name = s.syscalls[i].names[k];
			bool known = str_eq(name, none[0]);

			for (size_t n = 0; n < ARRAY_SIZE(arches); n++)
				known = known || seccomp_number(name, arches[n]) >= 0;
			ck_assert_msg(known, "%s", name);
		}
	}
}
END_TEST

Suite *suite_seccomp_compile(void)
{
	Suite *s = suite_create("seccomp_compile");
	TCase *t = tcase_create("seccomp_compile");

	tcase_add_loop_test(t, obeys, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(t, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, policy_names_are_known);
	suite_add_tcase(s, t);
	return s;
}
