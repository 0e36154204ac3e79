/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "suites.h"

#define TOTAL ((size_t)8 << 20)

struct producer {
	struct ring *ring;
	const char *data;
	size_t total, piece;
	const struct err *cause;
	int result;
	struct err err;
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	for (size_t at = 0; at < p->total && p->result == 0; at += p->piece) {
		size_t n = p->total - at < p->piece ? p->total - at : p->piece;

		p->result = ring_write(p->ring, p->data + at, n, &p->err);
	}
	ring_close(p->ring, p->cause);
	return NULL;
}

static const struct {
	size_t ring, write, read;
} shapes[] = {
	{4096, 4096, 4096},	   {4096, 1000, 777},	       {4096, 100000, 3},
	{1 << 20, 1 << 20, 65536}, {1 << 20, 300000, 1 << 20}, {5000, 7, 100000},
};

START_TEST(carries_bytes)
{
	size_t total = shapes[_i].read < 10 || shapes[_i].write < 10 ? TOTAL / 16 : TOTAL;
	_cleanup_free_ char *data = xalloc(total), *back = xalloc(total + shapes[_i].read);
	_cleanup_(ring) struct ring *ring = ring_new(shapes[_i].ring);
	struct producer p = {.ring = ring, .data = data, .total = total, .piece = shapes[_i].write};
	pthread_t thread;
	size_t have = 0;
	ssize_t n;

	fill_noise(data, total);
	ck_assert_int_eq(pthread_create(&thread, NULL, produce, &p), 0);
	while ((n = ring_read(ring, back + have, shapes[_i].read, NULL)) > 0) {
		have += (size_t)n;
		ck_assert_uint_le(have, total);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(p.result, 0);
	ck_assert_uint_eq(have, total);
	ck_assert(memcmp(data, back, total) == 0);
	/* The end stays the end. */
	ck_assert_int_eq(ring_read(ring, back, 1, NULL), 0);
}
END_TEST

START_TEST(cancel_stops_the_producer)
{
	_cleanup_free_ char *data = xalloc(TOTAL);
	_cleanup_(ring) struct ring *ring = ring_new(65536);
	struct producer p = {.ring = ring, .data = data, .total = TOTAL, .piece = 10000};
	struct source *s = source_from_ring(ring);
	pthread_t thread;
	char buf[100];

	ck_assert_int_eq(pthread_create(&thread, NULL, produce, &p), 0);
	ck_assert_int_gt(source_read(s, buf, sizeof(buf), NULL), 0);
	source_free(s);
	pthread_join(thread, NULL);
	ck_assert_int_eq(p.result, -1);
	ck_assert_int_eq(p.err.kind, ERR_CANCELLED);
	ck_assert_int_eq(ring_read(ring, buf, 1, NULL), -1);
}
END_TEST

/* What was written before the error still arrives. */
START_TEST(error_follows_the_data)
{
	_cleanup_(ring) struct ring *ring = ring_new(65536);
	struct err cause = ERR_INIT, err = ERR_INIT;
	struct producer p = {.ring = ring, .data = "abc", .total = 3, .piece = 3, .cause = &cause};
	pthread_t thread;
	char buf[8];

	err_set(&cause, ERR_CORRUPT, "bad digest");
	ck_assert_int_eq(pthread_create(&thread, NULL, produce, &p), 0);
	pthread_join(thread, NULL);
	err_clear(&cause);
	ck_assert_int_eq(ring_read(ring, buf, sizeof(buf), &err), 3);
	ck_assert_int_eq(ring_read(ring, buf, sizeof(buf), &err), -1);
	ck_assert_int_eq(err.kind, ERR_CORRUPT);
	ck_assert_str_eq(err.text, "bad digest");
	ck_assert_int_eq(ring_read(ring, buf, sizeof(buf), NULL), -1);
}
END_TEST

START_TEST(empty_stream)
{
	_cleanup_(ring) struct ring *ring = ring_new(0);
	char c;

	ring_close(ring, NULL);
	ck_assert_int_eq(ring_read(ring, &c, 1, NULL), 0);
	ring_free(NULL);
}
END_TEST

Suite *suite_ring(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("ring");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, carries_bytes, 0, (int)(sizeof(shapes) / sizeof(shapes[0])));
	tcase_add_test(t, cancel_stops_the_producer);
	tcase_add_test(t, error_follows_the_data);
	tcase_add_test(t, empty_stream);
	suite_add_tcase(s, t);
	return s;
}
