/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>

#include "codec/flow.h"
#include "suites.h"

#define BLOCKS 100

struct consumer {
	struct flow *flow;
	size_t number;
	size_t blocks, bytes;
	int result;
	struct err err;
};

static void *consume(void *arg)
{
	struct consumer *c = arg;
	const void *block = NULL;
	ssize_t n;

	while ((n = flow_peek(c->flow, c->number, &block, &c->err)) > 0) {
		/* Each block is full of its own number. */
		ck_assert_int_eq(((const char *)block)[0], (char)c->blocks);
		ck_assert_int_eq(((const char *)block)[n - 1], (char)c->blocks);
		c->blocks++;
		c->bytes += (size_t)n;
		flow_pop(c->flow, c->number);
	}
	c->result = (int)n;
	return NULL;
}

static void produce(struct flow *f, int blocks)
{
	for (int i = 0; i < blocks; i++) {
		char *slot = flow_slot(f);

		if (!slot)
			return;
		memset(slot, i, FLOW_BLOCK);
		flow_push(f, FLOW_BLOCK - (size_t)i);
	}
}

static void run(int blocks, const struct err *cause, struct consumer ret[2])
{
	_cleanup_(flow) struct flow *f = flow_new(2);
	pthread_t id[2];

	for (size_t i = 0; i < 2; i++) {
		ret[i] = (struct consumer){.flow = f, .number = i};
		ck_assert_int_eq(pthread_create(&id[i], NULL, consume, &ret[i]), 0);
	}
	produce(f, blocks);
	flow_close(f, cause);
	for (size_t i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
}

START_TEST(everybody_sees_everything)
{
	struct consumer c[2];

	run(BLOCKS, NULL, c);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(c[i].result, 0);
		ck_assert_uint_eq(c[i].blocks, BLOCKS);
		ck_assert_uint_eq(c[i].bytes, BLOCKS * FLOW_BLOCK - BLOCKS * (BLOCKS - 1) / 2);
	}
}
END_TEST

START_TEST(an_error_follows_the_data)
{
	struct consumer c[2];
	struct err cause = ERR_INIT;

	err_set(&cause, ERR_CORRUPT, "on purpose");
	run(3, &cause, c);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(c[i].result, -1);
		ck_assert_uint_eq(c[i].blocks, 3);
		ck_assert_str_eq(c[i].err.text, "on purpose");
	}
}
END_TEST

START_TEST(cancel_stops_all)
{
	_cleanup_(flow) struct flow *f = flow_new(2);
	const void *block;
	struct err err = ERR_INIT;

	produce(f, FLOW_BLOCKS);
	flow_cancel(f);
	ck_assert_ptr_null(flow_slot(f));
	ck_assert_int_eq(flow_peek(f, 0, &block, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CANCELLED);
}
END_TEST

START_TEST(as_a_source)
{
	_cleanup_(flow) struct flow *f = flow_new(1);
	_cleanup_(source) struct source *s = source_from_flow(f, 0);
	struct err err = ERR_INIT;
	char buf[3];
	char *slot = flow_slot(f);

	memcpy(slot, "abcd", 4);
	flow_push(f, 4);
	flow_close(f, NULL);
	ck_assert_int_eq(source_read(s, buf, 3, &err), 3);
	ck_assert_int_eq(source_read(s, buf, 3, &err), 1);
	ck_assert_int_eq(buf[0], 'd');
	ck_assert_int_eq(source_read(s, buf, 3, &err), 0);
}
END_TEST

START_TEST(lent_without_a_copy)
{
	_cleanup_(flow) struct flow *f = flow_new(1);
	_cleanup_(source) struct source *s = source_from_flow(f, 0);
	const void *piece = NULL;
	void *unused = NULL;
	char *first = flow_slot(f);
	char byte;

	memcpy(first, "abcd", 4);
	flow_push(f, 4);
	ck_assert_int_eq(source_read(s, &byte, 1, NULL), 1);
	ck_assert_int_eq(source_borrow(s, &unused, 3, &piece, NULL), 3);
	ck_assert_ptr_eq(piece, first + 1);
	/* What is lent stays as it is until the next call: its slot is the only one taken. */
	for (int i = 1; i < FLOW_BLOCKS; i++) {
		char *slot = flow_slot(f);

		ck_assert_ptr_ne(slot, first);
		memcpy(slot, "x", 1);
		flow_push(f, 1);
	}
	flow_close(f, NULL);
	ck_assert_mem_eq(piece, "bcd", 3);
	for (int i = 1; i < FLOW_BLOCKS; i++)
		ck_assert_int_eq(source_borrow(s, &unused, 3, &piece, NULL), 1);
	ck_assert_int_eq(source_borrow(s, &unused, 3, &piece, NULL), 0);
	ck_assert_ptr_null(unused);
}
END_TEST

Suite *suite_flow(void)
{
	Suite *s = suite_create("codec/flow");
	TCase *c = tcase_create("flow");

	tcase_add_test(c, everybody_sees_everything);
	tcase_add_test(c, an_error_follows_the_data);
	tcase_add_test(c, cancel_stops_all);
	tcase_add_test(c, as_a_source);
	tcase_add_test(c, lent_without_a_copy);
	suite_add_tcase(s, c);
	return s;
}
