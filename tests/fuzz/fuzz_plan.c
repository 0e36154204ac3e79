/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runtime spec to the sandbox's plan, as root, with one id and with many: whatever the spec asks
 * for is planned or refused, without looking at this machine.
 */
#include <string.h>

#include "fuzz.h"
#include "sandbox/cgroup.h"
#include "sandbox/sandbox.h"
#include "scratch.h"

#define ALL_CAPS ((UINT64_C(1) << 41) - 1)

static void plan(const struct runtime_spec *spec, const struct sandbox_host *host,
		 const struct id_maps *maps)
{
	const struct sandbox_request req = {.spec = spec, .host = host, .maps = maps};
	_cleanup_(sandbox_plan) struct sandbox_plan *first = NULL, *second = NULL;
	_cleanup_(buf) struct buf a = BUF_INIT, b = BUF_INIT;
	struct err err = ERR_INIT;

	if (sandbox_plan_new(&req, &first, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	FUZZ_CHECK(sandbox_plan_new(&req, &second, &err) == 0);
	sandbox_plan_print(first, &a);
	sandbox_plan_print(second, &b);
	FUZZ_CHECK(strcmp(buf_str(&a), buf_str(&b)) == 0);
}

static void limits(const struct runtime_spec *spec, bool v2)
{
	_cleanup_(cgroup_plan) struct cgroup_plan p = {.settings = NULL};
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	if (!spec->linux_.resources)
		return;
	if (cgroup_plan_new(spec->linux_.resources, v2, &p, &err) < 0)
		scratch_check_err(&err);
	else
		cgroup_plan_print(&p, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sandbox_host root = {.caps = ALL_CAPS,
						 .cap_all = ALL_CAPS,
						 .cgroup_v2 = true,
						 .has_apparmor = true,
						 .nofile_hard = 4096,
						 .can_raise_rlimits = true};
	static const struct sandbox_host other = {.rootless = true,
						  .cap_all = ALL_CAPS,
						  .nofile_hard = 1024};
	struct id_range one = {.inside = 0, .outside = 1000, .count = 1};
	struct id_range more[] = {one, {.inside = 1, .outside = 100000, .count = 65536}};
	const struct id_maps single = {.uid = {&one, 1}, .gid = {&one, 1}};
	const struct id_maps many = {.uid = {more, 2}, .gid = {more, 2}, .need_helpers = true};
	_cleanup_(runtime_spec) struct runtime_spec spec = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	if (runtime_spec_parse((const char *)data, size, "fuzz", &spec, &err) < 0) {
		scratch_check_err(&err);
		return 0;
	}
	plan(&spec, &root, NULL);
	plan(&spec, &other, &single);
	plan(&spec, &other, &many);
	limits(&spec, true);
	limits(&spec, false);
	return 0;
}
