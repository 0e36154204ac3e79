/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profile files: Docker's format is the runtime-spec's with architectures by a map and rules under
 * conditions. The conditions are settled here for one set of capabilities, this kernel and this
 * architecture, so that what comes out is the runtime-spec's form.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/strv.h"
#include "codec/json.h"
#include "os/caps.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"

#define PROFILE_MAX_SIZE ((size_t)1 << 20)

enum { ALL, ANY };

/* This architecture by Docker's word and by libseccomp's constant. */
#if defined(__x86_64__)
#define ARCH_DOCKER "amd64"
#define ARCH_SCMP   "SCMP_ARCH_X86_64"
#elif defined(__i386__)
#define ARCH_DOCKER "x86"
#define ARCH_SCMP   "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define ARCH_DOCKER "arm64"
#define ARCH_SCMP   "SCMP_ARCH_AARCH64"
#elif defined(__arm__)
#define ARCH_DOCKER "arm"
#define ARCH_SCMP   "SCMP_ARCH_ARM"
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_DOCKER "riscv64"
#define ARCH_SCMP   "SCMP_ARCH_RISCV64"
#elif defined(__s390x__)
#define ARCH_DOCKER "s390x"
#define ARCH_SCMP   "SCMP_ARCH_S390X"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH_DOCKER "ppc64le"
#define ARCH_SCMP   "SCMP_ARCH_PPC64LE"
#elif defined(__loongarch64)
#define ARCH_DOCKER "loong64"
#define ARCH_SCMP   "SCMP_ARCH_LOONGARCH64"
#else
#error "no seccomp names for this architecture"
#endif

/* "6.18.44-fc" and "4.8" to a comparable number; false for what is no version. */
static bool kernel_version(const char *s, unsigned *ret)
{
	unsigned major, minor = 0;

	if (sscanf(s, "%5u.%5u", &major, &minor) < 1)
		return false;
	*ret = major << 16 | (minor & 0xffff);
	return true;
}

static int kernel_at_least(const char *wanted, const char *what, bool *ret, struct err *err)
{
	struct utsname u;
	unsigned have, want;

	if (!kernel_version(wanted, &want))
		return err_set(err, ERR_INVALID,
			       "%s: minKernel '%s' is no kernel version such as '4.8'", what,
			       wanted);
	*ret = uname(&u) == 0 && kernel_version(u.release, &have) && have >= want;
	return 0;
}

static int cap_bits(const struct spec_seccomp_condition *c, const char *what, uint64_t *ret,
		    struct err *err)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < c->n_caps; i++) {
		int n = cap_number(c->caps[i]);

		if (n < 0)
			return err_set(err, ERR_INVALID,
				       "%s: unknown capability '%s' in a rule's condition", what,
				       c->caps[i]);
		bits |= CAP_BIT(n);
	}
	*ret = bits;
	return 0;
}

static bool names_arch(const struct spec_seccomp_condition *c)
{
	for (size_t i = 0; i < c->n_arches; i++)
		if (str_eq(c->arches[i], ARCH_DOCKER))
			return true;
	return false;
}

/* Do all parts of a condition hold, and does any? */
static int evaluate(const struct spec_seccomp_condition *c, uint64_t caps, const char *what,
		    bool ret[2], struct err *err)
{
	bool newer = false, arch = names_arch(c);
	uint64_t bits = 0;

	if (cap_bits(c, what, &bits, err) < 0)
		return -1;
	if (c->min_kernel && kernel_at_least(c->min_kernel, what, &newer, err) < 0)
		return -1;
	ret[ALL] = (caps & bits) == bits && (c->n_arches == 0 || arch) && (!c->min_kernel || newer);
	ret[ANY] = (caps & bits) || arch || newer;
	return 0;
}

/* Does the rule apply? Of includes all must hold, of excludes none may. */
static int rule_applies(const struct spec_seccomp_rule *r, uint64_t caps, const char *what,
			bool *ret, struct err *err)
{
	bool in[2] = {[ALL] = true}, ex[2] = {[ANY] = false};

	if (r->includes && evaluate(r->includes, caps, what, in, err) < 0)
		return -1;
	if (r->excludes && evaluate(r->excludes, caps, what, ex, err) < 0)
		return -1;
	*ret = in[ALL] && !ex[ANY];
	return 0;
}

/* Docker's archMap: the native entry's architectures become the policy's. */
static int settle_arches(struct spec_seccomp *s, const char *what, struct arena *a, struct err *err)
{
	size_t n = 0;
	char **v = NULL;

	if (s->n_arch_map == 0)
		return 0;
	if (s->n_architectures > 0)
		return err_set(err, ERR_INVALID,
			       "%s: has both 'architectures' and 'archMap'; give one of them",
			       what);
	for (size_t i = 0; i < s->n_arch_map; i++) {
		const struct spec_seccomp_arch *m = &s->arch_map[i];

		if (!str_eq(m->architecture, ARCH_SCMP))
			continue;
		arena_strv_add(a, &v, &n, m->architecture);
		for (size_t k = 0; k < m->n_sub_architectures; k++)
			arena_strv_add(a, &v, &n, m->sub_architectures[k]);
		break;
	}
	s->architectures = v;
	s->n_architectures = n;
	s->arch_map = NULL;
	s->n_arch_map = 0;
	return 0;
}

/* Older profiles give one `name`; afterwards every rule has `names`. */
static int settle_names(struct spec_seccomp_rule *r, const char *what, struct arena *a,
			struct err *err)
{
	if (r->name && r->n_names > 0)
		return err_set(
			err, ERR_INVALID,
			"%s: the rule for '%s' has both 'name' and 'names'; give one of them", what,
			r->name);
	if (r->name)
		arena_strv_add(a, &r->names, &r->n_names, r->name);
	r->name = NULL;
	if (r->n_names == 0)
		return err_set(err, ERR_INVALID, "%s: a rule names no system call", what);
	return 0;
}

static int profile_decode(const char *text, const char *what, struct arena *a,
			  struct spec_seccomp *ret, struct err *err)
{
	size_t len = strlen(text);

	if (len > PROFILE_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s: %zu bytes, a seccomp profile has at most %zu",
			       what, len, PROFILE_MAX_SIZE);
	return json_decode_text(&spec_seccomp_table, text, len, what, ret, a, err);
}

int seccomp_profile_parse(const char *text, const char *what, uint64_t caps, struct arena *a,
			  struct spec_seccomp *ret, struct err *err)
{
	struct spec_seccomp s = {0};
	struct spec_seccomp_rule *kept;
	size_t n = 0;

	if (profile_decode(text, what, a, &s, err) < 0)
		return -1;
	if (!s.default_action)
		return err_set(err, ERR_INVALID,
			       "%s: no 'defaultAction'; expected SCMP_ACT_ERRNO or another action",
			       what);
	if (settle_arches(&s, what, a, err) < 0)
		return -1;
	kept = arena_calloc(a, s.n_syscalls + 1, sizeof(*kept));
	for (size_t i = 0; i < s.n_syscalls; i++) {
		struct spec_seccomp_rule *r = &s.syscalls[i];
		bool applies;

		if (settle_names(r, what, a, err) < 0 ||
		    rule_applies(r, caps, what, &applies, err) < 0)
			return -1;
		if (!applies)
			continue;
		r->includes = NULL;
		r->excludes = NULL;
		kept[n++] = *r;
	}
	s.syscalls = kept;
	s.n_syscalls = n;
	*ret = s;
	return 0;
}

int seccomp_profile_caps(const char *text, const char *what, uint64_t *ret, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {0};
	uint64_t caps = 0, bits;

	if (profile_decode(text, what, &a, &s, err) < 0)
		return -1;
	for (size_t i = 0; i < s.n_syscalls; i++) {
		const struct spec_seccomp_rule *r = &s.syscalls[i];

		if (r->includes) {
			if (cap_bits(r->includes, what, &bits, err) < 0)
				return -1;
			caps |= bits;
		}
		if (r->excludes) {
			if (cap_bits(r->excludes, what, &bits, err) < 0)
				return -1;
			caps |= bits;
		}
	}
	*ret = caps;
	return 0;
}
