/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/dl.h"
#include "suites.h"

/* libm.so.6 is there wherever glibc is. */

START_TEST(loads_once)
{
	double (*fn)(double) = NULL;
	const struct dl_symbol symbols[] = {{"floor", &fn}};
	struct dl_library lib = {.soname = "libm.so.6",
				 .package = "libc6",
				 .symbols = symbols,
				 .n_symbols = 1};
	struct err err = ERR_INIT;
	void *handle;

	ck_assert_int_eq(dl_load(&lib, &err), 0);
	ck_assert(fn != NULL);
	ck_assert_double_eq_tol(fn(2.5), 2.0, 0.001);
	handle = lib.handle;
	ck_assert_ptr_nonnull(handle);
	ck_assert_int_eq(dl_load(&lib, &err), 0);
	ck_assert_ptr_eq(lib.handle, handle);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

START_TEST(missing_library)
{
	struct dl_library lib = {.soname = "libonggi-absent.so.9", .package = "libonggi9"};
	struct err err = ERR_INIT;

	ck_assert_int_eq(dl_load(&lib, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "libonggi-absent.so.9"));
	ck_assert_str_eq(err.hint, "apt install libonggi9 (onggi doctor libonggi-absent)");
	ck_assert_ptr_null(lib.handle);
}
END_TEST

START_TEST(missing_symbol_uses_no_slot)
{
	double (*first)(double) = NULL;
	double (*second)(double) = NULL;
	const struct dl_symbol symbols[] = {{"floor", &first}, {"onggi_absent", &second}};
	struct dl_library lib = {.soname = "libm.so.6",
				 .package = "libc6",
				 .symbols = symbols,
				 .n_symbols = 2};
	struct err err = ERR_INIT;

	ck_assert_int_eq(dl_load(&lib, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "onggi_absent"));
	ck_assert(first == NULL);
	ck_assert_ptr_null(lib.handle);
}
END_TEST

Suite *suite_dl(void)
{
	Suite *s = suite_create("dl");
	TCase *t = tcase_create("dl");

	tcase_add_test(t, loads_once);
	tcase_add_test(t, missing_library);
	tcase_add_test(t, missing_symbol_uses_no_slot);
	suite_add_tcase(s, t);
	return s;
}
