/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strv.h"
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
	ck_assert_int_eq(store_layer_open(&s, &d, NULL, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	umask(077);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_assert_int_eq(fstat(st.fd, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0755);
	test_write(st.fd, "file", "x");
	ck_assert(!store_layer_exists(&s, &d, NULL));
	ck_ok(store_layer_commit(&st, &d, NULL, &err), &err);
	ck_assert_int_eq(st.fd, -1);
	ck_assert(store_layer_exists(&s, &d, NULL));
	ck_ok(store_layer_open(&s, &d, NULL, &fd, &err), &err);
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
	ck_ok(store_layer_commit(&a, &d, NULL, &err), &err);
	ck_ok(store_layer_commit(&b, &d, NULL, &err), &err);
	ck_ok(store_layer_open(&s, &d, NULL, &fd, &err), &err);
	ck_assert(test_exists(fd, "first"));
	ck_assert(!test_exists(fd, "second"));
	close(fd);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
}
END_TEST

START_TEST(an_aborted_one_leaves_nothing)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	test_write(st.fd, "file", "x");
	store_layer_abort(&st);
	store_layer_abort(&st);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 0);
}
END_TEST

/* A tree that depends on what is below it is found in that stack only. */
START_TEST(a_tree_of_one_stack)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct digest d, chain, other;

	test_store(&s);
	digest_for("x", &d);
	digest_for("chain", &chain);
	digest_for("other", &other);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, &chain, &err), &err);
	ck_assert(store_layer_exists(&s, &d, &chain));
	ck_assert(!store_layer_exists(&s, &d, &other));
	ck_assert(!store_layer_exists(&s, &d, NULL));
	/* A shared one serves every stack. */
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, NULL, &err), &err);
	ck_assert(store_layer_exists(&s, &d, &other));
}
END_TEST

static bool is_condemned(void *arg, const char *name)
{
	const char *spared = arg;

	return strcmp(name, spared) != 0;
}

START_TEST(retiring_takes_layers_only)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_strv_ char **names = NULL;
	struct store view = STORE_INIT;
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	struct err err = ERR_INIT;
	struct id_maps maps = ID_MAPS_INIT;
	struct digest d, kept;

	test_store(&s);
	digest_for("x", &d);
	digest_for("kept", &kept);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, &kept, &err), &err);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &kept, NULL, &err), &err);
	ck_assert_int_eq(mkdirat(s.layers_fd, "something else", 0700), 0);
	ck_ok(store_view(&s, "keep-1-1", &maps, &view, &err), &err);
	ck_ok(store_layer_begin(&view, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, NULL, &err), &err);
	ck_ok(store_layers_retire(&s, is_condemned, kept.hex, &names, &err), &err);
	ck_assert_uint_eq(strv_len(names), 2);
	ck_assert(!store_layer_exists(&s, &d, &kept));
	ck_assert(!store_layer_exists(&view, &d, NULL));
	ck_assert(store_layer_exists(&s, &kept, NULL));
	ck_assert(test_exists(s.layers_fd, "something else"));
	strv_foreach (name, names)
		ck_assert(test_exists(s.layers_fd, *name));
	store_view_done(&view);
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
	ck_ok(store_layer_commit(&st, &d, NULL, &err), &err);
	ck_assert(store_layer_exists(&s, &d, NULL));
	/* Beside the others, in a view too. */
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 1);
	ck_ok(store_layer_begin(&s, &st, &err), &err);
	ck_ok(store_layer_commit(&st, &d, &d, &err), &err);
	ck_assert_int_eq(test_entries(s.layers_fd, "."), 2);
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
	tcase_add_test(c, an_aborted_one_leaves_nothing);
	tcase_add_test(c, a_tree_of_one_stack);
	tcase_add_test(c, retiring_takes_layers_only);
	tcase_add_test(c, sha512_layers);
	tcase_add_test(c, run_mapped);
	suite_add_tcase(s, c);
	return s;
}
