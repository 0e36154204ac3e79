/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "os/fd.h"
#include "store/images_private.h"
#include "suites.h"

static struct reference name_of(const char *text)
{
	struct reference ref;
	struct err err = ERR_INIT;

	ck_ok(reference_parse(text, &ref, &err), &err);
	return ref;
}

static void tag(struct store *s, const char *source, const char *name)
{
	struct reference ref = name_of(name);
	struct err err = ERR_INIT;

	ck_ok(store_image_tag(s, source, &ref, &err), &err);
}

static void untag(struct store *s, const char *image, const char *name)
{
	struct reference ref = name ? name_of(name) : (struct reference){.tag = ""};
	struct err err = ERR_INIT;

	ck_ok(store_image_untag(s, image, &ref, name ? 1 : 0, &err), &err);
}

/* The names in the index in order, "-" for an entry without one. */
static const char *names(struct store *s)
{
	static char text[1000];
	_cleanup_(image_index) struct image_index index = {0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	ck_ok(store_index_read(s, &index, &err), &err);
	for (size_t i = 0; i < index.n_manifests; i++) {
		const char *name = store_entry_name(&index.manifests[i]);
		char familiar[REFERENCE_STR_MAX];
		struct reference ref;

		if (name && reference_parse(name, &ref, NULL) == 0)
			name = reference_familiar(&ref, true, familiar);
		buf_addf(&out, "%s%s", i ? " " : "", name ? name : "-");
	}
	snprintf(text, sizeof(text), "%s", buf_str(&out));
	return text;
}

static void is(struct store *s, const char *name, const struct digest *id)
{
	_cleanup_(store_image) struct store_image img = {0};
	struct err err = ERR_INIT;

	ck_ok(store_image_find(s, name, &img, &err), &err);
	ck_assert_str_eq(img.id.hex, id->hex);
}

/* What the reflog of a name says, without times and digests: the words at the ends of lines. */
static const char *reflog(struct store *s, const char *name)
{
	static char text[200];
	_cleanup_(buf) struct buf log = BUF_INIT;
	char path[300];
	size_t n = 0;

	snprintf(path, sizeof(path), "reflog/docker.io/library/%s", name);
	(void)file_read_all(s->images_fd, path, 10000, &log, NULL);
	for (char *line = log.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				      strrchr(line, ' ') + 1);
	}
	text[n] = '\0';
	return text;
}

START_TEST(tag_adds_moves_and_keeps)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct digest a, b;

	test_store(&s);
	test_image(&s, "one", "a", &a);
	test_image(&s, "two", "b", &b);
	tag(&s, "a", "c:1");
	ck_assert_str_eq(names(&s), "a:latest b:latest c:1");
	is(&s, "c:1", &a);
	/* It moves from an image with other names ... */
	tag(&s, "b", "c:1");
	ck_assert_str_eq(names(&s), "a:latest b:latest c:1");
	is(&s, "c:1", &b);
	/* ... and from one of which it is the last. */
	tag(&s, "b", "a");
	ck_assert_str_eq(names(&s), "- b:latest c:1 a:latest");
	is(&s, "a", &b);
	is(&s, a.hex, &a);
	/* The same again changes nothing, not even the reflog. */
	tag(&s, "b", "a");
	ck_assert_str_eq(reflog(&s, "a:latest"), "name tag");
	ck_assert_str_eq(reflog(&s, "c:1"), "tag tag");
}
END_TEST

START_TEST(tag_by_id_gives_the_first_name)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct digest id;

	test_store(&s);
	test_image(&s, "one", NULL, &id);
	tag(&s, id.hex, "a");
	ck_assert_str_eq(names(&s), "a:latest");
	id.hex[12] = '\0';
	tag(&s, id.hex, "b");
	ck_assert_str_eq(names(&s), "a:latest b:latest");
}
END_TEST

START_TEST(tag_refuses)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	struct digest id;
	struct reference ref = name_of("a:1");

	test_store(&s);
	ck_assert_int_lt(store_image_tag(&s, "nothing", &ref, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	/* A store that does not exist is not made by asking. */
	ck_assert(!test_exists(s.data_fd, "images"));
	test_image(&s, "one", "app", &id);
	ck_assert_int_lt(store_image_tag(&s, "ap", &ref, &err), 0);
	ck_assert_str_eq(err.text, "no such image: ap");
	ck_assert_ptr_nonnull(strstr(err.hint, "'app'"));
	ref.digest = id;
	ck_assert_int_lt(store_image_tag(&s, "app", &ref, &err), 0);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "'a:1@sha256:"));
	ck_assert_ptr_nonnull(strstr(err.text, "expected NAME[:TAG]"));
	ck_assert_str_eq(names(&s), "app:latest");
}
END_TEST

START_TEST(an_entry_of_another_tool_stays_one)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(image_index) struct image_index index = {0};
	struct err err = ERR_INIT;
	struct descriptor *d;

	test_store(&s);
	test_image(&s, "one", "app", NULL);
	ck_ok(store_index_read(&s, &index, &err), &err);
	d = &index.manifests[0];
	d->n_annotations = 0;
	descriptor_annotate(&index.arena, d, ANNOTATION_REF_NAME, "app");
	descriptor_annotate(&index.arena, d, "io.containerd.image.name", "docker.io/x/app:1");
	ck_ok(store_index_write(&s, &index, &err), &err);
	tag(&s, "app", "b");
	image_index_done(&index);
	ck_ok(store_index_read(&s, &index, &err), &err);
	ck_assert_uint_eq(index.n_manifests, 2);
	ck_assert_uint_eq(index.manifests[1].n_annotations, 1);
	ck_assert_str_eq(store_entry_name(&index.manifests[1]), "docker.io/library/b:latest");
}
END_TEST

START_TEST(untag_one_and_all)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct digest a;

	test_store(&s);
	test_image(&s, "one", "a", &a);
	test_image(&s, "two", "other", NULL);
	tag(&s, "a", "b");
	tag(&s, "a", "c");
	untag(&s, "a", "b");
	ck_assert_str_eq(names(&s), "a:latest other:latest c:latest");
	untag(&s, "c", NULL);
	ck_assert_str_eq(names(&s), "- other:latest");
	is(&s, a.hex, &a);
	ck_assert_str_eq(reflog(&s, "c:latest"), "tag untag");
	ck_assert_str_eq(reflog(&s, "a:latest"), "name untag");
	/* Nothing is left to take. */
	untag(&s, a.hex, NULL);
	ck_assert_str_eq(names(&s), "- other:latest");
}
END_TEST

START_TEST(untag_refuses)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	struct reference refs[2];
	struct digest id;

	test_store(&s);
	test_image(&s, "one", "a", NULL);
	tag(&s, "a", "b:2");
	test_image(&s, "two", "other", NULL);
	/* All or nothing. */
	refs[0] = name_of("a");
	refs[1] = name_of("other");
	ck_assert_int_lt(store_image_untag(&s, "a", refs, 2, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "image 'a' has no name 'other:latest'");
	ck_assert_str_eq(err.hint, "its names: a:latest, b:2");
	ck_assert_str_eq(names(&s), "a:latest b:2 other:latest");
	ck_assert_int_lt(store_image_untag(&s, "nothing", NULL, 0, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	test_image(&s, "three", NULL, &id);
	ck_assert_int_lt(store_image_untag(&s, id.hex, refs, 1, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.hint, "onggi rmi"));
}
END_TEST

Suite *suite_images_tag(void)
{
	Suite *s = suite_create("store/images_tag");
	TCase *tc = tcase_create("images_tag");

	tcase_add_test(tc, tag_adds_moves_and_keeps);
	tcase_add_test(tc, tag_by_id_gives_the_first_name);
	tcase_add_test(tc, tag_refuses);
	tcase_add_test(tc, an_entry_of_another_tool_stays_one);
	tcase_add_test(tc, untag_one_and_all);
	tcase_add_test(tc, untag_refuses);
	suite_add_tcase(s, tc);
	return s;
}
