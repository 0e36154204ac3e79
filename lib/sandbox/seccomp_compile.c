/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a policy to BPF by libseccomp, as a binary tree (optimise level 2): a tree of 400 calls
 * costs 9 comparisons where a list costs 400, and as much less when the kernel tries each call at
 * installation.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

#include "base/strv.h"
#include "os/fd.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"

#define OPTIMIZE_BINARY_TREE 2
#define SYSCALL_ARGS	     6

static const struct {
	const char *name;
	uint32_t action;
	bool data; /* takes errnoRet */
} actions[] = {
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, false},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, false},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, false},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, false},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, true},
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, false},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, false},
};

/* what: the rule, for errors. */
static int action_value(const char *name, const uint32_t *errno_ret, const char *what,
			uint32_t *ret, struct err *err)
{
	uint32_t data = errno_ret ? *errno_ret : EPERM;

	if (str_eq(name, "SCMP_ACT_NOTIFY"))
		return err_set(
			err, ERR_UNSUPPORTED,
			"seccomp: %s: SCMP_ACT_NOTIFY hands system calls to an agent, which is "
			"not supported; use SCMP_ACT_ERRNO or SCMP_ACT_ALLOW",
			what);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!str_eq(actions[i].name, name))
			continue;
		if (!actions[i].data)
			data = 0;
		if (data > SECCOMP_MAX_ERRNO)
			return err_set(err, ERR_INVALID, "seccomp: %s: errnoRet %u is above %d",
				       what, data, SECCOMP_MAX_ERRNO);
		*ret = actions[i].action | data;
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "seccomp: %s: unknown action '%s'; expected SCMP_ACT_ALLOW, _ERRNO, _KILL, "
		       "_KILL_PROCESS, _KILL_THREAD, _LOG, _TRACE or _TRAP",
		       what, name ? name : "");
}

int seccomp_rule_action(const struct spec_seccomp_rule *r, uint32_t *ret, struct err *err)
{
	return action_value(r->action, r->errno_ret, r->n_names ? r->names[0] : "rule", ret, err);
}

static int arch_token(const char *name, uint32_t *ret, struct err *err)
{
	char lower[32];
	const char *rest;
	size_t i = 0;
	uint32_t token;

	if (!str_prefix(name, "SCMP_ARCH_", &rest))
		goto unknown;
	if (str_eq(rest, "NATIVE")) {
		*ret = seccomp_arch_native();
		return 0;
	}
	for (; rest[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)rest[i]);
	lower[i] = 0;
	token = seccomp_arch_resolve_name(lower);
	if (token == 0)
		goto unknown;
	*ret = token;
	return 0;
unknown:
	return err_set(err, ERR_INVALID,
		       "seccomp: unknown architecture '%s'; expected SCMP_ARCH_X86_64, "
		       "SCMP_ARCH_AARCH64 or another of libseccomp's",
		       name);
}

int seccomp_arches_resolve(const struct spec_seccomp *s, struct seccomp_arches *ret,
			   struct err *err)
{
	struct seccomp_arches a = {.token = {seccomp_arch_native()}, .n = 1};

	for (size_t i = 0; i < s->n_architectures; i++) {
		uint32_t token = 0;
		bool known = false;

		if (arch_token(s->architectures[i], &token, err) < 0)
			return -1;
		for (size_t k = 0; k < a.n; k++)
			known = known || a.token[k] == token;
		if (known)
			continue;
		if (a.n == SECCOMP_MAX_ARCHES)
			return err_set(err, ERR_LIMIT, "seccomp: more than %d architectures",
				       SECCOMP_MAX_ARCHES);
		a.token[a.n++] = token;
	}
	*ret = a;
	return 0;
}

static const struct {
	const char *name;
	enum scmp_compare op;
} operators[] = {
	{"SCMP_CMP_NE", SCMP_CMP_NE},
	{"SCMP_CMP_LT", SCMP_CMP_LT},
	{"SCMP_CMP_LE", SCMP_CMP_LE},
	{"SCMP_CMP_EQ", SCMP_CMP_EQ},
	{"SCMP_CMP_GE", SCMP_CMP_GE},
	{"SCMP_CMP_GT", SCMP_CMP_GT},
	{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static int compare_from(const struct spec_seccomp_arg *a, const char *what,
			struct scmp_arg_cmp *ret, struct err *err)
{
	if (a->index >= SYSCALL_ARGS)
		return err_set(err, ERR_INVALID, "seccomp: %s: argument index %u; expected 0 to 5",
			       what, a->index);
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!str_eq(operators[i].name, a->op))
			continue;
		*ret = (struct scmp_arg_cmp){.arg = a->index,
					     .op = operators[i].op,
					     .datum_a = a->value,
					     .datum_b = a->value_two};
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "seccomp: %s: unknown operator '%s'; expected SCMP_CMP_EQ, _NE, _LT, _LE, "
		       "_GE, _GT or _MASKED_EQ",
		       what, a->op ? a->op : "");
}

struct compile {
	scmp_filter_ctx ctx;
	uint32_t default_action;
};

static int rule_result(int rc, const char *name, struct err *err)
{
	/* The same rule twice is no error; a call that an architecture lacks is left out of it. */
	if (rc == 0 || rc == -EEXIST || rc == -EDOM)
		return 0;
	errno = -rc;
	return err_sys(err, "seccomp: can't add the rule for '%s'", name);
}

static int add_call(struct compile *c, const struct spec_seccomp_rule *r, const char *name,
		    uint32_t action, struct err *err)
{
	struct scmp_arg_cmp cmp[SYSCALL_ARGS];
	unsigned used = 0;
	bool repeated = false;
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR) /* unknown here: skipped, or in the prologue */
		return 0;
	if (r->n_args == 0)
		return rule_result(seccomp_rule_add_array(c->ctx, action, nr, 0, NULL), name, err);
	if (r->n_args > SYSCALL_ARGS)
		return err_set(err, ERR_INVALID, "seccomp: %s: %zu argument conditions; at most %d",
			       name, r->n_args, SYSCALL_ARGS);
	for (size_t i = 0; i < r->n_args; i++) {
		if (compare_from(&r->args[i], name, &cmp[i], err) < 0)
			return -1;
		repeated = repeated || (used & 1u << cmp[i].arg);
		used |= 1u << cmp[i].arg;
	}
	if (!repeated)
		return rule_result(seccomp_rule_add_array(c->ctx, action, nr, (unsigned)r->n_args,
							  cmp),
				   name, err);
	/* Several conditions on one argument are alternatives, as every runtime reads them. */
	for (size_t i = 0; i < r->n_args; i++)
		if (rule_result(seccomp_rule_add_array(c->ctx, action, nr, 1, &cmp[i]), name, err) <
		    0)
			return -1;
	return 0;
}

static int add_rules(struct compile *c, const struct spec_seccomp *s, struct err *err)
{
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];
		uint32_t action;

		if (seccomp_rule_action(r, &action, err) < 0)
			return -1;
		if (action == c->default_action)
			continue;
		for (size_t k = 0; k < r->n_names; k++)
			if (add_call(c, r, r->names[k], action, err) < 0)
				return -1;
	}
	return 0;
}

static int add_arches(struct compile *c, const struct seccomp_arches *arches, struct err *err)
{
	for (size_t i = 0; i < arches->n; i++) {
		int rc = seccomp_arch_add(c->ctx, arches->token[i]);

		if (rc == 0 || rc == -EEXIST)
			continue;
		errno = -rc;
		return err_sys(err, "seccomp: can't filter architecture %#x", arches->token[i]);
	}
	return 0;
}

static int export_bpf(struct compile *c, struct buf *ret, struct err *err)
{
	_cleanup_fd_ int fd = memfd_create("onggi-seccomp", MFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_sys(err, "seccomp: memfd_create");
	rc = seccomp_export_bpf(c->ctx, fd);
	if (rc < 0) {
		errno = -rc;
		return err_sys(err, "seccomp: can't compile the policy");
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "seccomp: lseek");
	return fd_read_all(fd, SECCOMP_MAX_INSNS * sizeof(struct sock_filter), "seccomp filter",
			   ret, err);
}

static int fill_and_export(struct compile *c, const struct spec_seccomp *s,
			   const struct seccomp_arches *arches, struct buf *ret, struct err *err)
{
	int rc;

	if (add_arches(c, arches, err) < 0)
		return -1;
	rc = seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_BINARY_TREE);
	if (rc < 0) {
		errno = -rc;
		return err_sys(err, "seccomp: can't ask libseccomp for a binary tree");
	}
	if (add_rules(c, s, err) < 0)
		return -1;
	return export_bpf(c, ret, err);
}

int seccomp_compile_plain(const struct spec_seccomp *s, const struct seccomp_arches *arches,
			  struct buf *ret, struct err *err)
{
	struct compile c = {.ctx = NULL};
	int rc;

	if (action_value(s->default_action, s->default_errno_ret, "defaultAction",
			 &c.default_action, err) < 0)
		return -1;
	c.ctx = seccomp_init(c.default_action);
	if (!c.ctx)
		return err_set(err, ERR_SYSTEM, "seccomp: libseccomp refuses default action '%s'",
			       s->default_action);
	rc = seccomp_prologue(s, arches, c.default_action, ret, err);
	if (rc == 0)
		rc = fill_and_export(&c, s, arches, ret, err);
	seccomp_release(c.ctx);
	return rc;
}

int seccomp_compile(const struct spec_seccomp *s, struct buf *ret, struct err *err)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct seccomp_arches arches;

	if (seccomp_arches_resolve(s, &arches, err) < 0 ||
	    seccomp_compile_plain(s, &arches, &out, err) < 0)
		return -1;
	seccomp_optimize(&out, &arches);
	if (out.len / sizeof(struct sock_filter) > SECCOMP_MAX_INSNS)
		return err_set(err, ERR_LIMIT,
			       "seccomp: the policy needs %zu instructions, the kernel takes %d",
			       out.len / sizeof(struct sock_filter), SECCOMP_MAX_INSNS);
	buf_add(ret, out.data, out.len);
	return 0;
}
