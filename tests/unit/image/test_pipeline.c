/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "image/pipeline.h"
#include "suites.h"

#define BIG ((size_t)5 << 20)

static void compress(const struct buf *in, enum compression c, struct buf *out)
{
	struct sink *s = NULL;
	struct err err = ERR_INIT;

	ck_ok(sink_deflate(sink_to_buf(out), c, 0, &s, &err), &err);
	ck_ok(sink_write(s, in->data, in->len, &err), &err);
	ck_ok(sink_finish(s, &err), &err);
	sink_free(s);
}

/* A layer with a file that is larger than all blocks of a flow. */
static void big_layer(struct buf *out)
{
	struct sink *sink;
	struct tar_writer *w = test_tar_begin(out, &sink);
	_cleanup_free_ char *data = xalloc(BIG);

	for (size_t i = 0; i < BIG; i++)
		data[i] = (char)((i * 2654435761U) >> 13);
	test_tar_file(w, "big", data, BIG);
	test_tar_file(w, "small", "x", 1);
	test_tar_end(w, sink);
}

static void job_of(const struct buf *blob, const struct buf *tar, struct layer_job *j)
{
	struct err err = ERR_INIT;

	*j = (struct layer_job)LAYER_JOB_INIT;
	j->label = "layer";
	j->in = source_from_mem(blob->data, blob->len);
	j->expect_size = blob->len;
	ck_ok(digest_of(blob->data, blob->len, &j->expect_blob, &err), &err);
	ck_ok(digest_of(tar->data, tar->len, &j->expect_diff, &err), &err);
	j->blob_mode = LAYER_BLOB_COPY;
}

static const enum compression compressions[] = {COMPRESSION_NONE, COMPRESSION_GZIP,
						COMPRESSION_ZSTD};

START_TEST(blob_and_tree)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf blob = BUF_INIT;
	struct layer_job j;
	struct err err = ERR_INIT;
	uint64_t size;
	struct stat st;
	int fd;

	test_store(&s);
	big_layer(&tar);
	if (compressions[_i] == COMPRESSION_NONE)
		buf_add(&blob, tar.data, tar.len);
	else
		compress(&tar, compressions[_i], &blob);
	job_of(&blob, &tar, &j);
	ck_ok(layer_jobs_run(&s, &j, 1, NULL, &err), &err);
	/* Nothing has a name yet. */
	ck_assert(!store_layer_exists(&s, &j.expect_diff, NULL));
	ck_assert_int_eq(store_blob_open(&s, &j.expect_blob, &fd, NULL, &err), -1);
	ck_ok(layer_jobs_commit(&s, &j, 1, &err), &err);
	ck_assert_int_eq((int)j.compression, (int)compressions[_i]);
	ck_assert(digest_eq(&j.blob_digest, &j.expect_blob));
	ck_ok(store_blob_open(&s, &j.expect_blob, &fd, &size, &err), &err);
	ck_assert_uint_eq(size, blob.len);
	close(fd);
	ck_ok(store_layer_open(&s, &j.expect_diff, NULL, &fd, &err), &err);
	ck_assert(test_stat(fd, "big", &st));
	ck_assert_int_eq(st.st_size, BIG);
	ck_assert(test_has(fd, "small", "x"));
	close(fd);
	layer_job_done(&j);
}
END_TEST

enum damage { WRONG_BLOB, WRONG_DIFF, WRONG_SIZE, CUT, FLIPPED, DAMAGES };

START_TEST(what_is_wrong_gets_no_name)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf blob = BUF_INIT;
	struct layer_job j;
	struct err err = ERR_INIT;

	test_store(&s);
	big_layer(&tar);
	compress(&tar, COMPRESSION_GZIP, &blob);
	job_of(&blob, &tar, &j);
	if (_i == WRONG_BLOB)
		j.expect_blob.hex[0] = j.expect_blob.hex[0] == 'a' ? 'b' : 'a';
	if (_i == WRONG_DIFF)
		j.expect_diff.hex[0] = j.expect_diff.hex[0] == 'a' ? 'b' : 'a';
	if (_i == WRONG_SIZE)
		j.expect_size++;
	if (_i == CUT) {
		source_free(j.in);
		j.in = source_from_mem(blob.data, blob.len / 2);
	}
	if (_i == FLIPPED)
		blob.data[blob.len / 2] = (char)~blob.data[blob.len / 2];
	ck_assert_int_eq(layer_jobs_run(&s, &j, 1, NULL, &err), -1);
	ck_assert_msg(err.kind == ERR_CORRUPT, "%s", err.text);
	ck_assert(strncmp(err.text, "layer: ", 7) == 0);
	layer_job_done(&j);
	ck_assert_int_eq(faccessat(s.images_fd, "blobs/sha256/", F_OK, 0), 0);
	store_sweep(&s);
	ck_assert(!store_layer_exists(&s, &j.expect_diff, NULL));
}
END_TEST

/* The blob of an import in xz is stored inflated. */
START_TEST(plain_blob)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	_cleanup_(buf) struct buf blob = BUF_INIT;
	struct layer_job j;
	struct err err = ERR_INIT;
	uint64_t size;
	int fd;

	test_store(&s);
	big_layer(&tar);
	compress(&tar, COMPRESSION_GZIP, &blob);
	job_of(&blob, &tar, &j);
	j.blob_mode = LAYER_BLOB_PLAIN;
	ck_ok(layer_jobs_run(&s, &j, 1, NULL, &err), &err);
	ck_ok(layer_jobs_commit(&s, &j, 1, &err), &err);
	ck_assert(digest_eq(&j.blob_digest, &j.diff_id));
	ck_assert_int_eq((int)j.compression, (int)COMPRESSION_NONE);
	ck_ok(store_blob_open(&s, &j.diff_id, &fd, &size, &err), &err);
	ck_assert_uint_eq(size, tar.len);
	ck_assert_uint_eq(j.blob_size, tar.len);
	close(fd);
	layer_job_done(&j);
}
END_TEST

START_TEST(one_failure_stops_the_rest)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf tar = BUF_INIT;
	struct layer_job jobs[8];
	struct err err = ERR_INIT;

	test_store(&s);
	big_layer(&tar);
	for (int i = 0; i < ROWS(jobs); i++)
		job_of(&tar, &tar, &jobs[i]);
	jobs[3].expect_size = 1;
	ck_assert_int_eq(layer_jobs_run(&s, jobs, ROWS(jobs), NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	for (int i = 0; i < ROWS(jobs); i++)
		layer_job_done(&jobs[i]);
	ck_assert_int_eq(access(s.data_path, F_OK), 0);
}
END_TEST

/* A job with `keep` names what it verified, whatever becomes of the others. */
START_TEST(verified_layers_are_kept)
{
	static const struct test_entry complete[] = {{TAR_FILE, "file", "text", 0, NULL}};
	static const struct test_entry implying[] = {{TAR_FILE, "dir/file", "text", 0, NULL}};
	_cleanup_(store) struct store s = STORE_INIT;
	struct buf tars[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct layer_job jobs[3];
	struct err err = ERR_INIT;
	int fd;

	test_store(&s);
	test_tar(complete, ROWS(complete), &tars[0]);
	test_tar(implying, ROWS(implying), &tars[1]);
	big_layer(&tars[2]);
	for (int i = 0; i < ROWS(jobs); i++) {
		job_of(&tars[i], &tars[i], &jobs[i]);
		jobs[i].keep = true;
	}
	jobs[2].expect_size++;
	/* One after the other, so that the failure comes last. */
	for (int i = 0; i < ROWS(jobs); i++)
		ck_assert_int_eq(layer_jobs_run(&s, &jobs[i], 1, NULL, &err), i < 2 ? 0 : -1);
	for (int i = 0; i < ROWS(jobs); i++)
		layer_job_done(&jobs[i]);
	for (int i = 0; i < ROWS(jobs); i++) {
		bool kept = store_blob_open(&s, &jobs[i].expect_blob, &fd, NULL, NULL) == 0;

		if (kept)
			close(fd);
		ck_assert_int_eq(kept, i < 2);
		/* A tree that depends on its stack is not settled yet. */
		ck_assert_int_eq(store_layer_exists(&s, &jobs[i].expect_diff, &jobs[i].expect_diff),
				 i == 0);
		buf_done(&tars[i]);
	}
}
END_TEST

/* Gigabytes of zeros are inflated only so far. */
START_TEST(bombs_are_refused)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(buf) struct buf zeros = BUF_INIT;
	_cleanup_(buf) struct buf once = BUF_INIT;
	_cleanup_(buf) struct buf bomb = BUF_INIT;
	struct layer_job j;
	struct err err = ERR_INIT;

	/* A zip of many equal members: small when zstd packs it, 5 GiB when both are undone. */
	test_store(&s);
	ck_assert(buf_reserve(&zeros, (size_t)32 << 20));
	memset(zeros.data, 0, (size_t)32 << 20);
	zeros.len = (size_t)32 << 20;
	compress(&zeros, COMPRESSION_ZSTD, &once);
	for (int i = 0; i < 160; i++)
		buf_add(&bomb, once.data, once.len);
	job_of(&bomb, &zeros, &j);
	ck_assert_int_eq(layer_jobs_run(&s, &j, 1, NULL, &err), -1);
	ck_assert_msg(err.kind == ERR_LIMIT, "%s", err.text);
	layer_job_done(&j);
}
END_TEST

Suite *suite_pipeline(void)
{
	Suite *s = suite_create("image/pipeline");
	TCase *c = tcase_create("pipeline");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, blob_and_tree, 0, ROWS(compressions));
	tcase_add_loop_test(c, what_is_wrong_gets_no_name, 0, DAMAGES);
	tcase_add_test(c, plain_blob);
	tcase_add_test(c, one_failure_stops_the_rest);
	tcase_add_test(c, verified_layers_are_kept);
	tcase_add_test(c, bombs_are_refused);
	suite_add_tcase(s, c);
	return s;
}
