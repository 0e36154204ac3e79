/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/channel.h"
#include "store/layers.h"
#include "store/layers_private.h"
#include "suites.h"

static void digest_for(const char *text, struct digest *ret)
{
	struct err err = ERR_INIT;

	ck_ok(digest_of(text, strlen(text), ret, &err), &err);
}

START_TEST(a_layer_appears_whole)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct digest d;
	struct stat sb;
	int fd;

	test_store(&s);
	digest_for("x", &d);
	ck_assert_int_eq(store_layer_open(&s, &d, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	umask(077);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_assert_int_eq(fstat(st.fd, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0755);
	test_write(st.fd, "file", "x");
	ck_assert(!store_layer_exists(&s, &d));
	ck_ok(store_layer_commit(&st, &d, &err), &err);
	ck_assert_int_eq(st.fd, -1);
	ck_assert(store_layer_exists(&s, &d));
	ck_ok(store_layer_open(&s, &d, &fd, &err), &err);
	ck_assert(test_exists(fd, "file"));
	close(fd);
}
END_TEST

START_TEST(the_first_one_wins)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage a = STORE_LAYER_STAGE_INIT, b = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct digest d;
	int fd;

	test_store(&s);
	digest_for("x", &d);
	ck_ok(store_layer_begin(&s, &a, &err), &err);
	ck_ok(store_layer_begin(&s, &b, &err), &err);
	test_write(a.fd, "first", "x");
	test_write(b.fd, "second", "x");
	ck_ok(store_layer_commit(&a, &d, &err), &err);
	ck_ok(store_layer_commit(&b, &d, &err), &err);
	ck_ok(store_layer_open(&s, &d, &fd, &err), &err);
	ck_assert(test_exists(fd, "first"));
	ck_assert(!test_exists(fd, "second"));
	close(fd);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
}
END_TEST

START_TEST(abort_and_remove)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct digest d;

	test_store(&s);
	digest_for("x", &d);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	test_write(st.fd, "file", "x");
	store_layer_abort(&st);
	store_layer_abort(&st);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 0);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, &err), &err);
	ck_ok(store_layer_remove(&s, &d, &err), &err);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 0);
	ck_assert_int_eq(store_layer_remove(&s, &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(sha512_layers)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct digest d = {.alg = HASH_SHA512};

	test_store(&s);
	ck_ok(hash_bytes_hex(HASH_SHA512, "x", 1, d.hex, &err), &err);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, &err), &err);
	ck_assert(store_layer_exists(&s, &d));
	ck_ok(store_layer_remove(&s, &d, &err), &err);
}
END_TEST

static int say(void *arg, int channel, struct err *err)
{
	int *ran = arg;

	/* In this process there is no channel, and memory is shared. */
	if (channel < 0) {
		*ran = 1;
		return 0;
	}
	return channel_send(channel, CHANNEL_DATA, "x", 1, err);
}

static void heard(void *arg, const void *data, size_t len)
{
	*(int *)arg = len == 1 && *(const char *)data == 'x';
}

static int refuse(void *arg, int channel, struct err *err)
{
	(void)arg;
	(void)channel;
	return err_set(err, ERR_LIMIT, "on purpose");
}

START_TEST(run_mapped)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	int ran = 0;

	test_store(&s);
	ck_ok(store_run_mapped(&s, say, &ran, heard, &ran, &err), &err);
	ck_assert_int_eq(ran, 1);
	ck_assert_int_eq(store_run_mapped(&s, refuse, NULL, NULL, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text, "on purpose");
}
END_TEST

Suite *suite_layers(void)
{
	Suite *s = suite_create("store/layers");
	TCase *c = tcase_create("layers");

	tcase_add_test(c, a_layer_appears_whole);
	tcase_add_test(c, the_first_one_wins);
	tcase_add_test(c, abort_and_remove);
	tcase_add_test(c, sha512_layers);
	tcase_add_test(c, run_mapped);
	suite_add_tcase(s, c);
	return s;
}
