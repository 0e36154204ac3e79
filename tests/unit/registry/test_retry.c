/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "server.h"
#include "suites.h"

#define SECOND ((int64_t)1000000000)

START_TEST(pauses_grow)
{
	/* Without a random part; the 40th would overflow where it were doubled. */
	ck_assert_int_eq(retry_pause(SECOND, 0, 0), SECOND);
	ck_assert_int_eq(retry_pause(SECOND, 1, 0), 2 * SECOND);
	ck_assert_int_eq(retry_pause(SECOND, 4, 0), 16 * SECOND);
	ck_assert_int_eq(retry_pause(SECOND, 5, 0), RETRY_DELAY_MAX);
	ck_assert_int_eq(retry_pause(SECOND, 4000000000, 0), RETRY_DELAY_MAX);
	ck_assert_int_eq(retry_pause(INT64_MAX, 3, 0), RETRY_DELAY_MAX);
	for (uint32_t random = 0; random < 3000; random += 7) {
		int64_t pause = retry_pause(SECOND, 2, random);

		ck_assert_int_gt(pause, 2 * SECOND);
		ck_assert_int_le(pause, 4 * SECOND);
	}
}
END_TEST

START_TEST(progress)
{
	struct registry_retry t = {.idle = 3, .pauses = 4};

	retry_progress(&t, 0);
	ck_assert_uint_eq(t.idle, 3);
	retry_progress(&t, 1);
	ck_assert_uint_eq(t.idle, 0);
	ck_assert_uint_eq(t.pauses, 4);
	ck_assert(!t.good);
	retry_progress(&t, RETRY_GOOD_BYTES);
	ck_assert_uint_eq(t.pauses, 0);
	ck_assert(t.good);
}
END_TEST

START_TEST(faults)
{
	struct registry r = {.domain = ""};

	ck_assert(!registry_judge(&r, HTTP_FAULT_UNREACHABLE).passing);
	ck_assert(!registry_judge(&r, HTTP_FAULT_TLS).passing);
	ck_assert(registry_judge(&r, HTTP_FAULT_TIMEOUT).passing);
	ck_assert(registry_judge(&r, HTTP_FAULT_CUT).passing);
	ck_assert(!registry_judge(&r, HTTP_FAULT_UNTRUSTED).passing);
	ck_assert(!registry_judge(&r, HTTP_FAULT_REFUSED).passing);
	ck_assert(!registry_judge(&r, HTTP_FAULT_CANCELLED).passing);
	atomic_store(&r.answered, true);
	ck_assert(registry_judge(&r, HTTP_FAULT_UNREACHABLE).passing);
	ck_assert(registry_judge(&r, HTTP_FAULT_TLS).passing);
	ck_assert(!registry_judge(&r, HTTP_FAULT_UNTRUSTED).passing);
}
END_TEST

Suite *suite_retry(void)
{
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("retry");

	tcase_add_test(t, pauses_grow);
	tcase_add_test(t, progress);
	tcase_add_test(t, faults);
	suite_add_tcase(s, t);
	return s;
}
