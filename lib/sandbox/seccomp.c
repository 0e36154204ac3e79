/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which filter a container gets, cheapest first: one of the embedded ones (no libseccomp call, no
 * file), a cached one, a compiled one.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/strv.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"

#define BUILTIN_NAME "the default seccomp policy"

void seccomp_filter_done(struct seccomp_filter *f)
{
	if (!f)
		return;
	free(f->owned);
	*f = (struct seccomp_filter){.insns = NULL};
}

static const struct {
	const char *name;
	unsigned flag;
} flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
};

static int flag_number(const char *name, unsigned *ret, struct err *err)
{
	if (str_eq(name, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))
		return err_set(err, ERR_UNSUPPORTED,
			       "seccomp: flag '%s' is for SCMP_ACT_NOTIFY, which is not supported",
			       name);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (str_eq(flags[i].name, name)) {
			*ret = flags[i].flag;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "seccomp: unknown flag '%s'; expected SECCOMP_FILTER_FLAG_TSYNC, _LOG or "
		       "_SPEC_ALLOW",
		       name);
}

/*
 * Without a list of flags: SPEC_ALLOW, as runc has it for Docker. Before Linux 5.16 a filter
 * without it switches on the mitigations against speculation for the whole container, which halves
 * the speed of some programs and which no other container tool pays.
 */
static int flags_from(const struct spec_seccomp *s, unsigned *ret, struct err *err)
{
	unsigned all = 0, one = 0;

	if (s->builtin || !s->flags) {
		*ret = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		return 0;
	}
	for (size_t i = 0; i < s->n_flags; i++) {
		if (flag_number(s->flags[i], &one, err) < 0)
			return -1;
		all |= one;
	}
	*ret = all;
	return 0;
}

/* All that a compiled filter depends on, in a form of which equal means equal. */
static void add_string(struct buf *key, const char *s)
{
	buf_addf(key, "%zu:%s,", s ? strlen(s) : 0, s ? s : "");
}

static void add_number(struct buf *key, const uint32_t *n)
{
	if (n)
		buf_addf(key, "%u,", *n);
	else
		buf_adds(key, "-,");
}

static void key_begin(struct buf *key)
{
	const struct scmp_version *v = seccomp_version();

	buf_addf(key, "onggi %s libseccomp %u.%u.%u arch %x\n", ONGGI_VERSION, v->major, v->minor,
		 v->micro, seccomp_arch_native());
}

static void key_policy(struct buf *key, const struct spec_seccomp *s)
{
	add_string(key, s->default_action);
	add_number(key, s->default_errno_ret);
	buf_addf(key, "%zu arches ", s->n_architectures);
	for (size_t i = 0; i < s->n_architectures; i++)
		add_string(key, s->architectures[i]);
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s->syscalls[i];

		buf_addf(key, "\n%zu names ", r->n_names);
		for (size_t k = 0; k < r->n_names; k++)
			add_string(key, r->names[k]);
		add_string(key, r->action);
		add_number(key, r->errno_ret);
		for (size_t k = 0; k < r->n_args; k++) {
			const struct spec_seccomp_arg *a = &r->args[k];

			buf_addf(key, "%u %llu %llu ", a->index, (unsigned long long)a->value,
				 (unsigned long long)a->value_two);
			add_string(key, a->op);
		}
	}
}

static void filter_own(struct seccomp_filter *f, struct buf *insns, unsigned filter_flags)
{
	f->n_insns = insns->len / sizeof(struct sock_filter);
	f->owned = (struct sock_filter *)(void *)buf_take(insns);
	f->insns = f->owned;
	f->flags = filter_flags;
}

static int compile_cached(const struct spec_seccomp *s, const struct buf *key, int cache_fd,
			  struct seccomp_filter *ret, struct err *err)
{
	_cleanup_(buf) struct buf insns = BUF_INIT;
	unsigned filter_flags;

	if (flags_from(s, &filter_flags, err) < 0)
		return -1;
	if (!seccomp_cache_get(cache_fd, key, &insns)) {
		if (seccomp_compile(s, &insns, err) < 0)
			return -1;
		seccomp_cache_put(cache_fd, key, &insns);
	}
	filter_own(ret, &insns, filter_flags);
	return 0;
}

/* The default policy for capabilities that no embedded filter is for. */
static int builtin_compile(uint64_t caps, int cache_fd, struct seccomp_filter *ret, struct err *err)
{
	_cleanup_(buf) struct buf key = BUF_INIT;
	_cleanup_(buf) struct buf insns = BUF_INIT;
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};

	key_begin(&key);
	buf_addf(&key, "builtin %llx\n", (unsigned long long)caps);
	buf_add(&key, seccomp_builtin_text, seccomp_builtin_text_len);
	if (seccomp_cache_get(cache_fd, &key, &insns)) {
		filter_own(ret, &insns, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
		return 0;
	}
	if (seccomp_profile_parse(seccomp_builtin_text, BUILTIN_NAME, caps, &a, &s, err) < 0 ||
	    seccomp_compile(&s, &insns, err) < 0)
		return -1;
	seccomp_cache_put(cache_fd, &key, &insns);
	filter_own(ret, &insns, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	return 0;
}

/* The embedded filter of the default policy for these capabilities, NULL when there is none. */
static const struct seccomp_variant *find_variant(uint64_t caps)
{
	for (size_t i = 0; i < seccomp_builtin_n_variants; i++)
		if (seccomp_builtin_variants[i].caps == (caps & seccomp_builtin_caps))
			return &seccomp_builtin_variants[i];
	return NULL;
}

bool seccomp_is_ready(const struct spec_seccomp *s, uint64_t caps)
{
	return !s || (s->builtin && find_variant(caps));
}

int seccomp_filter_new(const struct spec_seccomp *s, uint64_t caps, int cache_fd,
		       struct seccomp_filter *ret, struct err *err)
{
	_cleanup_(buf) struct buf key = BUF_INIT;
	const struct seccomp_variant *v;

	if (!s) {
		*ret = (struct seccomp_filter){.insns = NULL};
		return 0;
	}
	if (s->listener_path)
		return err_set(err, ERR_UNSUPPORTED,
			       "seccomp: listenerPath '%s' is for SCMP_ACT_NOTIFY, which is not "
			       "supported",
			       s->listener_path);
	if (!s->builtin) {
		key_begin(&key);
		key_policy(&key, s);
		*ret = (struct seccomp_filter){.insns = NULL};
		return compile_cached(s, &key, cache_fd, ret, err);
	}
	v = find_variant(caps);
	if (!v)
		return builtin_compile(caps & seccomp_builtin_caps, cache_fd, ret, err);
	*ret = (struct seccomp_filter){.insns = v->insns,
				       .n_insns = v->n_insns,
				       .flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW};
	return 0;
}

int seccomp_install(const struct seccomp_filter *f, struct err *err)
{
	struct sock_fprog prog = {.len = (unsigned short)f->n_insns,
				  .filter = (struct sock_filter *)(uintptr_t)f->insns};
	long rc;

	if (f->n_insns == 0)
		return 0;
	rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog);
	if (rc > 0)
		return err_set(err, ERR_BUSY,
			       "install the seccomp filter: thread %ld can't be synchronised", rc);
	/* The older way knows no flags, and is there where a filter knows no newer one. */
	if (rc < 0 && (errno == ENOSYS || errno == EPERM) && f->flags == 0)
		rc = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
	if (rc == 0)
		return 0;
	err_sys(err, "install the seccomp filter (%zu instructions)", f->n_insns);
	if (errno == ENOSYS || errno == EINVAL || errno == EPERM)
		err_hint(err, "where the kernel has no filters, or another forbids them: onggi run "
			      "--security-opt seccomp=unconfined (onggi doctor seccomp)");
	return -1;
}
