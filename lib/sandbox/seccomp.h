/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp: the default policy compiled at build time and embedded, profiles compiled at run time by
 * libseccomp and cached by digest.
 */
#ifndef ONGGI_SANDBOX_SECCOMP_H
#define ONGGI_SANDBOX_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

#define SECCOMP_MAX_INSNS 4096 /* BPF_MAXINSNS */

struct seccomp_filter {
	const struct sock_filter *insns; /* either embedded or owned */
	size_t n_insns;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
	struct sock_filter *owned;
};

/* Release what is owned; accepts NULL and zeroed values. */
void seccomp_filter_done(struct seccomp_filter *f);
DEFINE_CLEANUP_VALUE(seccomp_filter, seccomp_filter_done)

/*
 * The filter for a spec, for seccomp_install().
 *
 * s         NULL: no filter (n_insns is 0). builtin: an embedded one where there is one for those
 *           of `caps` that matter to the policy, else the default policy compiled for them
 * caps      capabilities (bounding set) of the container: the default policy depends on them
 * cache_fd  directory where compiled filters are kept by digest, or -1
 * Errors:   ERR_INVALID naming the rule (unknown action, operator, architecture), ERR_UNSUPPORTED
 *           for SCMP_ACT_NOTIFY; unknown system calls are skipped, as every runtime does
 */
int seccomp_filter_new(const struct spec_seccomp *s, uint64_t caps, int cache_fd,
		       struct seccomp_filter *ret, struct err *err);
/* Is there no filter to compile for this spec: none at all, or an embedded one? Arguments as above.
 */
bool seccomp_is_ready(const struct spec_seccomp *s, uint64_t caps);
/* Install in the calling thread, which has no_new_privs or CAP_SYS_ADMIN. */
int seccomp_install(const struct seccomp_filter *f, struct err *err);
/*
 * Read a profile file: Docker's format (archMap, includes/excludes by capability, kernel and
 * architecture) or the runtime-spec's form. Conditions are settled: the result is the
 * runtime-spec's.
 *
 * text    NUL-terminated
 * what    the file, for errors
 * caps    capabilities that the container gets
 * a       owns what ret points to
 * Errors: ERR_INVALID, ERR_LIMIT
 */
int seccomp_profile_parse(const char *text, const char *what, uint64_t caps, struct arena *a,
			  struct spec_seccomp *ret, struct err *err);

#endif
