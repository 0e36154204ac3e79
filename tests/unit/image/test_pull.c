/* SPDX-License-Identifier: Apache-2.0 */
/* What the store decides; talking to a registry is tests/e2e/pull.bats's. */
#include <string.h>
#include <unistd.h>

#include "suites.h"

/* Nobody listens there: whoever asks it fails at once. */
#define NOBODY "127.0.0.1:9/nobody"

static const struct registry_options once = {.retries = 0};

static void load_as(struct store *s, const char *name)
{
	static const struct test_entry entries[] = {{TAR_FILE, "file", "text", 0, NULL}};
	struct image_loaded loaded = {.names = NULL};
	_cleanup_(buf) struct buf layer = BUF_INIT;
	_cleanup_(buf) struct buf archive = BUF_INIT;
	struct image_load_request req = {.input = NULL};
	struct err err = ERR_INIT;

	test_tar(entries, ROWS(entries), &layer);
	test_docker_stack(name, &layer, 1, &archive);
	req.input = test_file(&archive, "image.tar");
	ck_ok(image_load(s, &req, &loaded, &err), &err);
	image_loaded_done(&loaded);
}

static int pull(struct store *s, const char *name, enum image_pull_policy policy,
		const char *platform, struct image_pulled *ret, struct err *err)
{
	struct reference ref;
	struct platform p;
	const struct image_pull_request req = {.name = &ref,
					       .policy = policy,
					       .platform = platform ? &p : NULL,
					       .registry = &once};

	ck_ok(reference_parse(name, &ref, err), err);
	if (platform)
		ck_ok(platform_parse(platform, &p, err), err);
	return image_pull(s, &req, ret, err);
}

static const struct {
	const char *word;
	enum image_pull_policy policy;
} words[] = {
	{"always", IMAGE_PULL_ALWAYS}, {"missing", IMAGE_PULL_MISSING}, {"newer", IMAGE_PULL_NEWER},
	{"never", IMAGE_PULL_NEVER},   {NULL, IMAGE_PULL_NEWER},	{"other", IMAGE_PULL_NEWER},
};

START_TEST(policies_by_their_words)
{
	ck_assert_int_eq((int)image_pull_policy_of(words[_i].word, IMAGE_PULL_NEWER),
			 (int)words[_i].policy);
}
END_TEST

static const struct {
	enum image_pull_policy policy;
	const char *platform;
	bool ok;
} present[] = {
	{IMAGE_PULL_MISSING, NULL, true},
	{IMAGE_PULL_NEVER, NULL, true},
	/* The registry can't be asked, and what is there will do. */
	{IMAGE_PULL_NEWER, NULL, true},
	{IMAGE_PULL_ALWAYS, NULL, false},
	/* What is there is for another machine. */
	{IMAGE_PULL_MISSING, "linux/s390x", false},
	{IMAGE_PULL_NEVER, "linux/s390x", false},
	{IMAGE_PULL_NEWER, "linux/s390x", false},
};

START_TEST(an_image_that_is_there)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(store_image) struct store_image img = {.id = {.hex = ""}};
	struct image_pulled pulled = {.fresh = true};
	struct err err = ERR_INIT;
	int r;

	test_store(&s);
	load_as(&s, NOBODY);
	ck_ok(store_image_find(&s, NOBODY, &img, &err), &err);
	r = pull(&s, NOBODY, present[_i].policy, present[_i].platform, &pulled, &err);
	ck_assert_msg((r == 0) == present[_i].ok, "%s", err.text);
	if (r < 0) {
		ck_assert(pulled.fresh);
		return;
	}
	ck_assert(!pulled.fresh);
	ck_assert(digest_eq(&pulled.id, &img.id));
	ck_assert(digest_eq(&pulled.manifest, &img.descriptor.digest));
	ck_assert(digest_eq(&pulled.index, &img.descriptor.digest));
}
END_TEST

START_TEST(an_image_that_is_not_there)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct image_pulled pulled;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_assert_int_eq(pull(&s, NOBODY, IMAGE_PULL_NEVER, NULL, &pulled, &err), -1);
	ck_assert_int_eq((int)err.kind, (int)ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "no such image: " NOBODY ":latest");
	err_clear(&err);
	ck_assert_int_eq(pull(&s, NOBODY, IMAGE_PULL_NEVER, "linux/arm64", &pulled, &err), -1);
	ck_assert_str_eq(err.text, "no such image: " NOBODY ":latest for linux/arm64");
	err_clear(&err);
	ck_assert_int_eq(pull(&s, NOBODY, IMAGE_PULL_MISSING, NULL, &pulled, &err), -1);
	ck_assert(err.kind == ERR_NETWORK || err.kind == ERR_UNSUPPORTED);
}
END_TEST

/* Its name leads to no registry, whatever the policy says. */
START_TEST(the_embedded_image)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct image_pulled pulled;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_assert_int_eq(pull(&s, "onggi/hello", IMAGE_PULL_NEVER, NULL, &pulled, &err), -1);
	err_clear(&err);
	ck_ok(pull(&s, "onggi/hello", IMAGE_PULL_ALWAYS, NULL, &pulled, &err), &err);
	ck_assert(pulled.fresh);
	ck_ok(pull(&s, "onggi/hello", IMAGE_PULL_ALWAYS, NULL, &pulled, &err), &err);
	ck_assert(!pulled.fresh);
}
END_TEST

START_TEST(cancelled)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct reference ref;
	atomic_bool cancel = true;
	const struct registry_options options = {.retries = 3, .cancel = &cancel};
	const struct image_pull_request req = {.name = &ref,
					       .policy = IMAGE_PULL_ALWAYS,
					       .registry = &options};
	struct image_pulled pulled;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(reference_parse(NOBODY, &ref, &err), &err);
	ck_assert_int_eq(image_pull(&s, &req, &pulled, &err), -1);
	ck_assert_int_eq((int)err.kind, (int)ERR_CANCELLED);
	ck_assert_str_eq(err.text, "pulling '" NOBODY ":latest' was interrupted");
}
END_TEST

Suite *suite_pull(void)
{
	Suite *s = suite_create("image/pull");
	TCase *c = tcase_create("pull");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, policies_by_their_words, 0, ROWS(words));
	tcase_add_loop_test(c, an_image_that_is_there, 0, ROWS(present));
	tcase_add_test(c, an_image_that_is_not_there);
	tcase_add_test(c, the_embedded_image);
	tcase_add_test(c, cancelled);
	suite_add_tcase(s, c);
	return s;
}
