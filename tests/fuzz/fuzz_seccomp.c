/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp profiles, as people give them with --security-opt and as config.json has them: read,
 * compiled, made shorter. A program that comes out is one that the kernel takes: jumps lead forward
 * to instructions that are there, and the last one returns. The same bytes as an entry of the
 * cache of compiled filters give nothing.
 */
#include <linux/filter.h>
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "os/fd.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"
#include "scratch.h"

#define CAPS UINT64_C(0xa80425fb)

static void check_program(const struct buf *program)
{
	size_t n = program->len / sizeof(struct sock_filter);
	_cleanup_free_ struct sock_filter *f = xcalloc(n, sizeof(*f));

	FUZZ_CHECK(n > 0 && n <= SECCOMP_MAX_INSNS);
	FUZZ_CHECK(program->len == n * sizeof(*f));
	memcpy(f, program->data, program->len);
	for (size_t i = 0; i < n; i++) {
		if (BPF_CLASS(f[i].code) != BPF_JMP)
			continue;
		if (BPF_OP(f[i].code) == BPF_JA)
			FUZZ_CHECK(f[i].k < n - i - 1);
		else
			FUZZ_CHECK(f[i].jt < n - i - 1 && f[i].jf < n - i - 1);
	}
	FUZZ_CHECK(BPF_CLASS(f[n - 1].code) == BPF_RET);
}

static void compile(const struct spec_seccomp *s)
{
	_cleanup_(buf) struct buf program = BUF_INIT;
	struct err err = ERR_INIT;

	if (seccomp_compile(s, &program, &err) < 0)
		scratch_check_err(&err);
	else
		check_program(&program);
}

/* The cache's name of the entry is found out by having one written. */
static void read_cache(const uint8_t *data, size_t size)
{
	static const char name[] = "seccomp-"
				   "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b68"
				   "3"; /* of "key" */
	struct buf key = {.data = (char[]){"key"}, .len = 3};
	_cleanup_(buf) struct buf got = BUF_INIT;
	int dir = scratch_dir();

	scratch_write(dir, name, data, size);
	if (seccomp_cache_get(dir, &key, &got))
		check_program(&got);
	else
		FUZZ_CHECK(!got.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {.default_action = NULL};
	struct err err = ERR_INIT;
	uint64_t caps;

	read_cache(data, size);
	if (seccomp_profile_caps(text, "fuzz", &caps, &err) < 0) {
		scratch_check_err(&err);
		err_clear(&err);
	}
	if (seccomp_profile_parse(text, "fuzz", CAPS, &a, &s, &err) < 0)
		scratch_check_err(&err);
	else
		compile(&s);
	return 0;
}
