/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/image_config.h"
#include "suites.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]}"

static const char *const same[] = {
	"{\"config\":{}," ROOTFS "}",
	"{\"created\":\"2026-01-02T03:04:05Z\",\"author\":\"a\",\"architecture\":\"arm64\","
	"\"variant\":"
	"\"v8\",\"os\":\"linux\",\"os.version\":\"1\",\"config\":{\"User\":\"u:g\","
	"\"ExposedPorts\":"
	"{\"80/tcp\":{}},\"Env\":[\"PATH=/bin\"],\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\",\"\"],"
	"\"Volumes\":{\"/v\":{}},\"WorkingDir\":\"/w\",\"Labels\":{\"k\":\"v\"},\"StopSignal\":"
	"\"SIGINT\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":1,\"Timeout\":2,"
	"\"StartPeriod\":3,\"StartInterval\":4,\"Retries\":5},\"OnBuild\":[\"RUN x\"],\"Shell\":"
	"[\"/bin/sh\",\"-c\"],\"ArgsEscaped\":true}," ROOTFS
	",\"history\":[{\"created\":\"t\",\"created_by\":\"b\",\"author\":\"a\",\"comment\":\"c\","
	"\"empty_layer\":true},{\"created_by\":\"d\"}]}",
};

START_TEST(round_trip)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_(image_config) struct image_config c = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_msg(image_config_parse(same[_i], strlen(same[_i]), "c", &c, &err) == 0, "%s",
		      err.text);
	image_config_write(&c, &out);
	ck_assert_str_eq(buf_str(&out), same[_i]);
	ck_assert_uint_eq(c.n_diff_ids, 1);
	ck_assert_str_eq(c.diff_ids[0].hex, HEX);
}
END_TEST

/* Docker writes null for all that is empty. */
static const char *const nulls[] = {
	"{\"config\":null," ROOTFS ",\"history\":null,\"os\":null}",
	"{\"architecture\":\"amd64\",\"config\":{\"Hostname\":\"\",\"User\":null,\"ExposedPorts\":"
	"null,"
	"\"Env\":null,\"Cmd\":null,\"Volumes\":null,\"WorkingDir\":null,\"Entrypoint\":null,"
	"\"OnBuild\":"
	"null,\"Labels\":null,\"StopSignal\":null,\"Healthcheck\":null,\"Shell\":null,"
	"\"ArgsEscaped\":"
	"null,\"Image\":\"\",\"AttachStdin\":false},\"container_config\":{\"Cmd\":[1]},"
	"\"docker_version\":\"1\"," ROOTFS "}",
	"{\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}",
	"{\"rootfs\":{\"type\":null}}",
};

START_TEST(null_members)
{
	_cleanup_(image_config) struct image_config c = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_msg(image_config_parse(nulls[_i], strlen(nulls[_i]), "c", &c, &err) == 0, "%s",
		      err.text);
	ck_assert_ptr_null(c.config.cmd);
	ck_assert_ptr_null(c.config.user);
	ck_assert_ptr_null(c.config.healthcheck);
	ck_assert_uint_eq(c.config.n_labels, 0);
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{"{}", "c: rootfs: missing, but required"},
	{"{\"rootfs\":{\"type\":\"windows\"}}",
	 "c: rootfs.type: expected the string \"layers\", found \"windows\""},
	{"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":{}}}",
	 "c: rootfs.diff_ids: expected an array of digests"},
	{"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}",
	 "c: rootfs.diff_ids: [0]: invalid digest 'x': expected sha256:<64 hex digits>"},
	{"{" ROOTFS ",\"config\":{\"Env\":[1]}}", "c: config.Env[0]: expected a string, found 1"},
	{"{" ROOTFS ",\"config\":{\"Cmd\":\"sh\"}}",
	 "c: config.Cmd: expected an array, found the string \"sh\""},
};

START_TEST(refused)
{
	_cleanup_(image_config) struct image_config c = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_int_eq(image_config_parse(bad[_i].text, strlen(bad[_i].text), "c", &c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].error);
	ck_assert_ptr_null(c.arena.head);
}
END_TEST

START_TEST(limits)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(image_config) struct image_config c = {.arena = ARENA_INIT};
	struct err err = ERR_INIT;

	ck_assert_int_eq(image_config_parse("", IMAGE_CONFIG_MAX_SIZE + 1, "c", &c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	buf_adds(&text, "{\"rootfs\":{\"diff_ids\":[0");
	for (int i = 0; i < 1000; i++)
		buf_adds(&text, ",0");
	buf_adds(&text, "]}}");
	ck_assert_int_eq(image_config_parse(text.data, text.len, "c", &c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "c: rootfs.diff_ids: 1001 elements, at most 1000 are accepted");
}
END_TEST

Suite *suite_image_config(void)
{
	Suite *s = suite_create("image_config");
	TCase *t = tcase_create("image_config");

	tcase_add_loop_test(t, round_trip, 0, (int)ARRAY_SIZE(same));
	tcase_add_loop_test(t, null_members, 0, (int)ARRAY_SIZE(nulls));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
