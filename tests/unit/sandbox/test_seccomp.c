/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded filters, installed in children that then try system calls. Arguments are such that
 * without the filter the call would succeed or fail otherwise, so that what is seen is the filter's
 * answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "os/caps.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "suites.h"

#define NOT_EPERM (-1) /* whatever the kernel says, the filter let it through */
#define X32	  0x40000000L
#define GETPID_32 20
#define MOUNT_32  21
#define WRONG_ABI 201
#define FAR_CALL  4000 /* newer than any policy */

/* Docker's default capabilities that the policy asks about. */
#define CAPS_DEFAULT CAP_BIT(CAP_SYS_CHROOT)
#define CAPS_NONE    UINT64_C(0)
#define CAPS_ADMIN   (CAPS_DEFAULT | CAP_BIT(CAP_SYS_ADMIN))
#define CAPS_TIME    (CAPS_DEFAULT | CAP_BIT(CAP_SYS_TIME)) /* not embedded */

static struct open_how how = {.flags = O_PATH | O_CLOEXEC};

static const struct {
	const char *name;
	uint64_t caps;
	int error; /* errno, 0 for success, or NOT_EPERM */
	long nr;
	long args[3];
} calls[] = {
	{"read", CAPS_DEFAULT, EBADF, SYS_read, {-1}},
	{"openat2", CAPS_DEFAULT, NOT_EPERM, SYS_openat2, {AT_FDCWD, (long)(intptr_t) "/", 0}},
	{"faccessat2", CAPS_DEFAULT, 0, 439, {AT_FDCWD, (long)(intptr_t) "/", F_OK}},
	{"clone3", CAPS_DEFAULT, ENOSYS, 435, {0}},
	{"clone NEWUSER", CAPS_DEFAULT, EPERM, SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
	{"clone NEWNET", CAPS_DEFAULT, EPERM, SYS_clone, {CLONE_NEWNET | SIGCHLD}},
	{"unshare", CAPS_DEFAULT, EPERM, SYS_unshare, {0}},
	{"setns", CAPS_DEFAULT, EPERM, SYS_setns, {-1}},
	{"mount", CAPS_DEFAULT, EPERM, SYS_mount, {0}},
	{"umount2", CAPS_DEFAULT, EPERM, SYS_umount2, {0}},
	{"fsopen", CAPS_DEFAULT, EPERM, 430, {0}},
	{"move_mount", CAPS_DEFAULT, EPERM, 429, {-1}},
	{"pivot_root", CAPS_DEFAULT, EPERM, SYS_pivot_root, {0}},
	{"bpf", CAPS_DEFAULT, EPERM, SYS_bpf, {-1}},
	{"keyctl", CAPS_DEFAULT, EPERM, SYS_keyctl, {-1}},
	{"add_key", CAPS_DEFAULT, EPERM, SYS_add_key, {0}},
	{"kexec_load", CAPS_DEFAULT, EPERM, SYS_kexec_load, {0, 0, 0}},
	{"perf_event_open", CAPS_DEFAULT, EPERM, SYS_perf_event_open, {0}},
	{"io_uring_setup", CAPS_DEFAULT, EPERM, 425, {0}},
	{"userfaultfd", CAPS_DEFAULT, EPERM, SYS_userfaultfd, {-1}},
	{"open_by_handle_at", CAPS_DEFAULT, EPERM, SYS_open_by_handle_at, {-1}},
	{"lsm_list_modules", CAPS_DEFAULT, EPERM, 461, {0}},
	{"set_mempolicy_home_node", CAPS_DEFAULT, EPERM, 450, {0}},
	{"a call of the future", CAPS_DEFAULT, ENOSYS, FAR_CALL, {0}},
	{"open_tree_attr", CAPS_DEFAULT, ENOSYS, 467, {-1}},
	{"futex_waitv", CAPS_DEFAULT, NOT_EPERM, 449, {0}},
	{"cachestat", CAPS_DEFAULT, NOT_EPERM, 451, {-1}},
	{"fchmodat2", CAPS_DEFAULT, NOT_EPERM, 452, {-1, 0}},
	{"map_shadow_stack", CAPS_DEFAULT, NOT_EPERM, 453, {0}},
	{"statmount", CAPS_DEFAULT, NOT_EPERM, 457, {0}},
	{"mseal", CAPS_DEFAULT, NOT_EPERM, 462, {0}},
	{"removexattrat", CAPS_DEFAULT, NOT_EPERM, 466, {-1, 0}},
	{"memfd_secret", CAPS_DEFAULT, NOT_EPERM, 447, {-1}},
	{"landlock", CAPS_DEFAULT, NOT_EPERM, 444, {0}},
	{"process_mrelease", CAPS_DEFAULT, NOT_EPERM, 448, {-1}},
	{"personality query", CAPS_DEFAULT, NOT_EPERM, SYS_personality, {0xffffffff}},
	{"personality ADDR_NO_RANDOMIZE", CAPS_DEFAULT, EPERM, SYS_personality, {0x0040000}},
	{"socket INET", CAPS_DEFAULT, NOT_EPERM, SYS_socket, {AF_INET, SOCK_DGRAM}},
	{"socket NETLINK", CAPS_DEFAULT, NOT_EPERM, SYS_socket, {AF_NETLINK, SOCK_RAW}},
	{"socket ALG", CAPS_DEFAULT, EPERM, SYS_socket, {38, SOCK_SEQPACKET}},
	{"socket VSOCK", CAPS_DEFAULT, EPERM, SYS_socket, {40, SOCK_STREAM}},
	{"socket DECnet", CAPS_DEFAULT, EPERM, SYS_socket, {12, SOCK_STREAM}},
	{"ptrace", CAPS_DEFAULT, ESRCH, SYS_ptrace, {16 /* ATTACH */, 0x7fffffff}},
	{"process_vm_readv", CAPS_DEFAULT, NOT_EPERM, SYS_process_vm_readv, {-1}},
	{"chroot", CAPS_DEFAULT, ENOENT, SYS_chroot, {(long)(intptr_t) "/no/such"}},
	{"chroot without its capability",
	 CAPS_NONE,
	 EPERM,
	 SYS_chroot,
	 {(long)(intptr_t) "/no/such"}},
	{"mount with SYS_ADMIN", CAPS_ADMIN, EFAULT, SYS_mount, {1, 1, 1}},
	{"unshare with SYS_ADMIN", CAPS_ADMIN, 0, SYS_unshare, {0}},
	{"clone3 with SYS_ADMIN", CAPS_ADMIN, EINVAL, 435, {0}},
	{"lsm_list_modules with SYS_ADMIN", CAPS_ADMIN, NOT_EPERM, 461, {0}},
	{"kexec_load with SYS_ADMIN", CAPS_ADMIN, EPERM, SYS_kexec_load, {0, 0, 0}},
	{"settimeofday with SYS_TIME", CAPS_TIME, EFAULT, SYS_settimeofday, {1, 0}},
	{"settimeofday without", CAPS_DEFAULT, EPERM, SYS_settimeofday, {1, 0}},
	{"mount with SYS_TIME", CAPS_TIME, EPERM, SYS_mount, {1, 1, 1}},
	{"mseal with SYS_TIME", CAPS_TIME, NOT_EPERM, 462, {0}},
#ifdef __x86_64__
	{"x32 mount", CAPS_DEFAULT, EPERM, SYS_mount | X32, {0}},
	{"x32 getpid", CAPS_DEFAULT, NOT_EPERM, SYS_getpid | X32, {0}},
	{"x32 of the future", CAPS_DEFAULT, ENOSYS, FAR_CALL | X32, {0}},
	{"modify_ldt", CAPS_DEFAULT, NOT_EPERM, SYS_modify_ldt, {0}},
#endif
};

static struct seccomp_filter filter_for(uint64_t caps)
{
	struct spec_seccomp s = {.builtin = true};
	struct seccomp_filter f = {.insns = NULL};
	struct err err = ERR_INIT;

	ck_assert_msg(seccomp_filter_new(&s, caps, -1, &f, &err) == 0, "%s", err.text);
	ck_assert_uint_gt(f.n_insns, 0);
	return f;
}

static void install(const struct seccomp_filter *f)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(f, NULL) < 0)
		_exit(200);
}

/* errno of a call in a child with the filter; 0 for success, -SIGNAL when it was killed. */
static int try_call(const struct seccomp_filter *f, long nr, const long *args)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		long rc;

		install(f);
		rc = nr == SYS_openat2 ? syscall(nr, args[0], args[1], &how, sizeof(how))
				       : syscall(nr, args[0], args[1], args[2], 0L, 0L, 0L);
		/* a clone that went through has two to end */
		_exit(rc < 0 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	ck_assert_int_ne(WEXITSTATUS(status), 200);
	return WEXITSTATUS(status);
}

START_TEST(answers_as_docker)
{
	_cleanup_(seccomp_filter) struct seccomp_filter f = filter_for(calls[_i].caps);
	int got = try_call(&f, calls[_i].nr, calls[_i].args);

	if (calls[_i].error == NOT_EPERM)
		ck_assert_msg(got >= 0 && got != EPERM, "%s: %s", calls[_i].name,
			      got < 0 ? "killed" : strerror(got));
	else
		ck_assert_msg(got == calls[_i].error, "%s: %s (%d), expected %s", calls[_i].name,
			      got < 0 ? "killed" : strerror(got), got, strerror(calls[_i].error));
}
END_TEST

#ifdef __x86_64__
static long call_32_bit(int nr)
{
	long rc = nr;

	__asm__ volatile("int $0x80"
			 : "+a"(rc)
			 : "b"(0), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

/* errno of a 32-bit call in a child, with the filter or without; -SIGNAL when it was killed. */
static int try_32_bit(const struct seccomp_filter *f, int nr)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		long rc;

		if (f)
			install(f);
		rc = call_32_bit(nr);
		if (nr == GETPID_32 && rc != getpid())
			_exit(WRONG_ABI);
		_exit(rc < 0 ? (int)-rc : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Kernels without 32-bit emulation send SIGSEGV, or (user-mode Linux) take it for a 64-bit call. */
START_TEST(knows_32_bit_calls)
{
	_cleanup_(seccomp_filter) struct seccomp_filter f = filter_for(CAPS_DEFAULT);

	if (try_32_bit(NULL, GETPID_32) != 0)
		SKIP("no 32-bit emulation");
	ck_assert_int_eq(try_32_bit(&f, GETPID_32), 0);
	ck_assert_int_eq(try_32_bit(&f, MOUNT_32), EPERM);
	ck_assert_int_eq(try_32_bit(&f, FAR_CALL), ENOSYS);
}
END_TEST
#endif

START_TEST(none_is_no_filter)
{
	struct seccomp_filter f = {.n_insns = 7};

	ck_assert_int_eq(seccomp_filter_new(NULL, 0, -1, &f, NULL), 0);
	ck_assert_uint_eq(f.n_insns, 0);
	ck_assert_int_eq(seccomp_install(&f, NULL), 0);
	ck_assert_int_eq(prctl(PR_GET_SECCOMP), 0);
}
END_TEST

/* Capabilities that the policy doesn't ask about need no filter of their own. */
START_TEST(embedded_for_docker_defaults)
{
	uint64_t docker = CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FSETID) |
			  CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_NET_RAW) |
			  CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETFCAP) |
			  CAP_BIT(CAP_SETPCAP) | CAP_BIT(CAP_NET_BIND_SERVICE) |
			  CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_KILL) | CAP_BIT(CAP_AUDIT_WRITE);
	_cleanup_(seccomp_filter) struct seccomp_filter a = filter_for(docker);
	_cleanup_(seccomp_filter) struct seccomp_filter b =
		filter_for(docker | CAP_BIT(CAP_NET_ADMIN));
	_cleanup_(seccomp_filter) struct seccomp_filter c = filter_for(UINT64_MAX);
	_cleanup_(seccomp_filter) struct seccomp_filter d = filter_for(CAPS_TIME);

	ck_assert_ptr_null(a.owned);
	ck_assert_ptr_eq(a.insns, b.insns);
	ck_assert_ptr_null(c.owned);
	ck_assert_ptr_ne(a.insns, c.insns);
	ck_assert_ptr_nonnull(d.owned);
}
END_TEST

/* What the build embedded is what the same code compiles now. */
START_TEST(embedded_equals_compiled)
{
	for (size_t i = 0; i < seccomp_builtin_n_variants; i++) {
		const struct seccomp_variant *v = &seccomp_builtin_variants[i];
		_cleanup_(arena) struct arena a = ARENA_INIT;
		_cleanup_(buf) struct buf insns = BUF_INIT;
		struct spec_seccomp s = {0};
		struct err err = ERR_INIT;

		ck_assert_msg(seccomp_profile_parse(seccomp_builtin_text, "policy", v->caps, &a, &s,
						    &err) == 0,
			      "%s", err.text);
		ck_assert_msg(seccomp_compile(&s, &insns, &err) == 0, "%s", err.text);
		ck_assert_uint_eq(insns.len, v->n_insns * sizeof(struct sock_filter));
		ck_assert_mem_eq(insns.data, v->insns, insns.len);
	}
}
END_TEST

START_TEST(flags_and_agents)
{
	char *spec_allow[] = {(char[]){"SECCOMP_FILTER_FLAG_LOG"}, NULL};
	char *unknown[] = {(char[]){"SECCOMP_FILTER_FLAG_FAST"}, NULL};
	struct spec_seccomp s = {.default_action = (char[]){"SCMP_ACT_ALLOW"}};
	_cleanup_(seccomp_filter) struct seccomp_filter f = {.insns = NULL};
	struct err err = ERR_INIT;

	ck_assert_int_eq(seccomp_filter_new(&s, 0, -1, &f, &err), 0);
	ck_assert_uint_eq(f.flags, 4); /* SPEC_ALLOW, where the profile has no flags */
	seccomp_filter_done(&f);
	s.flags = spec_allow;
	s.n_flags = 1;
	ck_assert_int_eq(seccomp_filter_new(&s, 0, -1, &f, &err), 0);
	ck_assert_uint_eq(f.flags, 2);
	seccomp_filter_done(&f);
	s.flags = unknown;
	ck_assert_int_eq(seccomp_filter_new(&s, 0, -1, &f, &err), -1);
	ck_assert_msg(strstr(err.text, "'SECCOMP_FILTER_FLAG_FAST'") != NULL, "%s", err.text);
	s.n_flags = 0;
	s.listener_path = (char[]){"/run/agent.sock"};
	ck_assert_int_eq(seccomp_filter_new(&s, 0, -1, &f, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
}
END_TEST

Suite *suite_seccomp(void)
{
	Suite *s = suite_create("seccomp");
	TCase *t = tcase_create("seccomp");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, answers_as_docker, 0, ARRAY_SIZE(calls));
#ifdef __x86_64__
	tcase_add_test(t, knows_32_bit_calls);
#endif
	tcase_add_test(t, none_is_no_filter);
	tcase_add_test(t, embedded_for_docker_defaults);
	tcase_add_test(t, embedded_equals_compiled);
	tcase_add_test(t, flags_and_agents);
	suite_add_tcase(s, t);
	return s;
}
