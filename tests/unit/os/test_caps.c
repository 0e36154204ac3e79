/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/caps.h"
#include "os/fd.h"
#include "suites.h"

#include <fcntl.h>

START_TEST(names_and_numbers)
{
	ck_assert_int_eq(cap_number("CAP_CHOWN"), 0);
	ck_assert_int_eq(cap_number("chown"), 0);
	ck_assert_int_eq(cap_number("Cap_Sys_Admin"), 21);
	ck_assert_int_eq(cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	ck_assert_int_eq(cap_number("CAP_"), -1);
	ck_assert_int_eq(cap_number(""), -1);
	ck_assert_int_eq(cap_number("SYS"), -1);
	ck_assert_int_eq(cap_number("CAP_CAP_CHOWN"), -1);
	for (int i = 0; i <= 40; i++)
		ck_assert_int_eq(cap_number(cap_name(i)), i);
	ck_assert_ptr_null(cap_name(41));
	ck_assert_ptr_null(cap_name(-1));
}
END_TEST

/* A line of /proc/self/status. */
static uint64_t status_set(const char *key)
{
	struct buf text = BUF_INIT;
	unsigned long long v = 0;
	const char *line;

	ck_assert_int_eq(file_read_all(AT_FDCWD, "/proc/self/status", 65536, &text, NULL), 0);
	line = strstr(buf_str(&text), key);
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line + strlen(key), " %llx", &v), 1);
	buf_done(&text);
	return v;
}

START_TEST(the_last_is_the_kernels)
{
	struct buf text = BUF_INIT;
	int last = -1;

	ck_assert_int_eq(file_read_all(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", 100, &text, NULL),
			 0);
	ck_assert_int_eq(sscanf(buf_str(&text), "%d", &last), 1);
	ck_assert_int_eq(cap_last(), last);
	ck_assert_uint_eq(cap_all(), (CAP_BIT(last) - 1) | CAP_BIT(last));
	ck_assert_uint_eq(cap_current(), status_set("CapEff:"));
	buf_done(&text);
}
END_TEST

START_TEST(all_five_sets)
{
	const struct cap_sets sets = {
		.bounding = CAP_BIT(0) | CAP_BIT(5) | CAP_BIT(39),
		.effective = CAP_BIT(0),
		.permitted = CAP_BIT(0) | CAP_BIT(5),
		.inheritable = CAP_BIT(5),
		.ambient = CAP_BIT(5),
	};
	struct cap_sets quiet = sets;
	const struct cap_sets more = {.ambient = CAP_BIT(0)};
	struct err err = ERR_INIT;
	uint64_t had = status_set("CapBnd:");

	if (!test_is_root())
		SKIP("needs root");
	ck_ok(cap_limit_bounding(sets.bounding, &err), &err);
	ck_ok(cap_apply(&sets, &err), &err);
	ck_assert_uint_eq(status_set("CapBnd:"), sets.bounding & had);
	ck_assert_uint_eq(status_set("CapEff:"), sets.effective);
	ck_assert_uint_eq(status_set("CapPrm:"), sets.permitted);
	ck_assert_uint_eq(status_set("CapInh:"), sets.inheritable);
	ck_assert_uint_eq(status_set("CapAmb:"), sets.ambient);
	ck_assert_uint_eq(cap_current(), sets.effective);
	/* Those that were ambient before and are not asked for now go. */
	quiet.ambient = 0;
	ck_ok(cap_apply(&quiet, &err), &err);
	ck_assert_uint_eq(status_set("CapInh:"), sets.inheritable);
	ck_assert_uint_eq(status_set("CapAmb:"), 0);
	/* One that isn't permitted can't be ambient. */
	ck_assert_int_eq(cap_apply(&more, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "CAP_CHOWN"));
	ck_assert_int_eq(cap_limit_bounding(0, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "CAP_CHOWN"));
}
END_TEST

Suite *suite_caps(void)
{
	Suite *s = suite_create("os/caps");
	TCase *t = tcase_create("caps");

	tcase_add_test(t, names_and_numbers);
	tcase_add_test(t, the_last_is_the_kernels);
	tcase_add_test(t, all_five_sets);
	suite_add_tcase(s, t);
	return s;
}
