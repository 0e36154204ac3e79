/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "codec/json.h"
#include "oci/runtime_spec.h"
#include "sandbox/cgroup.h"
#include "sandbox/cgroup_internal.h"
#include "suites.h"

/* The plan for the resources of a config.json, as cgroup_plan_print() shows it; NULL on refusal. */
static char *plan_text(const char *resources, bool v2, struct err *err)
{
	_cleanup_(runtime_spec) struct runtime_spec spec = {.oci_version = NULL};
	_cleanup_(cgroup_plan) struct cgroup_plan plan = {.settings = NULL};
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf json = BUF_INIT;

	buf_addf(
		&json,
		"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"/\"},\"linux\":{\"resources\":%s}}",
		resources);
	if (runtime_spec_parse(json.data, json.len, "test", &spec, err) < 0)
		ck_abort_msg("%s", err->text);
	if (cgroup_plan_new(spec.linux_.resources, v2, &plan, err) < 0)
		return NULL;
	ck_assert_int_eq(plan.wants_limits, plan.n_settings > 0);
	cgroup_plan_print(&plan, &text);
	return buf_take(&text);
}

static const struct {
	const char *resources;
	const char *v1;
	const char *v2;
} good[] = {
	{"{}", "", ""},
	{"{\"memory\":{\"limit\":67108864,\"swap\":134217728}}",
	 "cgroup memory memory.limit_in_bytes = 67108864\n"
	 "cgroup memory memory.memsw.limit_in_bytes = 134217728 (if present)\n",
	 "cgroup memory memory.max = 67108864\n"
	 "cgroup memory memory.swap.max = 67108864 (if present)\n"},
	{"{\"memory\":{\"limit\":67108864,\"swap\":67108864,\"reservation\":1048576}}",
	 "cgroup memory memory.limit_in_bytes = 67108864\n"
	 "cgroup memory memory.memsw.limit_in_bytes = 67108864 (if present)\n"
	 "cgroup memory memory.soft_limit_in_bytes = 1048576\n",
	 "cgroup memory memory.max = 67108864\n"
	 "cgroup memory memory.swap.max = 0 (if present)\n"
	 "cgroup memory memory.low = 1048576\n"},
	{"{\"memory\":{\"limit\":67108864,\"swap\":-1}}",
	 "cgroup memory memory.limit_in_bytes = 67108864\n",
	 "cgroup memory memory.max = 67108864\n"},
	{"{\"memory\":{\"limit\":-1},\"pids\":{\"limit\":-1}}", "", ""},
	{"{\"pids\":{\"limit\":64}}", "cgroup pids pids.max = 64\n", "cgroup pids pids.max = 64\n"},
	{"{\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\"}}",
	 "cgroup cpu cpu.shares = 1024\n"
	 "cgroup cpu cpu.cfs_period_us = 100000\n"
	 "cgroup cpu cpu.cfs_quota_us = 50000\n"
	 "cgroup cpuset cpuset.cpus = 0-1\n",
	 "cgroup cpu cpu.weight = 39\n"
	 "cgroup cpu cpu.max = 50000 100000\n"
	 "cgroup cpuset cpuset.cpus = 0-1\n"},
	{"{\"cpu\":{\"shares\":2,\"quota\":-1}}", "cgroup cpu cpu.shares = 2\n",
	 "cgroup cpu cpu.weight = 1\n"},
	{"{\"cpu\":{\"shares\":262144,\"quota\":20000}}",
	 "cgroup cpu cpu.shares = 262144\ncgroup cpu cpu.cfs_quota_us = 20000\n",
	 "cgroup cpu cpu.weight = 10000\ncgroup cpu cpu.max = 20000\n"},
	{"{\"cpu\":{\"period\":50000}}", "cgroup cpu cpu.cfs_period_us = 50000\n",
	 "cgroup cpu cpu.max = max 50000\n"},
	{"{\"blockIO\":{\"weight\":1000,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,"
	 "\"rate\":1024}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":5}]}}",
	 "cgroup blkio blkio.bfq.weight = 1000\n"
	 "cgroup blkio blkio.throttle.read_bps_device = 8:0 1024\n"
	 "cgroup blkio blkio.throttle.write_iops_device = 8:16 5\n",
	 "cgroup io io.bfq.weight = 1000 (if present)\n"
	 "cgroup io io.weight = 10000\n"
	 "cgroup io io.max = 8:0 rbps=1024\n"
	 "cgroup io io.max = 8:16 wiops=5\n"},
	{"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
	 "cgroup hugetlb hugetlb.2MB.limit_in_bytes = 4194304\n"
	 "cgroup hugetlb hugetlb.2MB.rsvd.limit_in_bytes = 4194304 (if present)\n",
	 "cgroup hugetlb hugetlb.2MB.max = 4194304\n"
	 "cgroup hugetlb hugetlb.2MB.rsvd.max = 4194304 (if present)\n"},
};

START_TEST(translates_to_v1_and_v2)
{
	for (int v2 = 0; v2 < 2; v2++) {
		struct err err = ERR_INIT;
		_cleanup_free_ char *text = plan_text(good[_i].resources, v2, &err);

		ck_assert_msg(text != NULL, "%s", err.text);
		ck_assert_str_eq(text, v2 ? good[_i].v2 : good[_i].v1);
	}
}
END_TEST

static const struct {
	const char *resources;
	bool v2;
	enum err_kind kind;
	const char *part; /* of the message */
} bad[] = {
	{"{\"memory\":{\"swap\":1048576}}", true, ERR_INVALID, "needs a memory limit too"},
	{"{\"memory\":{\"limit\":2097152,\"swap\":1048576}}", false, ERR_INVALID,
	 "1048576 is below the memory limit 2097152"},
	{"{\"memory\":{\"swappiness\":10}}", true, ERR_UNSUPPORTED, "memory swappiness 10"},
	{"{\"cpu\":{\"realtimeRuntime\":1000}}", true, ERR_UNSUPPORTED, "real-time"},
	{"{\"hugepageLimits\":[{\"pageSize\":\"../x\",\"limit\":1}]}", true, ERR_INVALID, "'../x'"},
	{"{\"unified\":{\"../memory.max\":\"1\"}}", true, ERR_INVALID, "'../memory.max'"},
	{"{\"unified\":{\"memory.high\":\"1\"}}", false, ERR_UNSUPPORTED, "'memory.high'"},
	{"{\"blockIO\":{\"leafWeight\":10}}", false, ERR_UNSUPPORTED, "leafWeight 10"},
};

START_TEST(refuses)
{
	struct err err = ERR_INIT;
	_cleanup_free_ char *text = plan_text(bad[_i].resources, bad[_i].v2, &err);

	ck_assert_ptr_null(text);
	ck_assert_int_eq(err.kind, bad[_i].kind);
	ck_assert_msg(strstr(err.text, bad[_i].part) != NULL, "%s", err.text);
}
END_TEST

START_TEST(passes_unified_through)
{
	struct err err = ERR_INIT;
	_cleanup_free_ char *text =
		plan_text("{\"unified\":{\"memory.high\":\"1048576\"}}", true, &err);

	ck_assert_str_eq(text, "cgroup memory memory.high = 1048576\n");
}
END_TEST

START_TEST(no_resources_is_an_empty_plan)
{
	_cleanup_(cgroup_plan) struct cgroup_plan plan = {.settings = NULL};

	ck_assert_int_eq(cgroup_plan_new(NULL, true, &plan, NULL), 0);
	ck_assert_uint_eq(plan.n_settings, 0);
	ck_assert(!plan.wants_limits);
}
END_TEST

static const struct {
	const char *file, *value, *words;
} worded[] = {
	{"memory.max", "67108864", "memory limit 64m"},
	{"memory.max", "67108865", "memory limit 67108865b"},
	{"memory.limit_in_bytes", "3221225472", "memory limit 3g"},
	{"memory.swap.max", "0", "swap limit 0b"},
	{"pids.max", "100", "pids limit 100"},
	{"cpu.max", "50000 100000", "limit of 0.5 CPUs"},
	{"hugetlb.2MB.max", "1", "hugetlb.2MB.max=1"},
};

START_TEST(words_settings)
{
	struct cgroup_setting s = {.file = (char *)(uintptr_t)worded[_i].file,
				   .value = (char *)(uintptr_t)worded[_i].value};
	_cleanup_free_ char *words = cgroup_setting_words(&s);

	ck_assert_str_eq(words, worded[_i].words);
}
END_TEST

Suite *suite_cgroup_plan(void)
{
	Suite *s = suite_create("cgroup_plan");
	TCase *t = tcase_create("cgroup_plan");

	tcase_add_loop_test(t, translates_to_v1_and_v2, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(t, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_test(t, passes_unified_through);
	tcase_add_test(t, no_resources_is_an_empty_plan);
	tcase_add_loop_test(t, words_settings, 0, ARRAY_SIZE(worded));
	suite_add_tcase(s, t);
	return s;
}
