/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "oci/runtime_spec.h"
#include "suites.h"

#define FILE_MAX ((size_t)1 << 20)

static void read_data(const char *name, struct buf *out)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", TEST_DATA, name);
	FILE *f = fopen(path, "re");
	char chunk[4096];
	size_t n;

	ck_assert_msg(f != NULL, "%s can't be read", path);
	out->max = FILE_MAX;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	(void)fclose(f);
	ck_assert(!out->overflow);
}

static bool is_nothing(const struct json *j)
{
	int64_t n;

	switch (json_type(j)) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return !json_bool(j);
	case JSON_NUMBER:
		return json_int64(j, &n) && n == 0;
	case JSON_STRING:
		return *json_string(j, NULL) == '\0';
	default:
		return json_len(j) == 0;
	}
}

static bool same_number(const struct json *in, const struct json *out)
{
	uint64_t a, b;
	int64_t c, d;

	return (json_uint64(in, &a) && json_uint64(out, &b) && a == b) ||
	       (json_int64(in, &c) && json_int64(out, &d) && c == d);
}

/*
 * All that the first document says, the second says too. With exact also what is zero or false;
 * without, members that mean the same when they are absent may be gone.
 */
static void check_kept(const struct json *in, const struct json *out, bool exact, const char *path)
{
	struct json_iter it = {0};

	if (!exact && is_nothing(in) && json_type(out) == JSON_NULL)
		return;
	ck_assert_msg(json_type(in) == json_type(out), "%s: is another type or gone", path);
	switch (json_type(in)) {
	case JSON_NUMBER:
		ck_assert_msg(same_number(in, out), "%s: is another number", path);
		break;
	case JSON_BOOL:
		ck_assert_msg(json_bool(in) == json_bool(out), "%s: differs", path);
		break;
	case JSON_STRING:
		ck_assert_msg(strcmp(json_string(in, NULL), json_string(out, NULL)) == 0,
			      "%s: '%s'", path, json_string(out, NULL));
		break;
	case JSON_ARRAY:
		ck_assert_msg(json_len(in) == json_len(out), "%s: another length", path);
		for (size_t i = 0; i < json_len(in); i++) {
			_cleanup_free_ char *sub = xasprintf("%s[%zu]", path, i);

			check_kept(json_at(in, i), json_at(out, i), exact, sub);
		}
		break;
	case JSON_OBJECT:
		while (json_next(in, &it)) {
			_cleanup_free_ char *sub = xasprintf("%s.%s", path, it.key);

			check_kept(it.value, json_get(out, it.key), exact, sub);
		}
		break;
	case JSON_NULL:
		break;
	}
}

static const struct {
	const char *name;
	bool exact;
} files[] = {
	{"full.json", true},  {"runc.json", false},	     {"runc-rootless.json", false},
	{"crun.json", false}, {"crun-rootless.json", false}, {"podman.json", false},
};

START_TEST(round_trip)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf first = BUF_INIT;
	_cleanup_(buf) struct buf second = BUF_INIT;
	_cleanup_(json) struct json *in = NULL;
	_cleanup_(json) struct json *out = NULL;
	_cleanup_(runtime_spec) struct runtime_spec a = {.arena = ARENA_INIT};
	_cleanup_(runtime_spec) struct runtime_spec b = {.arena = ARENA_INIT};
	const char *name = files[_i].name;
	struct err err = ERR_INIT;

	read_data(name, &text);
	ck_assert_msg(runtime_spec_parse(text.data, text.len, name, &a, &err) == 0, "%s", err.text);
	runtime_spec_write(&a, &first);
	ck_assert_msg(runtime_spec_parse(first.data, first.len, name, &b, &err) == 0, "%s",
		      err.text);
	runtime_spec_write(&b, &second);
	ck_assert_str_eq(buf_str(&first), buf_str(&second));
	ck_assert_int_eq(json_parse(text.data, text.len, name, &in, &err), 0);
	ck_assert_int_eq(json_parse(first.data, first.len, name, &out, &err), 0);
	check_kept(in, out, files[_i].exact, name);
	/* Nothing is made up either. */
	check_kept(out, in, files[_i].exact, name);
}
END_TEST

START_TEST(values)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(runtime_spec) struct runtime_spec s = {.arena = ARENA_INIT};
	const struct spec_resources *r;

	read_data("full.json", &text);
	ck_assert_int_eq(runtime_spec_parse(text.data, text.len, "full", &s, NULL), 0);
	r = s.linux_.resources;
	ck_assert_str_eq(s.process.args[2], "echo \"é\"");
	ck_assert_ptr_null(s.process.args[3]);
	ck_assert_uint_eq(s.process.rlimits[0].hard, UINT64_MAX);
	ck_assert_uint_eq(*s.process.user.umask, 077);
	ck_assert_uint_eq(s.process.user.additional_gids[1], UINT32_MAX);
	ck_assert_int_eq(*s.process.oom_score_adj, 0);
	ck_assert_str_eq(s.process.io_priority_class, "IOPRIO_CLASS_BE");
	ck_assert_int_eq(*r->memory->swap, -1);
	ck_assert_int_eq(*r->memory->disable_oom_killer, false);
	ck_assert_uint_eq(*r->cpu->burst, 0);
	ck_assert_uint_eq(r->n_rdma, 2);
	ck_assert_str_eq(r->rdma[1].device, "mlx4_0");
	ck_assert_ptr_null(r->rdma[1].hca_handles);
	ck_assert_uint_eq(s.linux_.seccomp->syscalls[1].args[0].value, UINT64_MAX);
	ck_assert(!s.linux_.seccomp->builtin);
	ck_assert_int_eq(s.linux_.time_monotonic->secs, -5);
	ck_assert_str_eq(runtime_spec_namespace(&s, "network")->path, "/proc/1/ns/net");
	ck_assert_ptr_null(runtime_spec_namespace(&s, "pid")->path);
	ck_assert_ptr_null(runtime_spec_namespace(&s, "user"));
}
END_TEST

#define MINIMAL "\"ociVersion\": \"1.0.2\""

static const struct {
	const char *text;
	enum err_kind kind;
	const char *error;
} bad[] = {
	{"[]", ERR_INVALID, "c.json: expected an object, found an array"},
	{"{}", ERR_INVALID, "c.json: ociVersion: missing, but required"},
	{"{\"ociVersion\": 1}", ERR_INVALID, "c.json: ociVersion: expected a string, found 1"},
	{"{\"ociVersion\": \"2.0.0\"}", ERR_UNSUPPORTED,
	 "c.json: ociVersion: '2.0.0' is not supported, expected 1.x such as 1.2.0"},
	{"{" MINIMAL ", \"process\": {}}", ERR_INVALID,
	 "c.json: process.cwd: missing, but required"},
	{"{" MINIMAL ", \"process\": {\"cwd\": \"w\"}}", ERR_INVALID,
	 "c.json: process.cwd: 'w' is no absolute path"},
	{"{" MINIMAL ", \"process\": {\"cwd\": \"/\", \"user\": {\"uid\": -1}}}", ERR_INVALID,
	 "c.json: process.user.uid: expected a whole number from 0 to 4294967295, found -1"},
	{"{" MINIMAL ", \"process\": {\"cwd\": \"/\", \"args\": [\"a\", 1]}}", ERR_INVALID,
	 "c.json: process.args[1]: expected a string, found 1"},
	{"{" MINIMAL
	 ", \"process\": {\"cwd\": \"/\", \"rlimits\": [{\"type\": \"x\", \"hard\": 1}]}}",
	 ERR_INVALID, "c.json: process.rlimits[0].soft: missing, but required"},
	{"{" MINIMAL ", \"mounts\": [{\"destination\": \"\"}]}", ERR_INVALID,
	 "c.json: mounts[0].destination: is empty"},
	{"{" MINIMAL ", \"linux\": {\"devices\": [{\"type\": \"c\", \"path\": \"x\"}]}}",
	 ERR_INVALID, "c.json: linux.devices[0].path: 'x' is no absolute path"},
	{"{" MINIMAL ", \"linux\": {\"seccomp\": {}}}", ERR_INVALID,
	 "c.json: linux.seccomp.defaultAction: missing, but required"},
	{"{" MINIMAL ", \"linux\": {\"resources\": {\"pids\": {\"limit\": \"5\"}}}}", ERR_INVALID,
	 "c.json: linux.resources.pids.limit: expected a whole number from -9223372036854775808 to "
	 "9223372036854775807, found the string \"5\""},
};

START_TEST(refused)
{
	_cleanup_(runtime_spec) struct runtime_spec s = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_int_eq(runtime_spec_parse(bad[_i].text, strlen(bad[_i].text), "c.json", &s, &err),
			 -1);
	ck_assert_int_eq(err.kind, bad[_i].kind);
	ck_assert_str_eq(err.text, bad[_i].error);
	ck_assert_ptr_null(s.arena.head);
}
END_TEST

START_TEST(sizes)
{
	_cleanup_free_ char *text = xalloc(RUNTIME_SPEC_MAX_SIZE + 2);
	_cleanup_(runtime_spec) struct runtime_spec s = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	memset(text, ' ', RUNTIME_SPEC_MAX_SIZE + 1);
	ck_assert_int_eq(runtime_spec_parse(text, RUNTIME_SPEC_MAX_SIZE + 1, "c.json", &s, &err),
			 -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* What is built in memory: no process is written where there is none, no seccomp where it is ours.
 */
START_TEST(left_out)
{
	char version[] = "1.2.0";
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(json) struct json *root = NULL;
	_cleanup_(runtime_spec) struct runtime_spec s = {.oci_version = version};

	s.linux_.seccomp = arena_alloc(&s.arena, sizeof(*s.linux_.seccomp));
	s.linux_.seccomp->builtin = true;
	s.linux_.cgroups_path = arena_strdup(&s.arena, "/x");
	runtime_spec_write(&s, &text);
	ck_assert_str_eq(buf_str(&text), "{\n  \"ociVersion\": \"1.2.0\",\n  \"linux\": {\n"
					 "    \"cgroupsPath\": \"/x\"\n  }\n}");
	ck_assert_ptr_nonnull(s.linux_.seccomp);
	s.process.cwd = arena_strdup(&s.arena, "/");
	buf_reset(&text);
	runtime_spec_write(&s, &text);
	ck_assert_int_eq(json_parse(text.data, text.len, "spec", &root, NULL), 0);
	ck_assert_int_eq(json_type(json_get(json_get(root, "process"), "user")), JSON_OBJECT);
}
END_TEST

/* Docker's profiles have conditions: dropping one would allow what the profile forbids. */
START_TEST(docker_profile)
{
	static const char text[] =
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1,"
		" \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\","
		"   \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]}],"
		" \"syscalls\": [{\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
		"null,"
		"   \"comment\": \"\", \"includes\": {\"caps\": [\"CAP_BPF\"], \"minKernel\": "
		"\"4.8\"},"
		"   \"excludes\": {\"arches\": [\"s390x\"]}},"
		"  {\"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"}]}";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct spec_seccomp s = {.builtin = false};
	struct err err = ERR_INIT;

	ck_assert_msg(json_decode_text(&spec_seccomp_table, text, strlen(text), "p", &s, &a,
				       &err) == 0,
		      "%s", err.text);
	ck_assert_str_eq(s.arch_map[0].sub_architectures[1], "SCMP_ARCH_X32");
	ck_assert_str_eq(s.syscalls[0].includes->caps[0], "CAP_BPF");
	ck_assert_str_eq(s.syscalls[0].includes->min_kernel, "4.8");
	ck_assert_str_eq(s.syscalls[0].excludes->arches[0], "s390x");
	ck_assert_ptr_null(s.syscalls[1].includes);
	ck_assert_str_eq(s.syscalls[1].name, "read");
}
END_TEST

START_TEST(numbers)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;

	ck_assert_int_eq(*spec_int64(&a, -3), -3);
	ck_assert_uint_eq(*spec_uint64(&a, UINT64_MAX), UINT64_MAX);
	ck_assert_uint_eq(*spec_uint32(&a, 7), 7);
	ck_assert_int_eq(*spec_bool(&a, true), true);
}
END_TEST

Suite *suite_runtime_spec(void)
{
	Suite *s = suite_create("runtime_spec");
	TCase *t = tcase_create("runtime_spec");

	tcase_add_loop_test(t, round_trip, 0, (int)ARRAY_SIZE(files));
	tcase_add_test(t, values);
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, sizes);
	tcase_add_test(t, left_out);
	tcase_add_test(t, docker_profile);
	tcase_add_test(t, numbers);
	suite_add_tcase(s, t);
	return s;
}
