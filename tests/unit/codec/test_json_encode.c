/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json_shape.h"
#include "suites.h"

static void encode(const struct shape *s, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	json_encode(&shape_table, s, &w);
}

/* Decoding what was encoded, and encoding that, gives the same text. */
START_TEST(round_trip)
{
	static const char *const texts[] = {
		"{\"embedded\":{\"hard\":0},\"kept\":0}",
		"{\"s\":\"\xc3\xa9\\\"\\\\\\n\",\"b\":true,\"i32\":-2147483648,\"u32\":1,\"i64\":-"
		"1,"
		"\"u64\":18446744073709551615,\"ob\":false,\"oi64\":0,\"ou64\":0,\"ou32\":0,"
		"\"v\":[\"a\",\"\"],\"pairs\":{\"k\":\"v\",\"e\":\"\"},\"keys\":{\"80/tcp\":{},"
		"\"53/udp\":{}},\"ids\":[0,4294967295],\"embedded\":{\"name\":\"n\",\"hard\":0},"
		"\"pointer\":{\"hard\":0},\"list\":[{\"hard\":1},{\"name\":\"z\",\"hard\":2}],"
		"\"custom\":\"x-y\",\"kept\":3}"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(arena) struct arena a = ARENA_INIT;
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct shape s = {0};

		ck_assert_int_eq(json_decode_text(&shape_table, texts[i], strlen(texts[i]), "doc",
						  &s, &a, NULL),
				 0);
		encode(&s, &out);
		ck_assert_str_eq(buf_str(&out), texts[i]);
	}
}
END_TEST

START_TEST(leaves_out_what_is_empty)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	char *none[] = {NULL};
	char nothing[] = "";
	struct shape s = {.s = nothing, .v = none};

	encode(&s, &out);
	ck_assert_str_eq(buf_str(&out), "{\"embedded\":{\"hard\":0},\"kept\":0}");
}
END_TEST

Suite *suite_json_encode(void)
{
	Suite *s = suite_create("json_encode");
	TCase *t = tcase_create("json_encode");

	tcase_add_test(t, round_trip);
	tcase_add_test(t, leaves_out_what_is_empty);
	suite_add_tcase(s, t);
	return s;
}
