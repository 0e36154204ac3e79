/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/strv.h"
#include "image/parents.h"
#include "../skip.h"
#include "suites.h"

#define LAYERS 3

/* Three layers unpacked side by side: the second only implies "d" and "e", the third "d" and
 * "gone". */
START_TEST(implied_directories_look_like_those_below)
{
	static const struct test_entry first[] = {{TAR_DIR, ".", NULL, 0711, NULL},
						  {TAR_DIR, "d", NULL, 01777, NULL},
						  {TAR_DIR, "e", NULL, 0700, NULL},
						  {TAR_DIR, "gone", NULL, 0700, NULL}};
	static const struct test_entry second[] = {{TAR_FILE, "d/x", "x", 0, NULL},
						   {TAR_FILE, "e/x", "x", 0, NULL},
						   {TAR_FILE, ".wh.gone", "", 0, NULL}};
	static const struct test_entry third[] = {{TAR_FILE, "d/y", "y", 0, NULL},
						  {TAR_FILE, "gone/y", "y", 0, NULL}};
	static const struct {
		const struct test_entry *entries;
		size_t n;
	} rows[LAYERS] = {{first, 4}, {second, 3}, {third, 2}};
	_cleanup_(store) struct store s = STORE_INIT;
	struct layer_job jobs[LAYERS];
	struct parents_layer stack[LAYERS];
	struct buf tars[LAYERS] = {{0}};
	struct err err = ERR_INIT;
	struct stat st;

	test_store(&s);
	for (int i = 0; i < LAYERS; i++) {
		test_tar(rows[i].entries, rows[i].n, &tars[i]);
		jobs[i] = (struct layer_job)LAYER_JOB_INIT;
		jobs[i].label = "layer";
		jobs[i].in = source_from_mem(tars[i].data, tars[i].len);
		jobs[i].blob_mode = LAYER_BLOB_COPY;
		stack[i] = (struct parents_layer){.diff_id = &jobs[i].diff_id,
						  .chain = &jobs[i].chain,
						  .job = &jobs[i]};
	}
	ck_ok(layer_jobs_run(&s, jobs, LAYERS, NULL, &err), &err);
	ck_ok(parents_settle(&s, stack, LAYERS, &err), &err);
	for (int i = 1; i < LAYERS; i++) {
		ck_assert(test_stat(jobs[i].stage.fd, "d", &st));
		ck_assert_uint_eq(st.st_mode & 07777, 01777);
		ck_assert_int_eq(st.st_mtim.tv_sec, 1000000000);
	}
	ck_assert(test_stat(jobs[1].stage.fd, "e", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	/* A whiteout between them: this is another directory. */
	ck_assert(test_stat(jobs[2].stage.fd, "gone", &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	for (int i = 0; i < LAYERS; i++) {
		layer_job_done(&jobs[i]);
		buf_done(&tars[i]);
	}
}
END_TEST

/* What was unpacked with more ids than are mapped today must not stop anybody. */
START_TEST(an_owner_that_is_not_mapped)
{
	static const struct test_entry lower[] = {{TAR_DIR, "d", NULL, 02755, NULL}};
	static const struct test_entry upper[] = {{TAR_FILE, "d/x", "x", 0, NULL}};
	const struct test_entry *const rows[] = {lower, upper};
	_cleanup_(store) struct store s = STORE_INIT;
	struct layer_job jobs[2];
	struct parents_layer stack[2];
	struct buf tars[2] = {{0}};
	struct err err = ERR_INIT;
	struct stat st;

	if (!test_is_root())
		SKIP("needs root");
	test_store(&s);
	for (int i = 0; i < 2; i++) {
		test_tar(rows[i], 1, &tars[i]);
		jobs[i] = (struct layer_job)LAYER_JOB_INIT;
		jobs[i].label = "layer";
		jobs[i].in = source_from_mem(tars[i].data, tars[i].len);
		jobs[i].blob_mode = LAYER_BLOB_COPY;
		stack[i] = (struct parents_layer){.diff_id = &jobs[i].diff_id,
						  .chain = &jobs[i].chain,
						  .job = &jobs[i]};
	}
	ck_ok(layer_jobs_run(&s, jobs, 2, NULL, &err), &err);
	ck_assert_int_eq(fchownat(jobs[0].stage.fd, "d", 70000, 70000, 0), 0);
	ck_assert_int_eq(fchmodat(jobs[0].stage.fd, "d", 02755, 0), 0);
	if (test_single_id()) {
		ck_ok(parents_settle(&s, stack, 2, &err), &err);
		ck_assert_uint_eq(jobs[1].notes, UNPACK_NOTE_OWNER);
		ck_assert(test_stat(jobs[1].stage.fd, "d", &st));
		ck_assert_uint_eq(st.st_mode & 07777, 0755);
	}
	for (int i = 0; i < 2; i++) {
		layer_job_done(&jobs[i]);
		buf_done(&tars[i]);
	}
}
END_TEST

Suite *suite_parents(void)
{
	Suite *s = suite_create("image/parents");
	TCase *c = tcase_create("parents");

	tcase_add_test(c, implied_directories_look_like_those_below);
	tcase_add_test(c, an_owner_that_is_not_mapped);
	suite_add_tcase(s, c);
	return s;
}
