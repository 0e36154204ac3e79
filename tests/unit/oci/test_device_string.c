/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "oci/device_string.h"
#include "suites.h"

static const struct {
	const char *in, *host, *container, *access;
	bool cdi;
} good[] = {
	{"/dev/fuse", "/dev/fuse", "/dev/fuse", "rwm", false},
	{"/dev/a:/dev/b", "/dev/a", "/dev/b", "rwm", false},
	{"/dev/a:r", "/dev/a", "/dev/a", "r", false},
	{"/dev/a:/dev/b:mr", "/dev/a", "/dev/b", "mr", false},
	{"/dev//a/:/dev/../dev/b:rwm", "/dev/a", "/dev/b", "rwm", false},
	{"nvidia.com/gpu=0", "nvidia.com/gpu=0", NULL, "rwm", true},
	{"nvidia.com/gpu=all", "nvidia.com/gpu=all", NULL, "rwm", true},
};

START_TEST(accepted)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct device_request d;
	struct err err = ERR_INIT;

	ck_assert_msg(device_parse(&a, good[_i].in, &d, &err) == 0, "%s: %s", good[_i].in,
		      err.text);
	ck_assert_str_eq(d.host, good[_i].host);
	ck_assert(str_eq(d.container, good[_i].container));
	ck_assert_str_eq(d.access, good[_i].access);
	ck_assert_int_eq(d.cdi, good[_i].cdi);
}
END_TEST

#define FORM "expected HOST[:CONTAINER[:PERMISSIONS]] or VENDOR/CLASS=NAME"

static const struct {
	const char *in, *text;
} bad[] = {
	{"", "invalid device '': " FORM},
	{"dev/fuse", "invalid device 'dev/fuse': " FORM},
	{"/a:/b:r:x", "invalid device '/a:/b:r:x': " FORM},
	{"nvidia.com/gpu=", "invalid device 'nvidia.com/gpu=': " FORM},
	{"/dev/a:b", "invalid device '/dev/a:b': 'b' is neither an absolute path nor permissions "
		     "of r, w and m"},
	{"/dev/a:rr", "invalid device '/dev/a:rr': 'rr' is neither an absolute path nor "
		      "permissions of r, w and m"},
	{"/dev/a:/dev/b:x", "invalid device '/dev/a:/dev/b:x': permissions 'x' are refused, "
			    "expected some of r, w and m"},
	{"/dev/a:/dev/b:", "invalid device '/dev/a:/dev/b:': permissions '' are refused, expected "
			   "some of r, w and m"},
};

START_TEST(refused)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct device_request d = {.cdi = true};
	struct err err = ERR_INIT;

	ck_assert_int_eq(device_parse(&a, bad[_i].in, &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert(d.cdi);
}
END_TEST

Suite *suite_device_string(void)
{
	Suite *s = suite_create("device_string");
	TCase *t = tcase_create("device_string");

	tcase_add_loop_test(t, accepted, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(t, refused, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(s, t);
	return s;
}
