/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/digest.h"
#include "suites.h"

/* FIPS 180-4's examples. */
static const struct {
	enum hash_algorithm alg;
	const char *text, *hex;
} vectors[] = {
	{HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{HASH_SHA512, "abc",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

START_TEST(known_answers)
{
	char hex[HASH_MAX_SIZE * 2 + 1];

	ck_assert_int_eq(hash_bytes_hex(vectors[_i].alg, vectors[_i].text, strlen(vectors[_i].text),
					hex, NULL),
			 0);
	ck_assert_str_eq(hex, vectors[_i].hex);
}
END_TEST

START_TEST(pieces_make_the_whole)
{
	_cleanup_(hash) struct hash *h = NULL;
	char hex[HASH_MAX_SIZE * 2 + 1], block[1000];

	/* A million times "a". */
	memset(block, 'a', sizeof(block));
	ck_assert_int_eq(hash_new(HASH_SHA256, &h, NULL), 0);
	for (int i = 0; i < 999; i++)
		hash_update(h, block, sizeof(block));
	for (int i = 0; i < 1000; i++)
		hash_update(h, block, 1);
	hash_final_hex(h, hex);
	ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	hash_free(NULL);
}
END_TEST

Suite *suite_digest_crypto(void)
{
	Suite *s = suite_create("digest_crypto");
	TCase *t = tcase_create("digest_crypto");

	tcase_add_loop_test(t, known_answers, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_test(t, pieces_make_the_whole);
	suite_add_tcase(s, t);
	return s;
}
