/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "image/pull_input.h"
#include "suites.h"

static struct store s;
static struct registry *registry;
static struct registry_manifest top;
static struct image_input *input;
static atomic_bool cancel;

/* Nobody listens there: what is not at hand can't be had. */
static void setup(void)
{
	const struct registry_options options = {.retries = 0};
	struct reference ref;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(reference_parse("127.0.0.1:9/nobody", &ref, &err), &err);
	ck_ok(registry_open(&ref, &options, &registry, &err), &err);
	top = (struct registry_manifest){.text = BUF_INIT};
	buf_adds(&top.text, "the top");
	ck_ok(digest_of("the top", 7, &top.digest, &err), &err);
	cancel = false;
	input = pull_input_new(&s, registry, &top, "nobody", &cancel);
}

static void teardown(void)
{
	image_input_free(input);
	registry_manifest_done(&top);
	registry_free(registry);
	store_done(&s);
}

static struct descriptor described(const char *type, const char *text)
{
	struct descriptor d = {.media_type = (char *)(uintptr_t)type, .size = strlen(text)};
	struct err err = ERR_INIT;

	ck_ok(digest_of(text, strlen(text), &d.digest, &err), &err);
	return d;
}

static void expect(const struct descriptor *d, const char *text)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_ok(image_input_read_content(input, d, 1000, &out, &err), &err);
	ck_assert_str_eq(buf_str(&out), text);
}

static void refuse(const struct descriptor *d, enum err_kind kind)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(image_input_read_content(input, d, 1000, &out, &err), -1);
	ck_assert_msg(err.kind == kind, "%s", err.text);
}

START_TEST(the_document_at_hand)
{
	struct descriptor d = described(MEDIA_OCI_MANIFEST, "the top");

	expect(&d, "the top");
	expect(&d, "the top");
}
END_TEST

START_TEST(documents_of_the_store)
{
	struct descriptor d = described(MEDIA_OCI_CONFIG, "a config");
	struct digest other;
	struct err err = ERR_INIT;

	refuse(&d, ERR_NETWORK);
	ck_ok(store_blob_put(&s, "a config", 8, &other, &err), &err);
	expect(&d, "a config");
	/* Another size means another document, whatever the digest. */
	d.size++;
	refuse(&d, ERR_NETWORK);
}
END_TEST

/* A damaged one is fetched anew. */
START_TEST(damaged_documents_of_the_store)
{
	struct descriptor d = described(MEDIA_OCI_CONFIG, "a config");
	struct err err = ERR_INIT;

	ck_ok(store_blob_put_as(&s, "A CONFIG", 8, &d.digest, &err), &err);
	refuse(&d, ERR_NETWORK);
}
END_TEST

START_TEST(layers_of_the_store)
{
	struct descriptor d = described(MEDIA_OCI_LAYER_GZIP, "a layer");
	struct image_input_blob b = {.size = 0};
	struct digest other;
	char text[16];
	struct err err = ERR_INIT;

	ck_ok(store_blob_put(&s, "a layer", 7, &other, &err), &err);
	ck_ok(image_input_content(input, &d, &b, &err), &err);
	ck_assert(b.stored);
	ck_assert_ptr_null(b.spooled);
	ck_assert_uint_eq(b.size, 7);
	ck_assert_int_eq((int)source_read(b.source, text, 1, &err), 1);
	cancel = true;
	ck_assert_int_eq((int)source_read(b.source, text, 1, &err), -1);
	ck_assert_int_eq((int)err.kind, (int)ERR_CANCELLED);
	source_free(b.source);
}
END_TEST

/* Its bytes are somewhere else, unless the store has them. */
START_TEST(foreign_layers)
{
	struct descriptor d =
		described("application/vnd.oci.image.layer.nondistributable.v1.tar", "a layer");
	struct digest other;
	struct err err = ERR_INIT;

	refuse(&d, ERR_UNSUPPORTED);
	ck_ok(store_blob_put(&s, "a layer", 7, &other, &err), &err);
	expect(&d, "a layer");
}
END_TEST

START_TEST(names_lead_nowhere)
{
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_assert(!image_input_has(input, "index.json"));
	ck_assert_int_eq(image_input_read(input, "index.json", 1000, &out, &err), -1);
	ck_assert_int_eq((int)err.kind, (int)ERR_NOT_FOUND);
	ck_assert_str_eq(image_input_label(input), "nobody");
	ck_assert_ptr_null(image_input_stem(input));
}
END_TEST

Suite *suite_pull_input(void)
{
	Suite *suite = suite_create("image/pull_input");
	TCase *c = tcase_create("pull_input");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_document_at_hand);
	tcase_add_test(c, documents_of_the_store);
	tcase_add_test(c, damaged_documents_of_the_store);
	tcase_add_test(c, layers_of_the_store);
	tcase_add_test(c, foreign_layers);
	tcase_add_test(c, names_lead_nowhere);
	suite_add_tcase(suite, c);
	return suite;
}
